package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var certificateEmailPrincipal = Rule{
	ID:       "certificate-email-principal",
	Severity: report.Warning,
	Title:    "an e-mail address in the certificate is its principal name, instead of the common name",
	Why: `Windows takes the e-mail name of a certificate, where it holds an "@", for the principal name and ignores the common name then: a
certificate with E=admin@contoso.com in its subject is msstd:admin@contoso.com. Whether an e-mail address among the alternative names
counts too is not documented. No value of CertPrincipalName is given for such a certificate. Have it issued without an e-mail address;
openssl and some authorities' forms ask for one, and it may be left empty.`,
	Cites: []string{
		"Microsoft Win32 documentation, Principal Names",
		"Microsoft Win32 documentation, CertGetNameString (CERT_NAME_EMAIL_TYPE)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeDemanded(s, func(leaf facts.Certificate) (report.Outcome, string) {
			if address := mailAddress(leaf.SubjectEmails); address != "" {
				return report.Fail, "the subject holds the e-mail address " + address + ", which is the principal name instead of the common name"
			}
			if address := mailAddress(leaf.SANEmails); address != "" {
				return report.Fail, "an alternative name is the e-mail address " + address + ", which may be the principal name instead of the common name"
			}
			return report.Pass, ""
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
		Name: "an e-mail address among the alternative names",
		Break: func(s *facts.Snapshot) {
			leaf := certificate("mail.contoso.com", "mail.contoso.com")
			leaf.SANEmails = []string{"admin@contoso.com"}
			serve(s, leaf)
		},
	}},
}

// mailAddress is the first name that holds "@", without which Windows does not
// take it for an address.
func mailAddress(names []string) string {
	i := slices.IndexFunc(names, func(name string) bool { return strings.Contains(name, "@") })
	if i < 0 {
		return ""
	}
	return names[i]
}
