package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var principalNameMismatch = Rule{
	ID:          "principal-name-mismatch",
	Severity:    report.Error,
	FollowsFrom: []string{"host-not-in-certificate"},
	Title:       "the certificate does not carry the principal name that Outlook demands",
	Why: `Outlook Anywhere refuses a server whose certificate has another principal name than the one it was given: users are asked for
their password again and again, and the Connectivity Analyzer says "Mutual Authentication could not be established". Either the
certificate is the wrong one, or CertPrincipalName of the OutlookProvider is: mend whichever is not what you meant. All clients that
use Outlook Anywhere are affected; clients that use MAPI over HTTP never receive the name.`,
	Cites: []string{
		"Microsoft KB 2710606, Mutual Authentication could not be established error if testing Outlook Anywhere",
		"Microsoft Win32 documentation, Principal Names",
		"Microsoft Remote Connectivity Analyzer, Mutual Authentication could not be established (dd439371)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return matched(s, facts.Mismatch, func(j facts.Judgement) string {
			if j.Effective.Value.Form == facts.FullSIC {
				return "Outlook demands a whole chain of certificates: " + j.Why
			}
			return "Outlook demands " + j.Effective.Value.Text + ", and no name of the certificate is that name"
		})
	},
	Examples: []Example{{
		Name:  "a principal name left behind by a renamed host",
		Break: func(s *facts.Snapshot) { give(s, "EXPR", "msstd:owa.contoso.com") },
		Fix:   `Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com"`,
	}, {
		Name:  "a wildcard is demanded of a certificate for one host",
		Break: func(s *facts.Snapshot) { give(s, "EXCH", "msstd:*.contoso.com") },
		Fix:   `Set-OutlookProvider EXCH -CertPrincipalName:"msstd:mail.contoso.com"`,
	}, {
		Name: "two sites, each with its own name",
		Break: func(s *facts.Snapshot) {
			publish(s, "mail.emea.contoso.com", certificate("mail.emea.contoso.com", "mail.emea.contoso.com"))
		},
		Fix: `Set-OutlookProvider EXPR -CertPrincipalName:$null`,
	}},
}
