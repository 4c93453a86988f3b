package rules_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/fix"
	"exprobe/rules/internal/contents"
	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
)

// eachExample runs a law over every example of every rule.
func eachExample(t *testing.T, law func(t *testing.T, rule rules.Rule, example rules.Example, broken *facts.Snapshot)) {
	for _, rule := range rules.All() {
		for _, example := range rule.Examples {
			t.Run(rule.ID+"/"+example.Name, func(t *testing.T) {
				broken := rules.Healthy()
				example.Break(broken)
				law(t, rule, example, broken)
			})
		}
	}
}

func TestEveryRuleIsListedUnderItsFilesName(t *testing.T) {
	found, err := contents.Find(".")
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(found, func(a, b contents.Rule) int { // those about renewals last
		switch {
		case a.Renewal == b.Renewal:
			return 0
		case a.Renewal:
			return 1
		}
		return -1
	})
	all := rules.Known()
	if len(found) != len(all) {
		t.Fatalf("%d rules are written and %d are in All() and Renewals()", len(found), len(all))
	}
	for i, rule := range all {
		if want := strings.ReplaceAll(rule.ID, "-", "_") + ".go"; found[i].File != want {
			t.Errorf("rule %s stands in %s, want %s", rule.ID, found[i].File, want)
		}
		if info, err := os.ReadFile(found[i].File); err == nil && strings.Count(string(info), "\n") > 110 {
			t.Errorf("%s has %d lines: a rule is short", found[i].File, strings.Count(string(info), "\n"))
		}
	}
	if fresh, err := contents.Fresh("."); err != nil || !fresh {
		t.Errorf("all.go is stale (%v): run go generate ./rules", err)
	}
}

func TestEveryRuleIsDocumented(t *testing.T) {
	for _, rule := range rules.Known() {
		if rule.Title == "" || len(rule.Why) < 80 || len(rule.Cites) == 0 || len(rule.Examples) == 0 {
			t.Errorf("%s lacks a title, a why, a citation or an example", rule.ID)
		}
		if !slices.Contains([]report.Severity{report.Error, report.Warning, report.Info}, rule.Severity) {
			t.Errorf("%s has severity %q", rule.ID, rule.Severity)
		}
	}
}

func TestManualIsFresh(t *testing.T) {
	got, err := os.ReadFile("RULES.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rules.Manual(), string(got)); diff != "" {
		t.Errorf("RULES.md is stale: run go generate ./rules\n%s", diff)
	}
}

func TestHealthyDeploymentIsSilent(t *testing.T) {
	rep := rules.Evaluate(rules.Healthy(), rules.All(), rules.Policy{FailOn: report.FailOnInfo})
	if len(rep.Findings) != 0 || rep.Exit != report.Clean || len(rep.Fix.Commands)+len(rep.Fix.Refused)+len(rep.Fix.Kept) != 0 {
		t.Errorf("the healthy deployment is not silent: %+v %+v", rep.Findings, rep.Fix)
	}
	for _, tally := range rep.Tally {
		if rule, _ := rules.Find(tally.Rule); tally.Pass == 0 && rule.Weigh == nil { // without a policy there is no waiver to weigh
			t.Errorf("%s judges nothing in the healthy deployment", tally.Rule)
		}
	}
}

func TestEachExampleIsFoundByItsRule(t *testing.T) {
	eachExample(t, func(t *testing.T, rule rules.Rule, example rules.Example, broken *facts.Snapshot) {
		want := example.Outcome
		if want == "" {
			want = report.Fail
		}
		rep := rules.Evaluate(broken, rules.All(), example.Policy)
		if !slices.ContainsFunc(rep.Findings, func(f report.Finding) bool { return f.Rule == rule.ID && f.Outcome == want }) {
			t.Errorf("no finding of the rule with outcome %s among %+v", want, rep.Findings)
		}
		var lines []string
		for _, c := range rep.Fix.Commands {
			lines = append(lines, c.Line)
		}
		if example.Fix != "" && !slices.Contains(lines, example.Fix) {
			t.Errorf("commands are %q, want %q among them", lines, example.Fix)
		}
		if example.Fix == "" && slices.ContainsFunc(rep.Fix.Commands, func(c report.Command) bool { return slices.Contains(c.Answers, rule.ID) }) {
			t.Errorf("a command that the example does not name: %q", lines)
		}
	})
}

func TestRulesAreRepeatableAndLeaveTheSnapshotAlone(t *testing.T) {
	eachExample(t, func(t *testing.T, rule rules.Rule, example rules.Example, broken *facts.Snapshot) {
		before := text(t, broken)
		first, second := rule.Check(broken), rule.Check(broken)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("two runs differ:\n%s", diff)
		}
		rules.Evaluate(broken, rules.All(), example.Policy)
		if diff := cmp.Diff(before, text(t, broken)); diff != "" {
			t.Errorf("judging changed the snapshot:\n%s", diff)
		}
	})
}

