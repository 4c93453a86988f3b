package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var autodiscoverBasicWithoutTLS = Rule{
	ID:       "autodiscover-basic-without-tls",
	Severity: report.Error,
	Title:    "clients are told to send passwords without TLS",
	Why: `Basic authentication sends the password as it is, and without TLS whoever stands between reads it. That holds inside as well as
outside. Require SSL for the host, or offer NTLM or Negotiate instead: Set-OutlookAnywhere -InternalClientsRequireSsl or
-ExternalClientsRequireSsl $true with the authentication method. A host that asks for Basic over plain http, as an Autodiscover
virtual directory without "Require SSL" does, invites the password too, whatever is published: switch Basic off there or close port 80.`,
	Cites: []string{
		"RFC 7617 section 4, on Basic in clear text",
		"Microsoft documentation, Set-OutlookAnywhere",
		"Guardicore Labs 2021, Autodiscovering the Great Leak",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		list, seen := outlookAnywhere(s)
		for _, p := range list {
			o := sighting{subject: p.subject(), outcome: report.Pass, url: p.by}
			switch {
			case p.ssl:
			case p.basicInClear():
				o.outcome, o.text = report.Fail, "clients are told to sign in with Basic over plain http, which shows every password; require SSL with Set-OutlookAnywhere"
			case !p.method.Known && p.method.Asked():
				o.outcome, o.text = report.Unknown, p.method.Why
			}
			seen = append(seen, o)
		}
		for _, offer := range s.Offers {
			if plainHTTP(offer.URL) && offer.Host != "" && offer.Schemes.Asked() { // without a host nothing was asked
				o := asks(offer.URL, offer.Schemes.Value)
				if !offer.Schemes.Known {
					o.outcome, o.text = report.Unknown, offer.Schemes.Why
				}
				seen = append(seen, o)
			}
		}
		for i := range s.Answers {
			if a := &s.Answers[i]; plainHTTP(a.URL) && a.Status == 401 {
				seen = append(seen, asks(a.URL, a.Schemes))
			}
		}
		return merge(seen)
	},
	Examples: []Example{{
		Name: "Basic outside, and SSL is off",
		Break: func(s *facts.Snapshot) {
			for i := range s.Organizations[0].VirtualDirectories.Value {
				v := &s.Organizations[0].VirtualDirectories.Value[i]
				v.External, v.ExternalAuthentication = plainHost("mail.contoso.com"), facts.Known("Basic")
			}
			everywhere(s, facts.NodeEXPR, func(n *facts.Node) {
				sslOff(n)
				n.AuthPackage = facts.Present("Basic")
			})
		},
	}, {
		Name: "Autodiscover asks for Basic over plain http",
		Break: func(s *facts.Snapshot) {
			a := answerOf(s, facts.StepHTTPRedirect)
			a.Status, a.Location, a.Schemes = 401, "", []string{"Negotiate", "NTLM", "Basic"}
		},
	}},
}

// plainHTTP says whether a URL is one of http without TLS.
func plainHTTP(url string) bool {
	host, _, secure := facts.WebAddress(url)
	return host != "" && !secure
}

// asks judges what a URL of plain http asks for.
func asks(url string, schemes []string) sighting {
	o := sighting{subject: at(url), outcome: report.Pass, url: url}
	if slices.ContainsFunc(schemes, func(scheme string) bool { return strings.EqualFold(scheme, "basic") }) {
		o.outcome, o.text = report.Fail, "the server asks for Basic over plain http, and a client that follows shows the password; switch Basic off there or answer on https alone"
	}
	return o
}
