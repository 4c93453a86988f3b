package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var autodiscoverLeaksInternals = Rule{
	ID:       "autodiscover-leaks-internals",
	Severity: report.Info,
	Title:    "answers tell strangers about the inside",
	Why: `Exchange's diagnostic headers name servers (X-FEServer, X-BEServer, X-CalculatedBETarget), and the X-BackEndCookie holds the
user's SID. They help whoever plans an attack and harm nobody by themselves; every Exchange server sends them, inside too. A reverse proxy in
front can take them away outside (an outbound rewrite rule, or the load balancer's header policy). What Exchange Online sends is
Microsoft's and is not told.`,
	Cites: []string{
		"CWE-200, Exposure of Sensitive Information to an Unauthorized Actor",
		"Microsoft documentation, Exchange diagnostic headers",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		var seen []sighting
		own := &namespace{}
		for i := range s.Answers {
			a := &s.Answers[i]
			if host, _, _ := facts.WebAddress(a.URL); a.Status == 0 || host == "" || own.vouches(host, "") {
				continue
			}
			o := sighting{subject: at(a.URL), outcome: report.Pass}
			var names []string
			for _, header := range a.Leaks {
				names = append(names, header.Name)
				o.evidence = append(o.evidence, report.Evidence{Name: header.Name, Value: header.Value})
			}
			if len(names) > 0 {
				slices.SortFunc(names, strings.Compare)
				o.outcome, o.url = report.Fail, a.URL
				o.text = "the answer carries " + strings.Join(slices.Compact(names), ", ") + "; a proxy in front can take such headers away"
			}
			seen = append(seen, o)
		}
		return merge(seen)
	},
	Examples: []Example{{
		Name: "the headers of an Exchange server",
		Break: func(s *facts.Snapshot) {
			answerOf(s, facts.StepAutodiscoverHost).Leaks = []facts.Header{{Name: "X-FEServer", Value: "EX1"}, {Name: "X-BEServer", Value: "EX2"}}
		},
	}},
}
