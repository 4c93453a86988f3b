package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var autodiscoverRedirectForeign = Rule{
	ID:       "autodiscover-redirect-foreign",
	Severity: report.Warning,
	Title:    "Autodiscover sends clients to somebody else's host",
	Why: `A redirect or an SRV record names a host that is neither below the mail domain nor published by the directory nor one of Microsoft
365. Whoever runs that host decides which servers clients trust with the mailbox, and Outlook asks each user whether to allow the web site to
configure the account. It is right where a hoster runs the mail: then name the host under RedirectServers by policy, so that nobody
is asked. Otherwise see who changed the DNS record, the web server's redirect or the recipient's target address, and mend it.`,
	Cites: []string{
		"Microsoft KB 2212902, on the HTTP redirect method and its question to the user",
		"Guardicore Labs 2021, Autodiscovering the Great Leak",
		"rmilne, Microsoft archive blogs 2015, Office 365 Autodiscover Lookup Process",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		seen := unread(s, "")
		own := namespaceOf(s)
		judge := func(o sighting, a *facts.Answer, name, where string) {
			switch {
			case own.vouches(name, domainOf(a)):
			case domainOf(a) == "" && len(own.domains) == 0:
				return // a saved redirect of nobody knows whom
			case own.doubt != "":
				o.outcome, o.text = report.Unknown, "it leads to "+where+", and whether the organization publishes that is not known: "+own.doubt
			default:
				o.outcome, o.text = report.Fail, "it leads to "+where+", which is neither below the mail domain nor published by the directory nor one of Microsoft 365; see who runs it"
			}
			seen = append(seen, o)
		}
		for i := range s.Answers {
			a := &s.Answers[i]
			for _, r := range redirectsOf(a) {
				if name := r.host(); name != "" && !r.aside(a) {
					judge(sighting{subject: at(a.URL), outcome: report.Pass, url: a.URL}, a, name, r.String())
				}
			}
			if a.Protocol != facts.DNS {
				continue
			}
			o := sighting{subject: recordsOf(a), outcome: report.Pass, url: a.URL}
			if !a.Records.Known && a.Records.Asked() {
				o.outcome, o.text = report.Unknown, a.Records.Why
				seen = append(seen, o)
			}
			for _, record := range services(a) {
				judge(o, a, record.Target, record.Target)
			}
		}
		return merge(seen)
	},
	Examples: []Example{{
		Name: "the HTTP redirect leads to a stranger",
		Break: func(s *facts.Snapshot) {
			answerOf(s, facts.StepHTTPRedirect).Location = "https://autodiscover.contoso.com.fabrikam.net/autodiscover/autodiscover.xml"
			dropHops(s, facts.StepHTTPRedirect)
		},
	}, {
		Name: "the SRV record names a stranger",
		Break: func(s *facts.Snapshot) {
			records(s).Records.Value[0].Target = "autodiscover.fabrikam.net"
		},
	}, {
		Name:    "a redirect, and accepted domains that cannot be read",
		Outcome: report.Unknown,
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].AcceptedDomains = facts.Unknown[[]facts.AcceptedDomain]("the account may not read CN=Accepted Domains")
			answerOf(s, facts.StepAutodiscoverHost).Response.Value = facts.Response{Action: "redirectAddr", RedirectAddr: "user@fabrikam.com"}
		},
	}},
}
