package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var renewalNotYetValid = Rule{
	ID:       "renewal-not-yet-valid",
	Severity: report.Error,
	Title:    "the new certificate is not valid at the time of the switch",
	Why: `Certificates are issued with a first day, and some are bought weeks before: installed earlier, every client refuses them (the bit
0x20, an invalid date). The other end is met too, where a file of last year is picked up. exprobe judges as of the instant in the report: say
with --at when the switch is to be.`,
	Cites: []string{
		"RFC 5280 section 4.1.2.5",
		"Microsoft KB 923575, Error when Outlook uses RPC over HTTPS to connect to a server",
	},
	CheckRenewal: func(r *Renewal) []report.Verdict {
		leaf, at := r.Leaf(), r.Before.TakenAt
		switch {
		case r.Request:
			return []report.Verdict{} // known when it is issued
		case leaf.NotAfter.IsZero():
			return r.judgeCandidate(report.Unknown, "the certificate was recorded without its dates")
		case at.Before(leaf.NotBefore):
			return r.judgeCandidate(report.Fail, "the new certificate is not valid before "+day(leaf.NotBefore)+", and the switch is judged as of "+day(at))
		case at.After(leaf.NotAfter):
			return r.judgeCandidate(report.Fail, "the new certificate expired on "+day(leaf.NotAfter)+", and the switch is judged as of "+day(at))
		}
		return r.judgeCandidate(report.Pass, "")
	},
	Examples: []Example{{
		Name: "installed before its first day",
		Renew: func(c *Candidate) {
			c.change(func(leaf *facts.Certificate) {
				leaf.NotBefore, leaf.NotAfter = leaf.NotBefore.AddDate(0, 0, 30), leaf.NotAfter.AddDate(0, 0, 30)
			})
		},
	}, {
		Name: "the file of last year",
		Renew: func(c *Candidate) {
			c.change(func(leaf *facts.Certificate) {
				leaf.NotBefore, leaf.NotAfter = leaf.NotBefore.AddDate(-1, 0, 0), leaf.NotAfter.AddDate(-1, 0, 0)
			})
		},
	}},
}
