package rules

import (
	"fmt"
	"slices"
	"strings"

	"exprobe/rules/report"
)

// Find returns the rule with this ID.
func Find(id string) (Rule, bool) {
	all := All()
	i := slices.IndexFunc(all, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return all[i], true
}

// Help is the rule's address in RULES.md, or "" for a rule of an organization's own.
func (r Rule) Help() string {
	if strings.HasPrefix(r.ID, OwnPrefix) {
		return ""
	}
	return "rules/RULES.md#" + r.ID
}

// Explain is one rule as text: what it means, how to mend it, where the facts come
// from, and its examples with what is said about each.
func (r Rule) Explain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n%s\n\n%s\n\nSources\n", r.ID, r.Severity, r.Title, r.Why)
	for _, cite := range r.Cites {
		fmt.Fprintf(&b, "  - %s\n", cite)
	}
	for _, shown := range r.show() {
		fmt.Fprintf(&b, "\nExample: %s\n", shown.name)
		for _, line := range shown.changes {
			fmt.Fprintf(&b, "  %s\n", line)
		}
		for _, line := range shown.says {
			fmt.Fprintf(&b, "  => %s\n", line)
		}
	}
	return b.String()
}

// Manual is RULES.md: every rule with its examples, each shown as the difference
// from the healthy deployment and what the report then says.
func Manual() string {
	var b strings.Builder
	b.WriteString("# The rules of exprobe\n\n" +
		"Generated from the rules by `go generate ./rules`; the same text is printed by `exprobe explain RULE`.\n" +
		"Each example is the healthy deployment (two Exchange servers behind `mail.contoso.com`) with the differences shown.\n\n" +
		"| rule | severity | what is wrong |\n|---|---|---|\n")
	for _, r := range All() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.ID, r.ID, r.Severity, r.Title)
	}
	for _, r := range All() {
		fmt.Fprintf(&b, "\n## %s\n\n**%s**: %s.\n\n%s\n\nSources:\n\n", r.ID, r.Severity, r.Title, r.Why)
		for _, cite := range r.Cites {
			fmt.Fprintf(&b, "- %s\n", cite)
		}
		for _, shown := range r.show() {
			fmt.Fprintf(&b, "\n### %s\n\n```diff\n%s\n```\n\n", shown.name, strings.Join(shown.changes, "\n"))
			fmt.Fprintf(&b, "```text\n%s\n```\n", strings.Join(shown.says, "\n"))
		}
	}
	return b.String()
}

// shown is an example as people read it.
type shown struct {
	name    string
	changes []string // "- path: old" and "+ path: new"
	says    []string // what the report says: this rule's findings, then the fix
}

func (r Rule) show() []shown {
	var list []shown
	for _, example := range r.Examples {
		broken := Healthy()
		example.Break(broken)
		rep := Evaluate(broken, All(), example.Policy)
		changes := difference(Healthy(), broken)
		for _, w := range example.Policy.Waivers {
			changes = append(changes, fmt.Sprintf("+ a waiver of %s for %s, until %s", w.Rule, w.Subject, w.Until))
		}
		list = append(list, shown{name: example.Name, changes: changes, says: says(r.ID, rep)})
	}
	return list
}

func says(id string, rep *report.Report) []string {
	var lines []string
	for _, f := range rep.Findings {
		if f.Rule != id {
			continue
		}
		word := string(f.Severity)
		if f.Outcome == report.Unknown {
			word = "unknown"
		}
		where := oneLine(f.Subject.Name)
		if f.Subject.Address != "" {
			where += " at " + f.Subject.Address
		}
		if f.Subject.Provider != "" && f.Subject.Kind != "provider" {
			where = f.Subject.Provider + ", " + where
		}
		lines = append(lines, fmt.Sprintf("%s: %s: %s", word, where, f.Message))
	}
	for _, c := range rep.Fix.Commands {
		lines = append(lines, c.Line, "undo: "+c.Undo)
	}
	for _, refusal := range rep.Fix.Refused {
		lines = append(lines, "no command for "+refusal.Provider+": "+refusal.Why)
	}
	for _, kept := range rep.Fix.Kept {
		lines = append(lines, "no command needed for "+kept.Provider+": "+kept.Why)
	}
	return lines
}
