package rules

import (
	"fmt"
	"slices"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// organizationValidated is one of the policies by which a certificate says that it
// is issued under the Baseline Requirements (section 7.1.6.1); those of the others
// are in reservedPolicies. Every public authority writes one, and private ones do
// not, so that this tells them apart wherever the root is installed.
const organizationValidated = "2.23.140.1.2.2"

var reservedPolicies = []string{"2.23.140.1.1", "2.23.140.1.2.1", organizationValidated, "2.23.140.1.2.3"}

// longest holds how many days a public certificate may live that is issued on or
// after a day: Baseline Requirements 6.3.2, newest first. What was issued before the
// last of them has expired by now.
var longest = []struct {
	from time.Time
	days int
}{
	{time.Date(2029, 3, 15, 0, 0, 0, 0, time.UTC), 47},
	{time.Date(2027, 3, 15, 0, 0, 0, 0, time.UTC), 100},
	{time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC), 200},
	{time.Date(2020, 9, 1, 0, 0, 0, 0, time.UTC), 398},
}

var certificateTooLongLived = Rule{
	ID:       "certificate-too-long-lived",
	Severity: report.Warning,
	Title:    "a public certificate lives longer than is allowed",
	Why: `A certificate of a public authority may live 398 days where it was issued before 15 March 2026, 200 days from then on, 100 from 15
March 2027 and 47 from 15 March 2029. Browsers and Apple's devices refuse longer ones; Outlook on Windows does not look. The authority
made a mistake and will have to revoke it: have it issued again. Authorities of your own are not bound: only a certificate that claims,
by its policies, to be issued under the Baseline Requirements is judged.`,
	Cites: []string{
		"CA/Browser Forum Baseline Requirements 2.2.6 sections 1.6.1, 6.3.2 and 7.1.6.1",
		"CA/Browser Forum ballot SC-081v3",
		"Apple HT211025, About upcoming limits on trusted certificates",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeHosts(s, readable(func(_ string, leaf facts.Certificate) (report.Outcome, string) {
			if leaf.Key == "" {
				return report.Unknown, "the certificate was recorded without its key, signature and purposes"
			}
			if !slices.ContainsFunc(leaf.Policies, func(p string) bool { return slices.Contains(reservedPolicies, p) }) {
				return "", ""
			}
			lives, most := lifetime(leaf), mayLive(leaf)
			if most > 0 && lives > most {
				return report.Fail, fmt.Sprintf("the certificate lives %d days; issued on %s it may live %d", lives, day(leaf.NotBefore), most)
			}
			return report.Pass, ""
		}))
	},
	Examples: []Example{{
		Name: "a year, issued after the limit went down to 200 days",
		Break: func(s *facts.Snapshot) {
			leaf := certificate("mail.contoso.com", "mail.contoso.com")
			leaf.NotAfter = leaf.NotBefore.AddDate(1, 0, 0)
			serve(s, leaf)
		},
	}},
}

// mayLive is how many days a public certificate may live, by the day of its issue;
// 0 where that day is before all limits that are known here.
func mayLive(c facts.Certificate) int {
	for _, limit := range longest {
		if !c.NotBefore.Before(limit.from) {
			return limit.days
		}
	}
	return 0
}

// lifetime is in days. A day has 86,400 seconds, the first and the last second both
// count, and any fraction is one more (sections 1.6.1 and 6.3.2).
func lifetime(c facts.Certificate) int {
	seconds := int64(c.NotAfter.Sub(c.NotBefore)/time.Second) + 1
	return int((seconds + 86399) / 86400)
}
