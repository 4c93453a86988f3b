package rules

import (
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var hybridClientAuthMissing = Rule{
	ID:       "hybrid-client-auth-missing",
	Severity: report.Info,
	Title:    "the certificate of hybrid mail flow is not for client authentication",
	Why: `When mail goes to Exchange Online, Exchange shows its certificate as a TLS client. Public authorities stop issuing certificates for client
authentication: some have stopped, and Chrome's root programme ends it for those issued from 2027-03-15. One vendor of mail gateways
says that Exchange Online does not accept a certificate without it; no statement by Microsoft was found. So verify after the next renewal
that mail still arrives authenticated, with the headers of a message or with the connector report, before the old certificate expires.`,
	Cites: []string{
		"Chrome Root Program Policy 1.8, section 1.3.2",
		"DigiCert ALERT53 (2026-03-03)",
		"CA/Browser Forum Baseline Requirements 2.2.6 section 7.1.2.7.10",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		seen, doubt := seenCertificates(s)
		return judgeHybrids(s, func(name facts.TLSCertificateName) report.Verdict {
			for _, c := range seen { // the newest first
				if name.Problem != "" || !name.Names(c) || c.Key == "" {
					continue // without a key nobody looked at more than its names
				}
				if len(c.Purposes) == 0 || slices.Contains(c.Purposes, "clientAuth") || slices.Contains(c.Purposes, "any") {
					return report.Verdict{Outcome: report.Pass}
				}
				return report.Verdict{Outcome: report.Fail, Evidence: datesEvidence(c),
					Message: "the certificate is for server authentication alone: verify that Exchange Online accepts it from a client"}
			}
			if doubt != "" {
				return report.Verdict{Outcome: report.Unknown, Message: "the certificate that it names was not seen: " + doubt}
			}
			return report.Verdict{}
		})
	},
	Examples: []Example{{
		Name:  "renewed after the authority had stopped",
		Break: func(s *facts.Snapshot) { s.Certificates.Value[0].Purposes = []string{"serverAuth"} },
	}},
}
