package rules

import (
	"fmt"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// mostRedirects is after how many a client gives up (MS-OXDSCLI 3.1.5).
const mostRedirects = 10

var autodiscoverRedirectLoop = Rule{
	ID:       "autodiscover-redirect-loop",
	Severity: report.Error,
	Title:    "Autodiscover sends clients in a circle",
	Why: `A redirect leads back to what was asked before, or there are more than ten: a client gives up, and the mailbox gets no settings from
this step. A redirectAddr with the very address that was asked is the usual form, left behind by a migration that went half way: the mail
user or remote mailbox on this side has a target address (ExternalEmailAddress, RemoteRoutingAddress) that leads back. Two servers that hold each other for the mailbox's home
are the other. Another address of the same mailbox at the same URL is no circle.`,
	Cites: []string{
		"Microsoft, Handling Autodiscover error messages: redirectAddr to the address already asked",
		"MS-OXDSCLI 3.1.5, ten redirects",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		seen := unread(s, "")
		for i := range s.Answers {
			a := &s.Answers[i]
			for _, r := range redirectsOf(a) {
				if webSite(a) && r.http {
					continue // a web site's, which clients pass over
				}
				o := sighting{subject: whose(a), outcome: report.Pass, url: a.URL}
				if why := circle(trail(s, a), r); why != "" {
					o.outcome, o.text = report.Fail, "the redirect to "+r.String()+" "+why+", so a client gives up; see where the mailbox really is (Get-Recipient) and mend the redirect or its target address"
				}
				seen = append(seen, o)
			}
		}
		return merge(seen)
	},
	Examples: []Example{{
		Name: "the address that was asked",
		Break: func(s *facts.Snapshot) {
			answerOf(s, facts.StepAutodiscoverHost).Response.Value = facts.Response{Action: "redirectAddr", RedirectAddr: "User@contoso.com"}
		},
	}, {
		Name: "two servers that send clients to each other",
		Break: func(s *facts.Snapshot) {
			first, second := answerOf(s, facts.StepConnectionPoint), *answerOf(s, facts.StepAutodiscoverHost)
			first.Response.Value = facts.Response{Action: "redirectUrl", RedirectURL: healthyURL}
			second.Step, second.Source, second.Hop, second.From = first.Step, first.Source, 1, first.URL
			second.Response.Value = facts.Response{Action: "redirectUrl", RedirectURL: healthyPoint}
			s.Answers = slices.Insert(s.Answers, 1, second)
		},
	}},
}

// circle says how a redirect at the end of a trail leads nowhere, or "".
func circle(trail []*facts.Answer, r redirect) string {
	for _, a := range trail {
		if r.address != "" && strings.EqualFold(strings.TrimSpace(r.address), asked(a)) {
			return "names the address that was asked already"
		}
		if r.url != "" && question(r.url, asked(trail[0])) == question(a.URL, asked(a)) {
			return "leads back to what was asked already"
		}
	}
	if hops := max(trail[0].Hop, len(trail)-1); hops >= mostRedirects {
		return fmt.Sprintf("is the one after %d", hops)
	}
	return ""
}
