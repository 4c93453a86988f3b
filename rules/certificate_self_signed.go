package rules

import (
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var certificateSelfSigned = Rule{
	ID:       "certificate-self-signed",
	Severity: report.Error,
	Title:    "a host serves a self-signed certificate that is not trusted",
	Why: `Nobody vouches for a self-signed certificate but itself, and clients refuse it (error code 8 in "There is a problem with the proxy
server's security certificate"). Exchange makes one at setup, whose common name is the server's short name, and another for its own
tokens, "Microsoft Exchange Server Auth Certificate": either of them on a published host means that the wrong certificate is bound. Bind
the right one with Enable-ExchangeCertificate -Services IIS on the server, or on the balancer in front. A self-signed certificate that
this machine trusts, by its own store or by --ca-file, is taken for one that was handed out on purpose.`,
	Cites: []string{
		"Microsoft KB 923575, Error when Outlook uses RPC over HTTPS to connect to a server",
		"Microsoft Exchange documentation, Digital certificates and encryption in Exchange Server",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeHosts(s, func(_ string, served facts.Served) (report.Outcome, string) {
			switch leaf := served.Leaf(); {
			case leaf.Unreadable != "":
				return report.Unknown, unparsed(leaf)
			case !leaf.SelfSigned || served.Trust.Known && served.Trust.Value.Trusted:
				return report.Pass, ""
			case !served.Trust.Known:
				return report.Unknown, orNone(served.Trust.Why)
			default:
				return report.Fail, "the certificate is self-signed" + origin(leaf)
			}
		})
	},
	Examples: []Example{{
		Name: "the certificate that Exchange made at setup",
		Break: func(s *facts.Snapshot) {
			leaf := certificate("EX1", "EX1", "ex1.contoso.com")
			leaf.Issuer, leaf.SelfSigned, leaf.Signature, leaf.Policies = leaf.Subject, true, "SHA1-RSA", nil
			each(s, func(served *facts.Served) {
				served.Chain = []facts.Certificate{leaf}
				served.Trust = facts.Known(facts.Trust{Reason: "the certificate is self-signed"})
			})
		},
	}},
}

// origin says where a self-signed certificate comes from, if its name tells.
func origin(leaf facts.Certificate) string {
	switch name, ok := leaf.CommonName(); {
	case ok && strings.EqualFold(name, "Microsoft Exchange Server Auth Certificate"):
		return ": it is the one that Exchange signs its tokens with"
	case ok && !strings.ContainsAny(name, ".* "):
		return "; by its name, " + name + ", it is the one that Exchange made at setup"
	}
	return ""
}
