package rules

import (
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var renewalClientAuthLost = Rule{
	ID:       "renewal-client-auth-lost",
	Severity: report.Info,
	Title:    "the new certificate is not for client authentication, and the present one is",
	Why: `When mail goes out under mutual TLS, as to Exchange Online, Exchange shows its certificate as a client. Public authorities stop issuing
certificates for that: some have stopped, and Chrome's root programme ends it for those issued from 2027-03-15. Whether Exchange Online refuses
a certificate without it is not settled: one vendor of mail gateways says so, and Microsoft has not. So verify after the switch that mail still
arrives authenticated. Clients of the published hosts do not look at it.`,
	Cites: []string{
		"Chrome Root Program Policy 1.8, section 1.3.2",
		"DigiCert ALERT53 (2026-03-03)",
		"CA/Browser Forum Baseline Requirements 2.2.6 section 7.1.2.7.10",
	},
	CheckRenewal: func(r *Renewal) []report.Verdict {
		if r.Request {
			return []report.Verdict{} // known when it is issued
		}
		return r.judgeReplaced(func(old facts.Certificate) (report.Outcome, string) {
			switch {
			case old.Key == "" || r.Leaf().Key == "":
				return report.Unknown, "the certificate was recorded without its purposes"
			case forClients(old) && !forClients(r.Leaf()):
				return report.Fail, "the present certificate is for client authentication too, and the new one is for servers alone: verify outgoing mail under mutual TLS; " +
					namedBy(r.Before, old)
			}
			return report.Pass, ""
		})
	},
	Examples: []Example{{
		Name: "the authority has stopped",
		Break: func(s *facts.Snapshot) {
			leaf := certificate(healthyMail, healthyMail)
			leaf.Purposes = []string{"serverAuth", "clientAuth"}
			serve(s, leaf)
		},
	}},
}

// forClients says whether a certificate may be shown by a client: one that names no
// purpose is for all.
func forClients(c facts.Certificate) bool {
	return len(c.Purposes) == 0 || slices.Contains(c.Purposes, "clientAuth") || slices.Contains(c.Purposes, "any")
}
