package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"exprobe/autodiscover/facts"
)

// difference lists the facts of two snapshots that differ, as lines "- path: old"
// and "+ path: new", by path.
func difference(before, after *facts.Snapshot) []string {
	old, new := flat(before), flat(after)
	paths := map[string]bool{}
	for path := range old {
		paths[path] = true
	}
	for path := range new {
		paths[path] = true
	}
	sorted := make([]string, 0, len(paths))
	for path := range paths {
		if old[path] != new[path] {
			sorted = append(sorted, path)
		}
	}
	slices.Sort(sorted)
	lines := []string{}
	gone, come := links(old, new), links(new, old)
	for _, path := range sorted {
		if v, ok := old[path]; ok {
			lines = append(lines, sided("- ", path, v, gone)...)
		}
		if v, ok := new[path]; ok {
			lines = append(lines, sided("+ ", path, v, come)...)
		}
	}
	return fold(lines)
}

// fold tells once what differs in several answers alike: a look-up has many, and
// most facts about a mailbox stand in each.
func fold(lines []string) []string {
	var folded []string
	at, more := map[string]int{}, map[int]int{}
	for _, line := range lines {
		before, _, after, ok := ofAnswer(line)
		if i, told := at[before+after]; ok && told {
			more[i]++
			continue
		}
		at[before+after] = len(folded)
		folded = append(folded, line)
	}
	for i, n := range more {
		before, answer, after, _ := ofAnswer(folded[i])
		folded[i] = fmt.Sprintf("%s%s, and %d more%s", before, answer, n, after)
	}
	return folded
}

// ofAnswer splits a line about an answer around the answer's label.
func ofAnswer(line string) (before, label, after string, ok bool) {
	const answers = " answers["
	end := strings.Index(line, "]")
	if len(line) < 1 || !strings.HasPrefix(line[1:], answers) || end < 0 {
		return line, "", "", false
	}
	return line[:1+len(answers)], line[1+len(answers) : end], line[end:], true
}

// sided writes a fact that one side has, or nothing where a whole certificate is
// told by its subject.
func sided(sign, path, value string, whole map[string]bool) []string {
	if link := linkOf(path); whole[link] {
		if path != link+".subject" {
			return nil
		}
		path = link
	}
	return []string{sign + path + ": " + value}
}

// links are the certificates of chains that one side has at a place where the other
// has none, by their paths.
func links(side, other map[string]string) map[string]bool {
	found := map[string]bool{}
	for path := range side {
		found[linkOf(path)] = side[linkOf(path)+".subject"] != ""
	}
	for path := range other {
		delete(found, linkOf(path))
	}
	return found
}

// linkOf is the path of the certificate that a path leads into, or "".
func linkOf(path string) string {
	start := strings.LastIndex(path, ".chain[")
	if start < 0 {
		return ""
	}
	end := strings.Index(path[start:], "]")
	return path[:start+end+1]
}

// flat is the JSON of a snapshot as path and value. An entry of a list is named by
// its own name where it has one.
func flat(s *facts.Snapshot) map[string]string {
	values := map[string]string{}
	data, err := json.Marshal(s)
	if err != nil {
		return values // a snapshot holds nothing that JSON cannot
	}
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if decoder.Decode(&tree) == nil {
		flatten("", tree, values)
	}
	return values
}

func flatten(path string, node any, values map[string]string) {
	join := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch node := node.(type) {
	case map[string]any:
		for key, child := range node {
			if key == "value" { // of an Observed: the path already names it
				flatten(path, child, values)
				continue
			}
			flatten(join(key), child, values)
		}
	case []any:
		for i, child := range node {
			flatten(path+"["+label(child, i)+"]", child, values)
		}
	default:
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false) // the brackets of a fullsic name are for people here
		_ = encoder.Encode(node)
		values[path] = strings.TrimSuffix(text.String(), "\n")
	}
}

func label(node any, index int) string {
	entry, _ := node.(map[string]any)
	if step, ok := entry["step"].(string); ok {
		return answerLabel(step, entry)
	}
	name := ""
	for _, key := range []string{"server", "name", "address", "type", "directory", "mailbox"} {
		if text, ok := entry[key].(string); ok && name == "" {
			name = oneLine(text)
		}
	}
	if kind, ok := entry["type"].(string); ok {
		name = kind
	}
	if name == "" || name == "EXHTTP" {
		return fmt.Sprint(name, strconv.Itoa(index))
	}
	return name
}

// answerLabel tells the answers of one look-up apart.
func answerLabel(step string, entry map[string]any) string {
	for _, key := range []string{"protocol", "view"} {
		if text, ok := entry[key].(string); ok {
			step += " " + text
		}
	}
	if hop, ok := entry["hop"]; ok {
		step += fmt.Sprint(" hop ", hop)
	}
	return step
}

// oneLine keeps the name of a conflict object, which holds a line feed, on one line.
func oneLine(name string) string { return strings.ReplaceAll(name, "\n", `\0A`) }
