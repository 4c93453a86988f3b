package render

import (
	"fmt"
	"io"
	"strings"
	"time"

	"exprobe/rules/report"
)

// writeRenewal writes a renewal for a reader at a terminal: the answer, what changes,
// what that does, and the plan.
func writeRenewal(w io.Writer, r *report.Renewal, style Style) error {
	p := newPage(style)
	for _, warning := range r.Warnings {
		p.painted(0, 2, "warning:", yellow, " "+warning)
	}
	if len(r.Warnings) > 0 {
		p.section("")
	}
	word, paint := answerWord(r.Answer.Word)
	p.painted(0, 2, "Answer: "+word, paint, ": "+r.Answer.Why)
	writeCandidate(p, r.Candidate)
	writeConcerned(p, r)
	for _, c := range r.Comparisons {
		writeComparison(p, c)
	}
	writeFindingList(p, "What the rules say of the certificate", r.Judged)
	writeFindingList(p, "Introduced by the switch", r.Delta.Introduced)
	writeFindingList(p, "Resolved by the switch", r.Delta.Resolved)
	writeFindingList(p, "Kept: there today, and after it", r.Delta.Kept)
	writeFindingList(p, "Not known any more after the switch", r.Delta.Blinded)
	if len(r.NotJudged) > 0 {
		p.section("Known only when it is issued")
		for _, text := range r.Candidate.WhenIssued {
			p.para(2, 4, "- "+text)
		}
		p.para(2, 4, "Not judged until then: "+strings.Join(r.NotJudged, ", "))
	}
	writePlan(p, r.Plan)
	writeLeft(p, r)
	if len(r.Notes) > 0 {
		p.section("Notes")
		for _, note := range r.Notes {
			p.para(2, 4, note)
		}
	}
	p.section("")
	p.para(0, 2, fmt.Sprintf("judged as of %s; status %d: %s", r.TakenAt.UTC().Format(time.RFC3339), r.Exit.Code, r.Exit.Name))
	return write(w, p.b.String())
}

func answerWord(word string) (string, color) {
	switch word {
	case report.Yes:
		return "yes", green
	case report.WithPlan:
		return "yes, with the plan", yellow
	case report.No:
		return "no", red
	}
	return "not known", yellow
}

func writeCandidate(p *page, c report.Candidate) {
	title := "The certificate"
	if c.Request {
		title = "The request"
	}
	p.section(title + " in " + escape(c.File))
	for _, line := range candidateLines(c) {
		p.para(2, 4, line[0]+": "+line[1])
	}
}

