package rules

import (
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// judgeStep judges one step of a look-up; stops says that a client goes no further.
func judgeStep(l facts.LookUp, i int) (o sighting, stops bool) {
	step := l.Steps[i]
	o = sighting{subject: report.Subject{Kind: "mailbox", Name: l.Mailbox}, outcome: report.Pass, url: step.URL}
	if l.Mailbox == "" {
		o.subject = report.Subject{Kind: "domain", Name: l.Domain}
	}
	if why := halfSeen(step); why != "" {
		o.outcome, o.text = report.Unknown, why
		return o, true
	}
	switch step.Outcome {
	case facts.GivesSettings:
		if step.Doubt != "" {
			o.outcome, o.text = report.Unknown, step.Doubt
		}
		return o, true
	case facts.CannotTell:
		if l.Mailbox != "" { // of a domain alone nobody asked for more
			o.outcome, o.text = report.Unknown, step.Why
		}
		return o, true
	case facts.StopsWrong:
		o.outcome, o.text = report.Fail, "a client stops here: "+step.Why+"; mend or remove what answers at this address"
		return o, true
	case facts.Prompts:
		if i == l.Wins {
			return o, true // a question that the user may answer with yes
		}
		if refusedCertificate(step) && !toldElsewhere(step) {
			o.outcome, o.text = report.Fail, "a client shows its user "+step.Why+"; mend what this address serves"
		}
	}
	return o, false
}

// halfSeen says what of a step could not be seen although a server was there.
func halfSeen(step facts.Step) string {
	for _, a := range step.Answers {
		switch {
		case unseenCertificate(a):
			return a.Secured.Why
		case couldNotLook(a) && isPOX(a):
			return a.Response.Why
		case isPOX(a) && a.Status == 200 && !a.Response.Known && a.Response.Asked() && !webSite(a):
			return a.Response.Why
		}
	}
	return ""
}

// refusedCertificate says whether a step ends at a certificate, and not at a
// redirect to be confirmed, as that of the HTTP step must be.
func refusedCertificate(step facts.Step) bool {
	return slices.ContainsFunc(step.Answers, func(a *facts.Answer) bool { return a.Secured.Known && !a.Secured.Value.Verified })
}

// toldElsewhere says that the certificate of a step has a rule of its own.
func toldElsewhere(step facts.Step) bool {
	first := step.Answers[0].Secured
	return first.Known && !first.Value.Verified && (step.Kind == facts.StepRootDomain || step.Kind == facts.StepConnectionPoint)
}
