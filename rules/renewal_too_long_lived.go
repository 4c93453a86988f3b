package rules

import (
	"fmt"
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var renewalTooLongLived = Rule{
	ID:       "renewal-too-long-lived",
	Severity: report.Warning,
	Title:    "the new certificate lives longer than a public one may",
	Why: `A certificate of a public authority may live 398 days where it was issued before 15 March 2026, 200 days from then on, 100 from 15
March 2027 and 47 from 15 March 2029. Browsers and Apple's devices refuse longer ones, and the authority will have to revoke it: have it
issued again before it is installed. Authorities of your own are not bound: only a certificate that claims, by its policies, to be issued
under the Baseline Requirements is judged.`,
	Cites: []string{
		"CA/Browser Forum Baseline Requirements 2.2.6 sections 1.6.1, 6.3.2 and 7.1.6.1",
		"CA/Browser Forum ballot SC-081v3",
	},
	CheckRenewal: func(r *Renewal) []report.Verdict {
		leaf := r.Leaf()
		switch most := mayLive(leaf); {
		case r.Request: // known when it is issued
		case leaf.Key == "":
			return r.judgeCandidate(report.Unknown, "the certificate was recorded without its policies")
		case !slices.ContainsFunc(leaf.Policies, func(p string) bool { return slices.Contains(reservedPolicies, p) }):
		case most > 0 && lifetime(leaf) > most:
			return r.judgeCandidate(report.Fail, fmt.Sprintf("the new certificate lives %d days; issued on %s it may live %d", lifetime(leaf), day(leaf.NotBefore), most))
		default:
			return r.judgeCandidate(report.Pass, "")
		}
		return []report.Verdict{}
	},
	Examples: []Example{{
		Name: "a year, issued after the limit went down to 200 days",
		Renew: func(c *Candidate) {
			c.change(func(leaf *facts.Certificate) { leaf.NotAfter = leaf.NotBefore.AddDate(1, 0, 0) })
		},
	}},
}
