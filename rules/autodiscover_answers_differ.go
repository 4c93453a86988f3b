package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var autodiscoverAnswersDiffer = Rule{
	ID:          "autodiscover-answers-differ",
	FollowsFrom: []string{"outlook-anywhere-hosts-differ"},
	Severity:    report.Warning,
	Title:       "the same mailbox is given different settings",
	Why: `Which server's Outlook Anywhere settings a mailbox is given is chosen by site cost, and by chance among servers of one site. So two
servers of a site that publish different host names, SSL switches or authentication methods give answers that change from one request to the
next, and the principal name that clients derive from the host changes too. Make them equal with Set-OutlookAnywhere on each server.
Servers of different sites may publish different hosts; the two views of a client differ by design, and neither is compared here.`,
	Cites: []string{
		"observed in Exchange 2013 CU23: the cheapest virtual directory is taken, ties are broken at random",
		"Microsoft documentation, Set-OutlookAnywhere",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		seen := slices.Concat(unread(s, facts.ViewRPC), gapsOf(s), compareSites(s))
		if slices.ContainsFunc(seen, func(o sighting) bool { return o.outcome == report.Fail }) {
			return merge(seen) // what answers then show follows from it
		}
		strange := map[*facts.Answer]bool{} // autodiscover-first-answer-wrong tells them
		for _, l := range s.LookUps() {
			for _, step := range l.Steps {
				for _, a := range step.Answers {
					strange[a] = step.Outcome == facts.StopsWrong
				}
			}
		}
		byAddress := map[string][]*facts.Answer{}
		for i := range s.Answers {
			if a := &s.Answers[i]; settings(a, facts.ViewRPC) && a.Step != facts.StepFile && !strange[a] {
				key := strings.ToLower(asked(a))
				byAddress[key] = append(byAddress[key], a)
			}
		}
		for _, answers := range byAddress {
			if len(answers) > 1 {
				seen = append(seen, compareAnswers(answers, s.Organization() == nil))
			}
		}
		return merge(seen)
	},
	Examples: []Example{{
		Name: "two servers of a site publish different hosts",
		Break: func(s *facts.Snapshot) {
			publish(s, "owa.contoso.com", certificate("owa.contoso.com", "owa.contoso.com"))
			s.Organizations[0].Servers.Value[1].Site = facts.Say("HQ")
		},
	}, {
		Name: "one request shows another host than the others",
		Break: func(s *facts.Snapshot) {
			s.Answers[len(s.Answers)-1].Response.Value.Nodes[1].Server = facts.Present("owa.contoso.com")
		},
	}},
}
