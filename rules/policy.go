package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// OwnPrefix begins the ID of every rule of an organization's own, so that no rule of
// exprobe will ever bear the same.
const OwnPrefix = "own-"

// Policy is what an organization decides about the judging. The zero value is the
// default.
type Policy struct {
	FailOn     report.FailOn              // threshold of exit status 1
	Severities map[string]report.Severity // by rule ID, where not the rule's own
	Off        map[string]bool            // by rule ID: not judged at all
	Waivers    []Waiver                   // what is accepted, for a time
	Own        []Rule                     // rules of the organization beside those of exprobe
}

// book is the list of rules as the policy wants it: with the organization's own,
// graded anew, and silent where they are switched off.
func (p Policy) book(rules []Rule) []Rule {
	book := slices.Concat(rules, p.Own)
	for i := range book {
		rule := &book[i]
		if severity, ok := p.Severities[rule.ID]; ok {
			rule.Severity = severity
		}
		if p.Off[rule.ID] {
			rule.Check, rule.Weigh = silent, nil
		}
	}
	return book
}

// silent is the check of a rule that says nothing of the deployment itself.
func silent(*facts.Snapshot) []report.Verdict { return nil }

// notes tell the reader what is judged otherwise than exprobe would by itself.
func (p Policy) notes(rules []Rule) []string {
	list := []string{}
	var off, graded []string
	for _, rule := range slices.Concat(rules, p.Own) {
		severity, ok := p.Severities[rule.ID]
		switch {
		case p.Off[rule.ID]:
			off = append(off, rule.ID)
		case ok && severity != rule.Severity:
			graded = append(graded, rule.ID+" is "+string(severity)+" and not "+string(rule.Severity))
		}
	}
	if len(off) > 0 {
		list = append(list, "not judged, because the configuration switches them off: "+strings.Join(off, ", "))
	}
	if len(graded) > 0 {
		list = append(list, "graded by the configuration: "+strings.Join(graded, ", "))
	}
	return list
}
