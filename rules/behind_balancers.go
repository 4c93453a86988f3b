package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// judgeBehind compares what each server behind a host serves with what clients are
// served. differ says what it means that the two are different; an empty outcome is no
// verdict. Where no server behind a host could be reached the auditor stands outside, and
// nothing is judged: the report's notes say so.
func judgeBehind(s *facts.Snapshot, differ func(node facts.Host) (report.Outcome, string)) []report.Verdict {
	verdicts, seen, reached := []report.Verdict{}, hostsSeen(s), reachedBehind(s)
	for _, node := range s.Hosts {
		front := seen(node.Name, node.Port)
		if node.Node == "" || front == nil || !reached[nodeKey(node)] {
			continue
		}
		subject := report.Subject{Kind: "server", Name: facts.Label(node.Name, node.Port) + " on " + node.Node}
		if !node.Addresses.Known {
			verdicts = append(verdicts, report.Verdict{Subject: subject, Outcome: report.Unknown, Message: node.Addresses.Why})
			continue
		}
		for _, e := range node.Addresses.Value {
			v := compareBehind(front, e)
			if v.Outcome == report.Fail {
				v.Outcome, v.Message = differ(node)
				v.Evidence = append(v.Evidence, report.Evidence{Name: hostEvidence, Value: facts.Label(node.Name, node.Port)})
			}
			v.Subject = subject
			v.Subject.Address = e.Address
			if v.Outcome != "" {
				verdicts = append(verdicts, v)
			}
		}
	}
	return verdicts
}

// reachedBehind holds the hosts of which what any server behind serves was seen.
func reachedBehind(s *facts.Snapshot) map[string]bool {
	reached := map[string]bool{}
	for _, h := range s.Hosts {
		if h.Node != "" && slices.ContainsFunc(h.Addresses.Value, func(e facts.Endpoint) bool { return e.Served.Known }) {
			reached[nodeKey(h)] = true
		}
	}
	return reached
}

func nodeKey(h facts.Host) string { return strings.ToLower(facts.Label(h.Name, h.Port)) }

// compareBehind passes where any address that clients reach serves the same
// certificate: the addresses may be the servers' own.
func compareBehind(front *facts.Host, behind facts.Endpoint) report.Verdict {
	if !behind.Served.Known {
		return report.Verdict{Outcome: report.Unknown, Message: behind.Served.Why}
	}
	leaf := behind.Served.Value.Leaf()
	var fronts []string
	doubt := front.Addresses.Why
	for _, e := range front.Addresses.Value {
		if !e.Served.Known {
			doubt = max(doubt, e.Served.Why)
			continue
		}
		at := e.Served.Value.Leaf().Thumbprint
		if at == leaf.Thumbprint {
			return report.Verdict{Outcome: report.Pass}
		}
		fronts = append(fronts, at)
	}
	if len(fronts) == 0 || leaf.Thumbprint == "" {
		return report.Verdict{Outcome: report.Unknown, Message: "what clients are served could not be seen: " + orNone(doubt)}
	}
	return report.Verdict{Outcome: report.Fail, Evidence: append(certificateEvidence(leaf),
		report.Evidence{Name: "the thumbprint that clients are served", Value: strings.Join(distinctTexts(fronts), ", ")})}
}

// unreachedBehind lists the hosts behind which no server could be reached from here.
func unreachedBehind(s *facts.Snapshot) (hosts []string) {
	reached := reachedBehind(s)
	for _, h := range s.Hosts {
		if h.Node != "" && !reached[nodeKey(h)] {
			hosts = append(hosts, nodeKey(h))
		}
	}
	return distinctTexts(hosts)
}
