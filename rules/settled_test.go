package rules_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
)

// The engine judges a snapshot that has worked its places out beforehand: that may
// save time and nothing else, and no rule may write to what it is handed.
func TestASettledSnapshotIsJudgedAlike(t *testing.T) {
	eachExample(t, func(t *testing.T, _ rules.Rule, _ rules.Example, broken *facts.Snapshot) {
		settled := broken.Settled()
		for _, rule := range rules.All() {
			want := rule.Check(broken)
			if diff := cmp.Diff(want, rule.Check(settled)); diff != "" {
				t.Errorf("%s (-unsettled +settled):\n%s", rule.ID, diff)
			}
		}
		want := text(t, rules.Evaluate(broken, rules.All(), rules.Policy{}))
		if diff := cmp.Diff(want, text(t, rules.Evaluate(settled, rules.All(), rules.Policy{}))); diff != "" {
			t.Errorf("after all rules (-unsettled +settled):\n%s", diff)
		}
	})
}

func TestAChangedCopyOfASettledSnapshotIsWorkedOutAnew(t *testing.T) {
	settled := rules.Healthy().Settled()
	changed := settled.Unsettled()
	changed.Answers = nil
	changed.Organizations = nil
	if places, _ := changed.Places(); len(places) != 0 {
		t.Errorf("places of what is no longer there: %+v", places)
	}
	if places, _ := settled.Places(); len(places) == 0 {
		t.Error("the settled snapshot lost its places")
	}
}
