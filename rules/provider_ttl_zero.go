package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var providerTTLZero = Rule{
	ID:          "provider-ttl-zero",
	Severity:    report.Warning,
	FollowsFrom: []string{"provider-unreadable"},
	Title:       "an OutlookProvider tells clients never to ask again",
	Why: `TTL is how many hours a client may use what Autodiscover sent before it asks again, 1 by default. With 0 it does not ask again, so a
principal name that is mended here does not reach Outlook where it runs until it is restarted, or its profile repaired.
Set-OutlookProvider EXPR -TTL 1 restores the default.`,
	Cites: []string{
		"Microsoft documentation, Set-OutlookProvider (TTL)",
		"Microsoft POX element reference, TTL",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeProviders(s, func(p facts.Provider) report.Verdict {
			return attribute(p.TTL, func(ttl facts.Number) (report.Outcome, string) {
				if ttl.Present && ttl.Value == 0 {
					return report.Fail, "the TTL is 0, so running clients never ask again, and no change reaches them"
				}
				return report.Pass, ""
			})
		})
	},
	Examples: []Example{{
		Name:  "clients of EXPR never ask again",
		Break: func(s *facts.Snapshot) { s.Provider("EXPR").TTL = facts.Known(facts.Present(0)) },
	}},
}
