package rules

import (
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// soon is how long before the end a certificate is called out: 30 days, or a third
// of its life where that is less, so that a certificate of 47 days is not called
// out from its tenth day on.
func soon(leaf facts.Certificate) time.Duration {
	return min(30*24*time.Hour, leaf.NotAfter.Sub(leaf.NotBefore)/3)
}

var certificateExpiresSoon = Rule{
	ID:       "certificate-expires-soon",
	Severity: report.Warning,
	Title:    "a host's certificate expires soon",
	Why: `The certificate ends within 30 days, or within the last third of its life where that is shorter. Before it is renewed, look whether
the new one keeps the common name: a renewal that changes it is what breaks the principal name. Public certificates live at most 200 days
since March 2026, 100 from March 2027 and 47 from March 2029.`,
	Cites: []string{
		"CA/Browser Forum Baseline Requirements 2.2.6 section 6.3.2",
		"Microsoft CSS-Exchange, HealthChecker (certificate lifetime)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeHosts(s, readable(func(_ string, leaf facts.Certificate) (report.Outcome, string) {
			left := leaf.NotAfter.Sub(s.TakenAt)
			if left < 0 || left > soon(leaf) {
				return report.Pass, ""
			}
			return report.Fail, "the certificate expires on " + day(leaf.NotAfter) + ", in " + plural(int(left.Hours()/24), "day")
		}))
	},
	Examples: []Example{{
		Name: "twelve days are left",
		Break: func(s *facts.Snapshot) {
			leaf := certificate("mail.contoso.com", "mail.contoso.com")
			leaf.NotAfter = s.TakenAt.Add(12 * 24 * time.Hour)
			serve(s, leaf)
		},
	}},
}
