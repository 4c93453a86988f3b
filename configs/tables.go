package configs

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// nested reads the value of a key that holds tables. root is the mapping that the key
// stands in.
func nested(path string, k key, node, root *yaml.Node) (any, error) {
	expected := func(line int) error {
		return hint(fmt.Errorf("%s:%d: key %q is %s", path, line, k.name, k.form), "write, for instance, %s: %s", k.name, k.example)
	}
	if k.form == formTable {
		if node.Kind != yaml.MappingNode {
			return nil, expected(node.Line)
		}
		return grades(path, node, ownIDs(root))
	}
	if node.Kind != yaml.SequenceNode {
		return nil, expected(node.Line)
	}
	for _, item := range node.Content {
		if item.Kind != yaml.MappingNode {
			return nil, expected(item.Line)
		}
	}
	switch k.name {
	case "waivers":
		return waivers(path, node, ownIDs(root))
	case "own-rules":
		return ownRules(path, node)
	}
	return directories(path, node)
}

// directories reads a list of tables, each with keys of a directory.
func directories(path string, node *yaml.Node) ([]layer, error) {
	list := []layer{}
	for _, item := range node.Content {
		values, err := mapping(path, item, func(k key) bool { return k.directory })
		if err != nil {
			return nil, err
		}
		if values["ldap-url"] == nil && values["ldap-domain"] == nil {
			return nil, hint(fmt.Errorf("%s:%d: a directory names no server", path, item.Line), "give it ldap-url or ldap-domain")
		}
		list = append(list, values)
	}
	return list, nil
}

// cell is a text of a table, and where it stands.
type cell struct {
	text string
	line int
}

// column is a text that a table must hold.
type column struct {
	name string
	why  string // what it is for, in the hint where it is missing
}

// row reads a table of texts, every one of which must be there.
func row(path string, node *yaml.Node, what string, columns []column) (map[string]cell, error) {
	cells := map[string]cell{}
	for i := 0; i < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		where := fmt.Sprintf("%s:%d", path, name.Line)
		if !slices.ContainsFunc(columns, func(c column) bool { return c.name == name.Value }) || name.Kind != yaml.ScalarNode {
			return nil, unknownColumn(where, what, name.Value, columns)
		}
		if first, twice := cells[name.Value]; twice {
			return nil, fmt.Errorf("%s: key %q stands on line %d already", where, name.Value, first.line)
		}
		texts, found := flatten(value)
		if found != formText && found != formNumber && found != formTruth { // 2027 and true are texts where no other is meant
			return nil, hint(fmt.Errorf("%s: key %q of %s is %s, and %s is expected", where, name.Value, what, found, formText), "put it into quotes")
		}
		cells[name.Value] = cell{strings.TrimSpace(texts[0]), value.Line}
	}
	for _, c := range columns {
		if cells[c.name].text == "" {
			return nil, hint(fmt.Errorf("%s:%d: %s lacks %s", path, node.Line, what, c.name), "add %s: %s", c.name, c.why)
		}
	}
	return cells, nil
}

func unknownColumn(where, what, name string, columns []column) error {
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
	}
	if secretName.MatchString(name) {
		return unknownKey(where, name)
	}
	err := fmt.Errorf("%s: key %q is not one of %s", where, name, what)
	if meant := Nearest(name, names); meant != "" {
		return hint(err, "did you mean %s?", meant)
	}
	return hint(err, "its keys are %s", strings.Join(names, ", "))
}
