package rules

import (
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var outlookAnywhereAuthWeak = Rule{
	ID:       "outlook-anywhere-auth-weak",
	Severity: report.Warning,
	Title:    "Outlook Anywhere tells clients to send their password with Basic",
	Why: `With Basic each request carries the password itself: whoever ends the connection reads it, as every balancer and proxy in between does,
and a client that was led to another host hands it over. Negotiate and Ntlm prove it instead. What counts here is the one method that
Autodiscover sends; that IIS accepts Basic beside others is its default and not meant. Set-OutlookAnywhere "EX1\Rpc (Default Web Site)"
-ExternalClientAuthenticationMethod Negotiate changes it, if nothing in front of Exchange needs Basic.`,
	Cites: []string{
		"Microsoft documentation, Set-OutlookAnywhere (ExternalClientAuthenticationMethod)",
		"RFC 7617 section 4",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeDirectories(s, outlookAnywhereFront, func(d facts.VirtualDirectory) report.Verdict {
			v := report.Verdict{}
			for _, side := range []struct {
				where  string
				host   string
				method facts.Observed[string]
			}{{"outside", d.External.Value.Host, d.ExternalAuthentication}, {"inside", d.Internal.Value.Host, d.InternalAuthentication}} {
				if side.host == "" || v.Outcome == report.Fail {
					continue // nobody is sent there
				}
				one := attribute(side.method, func(method string) (report.Outcome, string) {
					if strings.EqualFold(method, "Basic") {
						return report.Fail, "clients " + side.where + " are told to sign in to " + side.host + " with Basic"
					}
					return report.Pass, ""
				})
				if v.Outcome != report.Unknown || one.Outcome == report.Fail {
					v = one
				}
			}
			return v
		})
	},
	Examples: []Example{{
		Name: "Basic outside",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].VirtualDirectories.Value[0].ExternalAuthentication = facts.Known("Basic")
		},
	}, {
		Name: "Basic inside",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].VirtualDirectories.Value[0].InternalAuthentication = facts.Known("Basic")
		},
	}},
}
