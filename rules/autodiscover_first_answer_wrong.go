package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var autodiscoverFirstAnswerWrong = Rule{
	ID:       "autodiscover-first-answer-wrong",
	Severity: report.Error,
	Title:    "a client is stopped by an answer that comes before the right one",
	Why: `Outlook takes the steps of the look-up in its order, and the first that answers wins. One that shows a certificate which does not fit
makes it ask the user; one that answers with an error, or with the settings of another product such as the web hoster's mail service, can
keep it from the step that has the right settings. The audit asks every step, so a test of the right one alone does not show this. Mend or
remove what answers first. A certificate of the root domain's web site, one of a connection point, and redirects have rules of their own.`,
	Cites: []string{
		"Microsoft KB 2212902 and KB 3211279, the look-up order",
		"MS-OXDSCLI 3.1.5",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		lookUps := s.LookUps()
		if len(lookUps) == 0 {
			return nil
		}
		var seen []sighting
		bare := map[string]string{} // why nobody saw the settings of a mailbox
		for _, gap := range gapsOf(s) {
			if ofLookUp(gap.subject) {
				bare[gap.subject.Name] = gap.text
			} else {
				seen = append(seen, gap) // without the directory nobody knows whose settings they are
			}
		}
		for _, l := range lookUps {
			for i, step := range l.Steps {
				o, stops := judgeStep(l, i)
				if o.outcome == report.Unknown && bare[l.Mailbox] != "" {
					o.url, o.text = "", bare[l.Mailbox]
				}
				if step.Outcome != facts.NotAsked {
					seen = append(seen, o)
				}
				if stops {
					break
				}
			}
		}
		return merge(seen)
	},
	Examples: []Example{{
		Name: "autodiscover. shows the certificate of another host, and no connection point leads past it",
		Break: func(s *facts.Snapshot) {
			s.Answers = s.Answers[1:]
			for i := range s.Answers {
				if a := &s.Answers[i]; a.URL == healthyURL && a.Hop == 0 {
					refused(a, certificate("mail.contoso.com", "mail.contoso.com"), "the certificate does not name autodiscover.contoso.com: it names mail.contoso.com")
				}
			}
		},
	}, {
		Name: "a connection point leads to another deployment",
		Break: func(s *facts.Snapshot) {
			nodes := answerOf(s, facts.StepConnectionPoint).Response.Value.Nodes
			for i := range nodes[1:4] {
				nodes[i+1].Server = facts.Present("mail.fabrikam.com")
			}
		},
	}},
}
