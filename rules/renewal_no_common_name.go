package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var renewalNoCommonName = Rule{
	ID:       "renewal-no-common-name",
	Severity: report.Warning,
	Title:    "the new certificate has no common name, and one is demanded",
	Why: `Public authorities need not write a common name any more, and some of their profiles never do (Let's Encrypt's tlsserver and
shortlived). Without one there is no msstd: name that every client takes: Windows Vista SP1 and later find the name among the alternative
names, and Windows XP, Vista RTM and the Connectivity Analyzer do not. Ask for a profile that writes one (Let's Encrypt's classic takes it
from the request, or promotes the first name), or accept it where every client is newer.`,
	Cites: []string{
		"Let's Encrypt documentation, Profiles",
		"CA/Browser Forum Baseline Requirements 2.2.6 section 7.1.4.3",
		"Microsoft Remote Connectivity Analyzer, Mutual Authentication Established by Subject Alternative Name (hh849187)",
	},
	CheckRenewal: func(r *Renewal) []report.Verdict {
		return r.judgeDemanded(func(old facts.Certificate, names string) (report.Outcome, string) {
			if !nameless(r.Leaf()) {
				return report.Pass, ""
			}
			text := "the new certificate has no common name, and " + names
			if nameless(old) {
				text = "as the present one, " + text
			}
			return report.Fail, text
		})
	},
	Examples: []Example{{
		Name:  "a profile without common names",
		Renew: func(c *Candidate) { c.rename("", healthyMail) },
	}},
}
