package rules

import (
	"strings"

	"exprobe/rules/report"
)

// How evidence names what a finding is about besides its subject.
const (
	thumbprintEvidence = "its thumbprint"            // of the certificate that was seen
	nameEvidence       = "the directory names"       // a certificate, as <I>issuer<S>subject
	hostEvidence       = "the host that it leads to" // where the subject is none
)

// follow notes on each finding the one that it follows from, so that one wrong
// certificate is one story. The relation is the rules' own (FollowsFrom), between
// findings about one subject, one host, one directory object or one certificate. What
// failed follows only from what failed. What could not be judged follows from what
// failed, and from anything else on the same thing that could not be judged for the
// same reason. A cause that has one itself hands it on: everything of one story names its
// beginning. The findings come sorted; nothing but the cause is changed.
func follow(findings []report.Finding, rules []Rule) {
	causes := map[string][]string{}
	for _, r := range rules {
		causes[r.ID] = r.FollowsFrom
	}
	first := map[string]int{} // rule and thing → the first finding about it, which is the gravest
	for i, f := range findings {
		for _, thing := range append(subjectOf(f), certificatesOf(f)...) {
			note(first, f.Rule+"\x00"+thing, i)
		}
	}
	from := make([]int, len(findings)) // the finding that each follows from, or itself
	for i, f := range findings {
		from[i] = declared(findings, i, causes[f.Rule], first)
	}
	blind := map[string]int{} // thing and reason → the first finding that could not be judged, and begins a story
	for i, f := range findings {
		if f.Outcome != report.Unknown || from[i] != i {
			continue
		}
		for _, thing := range subjectOf(f) {
			note(blind, thing+"\x00"+f.Message, i)
		}
		for _, thing := range subjectOf(f) {
			if j := blind[thing+"\x00"+f.Message]; j < i && from[j] == j {
				from[i] = j
				break
			}
		}
	}
	for i := range findings {
		root := i
		for from[root] != root {
			root = from[root]
		}
		if root != i {
			findings[i].Cause = findings[root].Fingerprint
		}
	}
}

// declared is the index of the finding that another follows from by its rule, or its own.
// What failed is told under nothing lesser than itself.
func declared(findings []report.Finding, i int, causes []string, first map[string]int) int {
	f := findings[i]
	things := subjectOf(f)
	if f.Subject.Kind != "host" { // of two hosts with one certificate each has a story of its own
		things = append(things, certificatesOf(f)...)
	}
	for _, thing := range things {
		for _, rule := range causes {
			j, ok := first[rule+"\x00"+thing]
			if !ok {
				continue
			}
			cause := findings[j]
			switch {
			case f.Outcome == report.Fail && (cause.Outcome != report.Fail || cause.Severity.Rank() > f.Severity.Rank()):
			case cause.Outcome == report.Unknown && cause.Message != f.Message: // two things could not be seen
			default:
				return j
			}
		}
	}
	return i
}

func note(first map[string]int, key string, i int) {
	if _, known := first[key]; !known {
		first[key] = i
	}
}

// subjectOf are the subject, whatever its provider, and its directory object, as keys.
func subjectOf(f report.Finding) []string {
	s := f.Subject
	keys := []string{key("subject", s.Kind, s.Name, s.Address)}
	if s.DN != "" {
		keys = append(keys, key("object", s.DN))
	}
	return keys
}

// certificatesOf are the host, at whatever address, and the certificate of a finding.
func certificatesOf(f report.Finding) (keys []string) {
	if f.Subject.Kind == "host" {
		keys = append(keys, key(hostEvidence, f.Subject.Name))
	}
	for _, kind := range []string{hostEvidence, thumbprintEvidence, nameEvidence} {
		for _, e := range f.Evidence {
			if e.Name == kind && e.Value != "" {
				keys = append(keys, key(kind, e.Value))
			}
		}
	}
	return keys
}

func key(parts ...string) string { return strings.ToLower(strings.Join(parts, "\x00")) }
