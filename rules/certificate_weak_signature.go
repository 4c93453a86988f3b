package rules

import (
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// The algorithms by the names of crypto/x509, and by OID where it has none.
var (
	weakSignatures = []string{"MD2-RSA", "MD5-RSA", "SHA1-RSA", "DSA-SHA1", "ECDSA-SHA1",
		"1.2.840.113549.1.1.2", "1.2.840.113549.1.1.3", "1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.3.14.3.2.29"}

	strongSignatures = []string{"SHA256-RSA", "SHA384-RSA", "SHA512-RSA", "SHA256-RSAPSS", "SHA384-RSAPSS", "SHA512-RSAPSS",
		"ECDSA-SHA256", "ECDSA-SHA384", "ECDSA-SHA512", "DSA-SHA256", "Ed25519"}
)

var certificateWeakSignature = Rule{
	ID:       "certificate-weak-signature",
	Severity: report.Error,
	Title:    "a certificate is signed with an algorithm that clients refuse",
	Why: `Signatures with SHA-1 and MD5 can be forged. Browsers, Apple's devices and this program refuse them whoever signed. Windows refuses
them below public roots and still accepts what an authority of your own signed so, and Outlook may work where Outlook on the web and
phones do not. What a root or another self-signed certificate is signed with does not matter. Have the certificate issued again with
SHA-256; an authority that still signs with SHA-1 has to be moved to SHA-256 first.`,
	Cites: []string{
		"CA/Browser Forum Baseline Requirements 2.2.6 section 7.1.3.2",
		"Microsoft KB 2862973, Update for deprecation of MD5 hashing algorithm",
		"Apple HT210176, Requirements for trusted certificates in iOS 13 and macOS 10.15",
		"Microsoft CSS-Exchange, HealthChecker (signature algorithm)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeHosts(s, eachLink(described(func(c facts.Certificate) (report.Outcome, string) {
			switch {
			case selfIssued(c) || slices.Contains(strongSignatures, c.Signature):
				return report.Pass, ""
			case weaklySigned(c):
				return report.Fail, "is signed with " + c.Signature
			}
			return report.Unknown, "is signed with " + orNone(c.Signature) + ", whose strength is not known here"
		})))
	},
	Examples: []Example{{
		Name: "an authority that still signs with SHA-1",
		Break: func(s *facts.Snapshot) {
			leaf := certificate("mail.contoso.com", "mail.contoso.com")
			leaf.Signature = "SHA1-RSA"
			serve(s, leaf)
			each(s, func(served *facts.Served) {
				served.Trust = facts.Known(facts.Trust{Reason: `"mail.contoso.com" is signed with SHA1-RSA, which is no longer accepted`})
			})
		},
	}},
}

func weaklySigned(c facts.Certificate) bool {
	return !selfIssued(c) && slices.Contains(weakSignatures, c.Signature)
}

// selfIssued is true of a root, and of every certificate that stands for itself.
func selfIssued(c facts.Certificate) bool {
	return c.SelfSigned || c.Authority && c.Subject == c.Issuer
}
