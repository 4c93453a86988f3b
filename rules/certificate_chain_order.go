package rules

import (
	"fmt"
	"slices"
	"time"

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
			if odd := misplaced(served, s.TakenAt); len(odd) > 0 {
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
func misplaced(served facts.Served, at time.Time) []string {
	chain := served.Chain
	links, _ := path(served)
	var odd []string
	before := chain[0]
	for i, c := range chain[1:] {
		same := func(o facts.Certificate) bool { return o.Thumbprint == c.Thumbprint }
		switch position := i + 2; {
		case slices.ContainsFunc(chain[:i+1], same):
			odd = append(odd, fmt.Sprintf("the certificate of %s, number %d, was sent before", c.Subject, position))
		case !slices.ContainsFunc(links, same):
			if !crosses(c, chain, links, at) {
				odd = append(odd, fmt.Sprintf("the certificate of %s, number %d, has no part in the chain", c.Subject, position))
			}
		case c.Subject != before.Issuer:
			odd = append(odd, fmt.Sprintf("the certificate of %s, number %d, does not certify the one before it", c.Subject, position))
			before = c
		default:
			before = c
		}
	}
	return odd
}

// crosses says whether a certificate beside the path may lead other clients to
// another root: it bears a name on the way up, and nobody refuses it for itself.
func crosses(c facts.Certificate, chain, links []facts.Certificate, at time.Time) bool {
	if at.After(c.NotAfter) || notForServers(c) || !c.Authority && !selfIssued(c) {
		return false
	}
	names, grown := map[string]bool{}, true
	for _, link := range links {
		names[link.Issuer] = true
	}
	for grown {
		grown = false
		for _, o := range chain {
			if names[o.Subject] && !names[o.Issuer] {
				names[o.Issuer], grown = true, true
			}
		}
	}
	return names[c.Subject]
}
