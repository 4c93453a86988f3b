package rules

import (
	"cmp"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/fix"
	"exprobe/rules/report"
)

// Evaluate judges a snapshot, each organization in it by itself: it runs the rules,
// builds the principal table, solves the fix and judges again what the fix would
// leave.
func Evaluate(s *facts.Snapshot, rules []Rule, p Policy) *report.Report {
	r := &report.Report{
		Schema:     report.Schema,
		TakenAt:    s.TakenAt,
		Tool:       report.Tool{Name: "exprobe"},
		Warnings:   warnings(s),
		Notes:      append(notes(s), p.notes(rules)...),
		Principals: []report.Principal{},
		LookUps:    lookUps(s),
		Served:     served(s),
		Findings:   []report.Finding{},
		Fix:        report.Fix{Commands: []report.Command{}, Refused: []report.Refusal{}, Kept: []report.Keep{}},
		Tally:      []report.Tally{},
	}
	book := p.book(rules)
	for _, rule := range book {
		r.Tally = append(r.Tally, report.Tally{Rule: rule.ID, Off: p.Off[rule.ID]})
	}
	now, later := p.weigh(s), p.weigh(s)
	var plans []fix.Planned
	var left []report.Finding
	for _, part := range s.ByOrganization() {
		plan, found, after := evaluate(r, part, book, nameOf(s, part))
		plans = append(plans, plan)
		r.Findings = append(r.Findings, now.waive(found, r.Tally)...)
		left = append(left, later.waive(after, nil)...)
	}
	r.Findings = append(r.Findings, now.judge(book, r.Tally)...)
	left = append(left, still(later.judge(book, nil), r.Findings)...)
	r.Findings = once(r.Findings)
	follow(r.Findings, book)
	r.Fix.Script = fix.Script(s.TakenAt, plans)
	r.Left = once(left)
	r.After = count(r.Left)
	r.Exit = r.Status(p.FailOn)
	return r
}

// still keeps the findings about waivers that there are today: one that the fix
// leaves without anything to waive is no fault of the fix.
func still(left, today []report.Finding) []report.Finding {
	return slices.DeleteFunc(left, func(f report.Finding) bool {
		return !slices.ContainsFunc(today, func(g report.Finding) bool { return g.Fingerprint == f.Fingerprint })
	})
}

// evaluate judges one organization and adds what is to be done to the report. after
// is what would still be found once its commands have taken effect.
func evaluate(r *report.Report, s *facts.Snapshot, rules []Rule, organization string) (plan fix.Planned, findings, after []report.Finding) {
	s = s.Settled()
	found, wants := judge(s, rules, r.Tally)
	plan = fix.Plan(s, wants)
	findings, after = found, found
	if len(plan.Changes) > 0 {
		after, _ = judge(fix.Apply(s, plan.Changes).Settled(), rules, nil)
	}
	answer(plan.Fix.Commands, findings, after)
	plan.Name(organization)
	r.Principals = append(r.Principals, principals(s, organization)...)
	r.Fix.Commands = append(r.Fix.Commands, plan.Fix.Commands...)
	r.Fix.Refused = append(r.Fix.Refused, plan.Fix.Refused...)
	r.Fix.Kept = append(r.Fix.Kept, plan.Fix.Kept...)
	return plan, findings, after
}

// nameOf names an organization where there are several, and is "" otherwise. Many
// forests call theirs First Organization, so the domain stands beside it.
func nameOf(whole, part *facts.Snapshot) string {
	if len(whole.Organizations) < 2 {
		return ""
	}
	org := part.Organization()
	if org.Name.Value == "" || org.DomainName == "" {
		return org.Directory
	}
	return org.Name.Value + " (" + org.DomainName + ")"
}

// judge runs the rules and stamps each verdict with its rule: a rule cannot set its
// own name or severity. It counts into tally, which has a row for each rule, where
// there is one.
func judge(s *facts.Snapshot, rules []Rule, tally []report.Tally) (findings []report.Finding, wants []report.Change) {
	if tally == nil {
		tally = make([]report.Tally, len(rules))
	}
	for i, rule := range rules {
		found, wanted := stamp(rule, rule.Check(s), &tally[i])
		findings, wants = append(findings, found...), append(wants, wanted...)
	}
	return findings, wants
}

// stamp makes findings of what a rule says and counts its verdicts.
func stamp(rule Rule, verdicts []report.Verdict, row *report.Tally) (findings []report.Finding, wants []report.Change) {
	if row == nil {
		row = &report.Tally{}
	}
	for _, v := range verdicts {
		switch v.Outcome {
		case report.Pass:
			row.Pass++
			continue
		case report.Fail:
			row.Fail++
			wants = append(wants, v.Want...)
		default:
			row.Unknown++
		}
		if v.Evidence == nil {
			v.Evidence = []report.Evidence{}
		}
		findings = append(findings, report.Finding{Rule: rule.ID, Severity: rule.Severity, Outcome: v.Outcome,
			Title: rule.Title, Subject: v.Subject, Message: v.Message, Evidence: v.Evidence,
			Fingerprint: report.Fingerprint(rule.ID, v.Subject), Help: rule.Help()})
	}
	return findings, wants
}

// once sorts findings and drops those that two organizations have in common, such
// as those of a host that both publish.
func once(findings []report.Finding) []report.Finding {
	slices.SortStableFunc(findings, compareFindings)
	return slices.CompactFunc(findings, func(a, b report.Finding) bool {
		return a.Fingerprint == b.Fingerprint && a.Message == b.Message && a.Outcome == b.Outcome
	})
}

// compareFindings puts what failed before what was not seen, the gravest first, what
// is waived behind both, and then goes by rule and subject.
func compareFindings(a, b report.Finding) int {
	rank := func(f report.Finding) int {
		switch f.Outcome {
		case report.Unknown:
			return 3
		case report.Waived:
			return 4
		}
		return f.Severity.Rank()
	}
	return cmp.Or(rank(a)-rank(b), strings.Compare(a.Rule, b.Rule), a.Subject.Compare(b.Subject))
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
