package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var hostNotInCertificate = Rule{
	ID:       "host-not-in-certificate",
	Severity: report.Error,
	Title:    "a host's certificate does not cover the host",
	Why: `Before any principal name is looked at, the connection itself demands that the certificate covers the name that was dialled. Outlook
says "There is a problem with the proxy server's security certificate" with error code 10, which is the bit 0x10 for an invalid name.
No principal name mends that: the host needs a certificate with its name among the alternative names, or clients need another host name.
A host that only connection points name is told by scp-host-not-in-certificate.`,
	Cites: []string{
		"Microsoft KB 923575, Error when Outlook uses RPC over HTTPS to connect to a server",
		"Microsoft Remote Connectivity Analyzer, SSL Certificate Name Mismatch",
		"RFC 2818 section 3.1, RFC 9525",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		others := *s
		others.Hosts = slices.DeleteFunc(slices.Clone(s.Hosts), onlyConnectionPoints)
		return judgeHosts(&others, readable(func(host string, leaf facts.Certificate) (report.Outcome, string) {
			if leaf.CoversHost(host) {
				return report.Pass, ""
			}
			return report.Fail, "the certificate covers " + orNone(few(leaf.DNSNames)) + " and not " + strings.ToLower(host)
		}))
	},
	Examples: []Example{{
		Name:  "the certificate of another host is bound",
		Break: func(s *facts.Snapshot) { serve(s, certificate("owa.contoso.com", "owa.contoso.com")) },
	}},
}
