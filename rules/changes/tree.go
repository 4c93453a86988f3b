package changes

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"exprobe/autodiscover/facts"
)

// node is a fact, or a thing that has facts.
type node struct {
	what     string // in words; "" for one that its parent speaks for
	key      string // tells it apart from its siblings
	text     string // of a fact; of a thing, how it is told in one line, where that is not the list of its facts
	dull     bool   // a fact that is not there: only its loss or its coming is worth a word
	children []*node
}

func (n *node) isFact() bool { return n.children == nil }

// fact is a node without children. It is dull where nothing is to be said.
func fact(what, text string, dull bool) *node { return &node{what: what, text: text, dull: dull} }

// hidden are the fields that say how the collecting went, or what another field
// says already.
var hidden = map[string][]string{
	"Certificate":  {"DER"},
	"Served":       {"Milliseconds"},
	"Secured":      {"Address"}, // one of several, by luck
	"Organization": {"Controller", "Passed", "Referrals"},
	"Host":         {"Name", "Port", "Node"},
	"Endpoint":     {"Address"},
	"Node":         {"Type"},
	"Answer":       {"Mailbox", "Domain", "Step", "Source", "Protocol", "URL", "View", "Hop", "From"},
	"Offer":        {"URL", "Service", "Host", "Port"},
}

// tree is a value as a node.
func tree(what string, v reflect.Value) *node {
	switch value := v.Interface().(type) {
	case time.Time:
		return fact(what, instant(value), value.IsZero())
	case facts.Certificate:
		n := things(what, v)
		n.text = oneLine(value)
		return n
	case facts.Served:
		n := things(what, v)
		n.text = "serves " + oneLine(value.Leaf())
		return n
	case []facts.Certificate:
		return chain(what, value)
	case []facts.Origin:
		return origins(what, value)
	case facts.Flags:
		n := tree(what, reflect.ValueOf(value.Raw))
		if len(value.Names) > 0 {
			n.text = strings.Join(value.Names, ", ")
		}
		return n
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return fact(what, "", true)
		}
		return tree(what, v.Elem())
	case reflect.Slice:
		return list(what, v)
	case reflect.Struct:
		return structure(what, v)
	case reflect.Bool:
		return fact(what, map[bool]string{true: "yes", false: "no"}[v.Bool()], !v.Bool())
	case reflect.Int:
		return fact(what, strconv.FormatInt(v.Int(), 10), v.Int() == 0)
	}
	return fact(what, v.String(), v.String() == "")
}

func structure(what string, v reflect.Value) *node {
	name := v.Type().Name()
	switch {
	case strings.HasPrefix(name, "Observed["):
		return observed(what, v)
	case strings.HasPrefix(name, "Optional["):
		return optional(what, v)
	}
	// A value that was decoded stands beside what it was decoded from.
	if raw := v.FieldByName("Raw"); raw.IsValid() {
		return tree(what, raw)
	}
	return things(what, v)
}

// things is a node of the fields of a structure.
func things(what string, v reflect.Value) *node {
	n := &node{what: what, children: []*node{}}
	kind := v.Type()
	for i := range kind.NumField() {
		if field := kind.Field(i); field.IsExported() && !slices.Contains(hidden[kind.Name()], field.Name) {
			child := tree(words(field.Name), v.Field(i))
			child.key = field.Name
			n.children = append(n.children, child)
		}
	}
	return n
}

// observed is a fact that may not have been seen.
func observed(what string, v reflect.Value) *node {
	why := v.FieldByName("Why").String()
	if !v.FieldByName("Known").Bool() {
		return fact(what, unseen(why), why == "")
	}
	n := tree(what, v.FieldByName("Value"))
	if n.isFact() && n.dull { // seen, and nothing there
		if n.text == "" {
			n.text = "none"
		}
		n.dull = false
	}
	return n
}

func unseen(why string) string {
	if why == "" {
		return ""
	}
	return "could not be seen: " + why
}

// optional is an attribute or element that may be absent, which is not the same as
// an empty one.
func optional(what string, v reflect.Value) *node {
	if !v.FieldByName("Present").Bool() {
		return fact(what, "no value", true)
	}
	n := tree(what, v.FieldByName("Value"))
	if n.isFact() && n.text == "" {
		n.text = "an empty value"
	}
	n.dull = false
	return n
}

// list is a list of facts in one line, or a node of things, each by its own name.
func list(what string, v reflect.Value) *node {
	if v.Type().Elem().Kind() != reflect.Struct {
		texts := make([]string, v.Len())
		for i := range texts {
			texts[i] = tree("", v.Index(i)).text
		}
		return fact(what, strings.Join(texts, ", "), len(texts) == 0)
	}
	if v.Len() == 0 {
		return fact(what, "", true)
	}
	n := &node{what: what, children: []*node{}}
	seen := map[string]int{}
	for i := range v.Len() {
		name := label(v.Index(i))
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprint(name, " ", seen[name])
		}
		child := tree(name, v.Index(i))
		if child.key = name; child.summary() == "" {
			child.text = "there, and nothing in it"
		}
		n.children = append(n.children, child)
	}
	return n
}

// label is the own name of a thing in a list.
func label(v reflect.Value) string {
	for _, name := range []string{"Type", "Name", "Address", "Element", "Target", "Use", "Offered", "Domain", "DN", "Directory", "URL"} {
		if field := v.FieldByName(name); field.IsValid() && field.Kind() == reflect.String && field.String() != "" {
			return field.String()
		}
	}
	return "entry"
}

// chain is a leaf, fact by fact, and what is sent with it, by name.
func chain(what string, list []facts.Certificate) *node {
	if len(list) == 0 {
		return fact(what, "", true)
	}
	n := &node{what: what, children: []*node{tree("certificate", reflect.ValueOf(list[0]))}}
	n.children[0].key = "leaf"
	var rest []string
	for _, c := range list[1:] {
		rest = append(rest, fmt.Sprintf("%s (%s %d, %s, thumbprint %s)", c.Subject, c.Key, c.KeyBits, c.Signature, c.Thumbprint))
	}
	sent := fact("certificates sent with it", strings.Join(rest, "; "), false)
	if sent.key = "rest"; len(rest) == 0 {
		sent.text, sent.dull = "none", true
	}
	n.children = append(n.children, sent)
	return n
}

func origins(what string, list []facts.Origin) *node {
	var texts []string
	for _, o := range list {
		texts = append(texts, strings.TrimSpace(o.Service+" "+o.Scope)+" by "+o.By)
	}
	slices.Sort(texts)
	return fact(what, strings.Join(texts, "; "), len(texts) == 0)
}

// oneLine tells a certificate apart from others.
func oneLine(c facts.Certificate) string {
	switch {
	case c.Unreadable != "":
		return "one that cannot be parsed: " + c.Unreadable
	case c.Thumbprint == "" && len(c.CommonNames) == 0 && len(c.DNSNames) == 0:
		return ""
	}
	name := "no common name"
	if len(c.CommonNames) > 0 {
		name = strings.Join(c.CommonNames, ", ")
	}
	return name + ", valid " + c.NotBefore.UTC().Format(time.DateOnly) + " to " + c.NotAfter.UTC().Format(time.DateOnly) + ", thumbprint " + c.Thumbprint
}

func instant(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}
