package rules

import (
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var certificateNoServerAuth = Rule{
	ID:       "certificate-no-server-auth",
	Severity: report.Error,
	Title:    "a certificate is not meant for servers",
	Why: `The extended key usage of the certificate, or of an authority above it, leaves server authentication out. Clients refuse it for a
server: in Outlook's "There is a problem with the proxy server's security certificate" wrong usage is the bit 0x40. A certificate
without that extension may be used for everything on Windows; Apple's devices demand it since iOS 13 where an authority of your own
issues. Have the certificate issued from a template for web servers. A certificate for clients or for mail was bound by mistake.`,
	Cites: []string{
		"RFC 5280 section 4.2.1.12",
		"Microsoft KB 923575, Error when Outlook uses RPC over HTTPS to connect to a server",
		"Apple HT210176, Requirements for trusted certificates in iOS 13 and macOS 10.15",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeHosts(s, eachLink(described(func(c facts.Certificate) (report.Outcome, string) {
			if notForServers(c) {
				return report.Fail, "is meant for " + few(c.Purposes) + " and not for servers"
			}
			return report.Pass, ""
		})))
	},
	Examples: []Example{{
		Name: "a certificate for clients",
		Break: func(s *facts.Snapshot) {
			leaf := certificate("mail.contoso.com", "mail.contoso.com")
			leaf.Purposes = []string{"clientAuth"}
			serve(s, leaf)
			each(s, func(served *facts.Served) {
				served.Trust = facts.Known(facts.Trust{Reason: "the certificate, or an authority above it, is not meant for servers"})
			})
		},
	}},
}

// notForServers says that a certificate names purposes and serving is none of them.
// A root's own extension binds nobody.
func notForServers(c facts.Certificate) bool {
	forServers := func(purpose string) bool { return purpose == "serverAuth" || purpose == "any" }
	root := c.Authority && c.Subject == c.Issuer
	return !root && len(c.Purposes) > 0 && !slices.ContainsFunc(c.Purposes, forServers)
}
