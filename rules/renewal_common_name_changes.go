package rules

import (
	"fmt"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var renewalCommonNameChanges = Rule{
	ID:       "renewal-common-name-changes",
	Severity: report.Warning,
	Title:    "the new certificate has another common name than the one that clients are told to expect it of",
	Why: `Outlook Anywhere compares the name that it was given (msstd:...) with the common name of the certificate. When that changes at a
renewal, from a wildcard to a host or because an authority writes the names in another order, the name that Autodiscover sends is right for
one of the two certificates only, and clients keep it for the provider's TTL: there is a time in which somebody is refused. Have the
certificate issued with the same common name, or follow the plan, which says what to set, when, and how long it takes.`,
	Cites: []string{
		"Microsoft KB 2710606, Mutual Authentication could not be established",
		"Microsoft Win32 documentation, Principal Names",
		"Let's Encrypt documentation, Profiles, on the common name",
	},
	CheckRenewal: func(r *Renewal) []report.Verdict {
		return r.judgeDemanded(func(old facts.Certificate, names string) (report.Outcome, string) {
			before, had := old.CommonName()
			after, has := r.Leaf().CommonName()
			switch {
			case !has:
				return "", "" // renewal-no-common-name or certificate-several-common-names tells it
			case !had:
				return report.Fail, fmt.Sprintf("the common name becomes %s, where there was none or several, and %s", after, names)
			case !facts.EqualName(before, after):
				return report.Fail, fmt.Sprintf("the common name changes from %s to %s, and %s", before, after, names)
			}
			return report.Pass, ""
		})
	},
	Examples: []Example{{
		Name:  "from the host to a wildcard",
		Renew: func(c *Candidate) { c.rename("*.contoso.com", "*.contoso.com", healthyMail) },
	}, {
		Name:  "the authority promotes another name",
		Renew: func(c *Candidate) { c.rename("autodiscover.contoso.com", "autodiscover.contoso.com", healthyMail) },
	}},
}
