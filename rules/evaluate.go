package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/fix"
	"exprobe/rules/report"
)

// Policy is what an organization decides about the judging. The zero value is the
// default.
type Policy struct {
	FailOn  report.FailOn // threshold of exit status 1
	Version string        // of the tool, as the report shows it
}

// Evaluate judges a snapshot: it runs the rules, builds the principal table, solves
// the fix and judges the snapshot again as the fix would leave it.
func Evaluate(s *facts.Snapshot, rules []Rule, p Policy) *report.Report {
	findings, tally, wants := judge(s, rules)
	plan, changes := fix.Plan(s, wants)
	after, _, _ := judge(fix.Apply(s, changes), rules)
	answer(plan.Commands, findings, after)
	r := &report.Report{
		Schema:     report.Schema,
		TakenAt:    s.TakenAt,
		Tool:       report.Tool{Name: "exprobe", Version: p.Version},
		Warnings:   warnings(s),
		Notes:      notes(s),
		Principals: principals(s),
		Findings:   findings,
		Fix:        plan,
		After:      count(after),
		Tally:      tally,
	}
	r.Exit = r.Status(p.FailOn)
	return r
}

// judge runs the rules and stamps each verdict with its rule: a rule cannot set its
// own name or severity.
func judge(s *facts.Snapshot, rules []Rule) ([]report.Finding, []report.Tally, []report.Change) {
	findings, tallies, wants := []report.Finding{}, []report.Tally{}, []report.Change{}
	for _, rule := range rules {
		tally := report.Tally{Rule: rule.ID}
		for _, v := range rule.Check(s) {
			switch v.Outcome {
			case report.Pass:
				tally.Pass++
				continue
			case report.Fail:
				tally.Fail++
				wants = append(wants, v.Want...)
			default:
				tally.Unknown++
			}
			if v.Evidence == nil {
				v.Evidence = []report.Evidence{}
			}
			findings = append(findings, report.Finding{Rule: rule.ID, Severity: rule.Severity, Outcome: v.Outcome,
				Title: rule.Title, Subject: v.Subject, Message: v.Message, Evidence: v.Evidence,
				Fingerprint: report.Fingerprint(rule.ID, v.Subject)})
		}
		tallies = append(tallies, tally)
	}
	slices.SortStableFunc(findings, compareFindings)
	return findings, tallies, wants
}

// compareFindings puts what failed before what was not seen, the gravest first,
// and then goes by rule and subject.
func compareFindings(a, b report.Finding) int {
	rank := func(f report.Finding) int {
		if f.Outcome == report.Unknown {
			return 3
		}
		return f.Severity.Rank()
	}
	if d := rank(a) - rank(b); d != 0 {
		return d
	}
	if d := strings.Compare(a.Rule, b.Rule); d != 0 {
		return d
	}
	return a.Subject.Compare(b.Subject)
}

// answer notes for each command the rules whose findings about its provider are
// gone afterwards.
func answer(commands []report.Command, before, after []report.Finding) {
	left := map[string]bool{}
	for _, f := range after {
		left[f.Fingerprint] = true
	}
	for i := range commands {
		for _, f := range before {
			if f.Outcome == report.Fail && f.Subject.Provider == commands[i].Provider && !left[f.Fingerprint] {
				commands[i].Answers = append(commands[i].Answers, f.Rule)
			}
		}
		slices.Sort(commands[i].Answers)
		commands[i].Answers = slices.Compact(commands[i].Answers)
	}
}

func count(findings []report.Finding) report.Count {
	var c report.Count
	for _, f := range findings {
		switch f.Outcome {
		case report.Fail:
			c.Failed++
		case report.Unknown:
			c.Unknown++
		}
	}
	return c
}
