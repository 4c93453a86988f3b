package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var principalNameWildcardOnly = Rule{
	ID:       "principal-name-wildcard-only",
	Severity: report.Warning,
	Title:    "only a wildcard of the certificate covers the principal name",
	Why: `The certificate holds a wildcard such as *.contoso.com, and Outlook demands the name of one host. Field reports say that Windows 7
and later accept it; Windows XP prompts without end, and the Connectivity Analyzer calls it an error. The documented cure is to demand
the wildcard itself: msstd:*.contoso.com.`,
	Cites: []string{
		"Microsoft TechNet, Exchange 2007 help, Configure Outlook Anywhere with a wildcard certificate",
		"Microsoft archive blogs, Outlook 2007, Exchange with Wildcard certificate",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return matched(s, facts.ByWildcard, func(j facts.Judgement) string {
			return "the certificate has no name " + j.Effective.Value.Name + ", only a wildcard that covers it"
		})
	},
	Examples: []Example{{
		Name:  "a wildcard certificate behind a host's principal name",
		Break: func(s *facts.Snapshot) { serve(s, certificate("*.contoso.com", "*.contoso.com", "contoso.com")) },
		Fix:   `Set-OutlookProvider EXPR -CertPrincipalName:"msstd:*.contoso.com"`,
	}},
}
