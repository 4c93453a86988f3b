package rules

import (
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var providerServerSet = Rule{
	ID:          "provider-server-set",
	Severity:    report.Info,
	FollowsFrom: []string{"provider-unreadable"},
	Title:       "an OutlookProvider names a server",
	Why: `Server of EXPR, EXCH and WEB is empty by default and must stay so. Exchange 2007 and 2010 leave AuthPackage out of EXPR's node where it
is set, and users are asked for their password although Ntlm is configured. Exchange 2013 and later take the host from the virtual
directories and ignore it, so there it is a dead setting that misleads the next reader. A custom provider needs its Server and is not meant.
Set-OutlookProvider EXPR -Server $null empties it.`,
	Cites: []string{
		"Microsoft Remote Connectivity Analyzer, Missing AuthPackage in Autodiscover response",
		"Microsoft Exchange Team Blog, When, if and how do you modify Outlook Providers",
		"observed in Exchange 2013 CU23, which ignores the value",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeProviders(s, func(p facts.Provider) report.Verdict {
			if p.Custom() {
				return report.Verdict{}
			}
			v := attribute(p.Server, func(server facts.Text) (report.Outcome, string) {
				if strings.TrimSpace(server.Value) == "" {
					return report.Pass, ""
				}
				return report.Fail, "the directory holds a Server for " + oneLine(p.Name) + ", where none belongs"
			})
			if v.Outcome == report.Fail {
				v.Evidence = []report.Evidence{{Name: "the directory stores", Value: p.Server.Value.Value}}
			}
			return v
		})
	},
	Examples: []Example{{
		Name:  "EXPR names the host of Outlook Anywhere",
		Break: func(s *facts.Snapshot) { s.Provider("EXPR").Server = facts.Say("mail.contoso.com") },
	}},
}
