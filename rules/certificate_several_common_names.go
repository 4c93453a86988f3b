package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var certificateSeveralCommonNames = Rule{
	ID:       "certificate-several-common-names",
	Severity: report.Warning,
	Title:    "the certificate has several common names, and nobody says which one is its principal name",
	Why: `The principal name of a certificate is msstd: and its common name. Which of several common names counts is not documented, and
different readers take the first or the last. The Baseline Requirements allow one at most. Have the certificate issued with the host
name as its one common name and every further name among the alternative names.`,
	Cites: []string{
		"Microsoft Win32 documentation, Principal Names",
		"CA/Browser Forum Baseline Requirements 2.2.6 section 7.1.4.3",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeDemanded(s, func(leaf facts.Certificate) (report.Outcome, string) {
			if len(leaf.CommonNames) < 2 {
				return report.Pass, ""
			}
			return report.Fail, "the subject has " + plural(len(leaf.CommonNames), "common name") + ": " + few(leaf.CommonNames)
		})
	},
	Examples: []Example{{
		Name: "two common names",
		Break: func(s *facts.Snapshot) {
			leaf := certificate("mail.contoso.com", "mail.contoso.com", "owa.contoso.com")
			leaf.CommonNames = append(leaf.CommonNames, "owa.contoso.com")
			serve(s, leaf)
		},
	}},
}
