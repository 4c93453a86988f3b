package rules

import (
	"cmp"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// supportEnds are the last days of support (Microsoft Lifecycle Policy). Exchange
// Server SE is under the modern policy and has none.
var supportEnds = map[string]time.Time{
	"Exchange Server 2007": time.Date(2017, 4, 11, 0, 0, 0, 0, time.UTC),
	"Exchange Server 2010": time.Date(2020, 10, 13, 0, 0, 0, 0, time.UTC),
	"Exchange Server 2013": time.Date(2023, 4, 11, 0, 0, 0, 0, time.UTC),
	"Exchange Server 2016": time.Date(2025, 10, 14, 0, 0, 0, 0, time.UTC),
	"Exchange Server 2019": time.Date(2025, 10, 14, 0, 0, 0, 0, time.UTC),
	"Exchange Server SE":   {},
}

var serverOutOfSupport = Rule{
	ID:       "server-out-of-support",
	Severity: report.Warning,
	Title:    "a server runs a version of Exchange that is out of support",
	Why: `Support for Exchange Server 2016 and 2019 ended on 2025-10-14, for 2013 on 2023-04-11, for 2010 on 2020-10-13 and for 2007 on 2017-04-11:
there are no security updates for everybody after that. Exchange Server SE follows 2019 and is installed over its last cumulative updates as
another one is; 2016 and older servers are replaced. SE has the version 15.2 as 2019 has, and the build tells them apart; the schema does
not. Judged as of the instant in the report.`,
	Cites: []string{
		"Microsoft Lifecycle, Exchange Server 2007, 2010, 2013, 2016 and 2019",
		"Microsoft documentation, Exchange Server build numbers and release dates",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		verdicts := []report.Verdict{}
		for i := range s.Organizations {
			org := &s.Organizations[i]
			verdicts = append(verdicts, unseenSection(org, org.Servers)...)
			if org.Edges.Why != org.Servers.Why {
				verdicts = append(verdicts, unseenSection(org, org.Edges)...)
			}
			for _, list := range [][]facts.Server{org.Servers.Value, org.Edges.Value} {
				for _, server := range list {
					v := attribute(server.Version, func(version facts.Version) (report.Outcome, string) { return supported(s.TakenAt, version) })
					if v.Subject = (report.Subject{Kind: "server", Name: server.Name, DN: server.DN}); v.Outcome != "" {
						verdicts = append(verdicts, v)
					}
				}
			}
		}
		return verdicts
	},
	Examples: []Example{{
		Name: "Exchange Server 2019 CU15, a year later",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].Servers.Value[0].Version = facts.Known(facts.Version{Number: "15.2.1748", Product: "Exchange Server 2019", Update: "CU15"})
		},
	}},
}

func supported(at time.Time, version facts.Version) (report.Outcome, string) {
	end, known := supportEnds[version.Product]
	switch {
	case !known:
		return report.Unknown, "which product version " + cmp.Or(version.Number, "(none stored)") + " belongs to is not known"
	case !end.IsZero() && !at.Before(end.AddDate(0, 0, 1)):
		return report.Fail, version.Product + " has been out of support since " + day(end)
	}
	return report.Pass, ""
}
