package rules

import (
	"fmt"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// judgeSeats runs a rule over every address that would serve the candidate, and says
// unknown of those that could not be seen. Servers behind a balancer are asked only
// where clients do not see the certificate otherwise. An empty outcome is no verdict.
func (r *Renewal) judgeSeats(check func(seat Seat, old facts.Certificate) (report.Outcome, string)) []report.Verdict {
	verdicts := []report.Verdict{}
	front := slices.ContainsFunc(r.Seats, func(s Seat) bool { return s.Host.Node == "" })
	for _, seat := range r.Seats {
		if front && seat.Host.Node != "" {
			continue
		}
		v := report.Verdict{Subject: seat.subject()}
		if v.Outcome, v.Message = check(seat, seat.Leaf()); v.Outcome == "" {
			continue
		}
		if v.Outcome == report.Fail {
			v.Evidence = sideBySide(seat.Leaf(), r.Leaf())
		}
		verdicts = append(verdicts, v)
	}
	return append(verdicts, r.unseenVerdicts()...)
}

func (r *Renewal) unseenVerdicts() []report.Verdict {
	var verdicts []report.Verdict
	for _, seat := range r.Unseen {
		verdicts = append(verdicts, report.Verdict{Subject: seat.subject(), Outcome: report.Unknown, Message: seat.Why()})
	}
	return verdicts
}

func (s Seat) subject() report.Subject {
	subject := hostSubject(s.Host)
	subject.Address = s.Endpoint.Address
	if s.Host.Node != "" {
		subject.Name += " on " + s.Host.Node
	}
	return subject
}

// judgeCandidate is the one verdict of a rule about the candidate itself.
func (r *Renewal) judgeCandidate(outcome report.Outcome, message string) []report.Verdict {
	if outcome == "" {
		return []report.Verdict{}
	}
	v := report.Verdict{Subject: r.subject(), Outcome: outcome, Message: message}
	if outcome == report.Fail {
		v.Evidence = datesEvidence(r.Leaf())
	}
	return []report.Verdict{v}
}

// judgeReplaced is the one verdict of a rule about the candidate beside what it
// replaces: the gravest that check has for any of those. Where nothing that it
// replaces could be seen, it is unknown.
func (r *Renewal) judgeReplaced(check func(old facts.Certificate) (report.Outcome, string)) []report.Verdict {
	var worst report.Outcome
	var message string
	for _, old := range r.replaced() {
		if outcome, text := check(old); grave(outcome) > grave(worst) {
			worst, message = outcome, text
		}
	}
	if worst != report.Fail && len(r.Unseen) > 0 {
		return r.unseenVerdicts()
	}
	return r.judgeCandidate(worst, message)
}

// replaced are the certificates that would be replaced, each once.
func (r *Renewal) replaced() []facts.Certificate {
	var list []facts.Certificate
	known := map[string]bool{}
	for _, seat := range r.Seats {
		if leaf := seat.Leaf(); !known[leaf.Thumbprint] {
			known[leaf.Thumbprint] = true
			list = append(list, leaf)
		}
	}
	return list
}

func (r *Renewal) subject() report.Subject {
	return report.Subject{Kind: "certificate", Name: titleOf(r.Leaf())}
}

// titleOf is what a certificate is called: its common name, or its first other name.
func titleOf(c facts.Certificate) string {
	switch {
	case len(c.CommonNames) > 0 && c.CommonNames[0] != "":
		return c.CommonNames[0]
	case len(c.DNSNames) > 0:
		return c.DNSNames[0]
	case c.Subject != "":
		return c.Subject
	}
	return "a certificate without a name"
}

func sideBySide(old, next facts.Certificate) []report.Evidence {
	return []report.Evidence{
		{Name: "the present common name", Value: orNone(strings.Join(old.CommonNames, ", "))},
		{Name: "the new common name", Value: orNone(strings.Join(next.CommonNames, ", "))},
		{Name: "the present alternative names", Value: orNone(few(old.DNSNames))},
		{Name: "the new alternative names", Value: orNone(few(next.DNSNames))},
		{Name: "the present thumbprint", Value: old.Thumbprint},
	}
}

// demand is what clients are told to expect of a host.
type demand struct {
	names []string // "EXPR tells clients to expect msstd:mail.contoso.com"
	doubt string   // why it is not known
}

// demands lists what is demanded of each published host, by its label in small
// letters, and why there may be more.
func (r *Renewal) demands() (of map[string]demand, doubt string) {
	rows, gaps := r.Before.Judge()
	of = map[string]demand{}
	for _, j := range rows {
		if j.NoProvider {
			continue
		}
		key := strings.ToLower(facts.Label(j.Host, j.Port))
		d := of[key]
		switch form := j.Effective.Value.Form; {
		case !j.Effective.Known:
			d.doubt = orNone(j.Effective.Why)
		case form != facts.None:
			if text := fmt.Sprintf("%s makes clients expect %s", j.Provider, j.Effective.Value.Text); !slices.Contains(d.names, text) {
				d.names = append(d.names, text)
			}
		}
		of[key] = d
	}
	if len(gaps) > 0 {
		doubt = gaps[0].Why
	}
	return of, doubt
}

// judgeDemanded runs a rule over the addresses at which a principal name is demanded.
// names says by whom.
func (r *Renewal) judgeDemanded(check func(old facts.Certificate, names string) (report.Outcome, string)) []report.Verdict {
	of, doubt := r.demands()
	return r.judgeSeats(func(seat Seat, old facts.Certificate) (report.Outcome, string) {
		d := of[strings.ToLower(facts.Label(seat.Host.Name, seat.Host.Port))]
		outcome, message := check(old, strings.Join(d.names, ", "))
		why := d.doubt
		if why == "" {
			why = doubt
		}
		switch {
		case len(d.names) > 0:
			return outcome, message
		case why != "" && outcome == report.Fail:
			return report.Unknown, "whether a principal name is demanded here could not be seen: " + why
		case why == "":
			return "", "" // nobody demands one
		}
		return outcome, message
	})
}
