package render

import (
	"fmt"
	"slices"
	"strings"

	"exprobe/rules/report"
)

// subjects is what one line of the page names: one host, mailbox or other thing,
// with every address and provider of which the same is told. An address or
// provider that is "" stands for the thing itself.
type subjects struct {
	kind, name string
	addresses  []string
	providers  []string
	evidence   [][]report.Evidence // at each address, none of it twice
}

// gather tells subjects together that differ in address or provider alone.
// Providers are told together only where they have equal evidence at the same
// addresses; addresses always, because what differs between them is told apart.
// The findings are of one message.
func gather(findings []report.Finding, known objects) []subjects {
	var lines []subjects
	for _, same := range group(findings, func(f report.Finding) key { return keyOf(f.Subject) }) {
		k := keyOf(same[0].Subject)
		line := subjects{kind: k.kind, name: k.name, providers: []string{k.provider}}
		for _, at := range group(same, func(f report.Finding) string { return f.Subject.Address }) {
			line.addresses = append(line.addresses, at[0].Subject.Address)
			line.evidence = append(line.evidence, known.evidence(at))
		}
		lines = append(lines, line)
	}
	var told []subjects
	for _, equal := range group(lines, func(l subjects) string {
		return fmt.Sprintf("%q", []any{l.kind, l.name, l.addresses, l.evidence})
	}) {
		line := equal[0]
		for _, other := range equal[1:] {
			line.providers = append(line.providers, other.providers...)
		}
		told = append(told, line)
	}
	return told
}

// key is equal for subjects that differ in nothing but the address that was seen.
type key struct {
	kind, name, provider string
	addressed            bool
}

func keyOf(s report.Subject) key {
	k := key{s.Kind, s.Name, s.Provider, s.Address != ""}
	if s.Kind == "provider" && s.Name == s.Provider && s.Address == "" {
		k.kind, k.name = "", "" // it is named as the provider
	}
	return k
}

// String names the subjects.
func (s subjects) String() string {
	text := strings.TrimPrefix(s.kind+" "+s.name, " ")
	switch at := s.addresses; {
	case at[0] == "":
	case len(at) <= 2:
		text += " at " + enumerate(at)
	default:
		text += fmt.Sprintf(" at %d addresses (%s)", len(at), enumerate(at))
	}
	providers := slices.DeleteFunc(slices.Clone(s.providers), func(name string) bool { return name == "" })
	if len(providers) == 0 {
		return text
	}
	noun := "provider "
	if len(providers) > 1 {
		noun = "providers "
	}
	if text != "" {
		text += ", "
	}
	return text + noun + enumerate(providers)
}

// apart is evidence that some of a line's addresses have and others do not.
type apart struct {
	addresses []string
	evidence  []report.Evidence
}

// split parts the evidence of a line into what every address has and the rest.
func (s subjects) split() (common []report.Evidence, rest []apart) {
	have := map[report.Evidence]int{}
	for _, list := range s.evidence {
		for _, e := range list {
			have[e]++
		}
	}
	everywhere := func(e report.Evidence) bool { return have[e] == len(s.addresses) }
	for _, e := range s.evidence[0] {
		if everywhere(e) {
			common = append(common, e)
		}
	}
	for i, list := range s.evidence {
		if own := slices.DeleteFunc(slices.Clone(list), everywhere); len(own) > 0 {
			rest = append(rest, apart{[]string{s.addresses[i]}, own})
		}
	}
	var told []apart
	for _, equal := range group(rest, func(a apart) string { return fmt.Sprintf("%q", a.evidence) }) {
		a := equal[0]
		for _, other := range equal[1:] {
			a.addresses = append(a.addresses, other.addresses...)
		}
		told = append(told, a)
	}
	return common, told
}

// objects maps a name to the directory object that bears it, or to "" where
// several do, as in a forest that other Exchange organizations trust.
type objects map[string]string

func objectsOf(findings []report.Finding) objects {
	known := objects{}
	for _, f := range findings {
		if s := f.Subject; s.DN != "" {
			if dn, seen := known[objectName(s)]; seen && dn != s.DN {
				known[objectName(s)] = ""
			} else if !seen {
				known[objectName(s)] = s.DN
			}
		}
	}
	return known
}

// objectName is the better name of a subject's directory object, or "".
func objectName(s report.Subject) string {
	switch {
	case s.Provider != "":
		return "provider " + s.Provider
	case s.Name != "":
		return s.Kind + " " + s.Name
	}
	return ""
}

// evidence lists what findings about one subject show, each fact once. The
// distinguished name is among it only where no better name says which object is
// concerned: it is long, and the JSON report has it always.
func (o objects) evidence(findings []report.Finding) []report.Evidence {
	var all []report.Evidence
	for _, f := range findings {
		if name := objectName(f.Subject); f.Subject.DN != "" && (name == "" || o[name] == "") {
			all = append(all, report.Evidence{Name: "in the directory", Value: f.Subject.DN})
		}
		all = append(all, f.Evidence...)
	}
	var once []report.Evidence
	for _, same := range group(all, func(e report.Evidence) report.Evidence { return e }) {
		once = append(once, same[0])
	}
	return once
}
