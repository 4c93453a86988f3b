package rules

import (
	"fmt"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// Find returns the rule with this ID.
func Find(id string) (Rule, bool) {
	all := Known()
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

// Known returns every rule there is: those about a deployment, then those about a
// renewal.
func Known() []Rule { return slices.Concat(All(), Renewals()) }

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
	for _, r := range Known() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.ID, r.ID, r.Severity, r.Title)
	}
	for _, r := range Known() {
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
		if r.CheckRenewal != nil {
			list = append(list, r.showRenewal(example))
			continue
		}
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

// showRenewal shows an example of a rule about renewals: the difference from the
// healthy deployment and from the healthy renewal.
func (r Rule) showRenewal(example Example) shown {
	before, candidate := example.renewal()
	changes := append(difference(Healthy(), before), candidateDifference(HealthyRenewal(), candidate)...)
	renewal, err := NewRenewal(before, candidate)
	if err != nil {
		return shown{example.Name, changes, []string{err.Error()}} // a test looks
	}
	return shown{example.Name, changes, tell(r.ID, renewal.judge([]Rule{r}, Policy{}).Findings)}
}

// candidateDifference lists what differs between two candidates.
func candidateDifference(a, b Candidate) []string {
	const at = "hosts[candidate].addresses[new].served"
	alone := func(c Candidate) *facts.Snapshot {
		return &facts.Snapshot{Hosts: []facts.Host{{Name: "candidate", Addresses: facts.Known([]facts.Endpoint{{Address: "new", Served: facts.Known(c.Served)}})}}}
	}
	lines := difference(alone(a), alone(b))
	for i, line := range lines {
		lines[i] = strings.Replace(strings.Replace(line, at+".chain[0]", "candidate", 1), at, "candidate", 1)
	}
	return lines
}

// renewal is the deployment and the candidate of an example.
func (e Example) renewal() (*facts.Snapshot, Candidate) {
	before, candidate := Healthy(), HealthyRenewal()
	if e.Break != nil {
		e.Break(before)
	}
	if e.Renew != nil {
		e.Renew(&candidate)
	}
	return before, candidate
}

func says(id string, rep *report.Report) []string {
	lines := tell(id, rep.Findings)
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

// tell writes the findings of one rule, a line each.
func tell(id string, findings []report.Finding) (lines []string) {
	for _, f := range findings {
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
	return lines
}
