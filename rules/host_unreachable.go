package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var hostUnreachable = Rule{
	ID:       "host-unreachable",
	Severity: report.Warning,
	Title:    "a published host could not be probed",
	Why: `The name does not resolve here, or an address of it takes no connection, or its TLS handshake ends early; the reason stands beside
it. Where a handshake ends behind the certificates they are judged all the same, although nothing proves that they are the server's own.
What cannot be reached from here may well be reached by clients, and the other way round, so this is never called a fault: it is unknown,
and the exit status is 3 where nothing worse is found. Audit from a place that clients share, name an address with --resolve, or bring
the certificate in a file with --served.`,
	Cites: []string{
		"RFC 8446 section 6.2, on the alerts that end a handshake",
		"Microsoft Remote Connectivity Analyzer, which probes from outside",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeAddresses(s, func(_ string, served facts.Served) report.Verdict {
			if served.Unproven != "" {
				return report.Verdict{Outcome: report.Unknown, Message: "its certificates were seen, and the handshake did not come to its end: " + served.Unproven}
			}
			return report.Verdict{Outcome: report.Pass}
		})
	},
	Examples: []Example{{
		Name:    "one of two addresses is dead",
		Outcome: report.Unknown,
		Break: func(s *facts.Snapshot) {
			s.Hosts[0].Addresses.Value[1].Served = facts.Unknown[facts.Served]("192.0.2.11:443 refuses connections: nothing listens there")
		},
	}, {
		Name:    "the handshake breaks off behind the certificates",
		Outcome: report.Unknown,
		Break: func(s *facts.Snapshot) {
			each(s, func(served *facts.Served) {
				served.Proven, served.Unproven = false, "tls: invalid signature by the server certificate"
			})
		},
	}, {
		Name:    "the name does not resolve",
		Outcome: report.Unknown,
		Break: func(s *facts.Snapshot) {
			s.Hosts[0].Addresses = facts.Unknown[[]facts.Endpoint]("mail.contoso.com does not resolve here: no such host")
		},
	}},
}
