package rules

import (
	"slices"
	"strconv"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var scpHTTP = Rule{
	ID:       "scp-http",
	Severity: report.Warning,
	Title:    "a connection point does not hold an https URL",
	Why: `Clients inside ask the URL of a connection point as it stands. Over plain http the answer can be changed on the way and a password
read, and Outlook does not use such a URL; a text that is no URL at all is used by nobody. Set-ClientAccessService SERVER
-AutoDiscoverServiceInternalUri https://HOST/autodiscover/autodiscover.xml mends it (Set-ClientAccessServer up to Exchange 2013). The
LDAP address of a pointer to another forest and the patterns of a hoster are no URLs of Autodiscover and right as they are.`,
	Cites: []string{
		"MS-OXDISCO, service connection points",
		"Microsoft documentation, Set-ClientAccessService",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeBindings(s, func(_ *facts.Organization, _ facts.ConnectionPoint, urls []string) (report.Verdict, bool) {
			bad := slices.IndexFunc(urls, func(text string) bool {
				host, _, secure := facts.WebAddress(text)
				return host == "" || !secure
			})
			switch {
			case len(urls) == 0:
				return report.Verdict{}, false // scp-empty tells it
			case bad < 0:
				return report.Verdict{Outcome: report.Pass}, true
			}
			return report.Verdict{Outcome: report.Fail, Message: "the connection point holds " + strconv.Quote(urls[bad]) +
				", which is not an https URL; set AutoDiscoverServiceInternalUri of the server"}, true
		})
	},
	Examples: []Example{{
		Name: "http",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].ConnectionPoints.Value[0].Bindings = facts.Known([]string{"http://mail.contoso.com/autodiscover/autodiscover.xml"})
		},
	}, {
		Name: "a host name in place of a URL",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].ConnectionPoints.Value[0].Bindings = facts.Known([]string{"mail.contoso.com"})
		},
	}},
}
