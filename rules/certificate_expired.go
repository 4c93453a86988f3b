package rules

import (
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var certificateExpired = Rule{
	ID:       "certificate-expired",
	Severity: report.Error,
	Title:    "a host's certificate is not valid at this time",
	Why: `The certificate has expired or is not valid yet. Outlook refuses it (error code 20 in "There is a problem with the proxy server's
security certificate" is the bit 0x20 for an invalid date). Renew it; exprobe judges as of the instant in the report, which --at sets.`,
	Cites: []string{
		"Microsoft KB 923575, Error when Outlook uses RPC over HTTPS to connect to a server",
		"RFC 5280 section 4.1.2.5",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeHosts(s, readable(func(_ string, leaf facts.Certificate) (report.Outcome, string) {
			switch {
			case s.TakenAt.After(leaf.NotAfter):
				return report.Fail, "the certificate expired on " + day(leaf.NotAfter)
			case s.TakenAt.Before(leaf.NotBefore):
				return report.Fail, "the certificate is not valid before " + day(leaf.NotBefore)
			}
			return report.Pass, ""
		}))
	},
	Examples: []Example{{
		Name: "an expired certificate",
		Break: func(s *facts.Snapshot) {
			leaf := certificate("mail.contoso.com", "mail.contoso.com")
			leaf.NotAfter = s.TakenAt.Add(-24 * time.Hour)
			serve(s, leaf)
		},
	}, {
		Name: "a certificate installed before its time",
		Break: func(s *facts.Snapshot) {
			leaf := certificate("mail.contoso.com", "mail.contoso.com")
			leaf.NotBefore = s.TakenAt.Add(24 * time.Hour)
			serve(s, leaf)
		},
	}},
}
