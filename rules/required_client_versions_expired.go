package rules

import (
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var requiredClientVersionsExpired = Rule{
	ID:          "required-client-versions-expired",
	Severity:    report.Info,
	FollowsFrom: []string{"provider-unreadable"},
	Title:       "the day from which older versions of Outlook are blocked has passed",
	Why: `RequiredClientVersions holds a minimum version of Outlook and the instant from which older ones are to be blocked; Autodiscover sends
both, from EXCH alone. Once the instant has passed, users of an older version cannot connect, and what they see looks like a fault of the
server or of a certificate. If that is meant, it is right as it is. The stored XML is documented nowhere, so a text that holds a version and
no instant is called unknown. Set-OutlookProvider EXCH -RequiredClientVersions $null takes the demand back.`,
	Cites: []string{
		"Microsoft documentation, Set-OutlookProvider (RequiredClientVersions)",
		"observed in Exchange 2013 CU23, which takes them from EXCH",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeProviders(s, func(p facts.Provider) report.Verdict {
			if !strings.EqualFold(p.Name, facts.EXCH) {
				return report.Verdict{}
			}
			v := attribute(p.RequiredClientVersions, func(text facts.Text) (report.Outcome, string) {
				required, ok := facts.RequiredVersions(text.Value)
				for _, r := range required {
					if !s.TakenAt.Before(r.From) {
						return report.Fail, "versions of Outlook before " + r.Version + " are blocked since " + day(r.From)
					}
				}
				if !ok {
					return report.Unknown, "RequiredClientVersions holds a version and no instant that could be read"
				}
				return report.Pass, ""
			})
			if v.Outcome == report.Fail {
				v.Evidence = []report.Evidence{{Name: "the directory stores", Value: p.RequiredClientVersions.Value.Value}}
			}
			return v
		})
	},
	Examples: []Example{{
		Name: "Outlook before 2010 SP2 is blocked since 2020",
		Break: func(s *facts.Snapshot) {
			s.Provider("EXCH").RequiredClientVersions = facts.Say("14.0.7012.1000, 2020-01-01T12:00:00Z")
		},
	}},
}
