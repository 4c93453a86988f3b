package rules

import (
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var certificateNotTrusted = Rule{
	ID:       "certificate-not-trusted",
	Severity: report.Error,
	Title:    "a host's certificate does not lead to a trusted root",
	Why: `Clients refuse a certificate whose chain does not end at a root that they trust (error code 8 in "There is a problem with the proxy
server's security certificate"). Trust is judged here with this machine's roots and those given by --ca-file, and with the intermediate
certificates that the server sends. Install the authority's root on the clients, or bind a certificate of an authority that they know.
Some causes have rules of their own, and this one is silent or unknown about them: a self-signed certificate, an intermediate that is
not sent and that Windows would fetch, a weak signature, and a certificate that is not meant for servers.`,
	Cites: []string{
		"Microsoft KB 923575, Error when Outlook uses RPC over HTTPS to connect to a server",
		"Microsoft Remote Connectivity Analyzer, Missing intermediate certificates in chain",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeHosts(s, func(_ string, served facts.Served) (report.Outcome, string) {
			leaf, trust := served.Leaf(), served.Trust.Value
			switch {
			case leaf.Unreadable != "":
				return report.Unknown, unparsed(leaf)
			case !served.Trust.Known:
				return report.Unknown, orNone(served.Trust.Why)
			case trust.Trusted:
				return report.Pass, ""
			case leaf.SelfSigned:
				return "", "" // certificate-self-signed tells it
			case trust.Missing != "" && served.File != "":
				return report.Unknown, "the file " + served.File + " does not hold the certificate of the issuer, " + trust.Missing
			case trust.Missing != "" && len(trust.Fetch) > 0:
				return report.Unknown, "where the chain leads was not seen: the certificate of " + trust.Missing + " was not sent"
			}
			links, _ := path(served)
			if slices.ContainsFunc(links, weaklySigned) || slices.ContainsFunc(links, notForServers) {
				return report.Unknown, "whether the root is trusted was not seen: " + trust.Reason
			}
			return report.Fail, trust.Reason
		})
	},
	Examples: []Example{{
		Name: "issued by an authority that is not trusted",
		Break: func(s *facts.Snapshot) {
			for i := range s.Hosts[0].Addresses.Value {
				s.Hosts[0].Addresses.Value[i].Served.Value.Trust = facts.Known(
					facts.Trust{Reason: "the certificate is issued by CN=Contoso Issuing CA, which is not trusted here"})
			}
		},
	}},
}
