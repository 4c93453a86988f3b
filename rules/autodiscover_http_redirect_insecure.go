package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var autodiscoverHTTPRedirectInsecure = Rule{
	ID:       "autodiscover-http-redirect-insecure",
	Severity: report.Warning,
	Title:    "a redirect of Autodiscover leads to an address without TLS",
	Why: `The look-up may begin over http://autodiscover.DOMAIN, without credentials, only to be sent on to an https address. Outlook follows no
redirect to plain http, so the step is dead for it; clients that do follow can be led anywhere by whoever stands between, and show their
password there. Settings that are served over http itself can be changed on the way. Make the redirect lead to https://HOST/autodiscover/
autodiscover.xml at once. A web site of the root domain that sends every page to http is not meant: clients pass it over.`,
	Cites: []string{
		"Microsoft, Handling Autodiscover error messages: a redirect URL must be https",
		"Microsoft KB 2212902, the HTTP redirect method",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		seen := unread(s, "")
		for i := range s.Answers {
			a := &s.Answers[i]
			for _, r := range redirectsOf(a) {
				if r.address != "" || r.aside(a) {
					continue
				}
				o := sighting{subject: at(a.URL), outcome: report.Pass, url: a.URL}
				if plainHTTP(r.url) {
					o.outcome, o.text = report.Fail, "the redirect leads to "+r.url+", without TLS, where Outlook does not go; make it lead to https"
				}
				seen = append(seen, o)
			}
			if plainHTTP(a.URL) && a.Response.Known && len(a.Response.Value.Nodes) > 0 {
				seen = append(seen, sighting{at(a.URL), report.Fail, a.URL, "the server gives settings over plain http, where anybody may change them; redirect to https instead", nil})
			}
		}
		return merge(seen)
	},
	Examples: []Example{{
		Name: "redirected within http",
		Break: func(s *facts.Snapshot) {
			answerOf(s, facts.StepHTTPRedirect).Location = "http://mail.contoso.com/autodiscover/autodiscover.xml"
			dropHops(s, facts.StepHTTPRedirect)
		},
	}, {
		Name: "a redirect document names an address without TLS",
		Break: func(s *facts.Snapshot) {
			answerOf(s, facts.StepConnectionPoint).Response.Value = facts.Response{Action: "redirectUrl", RedirectURL: "http://mail.contoso.com/autodiscover/autodiscover.xml"}
		},
	}},
}
