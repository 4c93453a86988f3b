package rules

import (
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var scpEmpty = Rule{
	ID:       "scp-empty",
	Severity: report.Info,
	Title:    "a connection point holds no URL",
	Why: `The service connection point is there, clients inside find it, and it leads nowhere: AutoDiscoverServiceInternalUri of the server is
$null. Clients pass it over for the next one, which may be that of a far site. It is often done on purpose while a server is being installed and
then forgotten. Set-ClientAccessService SERVER -AutoDiscoverServiceInternalUri URL mends it (Set-ClientAccessServer up to Exchange 2013). Where no
connection point holds a URL, nobody is meant to use them, as after all mailboxes have moved to Exchange Online: that is not told.`,
	Cites: []string{
		"MS-OXDISCO, service connection points",
		"Microsoft documentation, Set-ClientAccessService",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		used := map[string]bool{} // by directory
		for _, org := range s.Organizations {
			used[org.Directory] = slices.ContainsFunc(org.ConnectionPoints.Value, func(p facts.ConnectionPoint) bool {
				return p.Kind.Value == facts.PointURL && len(bindingsOf(p)) > 0
			})
		}
		return judgeBindings(s, func(org *facts.Organization, p facts.ConnectionPoint, urls []string) (report.Verdict, bool) {
			if len(urls) > 0 || !used[org.Directory] {
				return report.Verdict{Outcome: report.Pass}, true
			}
			return report.Verdict{Outcome: report.Fail, Message: "the connection point holds no URL, so clients pass it over; set AutoDiscoverServiceInternalUri of the server"}, true
		})
	},
	Examples: []Example{{
		Name: "a server that was never finished",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].ConnectionPoints.Value[1].Bindings = facts.Known([]string{})
		},
	}, {
		Name:    "the account may not read the connection points",
		Outcome: report.Unknown,
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].ConnectionPoints = facts.Unknown[[]facts.ConnectionPoint]("the servers below CN=Administrative Groups cannot be read, and connection points stand below them")
		},
	}},
}
