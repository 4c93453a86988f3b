package rules

import (
	"fmt"
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var certificateChainOrder = Rule{
	ID:       "certificate-chain-order",
	Severity: report.Info,
	Title:    "a host sends its chain out of order, or certificates that have no part in it",
	Why: `Each certificate that a server sends should certify the one before it. TLS 1.2 demands that order, TLS 1.3 asks clients to put up with
another. Windows sorts what it gets, and so do most; strict clients of TLS 1.2 refuse, and needless certificates make every handshake
larger. Where one was left behind by a renewal, remove it. The root at the end is allowed and needless, and is not called out.`,
	Cites: []string{
		"RFC 5246 section 7.4.2 (certificate_list)",
		"RFC 8446 section 4.4.2",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeHosts(s, func(_ string, served facts.Served) (report.Outcome, string) {
			if served.File != "" {
				return "", "" // a file's order is nobody's: servers send what they find
			}
			if i := slices.IndexFunc(served.Chain, func(c facts.Certificate) bool { return c.Unreadable != "" }); i >= 0 || len(served.Chain) == 0 {
				return report.Unknown, "a certificate of the chain could not be parsed"
			}
			if odd := misplaced(served.Chain); len(odd) > 0 {
				return report.Fail, few(odd)
			}
			return report.Pass, ""
		})
	},
	Examples: []Example{{
		Name: "the root before the intermediate certificate",
		Break: func(s *facts.Snapshot) {
			each(s, func(served *facts.Served) {
				served.Chain = []facts.Certificate{served.Chain[0], authority(healthyRoot), served.Chain[1]}
			})
		},
	}, {
		Name: "the intermediate certificate of the authority before",
		Break: func(s *facts.Snapshot) {
			each(s, func(served *facts.Served) {
				served.Chain = []facts.Certificate{served.Chain[0], served.Chain[1], authority("CN=Fabrikam Issuing CA")}
			})
		},
	}},
}

// misplaced says what is wrong with the order of a chain, in its order.
func misplaced(chain []facts.Certificate) []string {
	links, _ := path(chain)
	var odd []string
	for i, c := range chain[1:] {
		same := func(o facts.Certificate) bool { return o.Thumbprint == c.Thumbprint }
		switch position := i + 2; {
		case slices.ContainsFunc(chain[:i+1], same):
			odd = append(odd, fmt.Sprintf("the certificate of %s, number %d, was sent before", c.Subject, position))
		case !slices.ContainsFunc(links, same):
			odd = append(odd, fmt.Sprintf("the certificate of %s, number %d, has no part in the chain", c.Subject, position))
		case c.Subject != chain[i].Issuer:
			odd = append(odd, fmt.Sprintf("the certificate of %s, number %d, does not certify the one before it", c.Subject, position))
		}
	}
	return odd
}
