package rules

import (
	"fmt"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// hostCheck judges what an address serves for a host. An empty outcome is no
// verdict: the rule does not concern it, or another rule tells it.
type hostCheck func(host string, served facts.Served) (report.Outcome, string)

// judgeHosts runs a rule about certificates over every chain that every address of
// every probed host serves. A host or address that could not be seen is unknown.
func judgeHosts(s *facts.Snapshot, check hostCheck) []report.Verdict {
	return judgeAddresses(s, chainwise(check))
}

// chainwise is a check of one chain as a check of all that an address serves.
func chainwise(check hostCheck) func(host string, served facts.Served) report.Verdict {
	return func(host string, served facts.Served) report.Verdict { return everyChain(host, served, check) }
}

// judgeAddresses runs a rule over what every address of every probed host serves.
func judgeAddresses(s *facts.Snapshot, check func(host string, served facts.Served) report.Verdict) []report.Verdict {
	verdicts := []report.Verdict{}
	for _, h := range s.Hosts {
		if h.Node != "" {
			continue // behind a balancer, where no client looks
		}
		verdicts = append(verdicts, judgeHost(h, check)...)
	}
	return verdicts
}

// judgeHost runs a rule over what every address of one host serves.
func judgeHost(h facts.Host, check func(host string, served facts.Served) report.Verdict) []report.Verdict {
	subject := hostSubject(h)
	if !h.Addresses.Known || len(h.Addresses.Value) == 0 {
		why := h.Addresses.Why
		if why == "" {
			why = h.Name + " was not probed"
		}
		return []report.Verdict{{Subject: subject, Outcome: report.Unknown, Message: why}}
	}
	var verdicts []report.Verdict
	for _, e := range h.Addresses.Value {
		subject.Address = e.Address
		v := report.Verdict{Outcome: report.Unknown, Message: unseen(e)}
		if e.Served.Known {
			v = check(h.Name, e.Served.Value)
		}
		if v.Subject = subject; v.Outcome != "" {
			verdicts = append(verdicts, v)
		}
	}
	return verdicts
}

func hostSubject(h facts.Host) report.Subject {
	return report.Subject{Kind: "host", Name: facts.Label(h.Name, h.Port)}
}

// unseen says why nobody knows what an address serves.
func unseen(e facts.Endpoint) string {
	if e.Served.Why == "" {
		return e.Address + " was not probed"
	}
	return e.Served.Why
}

// everyChain judges the chain that was seen first and those that the server keeps
// for clients of other abilities. The gravest word counts.
func everyChain(host string, served facts.Served, check hostCheck) report.Verdict {
	v := verdictOn(host, served, check)
	for _, other := range served.Others.Value {
		if w := verdictOn(host, served.With(other), check); grave(w.Outcome) > grave(v.Outcome) {
			v = w
			if v.Message != "" {
				v.Message = served.To(other) + ": " + v.Message
			}
		}
	}
	if why := unsure(served); why != "" && v.Outcome != report.Fail {
		v = report.Verdict{Outcome: report.Unknown, Message: why}
	}
	return v
}

// unsure says why nobody knows all chains that an address serves, or "".
func unsure(served facts.Served) string {
	if others := served.Others; others.Asked() && !others.Known {
		return "whether another certificate is served to other clients could not be seen: " + others.Why
	}
	return ""
}

// addressed puts before a message to which clients a chain is served.
func addressed(to, message string) string {
	if to == "" || message == "" {
		return message
	}
	return to + ": " + message
}

func verdictOn(host string, served facts.Served, check hostCheck) (v report.Verdict) {
	if v.Outcome, v.Message = check(host, served); v.Outcome == report.Fail {
		v.Evidence = datesEvidence(served.Leaf())
	}
	return v
}

// grave orders outcomes: no verdict, pass, unknown, fail.
func grave(o report.Outcome) int {
	switch o {
	case report.Fail:
		return 3
	case report.Unknown:
		return 2
	case report.Pass:
		return 1
	}
	return 0
}

// readable guards a rule that needs the leaf's names or dates: of a certificate
// that cannot be parsed they are unknown.
func readable(check func(host string, leaf facts.Certificate) (report.Outcome, string)) hostCheck {
	return func(host string, served facts.Served) (report.Outcome, string) {
		leaf := served.Leaf()
		if leaf.Unreadable != "" {
			return report.Unknown, unparsed(leaf)
		}
		return check(host, leaf)
	}
}

func unparsed(c facts.Certificate) string {
	return "the certificate could not be parsed: " + c.Unreadable
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
