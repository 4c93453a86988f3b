package rules

import (
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var certificateChainIncomplete = Rule{
	ID:       "certificate-chain-incomplete",
	Severity: report.Warning,
	Title:    "a host does not send every intermediate certificate",
	Why: `A server must send every certificate between its own and the root. Windows fetches a missing one from the address that the
certificate names (authority information access) and remembers it, so Outlook works where that address can be reached; phones, Linux
programs and the Connectivity Analyzer do not fetch, and fail. exprobe does not fetch either. Install the authority's intermediate
certificates in the server's store "Intermediate Certification Authorities" (on a balancer: append them to its certificate) and bind
the certificate again. Where the certificate names no address to fetch from, certificate-not-trusted tells it: then nobody can.`,
	Cites: []string{
		"Microsoft Remote Connectivity Analyzer, Missing intermediate certificates in chain",
		"RFC 5246 section 7.4.2, RFC 8446 section 4.4.2, RFC 5280 section 4.2.2.1",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeHosts(s, func(_ string, served facts.Served) (report.Outcome, string) {
			if served.File != "" {
				return "", "" // a file does not show what is sent beside it
			}
			trust := served.Trust.Value
			switch leaf := served.Leaf(); {
			case leaf.Unreadable != "":
				return report.Unknown, unparsed(leaf)
			case !served.Trust.Known:
				return report.Unknown, orNone(served.Trust.Why)
			case trust.Missing != "" && len(trust.Fetch) == 0:
				return "", ""
			case trust.Missing != "":
				return report.Fail, "the server does not send the certificate of " + trust.Missing + "; Windows would fetch it from " + few(trust.Fetch)
			}
			return reaches(served)
		})
	},
	Examples: []Example{{
		Name: "the intermediate certificate is missing",
		Break: func(s *facts.Snapshot) {
			each(s, func(served *facts.Served) {
				served.Chain = served.Chain[:1]
				served.Trust = facts.Known(facts.Trust{Reason: "the server did not send the certificate of the issuer, CN=Contoso Issuing CA",
					Missing: "CN=Contoso Issuing CA", Fetch: []string{"http://pki.contoso.com/issuing.crt"}})
			})
		},
	}, {
		Name:  "the intermediate certificate is missing, and the auditing machine knows it",
		Break: func(s *facts.Snapshot) { each(s, func(served *facts.Served) { served.Chain = served.Chain[:1] }) },
	}},
}

// reaches says whether a chain leads to its root by what was sent alone: a system
// that knows the missing certificate trusts without it. Where a chain that is not
// trusted ends below a root, nobody can say whether that root or an intermediate is
// what is unknown here, and certificate-not-trusted tells it.
func reaches(served facts.Served) (report.Outcome, string) {
	trust := served.Trust.Value
	links, whole := path(served)
	atRoot := func(c facts.Certificate) bool { return c.Subject == trust.Root || c.Issuer == trust.Root }
	switch last := links[len(links)-1]; {
	case !trust.Trusted && selfIssued(last):
		return report.Pass, ""
	case !trust.Trusted:
		return "", ""
	case trust.Root == "":
		return report.Unknown, "the evidence does not name the root of the chain"
	case slices.ContainsFunc(links, atRoot):
		return report.Pass, ""
	case !whole:
		return report.Unknown, "a certificate of the chain could not be parsed"
	default:
		return report.Fail, "the server does not send the certificate of " + last.Issuer + ", which was known here already"
	}
}
