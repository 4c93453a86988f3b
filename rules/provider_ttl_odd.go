package rules

import (
	"fmt"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// longestTTL is the longest time to live, in hours, that a change may take to reach
// clients before it is called out. It is a judgement: a change should be there the
// next day.
const longestTTL = 24

var providerTTLOdd = Rule{
	ID:          "provider-ttl-odd",
	Severity:    report.Info,
	FollowsFrom: []string{"provider-unreadable"},
	Title:       "an OutlookProvider's time to live is unusual",
	Why: `TTL is how many hours a client may use what Autodiscover sent before it asks again, 1 by default. More than a day means that a mended
principal name takes as long to reach running clients. A negative number is in the attribute's range and its meaning is documented nowhere.
Set-OutlookProvider EXPR -TTL 1 restores the default.`,
	Cites: []string{
		"Microsoft documentation, Set-OutlookProvider (TTL)",
		"observed in Exchange 2013 CU23: range -1 to 65536, default 1",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeProviders(s, func(p facts.Provider) report.Verdict {
			return attribute(p.TTL, func(ttl facts.Number) (report.Outcome, string) {
				switch {
				case ttl.Value < 0:
					return report.Fail, fmt.Sprintf("the TTL is %d, which no document explains", ttl.Value)
				case ttl.Value > longestTTL:
					return report.Fail, fmt.Sprintf("the TTL is %s: a change takes that long to reach running clients", plural(ttl.Value, "hour"))
				}
				return report.Pass, "" // absent is 1, and 0 is told by provider-ttl-zero
			})
		})
	},
	Examples: []Example{{
		Name:  "a week",
		Break: func(s *facts.Snapshot) { s.Provider("EXPR").TTL = facts.Known(facts.Present(168)) },
	}, {
		Name:  "less than nothing",
		Break: func(s *facts.Snapshot) { s.Provider("EXCH").TTL = facts.Known(facts.Present(-1)) },
	}},
}
