package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// schemesOf are the HTTP schemes with which a client can keep to an AuthPackage
// (AuthPackage, POX element reference) or to a method of Set-OutlookAnywhere. What is
// not here, such as certificate, needs none.
var schemesOf = map[string][]string{
	"basic":     {"Basic"},
	"ntlm":      {"NTLM"},
	"kerb":      {"Negotiate", "Kerberos"},
	"kerbntlm":  {"Negotiate", "NTLM", "Kerberos"},
	"negotiate": {"Negotiate"},
	"nego2":     {"Negotiate", "Nego2"},
	"negoex":    {"Negotiate", "Nego2"},
}

var autodiscoverAuthNotOffered = Rule{
	ID:       "autodiscover-auth-not-offered",
	Severity: report.Error,
	Title:    "clients are told to sign in by a method that the host does not accept",
	Why: `Autodiscover names one authentication method for Outlook Anywhere, and the host's answer to a request without credentials lists what
it accepts. Where the one is not among the others users are asked for their password again and again; the Connectivity Analyzer says "All
Required Authentication Methods could not be found". Either IIS accepts less than Set-OutlookAnywhere -IISAuthenticationMethods should have
set, or a proxy in front signs users in by itself: compare what the host offers outside with what the server offers behind the proxy.`,
	Cites: []string{
		"Microsoft Remote Connectivity Analyzer, All Required Authentication Methods could not be found",
		"Microsoft POX element reference, AuthPackage",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		if len(s.Offers) == 0 {
			return nil
		}
		list, seen := outlookAnywhere(s)
		sent := map[report.Subject]bool{} // hosts of which Autodiscover names the method, which outranks the directory
		for _, p := range list {
			sent[p.subject()] = sent[p.subject()] || p.wire
		}
		for _, p := range list {
			if !p.wire && sent[p.subject()] {
				continue
			}
			for _, offer := range s.Offers {
				if offer.Service == facts.ServiceRPC && strings.EqualFold(offer.Host, p.host) && offer.Port == p.port && offer.Schemes.Asked() {
					if o, ok := accepts(p, offer); ok {
						seen = append(seen, o)
					}
				}
			}
		}
		return merge(seen)
	},
	Examples: []Example{{
		Name: "NTLM is published, and a proxy accepts Basic alone",
		Break: func(s *facts.Snapshot) {
			s.Offers[0].Schemes = facts.Known([]string{"Basic"})
		},
	}, {
		Name:    "the host could not be asked",
		Outcome: report.Unknown,
		Break: func(s *facts.Snapshot) {
			s.Offers[0].Schemes = facts.Unknown[[]string]("HTTP 503")
		},
	}},
}

// accepts judges one published host by one offer; ok is false where the method needs
// no scheme.
func accepts(p published, offer facts.Offer) (o sighting, ok bool) {
	o = sighting{subject: p.subject(), outcome: report.Pass, url: offer.URL}
	method := strings.ToLower(p.method.Value)
	needs, known := schemesOf[method]
	switch {
	case !p.method.Known:
		o.outcome, o.text = report.Unknown, p.method.Why
		return o, p.method.Asked()
	case !known:
		return o, false
	case !offer.Schemes.Known:
		o.outcome, o.text = report.Unknown, offer.Schemes.Why
	case !slices.ContainsFunc(offer.Schemes.Value, func(scheme string) bool {
		return slices.ContainsFunc(needs, func(need string) bool { return strings.EqualFold(need, scheme) })
	}):
		o.outcome = report.Fail
		o.text = "clients are told to sign in with " + method + ", and the host offers " + orNone(strings.Join(offer.Schemes.Value, ", ")) +
			"; compare Get-OutlookAnywhere with what stands in front of the server"
		o.evidence = []report.Evidence{{Name: "told by", Value: p.by}}
	}
	return o, true
}
