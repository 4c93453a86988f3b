package render

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"exprobe/rules/report"
)

// ticket is a change ticket in Markdown.
type ticket struct{ b strings.Builder }

// writeTicket writes a renewal as a complete change ticket: what and why, who is
// affected, evidence, plan, verification, undo, risks, what could not be seen.
func writeTicket(w io.Writer, r *report.Renewal) error {
	t := &ticket{}
	t.what(r)
	t.affected(r)
	t.evidence(r)
	t.plan(r.Plan)
	t.verification(r)
	t.undo(r.Plan)
	t.risks(r)
	t.unseen(r)
	t.printf("\n---\n\nWritten by %s %s, judged as of %s, status %d (%s).\n", prose(r.Tool.Name), prose(r.Tool.Version),
		r.TakenAt.UTC().Format(time.RFC3339), r.Exit.Code, r.Exit.Name)
	return write(w, t.b.String())
}

func (t *ticket) printf(format string, args ...any) { fmt.Fprintf(&t.b, format, args...) }

func (t *ticket) section(title string) { t.printf("\n## %s\n\n", title) }

func (t *ticket) item(text string) { t.printf("- %s\n", text) }

func (t *ticket) what(r *report.Renewal) {
	name := r.Candidate.CommonName
	if name == "" && len(r.Candidate.Names) > 0 {
		name = r.Candidate.Names[0]
	}
	t.printf("# Change: renew the certificate of %s\n", prose(orNone(name)))
	for _, warning := range r.Warnings {
		t.printf("\n> **Warning:** %s\n", prose(warning))
	}
	t.section("What and why")
	word, _ := answerWord(r.Answer.Word)
	t.printf("**May it be installed? %s:** %s.\n\n", strings.ToUpper(word[:1])+word[1:], prose(strings.TrimSuffix(r.Answer.Why, ".")))
	if soon := soonest(r.Concerned); soon != nil {
		t.printf("The certificate that is replaced is valid until %s.\n\n", day(*soon))
	}
	t.b.WriteString(tableRow("the new certificate", ""))
	t.b.WriteString("|---|---|\n")
	t.b.WriteString(tableRow("file", span(r.Candidate.File)))
	for _, line := range candidateLines(r.Candidate) {
		t.b.WriteString(tableRow(line[0], span(line[1])))
	}
}

// soonest is the first day on which a certificate that is replaced ends.
func soonest(list []report.Concerned) *time.Time {
	var first *time.Time
	for _, c := range list {
		if c.NotAfter != nil && (first == nil || c.NotAfter.Before(*first)) {
			first = c.NotAfter
		}
	}
	return first
}

func (t *ticket) affected(r *report.Renewal) {
	t.section("Who is affected")
	if len(r.Concerned) == 0 {
		t.printf("Nobody that was seen would be served the new certificate.\n")
	} else {
		t.printf("These addresses would serve the new certificate:\n\n")
		t.b.WriteString(tableRow("host", "server", "address", "serves today", "until"))
		t.b.WriteString("|---|---|---|---|---|\n")
		for _, c := range r.Concerned {
			until := ""
			if c.NotAfter != nil {
				until = day(*c.NotAfter)
			}
			t.b.WriteString(tableRow(span(c.Host), span(c.Node), span(c.Address), span(orNone(c.CommonName))+" "+span(c.Thumbprint), until))
		}
	}
	if r.Plan.Window.Open {
		t.printf("\n%s\n", prose(r.Plan.Window.Text))
	}
	if len(r.Elsewhere) > 0 {
		t.printf("\nThese keep the certificate that they have:\n\n")
		for _, c := range r.Elsewhere {
			t.item(span(seatLabel(c)) + " (" + span(orNone(c.CommonName)) + ")")
		}
	}
}

func (t *ticket) evidence(r *report.Renewal) {
	t.section("Evidence")
	for _, c := range r.Comparisons {
		t.printf("Old and new, in the place of %s (%s):\n\n", span(orNone(c.CommonName)), prose(strings.Join(c.At, "; ")))
		t.b.WriteString(tableRow("what", "old", "new", "what it does"))
		t.b.WriteString("|---|---|---|---|\n")
		for _, row := range c.Rows {
			t.b.WriteString(tableRow(row.What, span(row.Old), span(row.New), prose(row.Effect)))
		}
		t.printf("\n")
	}
	for _, part := range []struct {
		title string
		list  []report.Finding
	}{
		{"What the rules say of the certificate", r.Judged},
		{"Introduced by the switch", r.Delta.Introduced},
		{"Resolved by the switch", r.Delta.Resolved},
		{"Kept: there today, and after it", r.Delta.Kept},
	} {
		t.findings(part.title, part.list)
	}
	if len(r.Judged)+len(r.Delta.Introduced)+len(r.Delta.Resolved)+len(r.Delta.Kept) == 0 {
		t.printf("No rule finds anything, before or after.\n")
	}
}

