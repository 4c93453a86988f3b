package rules_test

import (
	"maps"
	"slices"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"
)

// example breaks the healthy deployment as a rule's n-th example does.
func example(t *testing.T, id string, n int) *facts.Snapshot {
	t.Helper()
	rule, ok := rules.Find(id)
	if !ok || n >= len(rule.Examples) {
		t.Fatalf("%s has no example %d", id, n)
	}
	s := rules.Healthy()
	rule.Examples[n].Break(s)
	return s
}

// stories are the findings that follow from nothing, each with the rules of those that
// follow from it.
func stories(t *testing.T, rep *report.Report) map[string][]string {
	t.Helper()
	byPrint := map[string]report.Finding{}
	for _, f := range rep.Findings {
		byPrint[f.Fingerprint] = f
	}
	told := map[string][]string{}
	for _, f := range rep.Findings {
		if f.Cause == "" {
			told[f.Fingerprint] = append(told[f.Fingerprint], f.Rule)
			continue
		}
		cause, ok := byPrint[f.Cause]
		if !ok || cause.Cause != "" {
			t.Errorf("%s about %s follows from %q, which begins no story", f.Rule, f.Subject.Name, f.Cause)
		}
		told[f.Cause] = append(told[f.Cause], f.Rule)
	}
	return told
}

func TestOneWrongCertificateIsOneStory(t *testing.T) {
	rep := rules.Evaluate(example(t, "host-not-in-certificate", 0), rules.All(), rules.Policy{})
	for _, f := range rep.Findings {
		about := f.Subject.Kind == "host" && f.Subject.Address != "" && slices.Contains([]string{"principal-name-mismatch",
			"virtual-directory-host-not-in-certificate", "hybrid-endpoint-certificate", "scp-host-not-in-certificate"}, f.Rule)
		if about == (f.Cause == "") {
			t.Errorf("%s about %s at %s: cause %q", f.Rule, f.Subject.Name, f.Subject.Address, f.Cause)
		}
	}
	told := stories(t, rep)
	if began := len(told); began >= len(rep.Findings) || began > 4 { // two addresses, two servers behind
		t.Errorf("%d findings are %d stories: %v", len(rep.Findings), began, slices.Sorted(maps.Keys(told)))
	}
}

func TestStoriesAreToldTogether(t *testing.T) {
	tests := []struct {
		name, of           string
		n                  int
		cause, consequence string
	}{
		{"a server's own name in a connection point", "scp-on-server-name", 0, "host-not-in-certificate", "scp-on-server-name"},
		{"a renewal under another intermediate", "connector-certificate-name-differs", 0, "hybrid-certificate-name-differs", "connector-certificate-name-differs"},
		{"a certificate that is gone", "connector-certificate-name-differs", 1, "hybrid-certificate-name-differs", "connector-certificate-name-differs"},
		{"a server that was forgotten", "load-balancer-certificate-differs", 0, "extended-protection-bridging", "load-balancer-certificate-differs"},
		{"a name that sleeps", "principal-name-dormant", 0, "principal-name-mismatch", "principal-name-dormant"},
		{"two sites", "principal-names-disagree", 0, "principal-names-disagree", "site-principals-differ"},
		{"a provider that cannot be read", "provider-unreadable", 1, "provider-unreadable", "provider-ttl-zero"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rep := rules.Evaluate(example(t, test.of, test.n), rules.All(), rules.Policy{})
			for _, list := range stories(t, rep) {
				if slices.Contains(list, test.cause) && slices.Contains(list, test.consequence) {
					return
				}
			}
			t.Errorf("no story of %s holds %s: %v", test.cause, test.consequence, stories(t, rep))
		})
	}
}

