package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var providerMissing = Rule{
	ID:       "provider-missing",
	Severity: report.Error,
	Title:    "an OutlookProvider object does not exist",
	Why: `Without the EXPR object Autodiscover sends Outlook nothing for use outside: no Outlook Anywhere host, and no external addresses of
EWS, the offline address book and unified messaging either; without EXCH the same inside. To delete EXPR was once a popular way to switch
Outlook Anywhere off. Set-OutlookProvider fails on a missing object: New-OutlookProvider -Name:EXPR restores it.`,
	Cites: []string{
		"Microsoft documentation, Set-OutlookProvider and New-OutlookProvider",
		"ilantz.com 2013, on the missing EXPR provider",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		var verdicts []report.Verdict
		for i := range s.Organizations {
			org := &s.Organizations[i]
			if !org.Providers.Asked() {
				continue
			}
			for _, name := range []string{facts.EXPR, facts.EXCH} {
				v := report.Verdict{Subject: providerSubject(name, org.ProviderDN(name))}
				switch {
				case !org.Providers.Known:
					v.Outcome, v.Message = report.Unknown, org.Providers.Why
				case org.Provider(name) == nil:
					v.Outcome, v.Want = report.Fail, want(name)
					v.Message = "there is no " + name + " object, so Autodiscover leaves out what it governs"
				default:
					v.Outcome = report.Pass
				}
				verdicts = append(verdicts, v)
			}
		}
		return verdicts
	},
	Examples: []Example{{
		Name: "EXPR was deleted",
		Break: func(s *facts.Snapshot) {
			providers := &s.Organizations[0].Providers.Value
			*providers = append((*providers)[:1:1], (*providers)[2:]...)
			for i := range s.Answers {
				if nodes := s.Answers[i].Response.Value.Nodes; len(nodes) > 0 {
					s.Answers[i].Response.Value.Nodes = append(nodes[:1:1], nodes[2], nodes[4])
				}
			}
		},
	}},
}
