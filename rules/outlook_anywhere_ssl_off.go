package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var outlookAnywhereSSLOff = Rule{
	ID:       "outlook-anywhere-ssl-off",
	Severity: report.Error,
	Title:    "Outlook Anywhere is published outside without SSL",
	Why: `The external host name of Outlook Anywhere is stored as a URL, and its scheme is the switch ExternalClientsRequireSsl. With http
Autodiscover tells clients outside that SSL is off: mail, and with Basic the password, would cross the Internet in clear, no certificate is
looked at, and the principal name is sent as None whatever is stored. Inside, http is the default and not meant here. Where a balancer ends
SSL clients need it all the same. Set-OutlookAnywhere "EX1\Rpc (Default Web Site)" -ExternalHostname mail.contoso.com
-ExternalClientsRequireSsl $true -ExternalClientAuthenticationMethod Negotiate switches it on.`,
	Cites: []string{
		"Microsoft documentation, Set-OutlookAnywhere (ExternalClientsRequireSsl)",
		"observed in Exchange 2013 CU23, on the scheme of msExchExternalHostName",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeDirectories(s, outlookAnywhereFront, func(d facts.VirtualDirectory) report.Verdict {
			url := d.External.Value
			switch {
			case url.Host == "":
				return report.Verdict{} // not published outside
			case url.SSL:
				return report.Verdict{Outcome: report.Pass}
			}
			message := "clients outside are told that SSL is off for " + url.Host
			if d.ExternalAuthentication.Value == "Basic" {
				message += ", and to send their password with Basic"
			}
			return report.Verdict{Outcome: report.Fail, Message: message,
				Evidence: []report.Evidence{{Name: "the directory stores", Value: url.Raw.Value}}}
		})
	},
	Examples: []Example{{
		Name: "SSL is not required outside",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].VirtualDirectories.Value[0].External = facts.Known(webURL("http", "mail.contoso.com", "/rpc"))
		},
	}},
}
