package render

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"exprobe/rules/report"
)

// arrivalWords are the words for what an address serves, in the order in which they
// are told: what is left to do first.
var arrivalWords = []struct {
	state, word string
	color       color
}{
	{report.ServesOld, "still the old one", red},
	{report.ServesOther, "another certificate", red},
	{report.NotSeen, "not seen", yellow},
	{report.ServesNew, "the new one", green},
}

var accordWords = []struct {
	state, word string
	color       color
}{
	{report.Disagrees, "does not agree", red},
	{report.Unproven, "not seen", yellow},
	{report.Agrees, "agrees", green},
	{report.NoDemand, "no name is demanded", ""},
}

// writeExpectation writes how far the change to a new certificate has come.
func writeExpectation(p *page, e *report.Expectation) {
	if e == nil {
		return
	}
	c := e.Certificate
	p.section("Expected certificate")
	name := "no common name"
	if c.CommonName != "" {
		name = "CN " + value(c.CommonName)
	}
	p.para(2, 4, fmt.Sprintf("%s, valid %s to %s, thumbprint %s", name, c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.DateOnly), c.Thumbprint))
	for _, note := range e.Notes {
		p.painted(2, 4, "note:", yellow, " "+note)
	}
	writeArrivals(p, e.Arrivals)
	writeAccords(p, e.Accords)
	for _, text := range e.Unseen {
		p.painted(2, 4, "not seen:", yellow, " "+text)
	}
	p.para(2, 4, expectationVerdict(e))
}

// writeArrivals tells the addresses of a host together that serve the same.
func writeArrivals(p *page, list []report.Arrival) {
	for _, w := range arrivalWords {
		var rows []report.Arrival
		for _, a := range list {
			if a.State == w.state {
				rows = append(rows, a)
			}
		}
		for _, same := range group(rows, func(a report.Arrival) string {
			return strings.Join([]string{a.Host, fmt.Sprint(a.Port), a.Node, a.Thumbprint, a.Note}, "\x00")
		}) {
			a := same[0]
			var addresses []string
			for _, one := range same {
				if one.Address != "" {
					addresses = append(addresses, one.Address)
				}
			}
			text := ": " + arrivalPlace(a, addresses)
			if a.Thumbprint != "" && a.State != report.ServesNew {
				text += " serves " + cmp.Or(a.CommonName, "no common name") + ", thumbprint " + a.Thumbprint
			}
			if a.Note != "" {
				text += "; " + a.Note
			}
			p.painted(2, 4, w.word, w.color, text)
		}
	}
}

func arrivalPlace(a report.Arrival, addresses []string) string {
	text := hostLabel(a.Host, a.Port)
	if a.Node != "" {
		text += " on " + a.Node
	}
	if len(addresses) > 0 {
		text += " at " + enumerate(addresses)
	}
	return text
}

// writeAccords tells the addresses together at which the same is so.
func writeAccords(p *page, list []report.Accord) {
	for _, w := range accordWords {
		var rows []report.Accord
		for _, a := range list {
			if a.State == w.state {
				rows = append(rows, a)
			}
		}
		for _, same := range group(rows, func(a report.Accord) string {
			return strings.Join([]string{a.Organization, a.Provider, a.Scope, a.Host, a.Match, a.Note}, "\x00")
		}) {
			a := same[0]
			text := fmt.Sprintf(": %s %s %s", a.Provider, a.Scope, a.Host)
			if a.Organization != "" {
				text += " of " + a.Organization
			}
			var addresses []string
			for _, one := range same {
				if one.Address != "" {
					addresses = append(addresses, one.Address)
				}
			}
			if len(addresses) > 0 {
				text += " at " + enumerate(addresses)
			}
			if a.State != report.NoDemand {
				text += " (" + a.Match + ")"
			}
			if a.Note != "" {
				text += "; " + a.Note
			}
			p.painted(2, 4, w.word, w.color, text)
		}
	}
}

// Progress says in one line how far the change has come.
func Progress(e *report.Expectation) string {
	arrived, seen := 0, 0
	for _, a := range e.Arrivals {
		if a.State != report.NotSeen {
			seen++
		}
		if a.State == report.ServesNew {
			arrived++
		}
	}
	agreed := 0
	for _, a := range e.Accords {
		if a.State == report.Agrees || a.State == report.NoDemand {
			agreed++
		}
	}
	text := fmt.Sprintf("%d of %s the new certificate", arrived, count(len(e.Arrivals), "address serves", "addresses serve"))
	if n := len(e.Arrivals) - seen; n > 0 {
		text += fmt.Sprintf(" (%d not seen)", n)
	}
	if len(e.Accords) == 0 {
		return text
	}
	return text + fmt.Sprintf(", %d of %s", agreed, count(len(e.Accords), "principal name agrees", "principal names agree"))
}

func expectationVerdict(e *report.Expectation) string {
	text := Progress(e)
	switch e.Exit {
	case report.Clean:
		return text + ": the change is done."
	case report.Blind:
		return text + ": nothing is wrong, and not everything was seen."
	}
	return text + ": the change is not done."
}

// writeBaseline says what is not told because it was there before.
func writeBaseline(p *page, b *report.Baseline) {
	if b == nil {
		return
	}
	text := "Only what is new since " + b.TakenAt.UTC().Format(time.RFC3339) + " is told: " +
		count(b.Failed, "finding", "findings") + " and " + count(b.Unknown, "unknown check", "unknown checks") + " of then are left out."
	p.para(0, 2, text)
}
