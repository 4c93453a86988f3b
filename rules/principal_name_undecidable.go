package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var principalNameUndecidable = Rule{
	ID:       "principal-name-undecidable",
	Severity: report.Warning,
	Title:    "nobody can say whether the certificate has the principal name",
	Why: `Windows takes the e-mail name of a certificate, where it holds an "@", for the principal name and ignores the common name then.
Which of several common names counts is not documented, and neither is what clients make of a certificate that cannot be parsed. The
form fullsic: is legal and is not compared yet. Have a certificate issued with one common name and no e-mail address.`,
	Cites: []string{
		"Microsoft Win32 documentation, Principal Names",
		"Microsoft Win32 documentation, CertGetNameString (CERT_NAME_EMAIL_TYPE)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgePlaces(s, func(j facts.Judgement) (report.Verdict, bool) {
			malformed := j.Effective.Value.Form == facts.Malformed // principal-name-malformed tells it
			switch {
			case j.Match == facts.Unchecked || malformed:
				return report.Verdict{}, false
			case j.Match == facts.Undecidable:
				return report.Verdict{Outcome: report.Fail, Message: j.Why}, true
			}
			return report.Verdict{Outcome: report.Pass}, true
		})
	},
	Examples: []Example{{
		Name: "an e-mail address in the subject",
		Break: func(s *facts.Snapshot) {
			leaf := certificate("mail.contoso.com", "mail.contoso.com")
			leaf.SubjectEmails = []string{"admin@contoso.com"}
			serve(s, leaf)
		},
	}, {
		Name: "two common names",
		Break: func(s *facts.Snapshot) {
			leaf := certificate("mail.contoso.com", "mail.contoso.com", "owa.contoso.com")
			leaf.CommonNames = append(leaf.CommonNames, "owa.contoso.com")
			serve(s, leaf)
		},
	}, {
		Name:  "a certificate that cannot be parsed",
		Break: func(s *facts.Snapshot) { serve(s, facts.Certificate{Unreadable: "x509: negative serial number"}) },
	}, {
		Name:  "the fullsic form",
		Break: func(s *facts.Snapshot) { give(s, "EXPR", `fullsic:\<CN=Root>\<CN=mail.contoso.com>`) },
		Fix:   `Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com"`,
	}},
}
