package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var providerCustom = Rule{
	ID:          "provider-custom",
	Severity:    report.Info,
	FollowsFrom: []string{"provider-unreadable"},
	Title:       "an OutlookProvider of another name is published too",
	Why: `Exchange's own providers are EXCH, EXPR and WEB. Any other name is allowed, and Autodiscover sends a node of that name with the
object's Server and principal name to every client. Outlook ignores types that it does not know; other programs may not. If nobody can say
what it is for, it was a slip, often of the parameter Name: Get-OutlookProvider shows it, and Remove-OutlookProvider takes it away.`,
	Cites: []string{
		"Microsoft documentation, New-OutlookProvider",
		"observed in Exchange 2013 CU23, which publishes every name",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeProviders(s, func(p facts.Provider) report.Verdict {
			if !p.Custom() {
				return report.Verdict{Outcome: report.Pass}
			}
			return report.Verdict{Outcome: report.Fail, Message: oneLine(p.Name) + " is none of Exchange's own, and Autodiscover sends it to every client"}
		})
	},
	Examples: []Example{{
		Name: "a provider that somebody made",
		Break: func(s *facts.Snapshot) {
			providers := &s.Organizations[0].Providers.Value
			*providers = append(*providers, healthyProvider("EXPR-EMEA", "msstd:mail.contoso.com"))
		},
	}},
}
