package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var certificateNoCommonName = Rule{
	ID:       "certificate-no-common-name",
	Severity: report.Warning,
	Title:    "the certificate has no common name, so no principal name fits it for every client",
	Why: `The principal name of a certificate is msstd: and its common name. Without one Windows Vista SP1 and later can still find the name
among the alternative names; Windows XP, Vista RTM, other strict clients and the Connectivity Analyzer cannot, and no value of
CertPrincipalName mends that. Public authorities need not write a common name any more, and some of Let's Encrypt's profiles never do.
Have the certificate issued with the host name as its one common name (from Let's Encrypt: the profile classic), or leave it where
every client is newer. Where no principal name is demanded, a certificate needs no common name.`,
	Cites: []string{
		"Microsoft Win32 documentation, Principal Names",
		"Microsoft Remote Connectivity Analyzer, Mutual Authentication Established by Subject Alternative Name (hh849187)",
		"CA/Browser Forum Baseline Requirements 2.2.6 section 7.1.4.3",
		"Let's Encrypt documentation, Profiles",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeDemanded(s, func(leaf facts.Certificate) (report.Outcome, string) {
			if nameless(leaf) {
				return report.Fail, "the certificate has no common name: strict clients find no principal name in it, whatever is demanded"
			}
			return report.Pass, ""
		})
	},
	Examples: []Example{{
		Name:  "a certificate with alternative names alone",
		Break: func(s *facts.Snapshot) { serve(s, certificate("", "mail.contoso.com")) },
	}},
}

// nameless says that a certificate has no common name, or an empty one.
func nameless(leaf facts.Certificate) bool {
	_, ok := leaf.CommonName()
	return !ok && len(leaf.CommonNames) < 2 && leaf.Unreadable == ""
}
