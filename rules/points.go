package rules

import (
	"cmp"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// byConnectionPoint is the word with which a host's origins name a service
// connection point (facts.Origin).
const byConnectionPoint = "connection-point"

// judgePoints runs a rule over the connection points that hold an Autodiscover URL;
// pointers to other forests and the patterns of hosters are no such. What could not
// be seen is unknown, and a directory that was not asked says nothing. ok is false
// where the rule does not concern a point.
func judgePoints(s *facts.Snapshot, check func(org *facts.Organization, p facts.ConnectionPoint) (v report.Verdict, ok bool)) []report.Verdict {
	verdicts := []report.Verdict{}
	for i := range s.Organizations {
		org := &s.Organizations[i]
		if points := org.ConnectionPoints; points.Asked() && !points.Known {
			verdicts = append(verdicts, report.Verdict{Outcome: report.Unknown, Message: points.Why,
				Subject: report.Subject{Kind: "organization", Name: org.Directory, DN: org.DN}})
		}
		for _, p := range org.ConnectionPoints.Value {
			subject := report.Subject{Kind: "connection point", Name: cmp.Or(p.Server, p.Name), DN: p.DN}
			switch {
			case !p.Kind.Known && p.Kind.Asked():
				verdicts = append(verdicts, report.Verdict{Subject: subject, Outcome: report.Unknown, Message: p.Kind.Why})
			case p.Kind.Value == facts.PointURL:
				if v, ok := check(org, p); ok {
					v.Subject = subject
					verdicts = append(verdicts, v)
				}
			}
		}
	}
	return verdicts
}

// judgeBindings is judgePoints for a rule about what the points hold.
func judgeBindings(s *facts.Snapshot, check func(org *facts.Organization, p facts.ConnectionPoint, urls []string) (v report.Verdict, ok bool)) []report.Verdict {
	return judgePoints(s, func(org *facts.Organization, p facts.ConnectionPoint) (report.Verdict, bool) {
		switch {
		case p.Bindings.Known:
			return check(org, p, bindingsOf(p))
		case p.Bindings.Asked():
			return report.Verdict{Outcome: report.Unknown, Message: p.Bindings.Why}, true
		}
		return report.Verdict{}, false
	})
}

// bindingsOf lists what a connection point holds, blank values left out.
func bindingsOf(p facts.ConnectionPoint) []string {
	return slices.DeleteFunc(slices.Clone(p.Bindings.Value), func(text string) bool { return strings.TrimSpace(text) == "" })
}

// onlyConnectionPoints says that nothing but connection points publishes a host.
func onlyConnectionPoints(h facts.Host) bool {
	return len(h.Origins) > 0 && !slices.ContainsFunc(h.Origins, func(o facts.Origin) bool { return o.Service != byConnectionPoint })
}
