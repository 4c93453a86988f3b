package changes

import (
	"cmp"
	"strings"

	"exprobe/rules/report"
)

// compare lists what differs between two nodes of one place; nil is one that a side
// does not have. A thing that its parent speaks for is told by what it holds.
func compare(path string, old, new *node) []report.Differ {
	if old != nil && new != nil && !old.isFact() && !new.isFact() {
		return compareChildren(path, old.children, new.children)
	}
	if there := cmp.Or(old, new); (old == nil || new == nil) && there.what == "" && there.text == "" {
		if old == nil {
			return compareChildren(path, nil, new.children)
		}
		return compareChildren(path, old.children, nil)
	}
	d := report.Differ{What: path, Old: old.summary(), New: new.summary()}
	if old != nil && new != nil && old.isFact() && new.isFact() {
		d.Old, d.New = old.text, new.text
	}
	if d.Old == d.New {
		return nil
	}
	return []report.Differ{d}
}

// compareChildren pairs children by their keys: in the order of the old ones, and
// then what is new.
func compareChildren(path string, old, new []*node) []report.Differ {
	var list []report.Differ
	byKey := map[string]*node{}
	for _, n := range new {
		byKey[n.key] = n
	}
	paired := map[string]bool{}
	for _, was := range old {
		paired[was.key] = true
		list = append(list, compare(join(path, was.what), was, byKey[was.key])...)
	}
	for _, is := range new {
		if !paired[is.key] {
			list = append(list, compare(join(path, is.what), nil, is)...)
		}
	}
	return list
}

func join(path, what string) string { return strings.TrimSpace(path + " " + what) }

// summary tells a node in one line: "" where there is nothing to tell.
func (n *node) summary() string {
	switch {
	case n == nil || n.dull:
		return ""
	case n.isFact() || n.text != "":
		return n.text
	}
	var parts []string
	for _, child := range n.children {
		if text := child.summary(); text != "" {
			parts = append(parts, join(child.what, text))
		}
	}
	return strings.Join(parts, ", ")
}
