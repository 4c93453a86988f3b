package rules_test

import (
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"
)

// Ignorance never resolves: with any one fact taken away, what failed has failed
// still or is no longer seen, and is never told as mended.
func TestIgnoranceNeverResolves(t *testing.T) {
	erased := 0
	eachExample(t, func(t *testing.T, rule rules.Rule, _ rules.Example, broken *facts.Snapshot) {
		alone := []rules.Rule{rule}
		before := rules.Evaluate(broken, alone, rules.Policy{})
		if before.Exit == report.Clean {
			return
		}
		erased += eachErasure(t, broken, func(s *facts.Snapshot, path string) {
			d := report.Compare(before, rules.Evaluate(s, alone, rules.Policy{}), "")
			for _, f := range d.Resolved {
				t.Errorf("without %s the failure at %+v is told as resolved, blinded: %+v", path, f.Subject, d.Blinded)
			}
		})
	})
	if erased < 1000 {
		t.Errorf("only %d facts were taken away: the law is hardly tried", erased)
	}
}
