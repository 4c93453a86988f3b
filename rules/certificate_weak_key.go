package rules

import (
	"fmt"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

const (
	// smallestRSA is in bits: Baseline Requirements 6.1.5, Apple's HT210176, and what
	// Exchange's HealthChecker calls red below.
	smallestRSA = 2048

	// smallestCurve is P-256, in bits (Baseline Requirements 6.1.5).
	smallestCurve = 256
)

var certificateWeakKey = Rule{
	ID:       "certificate-weak-key",
	Severity: report.Error,
	Title:    "the key of a certificate is weaker than clients accept",
	Why: `RSA keys below 2048 bits are refused by Apple's devices and by every public authority, those below 1024 bits by Windows too; between
the two Outlook on Windows still connects to an authority of your own. On elliptic curves P-256 is the least that public authorities
sign, and DSA has no part in TLS any more. A weak key of an authority weakens all that it signs. Have the certificate issued for a new
key of 2048 bits or more; where it is the authority's, the authority needs a new one.`,
	Cites: []string{
		"CA/Browser Forum Baseline Requirements 2.2.6 section 6.1.5",
		"Microsoft KB 2661254, Update for minimum certificate key length",
		"Apple HT210176, Requirements for trusted certificates in iOS 13 and macOS 10.15",
		"Microsoft CSS-Exchange, HealthChecker (key size)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeHosts(s, eachLink(described(func(c facts.Certificate) (report.Outcome, string) {
			switch {
			case c.Key == "RSA" && c.KeyBits >= smallestRSA, c.Key == "ECDSA" && c.KeyBits >= smallestCurve, c.Key == "Ed25519":
				return report.Pass, ""
			case (c.Key == "RSA" || c.Key == "ECDSA") && c.KeyBits > 0:
				return report.Fail, fmt.Sprintf("has an %s key of %d bits", c.Key, c.KeyBits)
			case c.Key == "DSA":
				return report.Fail, "has a DSA key"
			case c.Curve != "":
				return report.Unknown, "has a key on the curve " + c.Curve + ", whose strength is not known here"
			}
			return report.Unknown, "has a key of the kind " + c.Key + ", whose strength is not known here"
		})))
	},
	Examples: []Example{{
		Name: "an RSA key of 1024 bits",
		Break: func(s *facts.Snapshot) {
			leaf := certificate("mail.contoso.com", "mail.contoso.com")
			leaf.KeyBits = 1024
			serve(s, leaf)
		},
	}, {
		Name: "the authority's key is the weak one",
		Break: func(s *facts.Snapshot) {
			issuing := authority("CN=Contoso Issuing CA")
			issuing.KeyBits = 1024
			each(s, func(served *facts.Served) { served.Chain = []facts.Certificate{served.Chain[0], issuing} })
		},
	}},
}