func TestOrderOfHostsAndProvidersDoesNotMatter(t *testing.T) {
	eachExample(t, func(t *testing.T, _ rules.Rule, example rules.Example, broken *facts.Snapshot) {
		want := text(t, rules.Evaluate(broken, rules.All(), example.Policy))
		random := rand.New(rand.NewPCG(1, 2))
		for range 5 {
			shuffle(random, broken.Hosts)
			shuffle(random, broken.Offers)
			for i := range broken.Organizations {
				org := &broken.Organizations[i]
				shuffle(random, org.Providers.Value)
				shuffle(random, org.VirtualDirectories.Value)
				shuffle(random, org.Servers.Value)
				shuffle(random, org.Sites.Value)
				shuffle(random, org.ConnectionPoints.Value)
				shuffle(random, org.AcceptedDomains.Value)
			}
			for i := range broken.Hosts {
				shuffle(random, broken.Hosts[i].Addresses.Value)
			}
			if diff := cmp.Diff(want, text(t, rules.Evaluate(broken, rules.All(), example.Policy))); diff != "" {
				t.Fatalf("another order gives another report:\n%s", diff)
			}
		}
	})
}

// A fix heals: with the commands applied, nothing that they answer is left for
// their providers, and nothing is introduced.
func TestAFixHeals(t *testing.T) {
	healed := 0
	eachExample(t, func(t *testing.T, _ rules.Rule, example rules.Example, broken *facts.Snapshot) {
		before := rules.Evaluate(broken, rules.All(), example.Policy)
		var wants []report.Change
		for _, rule := range rules.All() {
			for _, v := range rule.Check(broken) {
				if v.Outcome == report.Fail {
					wants = append(wants, v.Want...)
				}
			}
		}
		fixed := fix.Apply(broken, fix.Plan(broken, wants).Changes)
		after := rules.Evaluate(fixed, rules.All(), example.Policy)
		known := map[string]bool{}
		for _, f := range before.Findings {
			known[f.Fingerprint] = true
		}
		for _, f := range after.Findings {
			if !known[f.Fingerprint] {
				t.Errorf("the fix introduces %s: %s", f.Rule, f.Message)
			}
		}
		for _, row := range after.Principals {
			for _, c := range before.Fix.Commands {
				if row.Provider == c.Provider && row.Match != "match" && row.Match != "unchecked" {
					t.Errorf("after %q %s at %s is %s", c.Line, row.Host, row.Address, row.Match)
				}
			}
		}
		if len(before.Fix.Commands) > 0 {
			healed++
			if len(after.Fix.Commands) != 0 {
				t.Errorf("the fixed deployment asks for another command: %q", after.Fix.Commands[0].Line)
			}
			if after.After != before.After {
				t.Errorf("after the fix %+v was promised and %+v is found", before.After, after.After)
			}
		}
	})
	if healed < 5 {
		t.Errorf("only %d examples have a command: the law is hardly tried", healed)
	}
}

// Ignorance never acquits: with any one fact taken away, a rule that failed still
// fails where it did, or says that something is unknown.
func TestIgnoranceNeverAcquits(t *testing.T) {
	erased := 0
	eachExample(t, func(t *testing.T, rule rules.Rule, example rules.Example, broken *facts.Snapshot) {
		before := failures(rule.Check(broken))
		if len(before) == 0 {
			return
		}
		erased += eachErasure(t, broken, func(s *facts.Snapshot, path string) {
			verdicts := rule.Check(s)
			unknown := slices.ContainsFunc(verdicts, func(v report.Verdict) bool { return v.Outcome == report.Unknown })
			after := failures(verdicts)
			for subject := range before {
				if !after[subject] && !unknown {
					t.Errorf("without %s the failure at %v is gone, and nothing is unknown", path, subject)
				}
			}
		})
	})
	if erased < 10000 {
		t.Errorf("only %d facts were taken away: the law is hardly tried", erased)
	}
}

func failures(verdicts []report.Verdict) map[report.Subject]bool {
	failed := map[report.Subject]bool{}
	for _, v := range verdicts {
		if v.Outcome == report.Fail {
			failed[v.Subject] = true
		}
	}
	return failed
}

func shuffle[T any](random *rand.Rand, list []T) {
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

func text(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func clone(t *testing.T, s *facts.Snapshot) *facts.Snapshot {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var copied facts.Snapshot
	if err := json.Unmarshal(data, &copied); err != nil {
		t.Fatal(err)
	}
	return &copied
}
