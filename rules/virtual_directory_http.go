package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var virtualDirectoryHTTP = Rule{
	ID:       "virtual-directory-http",
	Severity: report.Warning,
	Title:    "a virtual directory sends clients to a URL without TLS",
	Why: `Autodiscover hands out the URL as it is stored, and with http clients send mail, and often a password, in clear, or are turned away by a
server that demands TLS. Some programs never follow from http to https. Outlook Anywhere, whose scheme is a switch, is judged by
outlook-anywhere-ssl-off. The internal URL of PowerShell is http by default and protects what it carries with Kerberos; it is not meant.
Set the URL with Set-WebServicesVirtualDirectory, Set-OabVirtualDirectory and their like.`,
	Cites: []string{
		"Microsoft Exchange documentation, Default settings for Exchange virtual directories",
		"Microsoft documentation, Set-WebServicesVirtualDirectory (InternalUrl, ExternalUrl)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeDirectories(s, givenToClients, func(d facts.VirtualDirectory) report.Verdict {
			v := report.Verdict{}
			for _, side := range []struct {
				name string
				url  facts.PublishedURL
			}{{"external", d.External.Value}, {"internal", d.Internal.Value}} {
				switch {
				case side.url.Host == "" || v.Outcome == report.Fail:
				case side.url.SSL || d.Service == facts.ServicePowerShell && side.name == "internal":
					v.Outcome = report.Pass
				default:
					v.Outcome, v.Message = report.Fail, "its "+side.name+" URL is "+side.url.Raw.Value
				}
			}
			return v
		})
	},
	Examples: []Example{{
		Name: "EWS inside without TLS",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].VirtualDirectories.Value[2].Internal = facts.Known(webURL("http", "mail.contoso.com", "/EWS/Exchange.asmx"))
		},
	}},
}