// candidateLines are the properties of a candidate that there are.
func candidateLines(c report.Candidate) [][2]string {
	lines := [][2]string{{"common name", orNone(c.CommonName)}, {"names", orNone(strings.Join(c.Names, ", "))}, {"key", c.Key}}
	if c.Request {
		return append(lines, [2]string{"issuer, dates, thumbprint", "known when it is issued"})
	}
	lines = append(lines, [2]string{"issuer", c.Issuer}, [2]string{"trust", c.Trust})
	if c.NotBefore != nil && c.NotAfter != nil {
		lines = append(lines, [2]string{"valid", day(*c.NotBefore) + " to " + day(*c.NotAfter)})
	}
	return append(lines, [2]string{"thumbprint", c.Thumbprint})
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func seatLabel(c report.Concerned) string {
	text := c.Host
	if c.Node != "" {
		text += " on " + c.Node
	}
	if c.Address != "" {
		text += " at " + c.Address
	}
	return text
}

// seatsLabel is one address with the servers that were found there.
func seatsLabel(same []report.Concerned) string {
	text := same[0].Host + " at " + same[0].Address
	var nodes []string
	for _, c := range same {
		if c.Node != "" {
			nodes = append(nodes, c.Node)
		}
	}
	if len(nodes) > 0 {
		text += " (" + strings.Join(unique(nodes), ", ") + ")"
	}
	return text
}

func writeConcerned(p *page, r *report.Renewal) {
	p.section("Who would serve it")
	if len(r.Concerned) == 0 {
		p.para(2, 4, "nobody that was seen")
	}
	for _, same := range group(r.Concerned, func(c report.Concerned) [3]string { return [3]string{c.Host, c.Address, c.Thumbprint} }) {
		p.para(2, 4, seatsLabel(same)+", which serves "+orNone(same[0].CommonName)+" today ("+same[0].Thumbprint+")")
	}
	for _, c := range r.Unseen {
		p.painted(2, 4, "not seen:", yellow, " "+seatLabel(c)+": "+c.Note)
	}
	if len(r.Elsewhere) > 0 {
		p.para(2, 4, "These keep the certificate that they have:")
		for _, c := range r.Elsewhere {
			p.para(4, 6, seatLabel(c)+" ("+orNone(c.CommonName)+")")
		}
	}
}

func writeComparison(p *page, c report.Comparison) {
	p.section("Old and new")
	p.para(2, 4, "in the place of "+orNone(c.CommonName)+" ("+c.Thumbprint+"): "+strings.Join(c.At, "; "))
	for _, row := range c.Rows {
		text := row.What + ": "
		switch {
		case row.What == "names gained":
			text += row.New
		case row.What == "names lost":
			text += row.Old
		case row.Changed:
			text += row.Old + " -> " + row.New
		case row.Old == row.New:
			text += row.Old + ", as before"
		default:
			text += row.Old + "; new: " + row.New
		}
		p.para(2, 4, text)
		p.para(4, 4, row.Effect)
	}
}

// writeFindingList tells each finding in a line or two; nothing where there is none.
func writeFindingList(p *page, title string, findings []report.Finding) {
	if len(findings) == 0 {
		return
	}
	p.section(title)
	for _, same := range group(findings, func(f report.Finding) string { return f.Rule + "\x00" + string(f.Outcome) + "\x00" + f.Message }) {
		f := same[0]
		word, paint := string(f.Severity), severityColor(f.Severity)
		if f.Outcome == report.Unknown {
			word, paint = "unknown", yellow
		}
		var where []string
		for _, one := range same {
			where = append(where, subjectLabel(one.Subject))
		}
		p.painted(2, 4, word, paint, " "+f.Rule+": "+enumerate(unique(where)))
		if f.Message != "" {
			p.para(4, 4, f.Message)
		} else {
			p.para(4, 4, f.Title)
		}
	}
}

func unique(list []string) []string {
	var kept []string
	for _, g := range group(list, func(text string) string { return text }) {
		kept = append(kept, g[0])
	}
	return kept
}

func subjectLabel(s report.Subject) string {
	text := s.Name
	if s.Kind != "host" {
		text = s.Kind + " " + text
	}
	if s.Address != "" {
		text += " at " + s.Address
	}
	if s.Provider != "" && s.Kind == "host" {
		text += " (" + s.Provider + ")"
	}
	return text
}

func writePlan(p *page, plan report.Plan) {
	p.section("Plan")
	for _, why := range plan.Stop {
		p.painted(2, 4, "Do not install it:", red, " "+why)
	}
	p.para(2, 4, plan.Order)
	if plan.Window.Text != "" {
		p.para(2, 4, plan.Window.Text)
	}
	for _, text := range plan.Assumes {
		p.para(2, 4, "It rests on this: "+text)
	}
	for _, refused := range plan.Refused {
		p.para(2, 4, "No command for "+named(refused.Provider, refused.Organization)+": "+refused.Why)
		if refused.Next != "" {
			p.para(4, 6, "Next: "+refused.Next)
		}
	}
	when := ""
	for _, step := range plan.Steps {
		if step.When != when {
			when = step.When
			p.para(2, 4, heading(when)+":")
		}
		writeStep(p, step)
	}
	if len(plan.Undo) == 0 {
		return
	}
	p.section("The way back, last step first")
	for _, u := range plan.Undo {
		p.para(2, 4, fmt.Sprintf("%d. %s", u.Step, u.Title))
		for _, line := range u.Commands {
			p.command(6, "", line)
		}
		if u.Note != "" {
			p.para(6, 8, "("+u.Note+")")
		}
	}
}

func heading(when string) string {
	switch when {
	case report.Before:
		return "Before the switch"
	case report.At:
		return "At the switch"
	}
	return "After the switch"
}

func writeStep(p *page, step report.PlanStep) {
	title := fmt.Sprintf("%d. %s", step.Number, step.Title)
	if step.Organization != "" {
		title += " (" + step.Organization + ")"
	}
	p.para(4, 7, title)
	p.para(7, 7, step.Why)
	if len(step.Commands) > 0 {
		p.para(7, 9, "In "+step.Where+":")
		for _, line := range step.Commands {
			p.command(9, "", line)
		}
	} else if step.Where == report.ByHand {
		p.para(7, 9, "By hand.")
	}
	if step.Caution != "" {
		p.para(7, 9, "Mind: "+step.Caution)
	}
	for i, line := range step.Verify {
		label := "        "
		if i == 0 {
			label = "Verify: "
		}
		p.command(7, label, line)
	}
	if step.Wait != "" {
		p.para(7, 9, "Wait: "+step.Wait)
	}
}

func writeLeft(p *page, r *report.Renewal) {
	if len(r.Plan.Steps) == 0 {
		return
	}
	writeFindingList(p, "Introduced, and not mended by the plan", r.Left)
	p.section("")
	p.para(0, 2, "After the plan: "+afterPlan(r))
}

func afterPlan(r *report.Renewal) string {
	text := count(len(r.Left), "finding", "findings") + " that the renewal introduces, " + count(r.AfterPlan.Failed, "finding", "findings") + " in all"
	if r.AfterPlan.Unknown > 0 {
		text += fmt.Sprintf(", %d not seen", r.AfterPlan.Unknown)
	}
	return text + "."
}