func TestADeadHostIsOneStory(t *testing.T) {
	s := rules.Healthy()
	s.Hosts[0].Addresses = facts.Unknown[[]facts.Endpoint]("no such host")
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	told := stories(t, rep)
	for print, list := range told {
		if i := slices.IndexFunc(rep.Findings, func(f report.Finding) bool { return f.Fingerprint == print }); rep.Findings[i].Message == "no such host" && len(list) < 4 {
			t.Errorf("%s about %s %s is told by itself: %v", rep.Findings[i].Rule, rep.Findings[i].Subject.Kind, rep.Findings[i].Subject.Name, list)
		}
	}
}

// Of two hosts with one certificate, a fault of the one is no cause at the other.
func TestACertificateOnTwoHostsIsTwoStories(t *testing.T) {
	s := example(t, "principal-name-mismatch", 0)
	other := s.Hosts[0]
	other.Name = "owa.contoso.com"
	s.Hosts = append(s.Hosts, other)
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	if !find(rep, "host-not-in-certificate", report.Fail) {
		t.Fatal("the other host is not found")
	}
	for _, f := range rep.Findings {
		if f.Rule == "principal-name-mismatch" && f.Cause != "" {
			t.Errorf("the mismatch at %s follows from %s", f.Subject.Name, f.Cause)
		}
	}
}

// What failed never hides behind what merely could not be seen, nor under a lesser fault,
// and no rule is in the end its own cause.
func TestCausesAreGraverThanTheirConsequences(t *testing.T) {
	causes := map[string][]string{}
	for _, rule := range rules.All() {
		causes[rule.ID] = rule.FollowsFrom
	}
	var reaches func(id, target string) bool
	reaches = func(id, target string) bool {
		return slices.ContainsFunc(causes[id], func(c string) bool { return c == target || reaches(c, target) })
	}
	for id, list := range causes {
		for _, cause := range list {
			if _, ok := causes[cause]; !ok {
				t.Errorf("%s follows from %s, which does not exist", id, cause)
			}
		}
		if reaches(id, id) {
			t.Errorf("%s follows from itself", id)
		}
	}
	eachExample(t, func(t *testing.T, _ rules.Rule, _ rules.Example, broken *facts.Snapshot) {
		rep := rules.Evaluate(broken, rules.All(), rules.Policy{})
		stories(t, rep)
		for _, f := range rep.Findings {
			for _, cause := range rep.Findings {
				if f.Cause == cause.Fingerprint && f.Outcome == report.Fail && (cause.Outcome != report.Fail || cause.Severity.Rank() > f.Severity.Rank()) {
					t.Errorf("%s hides under %s", f.Rule, cause.Rule)
				}
			}
		}
	})
}

func TestCausesChangeNeitherTallyNorStatus(t *testing.T) {
	s := example(t, "host-not-in-certificate", 0)
	loners := rules.All()
	for i := range loners {
		loners[i].FollowsFrom = nil
	}
	with, without := rules.Evaluate(s, rules.All(), rules.Policy{}), rules.Evaluate(s, loners, rules.Policy{})
	if with.Exit != without.Exit || !slices.Equal(with.Tally, without.Tally) || len(with.Findings) != len(without.Findings) || with.After != without.After {
		t.Errorf("%+v and %+v", with.Exit, without.Exit)
	}
}

// What could not be seen for one reason does not follow from what could not for another.
func TestTwoReasonsAreTwoStories(t *testing.T) {
	s := rules.Healthy()
	s.Organizations[0].Hybrids = facts.Unknown[[]facts.HybridConfiguration]("not visible")
	s.Organizations[0].SendConnectors = facts.Unknown[[]facts.Connector]("refused")
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	reasons := map[string]string{}
	for _, f := range rep.Findings {
		reasons[f.Fingerprint] = f.Message
	}
	for _, f := range rep.Findings {
		if f.Cause != "" && f.Message != reasons[f.Cause] {
			t.Errorf("%s: %q follows from %q", f.Rule, f.Message, reasons[f.Cause])
		}
	}
	if told := stories(t, rep); len(rep.Findings) != 5 || len(told) != 2 {
		t.Errorf("%d findings are the stories %v", len(rep.Findings), told)
	}
}
