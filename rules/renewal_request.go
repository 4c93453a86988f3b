package rules

import (
	"slices"

	"exprobe/autodiscover/facts"
)

// whenIssued are the rules that need what only the authority will write: dates,
// issuer, signature, purposes and the chain. A request is not judged by them.
var whenIssued = []string{
	"certificate-chain-incomplete", "certificate-chain-order", "certificate-expired", "certificate-expires-soon",
	"certificate-no-server-auth", "certificate-not-trusted", "certificate-root-distrusted", "certificate-self-signed",
	"certificate-too-long-lived", "certificate-weak-signature", "connector-certificate-name-differs",
	"hybrid-certificate-name-differs", "hybrid-client-auth-missing", "hybrid-endpoint-certificate", "principal-name-fullsic",
}

// notIssued stands for the thumbprint of what has none yet.
const notIssued = "(not issued yet)"

// asIssued is a request as if it were issued as asked: trusted, for servers, and
// valid at the instant that is judged. What rests on this is not judged.
func asIssued(served facts.Served, s *facts.Snapshot) facts.Served {
	leaf := served.Leaf()
	leaf.Thumbprint = notIssued
	leaf.NotBefore, leaf.NotAfter = s.TakenAt.AddDate(0, 0, -1), s.TakenAt.AddDate(0, 0, 90)
	leaf.Signature = "SHA256-RSA"
	if len(leaf.Purposes) == 0 {
		leaf.Purposes = []string{"serverAuth"}
	}
	for _, name := range leaf.CommonNames { // Baseline Requirements 7.1.4.3: a common name stands among the alternative names
		if !slices.ContainsFunc(leaf.DNSNames, func(other string) bool { return facts.EqualName(name, other) }) {
			leaf.DNSNames = append(slices.Clip(leaf.DNSNames), name)
		}
	}
	served.Chain = []facts.Certificate{leaf}
	served.Trust = facts.Known(facts.Trust{Trusted: true})
	return served
}
