package rules

import (
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var waiverUnmatched = Rule{
	ID:       "waiver-unmatched",
	Severity: report.Info,
	Title:    "a waiver covers nothing",
	Why: `A waiver of the configuration matches no finding: what it accepted is mended, its subject is misspelt, or its rule is switched off.
A waiver that is left behind hides the fault when it comes back. Remove it, or correct its subject: exprobe compares it with the subject's
name, its address, or both as "name at address".`,
	Cites: []string{"the key waivers of exprobe's configuration: rule, subject, owner, reason, until"},
	Check: silent,
	Weigh: func(w Weighed) (report.Verdict, bool) {
		switch {
		case w.Over:
			return report.Verdict{}, false // waiver-expired tells it
		case w.Covered+w.Ended+w.Unsure > 0:
			return report.Verdict{Outcome: report.Pass}, true
		case w.Off:
			return report.Verdict{Outcome: report.Fail, Message: "its rule is switched off, so there is nothing to waive"}, true
		}
		return report.Verdict{Outcome: report.Fail, Message: w.Rule + " finds nothing about such a subject"}, true
	},
	Examples: []Example{{
		Name:   "left behind after the certificate was renewed",
		Break:  func(*facts.Snapshot) {},
		Policy: Policy{Waivers: []Waiver{exampleWaiver("certificate-expires-soon", Until{Day: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)})}},
	}},
}
