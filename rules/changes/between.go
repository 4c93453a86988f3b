package changes

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// Between lists the objects of two snapshots that are not the same, with what
// changed about each: organizations and what their directories hold, hosts, and
// answers. What several answers say alike is told once.
func Between(old, new *facts.Snapshot) []report.Object {
	changed := []report.Object{}
	if old.Redacted != new.Redacted {
		changed = append(changed, report.Object{Kind: "evidence", Name: "names", Changes: compare("replaced by others",
			tree("", reflect.ValueOf(old.Redacted)), tree("", reflect.ValueOf(new.Redacted)))})
	}
	for _, pair := range organizations(old, new) {
		changed = append(changed, pair.compare()...)
	}
	changed = append(changed, between(hosts(old), hosts(new), true, true)...)
	changed = append(changed, between(held(old), held(new), old.Certificates.Known, new.Certificates.Known)...)
	return append(changed, fold(between(answers(old), answers(new), true, true))...)
}

// object is a thing that readers look for by its name.
type object struct {
	kind, name, organization string

	key   string
	facts any          // as in the snapshot; what is equal is not walked
	node  func() *node // of the facts
}

func newObject(kind, name, organization, key string, v any) object {
	return object{kind, name, organization, key, v, func() *node { return tree("", reflect.ValueOf(v)) }}
}

// between compares two lists of objects. One that stands in one list alone is
// told where the other list is whole: what could not be read is not gone.
func between(old, new []object, wholeOld, wholeNew bool) []report.Object {
	var list []report.Object
	add := func(o object, presence string, changes []report.Differ) {
		if presence == "" && len(changes) == 0 {
			return
		}
		if changes == nil {
			changes = []report.Differ{}
		}
		list = append(list, report.Object{Kind: o.kind, Name: o.name, Organization: o.organization, Presence: presence, Changes: changes})
	}
	at := map[string]object{}
	for _, o := range new {
		at[o.key] = o
	}
	known := map[string]bool{}
	for _, was := range old {
		known[was.key] = true
		switch is, ok := at[was.key]; {
		case ok && !reflect.DeepEqual(was.facts, is.facts):
			add(is, "", compare("", was.node(), is.node()))
		case !ok && wholeNew:
			add(was, report.OnlyOld, compareChildren("", was.node().children, nil))
		}
	}
	for _, is := range new {
		if !known[is.key] && wholeOld {
			add(is, report.OnlyNew, compareChildren("", nil, is.node().children))
		}
	}
	return list
}

// distinct tells objects of one key apart by their order.
func distinct(list []object) []object {
	seen := map[string]int{}
	for i := range list {
		key := list[i].key
		if seen[key]++; seen[key] > 1 {
			list[i].key = fmt.Sprint(key, "\x00", seen[key])
		}
	}
	return list
}

func hosts(s *facts.Snapshot) []object {
	var list []object
	for _, h := range s.Hosts {
		name := facts.Label(h.Name, h.Port)
		if h.Node != "" {
			name += " on " + h.Node
		}
		list = append(list, newObject("host", name, "", strings.ToLower(facts.HostPort(h.Name, h.Port)+" "+h.Node), h))
	}
	return distinct(list)
}

// held are the certificates of the servers, as the Exchange Management Shell lists them.
func held(s *facts.Snapshot) []object {
	list := []object{}
	if s.Certificates.Asked() {
		seen := struct {
			Known bool
			Why   string
		}{s.Certificates.Known, s.Certificates.Why}
		list = append(list, newObject("organization", "certificates of its servers", "", "", seen))
	}
	for _, c := range s.Certificates.Value {
		list = append(list, newObject("certificate", oneLine(c), "", c.Thumbprint, c))
	}
	return distinct(list)
}

// answers are what Autodiscover said, and what published URLs would accept.
func answers(s *facts.Snapshot) []object {
	var list []object
	for _, a := range s.Answers {
		name := []string{a.Mailbox, a.Domain, a.Step, ownName(a.Source), a.Protocol, string(a.View), a.URL}
		if a.Step == facts.StepFile {
			name = []string{a.URL}
		}
		if a.Hop > 0 {
			name = append(name, "from "+a.From)
		}
		text := strings.Join(slices.DeleteFunc(name, func(word string) bool { return word == "" }), " ")
		list = append(list, newObject(answerKind, text, "", fmt.Sprint("answer ", a.Hop, " ", a.Source, " ", text), a))
	}
	for _, o := range s.Offers {
		list = append(list, newObject("sign-in", o.URL, "", "offer "+o.Service+" "+o.URL, o))
	}
	return distinct(list)
}

// ownName is the first name of a distinguished name, and any other text as it is.
func ownName(text string) string {
	if name, ok := strings.CutPrefix(text, "CN="); ok {
		name, _, _ = strings.Cut(name, ",")
		return name
	}
	return text
}

const answerKind = "Autodiscover answer"

// fold tells once what changed in several answers alike: a look-up has many, and
// most facts about a mailbox stand in each.
func fold(list []report.Object) []report.Object {
	var folded []report.Object
	at, more := map[string]int{}, map[int]int{}
	for _, o := range list {
		key := fmt.Sprintf("%q", []any{o.Kind, o.Presence, o.Changes})
		if i, told := at[key]; told && o.Kind == answerKind {
			more[i]++
			continue
		}
		at[key] = len(folded)
		folded = append(folded, o)
	}
	for i, n := range more {
		folded[i].Name += fmt.Sprintf(", and %d more", n)
	}
	return folded
}
