package rules

import (
	"fmt"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var certificateNotInspectable = Rule{
	ID:       "certificate-not-inspectable",
	Severity: report.Warning,
	Title:    "a host serves a certificate that cannot be read",
	Why: `The certificate was seen and is so malformed that neither the strict nor the lenient parser of this program can read it. What it
says is unknown, so nothing is called a mismatch because of it; every rule that needs its names or dates says so. Clients differ in
what they put up with: Windows reads much that others refuse. Have it issued again, and look at it with certutil -dump meanwhile. A
certificate that breaks the rules of encoding and can still be read, as Windows reads it, is judged like any other.`,
	Cites: []string{
		"RFC 5280 sections 4.1 and 4.2",
		"Go, crypto/x509, ParseCertificate: what it refuses (measured with Go 1.26)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeHosts(s, func(_ string, served facts.Served) (report.Outcome, string) {
			for i, c := range served.Chain {
				switch {
				case c.Unreadable != "" && i == 0:
					return report.Fail, unparsed(c)
				case c.Unreadable != "":
					return report.Fail, fmt.Sprintf("certificate number %d of the chain could not be parsed: %s", i+1, c.Unreadable)
				}
			}
			return report.Pass, ""
		})
	},
	Examples: []Example{{
		Name:  "a certificate that cannot be parsed",
		Break: func(s *facts.Snapshot) { serve(s, facts.Certificate{Unreadable: "x509: negative serial number"}) },
	}, {
		Name: "an intermediate certificate that cannot be parsed",
		Break: func(s *facts.Snapshot) {
			each(s, func(served *facts.Served) {
				served.Chain = []facts.Certificate{served.Chain[0], {Unreadable: "x509: trailing data"}}
			})
		},
	}},
}
