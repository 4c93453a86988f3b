package rules_test

import (
	"regexp"
	"testing"

	"exprobe/rules"
)

// Every rule that the text of the rights names exists.
func TestRightsNameRulesThatExist(t *testing.T) {
	named := regexp.MustCompile(`\b(?:principal|provider|host|certificate|autodiscover|scp)-[a-z-]+`).FindAllString(rules.Rights(), -1)
	checked := 0
	for _, id := range named {
		if id == "principal-name" {
			continue // "every principal-name rule"
		}
		checked++
		if _, ok := rules.Find(id); !ok {
			t.Errorf("there is no rule %s", id)
		}
	}
	if checked < 12 {
		t.Errorf("only %d rules are named", checked)
	}
}
