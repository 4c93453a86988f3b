package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var principalNameSANOnly = Rule{
	ID:       "principal-name-san-only",
	Severity: report.Warning,
	Title:    "the principal name is only a subject alternative name of the certificate",
	Why: `The name that Outlook demands is among the certificate's alternative names and is not its common name. Windows Vista SP1 and
later look at both; Windows XP, Vista RTM and other strict clients look at the common name alone and fail, and the Connectivity
Analyzer warns. It may be left as it is where every client is newer. The principal name of the common name is right for all of them.`,
	Cites: []string{
		"Microsoft Remote Connectivity Analyzer, Mutual Authentication Established by Subject Alternative Name (hh849187)",
		"Microsoft Exchange Team Blog, Certificate planning in Exchange 2013",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return matched(s, facts.BySAN, func(j facts.Judgement) string {
			return "only an alternative name of the certificate is " + j.Effective.Value.Name + "; its common name is not"
		})
	},
	Examples: []Example{{
		Name: "a certificate named after the mail domain",
		Break: func(s *facts.Snapshot) {
			serve(s, certificate("contoso.com", "contoso.com", "mail.contoso.com", "autodiscover.contoso.com"))
		},
		Fix: `Set-OutlookProvider EXPR -CertPrincipalName:"msstd:contoso.com"`,
	}},
}
