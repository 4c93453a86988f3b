package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"exprobe/rules/report"
)

// writeFindings writes what was found, a rule after another, the gravest first.
// What a rule says of several subjects with the same evidence is told once.
func writeFindings(p *page, findings []report.Finding) {
	if writeFindingsUnder(p, "Findings", findings) {
		p.para(2, 4, "exprobe explain RULE says more about a rule.")
	}
}

// writeFindingsUnder writes what was found under a title; ok is false where there is
// nothing.
func writeFindingsUnder(p *page, title string, findings []report.Finding) (ok bool) {
	listed := slices.DeleteFunc(slices.Clone(findings), func(f report.Finding) bool { return f.Outcome == report.Unknown })
	if len(listed) == 0 {
		return false
	}
	listed, told := fold(listed)
	slices.SortStableFunc(listed, func(a, b report.Finding) int {
		return cmp.Or(lastWaived(a)-lastWaived(b), a.Severity.Rank()-b.Severity.Rank())
	})
	known := objectsOf(findings)
	p.section(title)
	type heading struct {
		severity    report.Severity
		outcome     report.Outcome
		rule, title string
	}
	for _, byRule := range group(listed, func(f report.Finding) heading { return heading{f.Severity, f.Outcome, f.Rule, f.Title} }) {
		writeHeading(p, byRule)
		for _, same := range group(byRule, func(f report.Finding) string { return f.Message + "\x00" + waiver(f) }) {
			for _, lines := range stories(gather(same, known)) {
				for _, line := range lines {
					p.para(4, 8, line.String())
				}
				if same[0].Message != "" {
					p.para(6, 8, same[0].Message)
				}
				if text := waiver(same[0]); text != "" {
					p.para(6, 8, text)
				}
				writeEvidence(p, 6, lines[0])
			}
			writeConsequences(p, same, told)
		}
	}
	return true
}

func lastWaived(f report.Finding) int {
	if f.Outcome == report.Waived {
		return 1
	}
	return 0
}

// waiver says who accepts a finding, why and until when, or "".
func waiver(f report.Finding) string {
	if f.Waiver == nil {
		return ""
	}
	text := "waived by " + f.Waiver.Owner + " until " + f.Waiver.Until + ": " + f.Waiver.Reason
	if f.Waiver.Outcome == report.Unknown {
		text += " (it could not be seen)"
	}
	return text
}

// fold takes out the findings that follow from another that is listed, and returns
// the rules that tell them, by the fingerprint of that other. What is waived hides
// nothing and is not hidden.
func fold(findings []report.Finding) (roots []report.Finding, told map[string][]string) {
	listed := map[string]bool{}
	for _, f := range findings {
		listed[f.Fingerprint] = listed[f.Fingerprint] || f.Cause == "" && f.Outcome == report.Fail
	}
	told = map[string][]string{}
	for _, f := range findings {
		if f.Cause == "" || !listed[f.Cause] || f.Outcome != report.Fail {
			roots = append(roots, f)
			continue
		}
		told[f.Cause] = append(told[f.Cause], f.Rule)
	}
	return roots, told
}

// writeConsequences names the rules whose findings follow from these: one wrong
// certificate is one story.
func writeConsequences(p *page, findings []report.Finding, told map[string][]string) {
	var rules []string
	n := 0
	for _, f := range findings {
		n += len(told[f.Fingerprint])
		rules = append(rules, told[f.Fingerprint]...)
	}
	if n == 0 {
		return
	}
	slices.Sort(rules)
	rules = slices.Compact(rules)
	text := "from this follow: " + strings.Join(rules, ", ")
	if n > len(rules) {
		text += fmt.Sprintf(" (%d findings)", n)
	}
	p.para(6, 8, text)
}

// writeHeading names a rule with what it means, and counts its findings, so that
// the headings add up to the verdict.
func writeHeading(p *page, findings []report.Finding) {
	f := findings[0]
	text := " " + f.Rule
	if f.Outcome != report.Fail {
		text = " (" + string(f.Outcome) + ")" + text
	}
	if len(findings) > 1 {
		text += fmt.Sprintf(" (%d findings)", len(findings))
	}
	if f.Title != "" {
		text += ": " + f.Title
	}
	p.painted(2, 6, string(f.Severity), severityColor(f.Severity), text)
}

// stories puts lines together under which the same is written.
func stories(lines []subjects) [][]subjects {
	return group(lines, func(line subjects) string {
		common, rest := line.split()
		return fmt.Sprintf("%q", []any{common, rest})
	})
}

func writeEvidence(p *page, indent int, line subjects) {
	list := func(indent int, evidence []report.Evidence) {
		for _, e := range evidence {
			p.para(indent, indent+2, e.Name+": "+edges(e.Value))
		}
	}
	common, rest := line.split()
	list(indent, common)
	for _, a := range rest {
		p.para(indent, indent+2, "at "+enumerate(a.addresses)+":")
		list(indent+2, a.evidence)
	}
}

// consequence is the rule whose ignorance only follows from another's: it needs
// every host, so whatever hides one blinds it too.
const consequence = "principal-names-disagree"

// writeNotSeen tells each reason once, with all that it concerns and the rules
// that it blinds: one dead host blinds many.
func writeNotSeen(p *page, findings []report.Finding) { writeNotSeenUnder(p, "Not seen", findings) }

func writeNotSeenUnder(p *page, title string, findings []report.Finding) {
	unseen := slices.DeleteFunc(slices.Clone(findings), func(f report.Finding) bool { return f.Outcome != report.Unknown })
	if len(unseen) == 0 {
		return
	}
	known := objectsOf(findings)
	var causes, consequences [][]report.Finding
	for _, same := range group(unseen, func(f report.Finding) string { return f.Message }) {
		if slices.ContainsFunc(same, func(f report.Finding) bool { return f.Rule != consequence }) {
			causes = append(causes, same)
		} else {
			consequences = append(consequences, same)
		}
	}
	p.section(title)
	for _, same := range slices.Concat(causes, consequences) {
		p.para(2, 6, cmp.Or(same[0].Message, "no reason is known"))
		for _, lines := range stories(gather(same, known)) {
			for _, line := range lines {
				p.para(4, 8, "about: "+line.String())
			}
			writeEvidence(p, 6, lines[0])
		}
		writeBlind(p, same)
	}
}

// writeBlind lists the rules that lack a fact, and counts the checks where they
// are more than the rules.
func writeBlind(p *page, findings []report.Finding) {
	var rules []string
	for _, g := range group(findings, func(f report.Finding) string { return f.Rule }) {
		rules = append(rules, g[0].Rule)
	}
	text := "blind: " + strings.Join(rules, ", ")
	if len(findings) > len(rules) {
		text += fmt.Sprintf(" (%d checks)", len(findings))
	}
	p.para(4, 8, text)
}

func severityColor(s report.Severity) color {
	switch s {
	case report.Error:
		return red
	case report.Warning:
		return yellow
	}
	return cyan
}
