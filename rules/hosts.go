package rules

import (
	"fmt"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// judgeHosts runs a rule over what every address of every probed host serves. A
// host or address that could not be seen is unknown.
func judgeHosts(s *facts.Snapshot, check func(host string, served facts.Served) (report.Outcome, string)) []report.Verdict {
	verdicts := []report.Verdict{}
	for _, h := range s.Hosts {
		if h.Node != "" {
			continue // behind a balancer, where no client looks
		}
		subject := report.Subject{Kind: "host", Name: facts.Label(h.Name, h.Port)}
		if !h.Addresses.Known || len(h.Addresses.Value) == 0 {
			why := h.Addresses.Why
			if why == "" {
				why = h.Name + " was not probed"
			}
			verdicts = append(verdicts, report.Verdict{Subject: subject, Outcome: report.Unknown, Message: why})
			continue
		}
		for _, e := range h.Addresses.Value {
			subject.Address = e.Address
			if !e.Served.Known {
				why := e.Served.Why
				if why == "" {
					why = e.Address + " was not probed"
				}
				verdicts = append(verdicts, report.Verdict{Subject: subject, Outcome: report.Unknown, Message: why})
				continue
			}
			outcome, message := check(h.Name, e.Served.Value)
			v := report.Verdict{Subject: subject, Outcome: outcome, Message: message}
			if outcome == report.Fail {
				v.Evidence = datesEvidence(e.Served.Value.Leaf())
			}
			verdicts = append(verdicts, v)
		}
	}
	return verdicts
}

// readable guards a rule that needs the leaf's names or dates: of a certificate
// that cannot be parsed they are unknown.
func readable(check func(host string, leaf facts.Certificate) (report.Outcome, string)) func(string, facts.Served) (report.Outcome, string) {
	return func(host string, served facts.Served) (report.Outcome, string) {
		leaf := served.Leaf()
		if leaf.Unreadable != "" {
			return report.Unknown, "the certificate could not be parsed: " + leaf.Unreadable
		}
		return check(host, leaf)
	}
}

func datesEvidence(c facts.Certificate) []report.Evidence {
	list := certificateEvidence(c)
	if c.Unreadable == "" {
		list = append(list, report.Evidence{Name: "valid", Value: day(c.NotBefore) + " to " + day(c.NotAfter)},
			report.Evidence{Name: "issued by", Value: c.Issuer})
	}
	return list
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