func (t *ticket) findings(title string, list []report.Finding) {
	if len(list) == 0 {
		return
	}
	t.printf("### %s\n\n", title)
	for _, f := range list {
		word := string(f.Severity)
		if f.Outcome != report.Fail {
			word = string(f.Outcome)
		}
		message := f.Message
		if message == "" {
			message = f.Title
		}
		t.item("**" + word + "** " + span(f.Rule) + ", " + span(subjectLabel(f.Subject)) + ": " + prose(message))
	}
	t.printf("\n")
}

func (t *ticket) plan(plan report.Plan) {
	t.section("Plan")
	for _, why := range plan.Stop {
		t.printf("**Do not install it:** %s.\n\n", prose(why))
	}
	t.printf("%s\n", prose(plan.Order))
	when := ""
	for _, step := range plan.Steps {
		if step.When != when {
			when = step.When
			t.printf("\n### %s\n", heading(when))
		}
		title := step.Title
		if step.Organization != "" {
			title += " (" + step.Organization + ")"
		}
		t.printf("\n**%d. %s.** %s\n", step.Number, prose(title), prose(step.Why))
		t.commands(step.Where, step.Commands)
		if step.Caution != "" {
			t.printf("\nMind: %s\n", prose(step.Caution))
		}
		if step.Wait != "" {
			t.printf("\nWait: %s\n", prose(step.Wait))
		}
	}
}

func (t *ticket) commands(where string, commands []string) {
	switch {
	case len(commands) == 0 && where == report.ByHand:
		t.printf("\nBy hand.\n")
	case len(commands) > 0:
		language := "text"
		if where == report.ShellExchange {
			language = "powershell"
		}
		t.printf("\nIn %s:\n\n%s", prose(where), block(language, "", commands))
	}
}

func (t *ticket) verification(r *report.Renewal) {
	t.section("Verification")
	if len(r.Plan.Steps) == 0 {
		t.printf("Nothing is changed.\n")
		return
	}
	for _, step := range r.Plan.Steps {
		if len(step.Verify) > 0 {
			t.printf("After step %d:\n\n%s\n", step.Number, block("powershell", "", step.Verify))
		}
	}
	t.printf("After the plan: %s\n", prose(afterPlan(r)))
}

func (t *ticket) undo(plan report.Plan) {
	t.section("Undo")
	if len(plan.Undo) == 0 {
		t.printf("There is nothing to take back.\n")
		return
	}
	t.printf("Last step first.\n")
	for _, u := range plan.Undo {
		t.printf("\n**%d. %s.**\n", u.Step, prose(u.Title))
		if len(u.Commands) > 0 {
			t.printf("\n%s", block("powershell", "", u.Commands))
		}
		if u.Note != "" {
			t.printf("\n%s.\n", prose(strings.TrimSuffix(u.Note, ".")))
		}
	}
}

func (t *ticket) risks(r *report.Renewal) {
	t.section("Risks")
	if r.Plan.Window.Text != "" {
		t.item(prose(r.Plan.Window.Text))
	}
	for _, text := range r.Plan.Assumes {
		t.item("The plan rests on this: " + prose(text))
	}
	for _, refused := range r.Plan.Refused {
		t.item("No command for " + prose(named(refused.Provider, refused.Organization)) + ": " + prose(refused.Why) + " Next: " + prose(refused.Next))
	}
	for _, f := range r.Left {
		t.item("Not mended by the plan: " + span(f.Rule) + ", " + span(subjectLabel(f.Subject)) + ": " + prose(f.Message))
	}
	for _, c := range r.Comparisons {
		for _, row := range c.Rows {
			if row.Changed && slices.Contains([]string{"names lost", "issuer", "subject", "key", "purposes"}, row.What) {
				t.item("The " + row.What + ": " + prose(row.Effect))
			}
		}
	}
}

func (t *ticket) unseen(r *report.Renewal) {
	t.section("What could not be seen")
	n := t.b.Len()
	for _, c := range r.Unseen {
		t.item(span(seatLabel(c)) + ": " + prose(c.Note))
	}
	for _, text := range r.Candidate.WhenIssued {
		t.item("Known only when it is issued: " + prose(text))
	}
	if len(r.NotJudged) > 0 {
		t.item("Rules that wait for the issued certificate: " + prose(strings.Join(r.NotJudged, ", ")))
	}
	for _, same := range group(slices.Concat(r.Delta.Blinded, r.Delta.StillBlind), func(f report.Finding) string { return f.Message }) {
		var rules []string
		for _, f := range same {
			rules = append(rules, f.Rule)
		}
		t.item(prose(orNone(same[0].Message)) + " (needed by " + prose(strings.Join(unique(rules), ", ")) + ")")
	}
	for _, note := range r.Notes {
		t.item(prose(note))
	}
	if t.b.Len() == n {
		t.printf("Nothing that a rule needed.\n")
	}
}
