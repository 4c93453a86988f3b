package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var certificateNotTrusted = Rule{
	ID:       "certificate-not-trusted",
	Severity: report.Error,
	Title:    "a host's certificate does not lead to a trusted root",
	Why: `Clients refuse a certificate whose chain does not end at a root that they trust (error code 8 in "There is a problem with the proxy
server's security certificate"). Trust is judged here with this machine's roots and those given by --ca-file, and with the intermediate
certificates that the server sends: Windows may fetch a missing one by itself, phones and other clients do not. The self-signed default
certificate of an Exchange server on a published host means that the wrong certificate is bound.`,
	Cites: []string{
		"Microsoft KB 923575, Error when Outlook uses RPC over HTTPS to connect to a server",
		"Microsoft Remote Connectivity Analyzer, Missing intermediate certificates in chain",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeHosts(s, func(_ string, served facts.Served) (report.Outcome, string) {
			switch trust := served.Trust; {
			case served.Leaf().Unreadable != "":
				return report.Unknown, "the certificate could not be parsed: " + served.Leaf().Unreadable
			case !trust.Known:
				return report.Unknown, orNone(trust.Why)
			case !trust.Value.Trusted:
				return report.Fail, trust.Value.Reason
			}
			return report.Pass, ""
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
