package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
)

// renewed is a certificate with the names of the one that the healthy deployment
// serves, issued later.
func renewed(names ...string) facts.Certificate {
	c := rules.Healthy().Hosts[0].Addresses.Value[0].Served.Value.Leaf()
	c.NotBefore, c.NotAfter = c.NotBefore.Add(24*time.Hour), c.NotAfter.Add(24*time.Hour)
	c.Thumbprint = "NEW " + strings.Join(names, " ")
	if len(names) > 0 {
		c.CommonNames, c.DNSNames = names[:1], names
	}
	return c
}

// install serves a certificate at the n-th address of the first host.
func install(s *facts.Snapshot, n int, c facts.Certificate) {
	served := s.Hosts[0].Addresses.Value[n].Served.Value
	served.Chain = append([]facts.Certificate{c}, served.Chain[1:]...)
	s.Hosts[0].Addresses.Value[n].Served = facts.Known(served)
}

func everywhere(s *facts.Snapshot, c facts.Certificate) {
	for n := range s.Hosts[0].Addresses.Value {
		install(s, n, c)
	}
}

// states are the arrivals' and the accords' in order.
func states(e *report.Expectation) string {
	var words []string
	for _, a := range e.Arrivals {
		words = append(words, a.State)
	}
	words = append(words, "|")
	for _, a := range e.Accords {
		words = append(words, a.State)
	}
	return strings.Join(words, " ")
}

func TestExpect(t *testing.T) {
	same, wildcard, moved := renewed(), renewed("*.contoso.com"), renewed("owa.contoso.com", "mail.contoso.com")
	tests := []struct {
		name   string
		leaf   facts.Certificate
		change func(s *facts.Snapshot)
		failOn report.FailOn
		want   string
		status report.Status
	}{
		{"before the change", same, func(*facts.Snapshot) {}, "",
			"old old | agree agree agree agree", report.Findings},
		{"one of two addresses", same, func(s *facts.Snapshot) { install(s, 0, same) }, "",
			"new old | agree agree agree agree", report.Findings},
		{"everywhere", same, func(s *facts.Snapshot) { everywhere(s, same) }, "",
			"new new | agree agree agree agree", report.Clean},
		{"the names moved and the value did not", moved, func(s *facts.Snapshot) { everywhere(s, moved) }, report.FailOnWarning,
			"new new | disagree disagree disagree disagree", report.Findings},
		{"an alternative name is agreement where warnings do not count", moved, func(s *facts.Snapshot) { everywhere(s, moved) }, report.FailOnError,
			"new new | agree agree agree agree", report.Clean},
		{"the value moved, and Autodiscover does not know yet", same, func(s *facts.Snapshot) {
			everywhere(s, same)
			s.Provider("EXPR").CertPrincipalName = facts.Say("msstd:owa.contoso.com")
		}, "", "new new | disagree disagree agree agree", report.Findings},
		{"a wildcard in the place of a name", wildcard, func(*facts.Snapshot) {}, "",
			"old old | agree agree agree agree", report.Findings},
		{"a certificate of somebody else", same, func(s *facts.Snapshot) { install(s, 1, renewed("ex1")) }, report.FailOnError,
			"old other | agree disagree agree disagree", report.Findings},
		{"one that was issued later than the expected", same, func(s *facts.Snapshot) {
			later := renewed("mail.contoso.com", "later.contoso.com")
			later.NotBefore = later.NotBefore.Add(time.Hour)
			everywhere(s, later)
		}, "", "other other | agree agree agree agree", report.Findings},
		{"one address that cannot be seen, the other new", same, func(s *facts.Snapshot) {
			everywhere(s, same)
			s.Hosts[0].Addresses.Value[1].Served = facts.Unknown[facts.Served]("connection refused")
		}, "", "new not-seen | agree unknown agree unknown", report.Blind},
		{"one address that cannot be seen, the other old", same, func(s *facts.Snapshot) {
			s.Hosts[0].Addresses.Value[1].Served = facts.Unknown[facts.Served]("connection refused")
		}, "", "old not-seen | agree unknown agree unknown", report.Findings},
		{"a host that has no address", same, func(s *facts.Snapshot) {
			s.Hosts[0].Addresses = facts.Unknown[[]facts.Endpoint]("no such host")
		}, "", "not-seen | unknown unknown", report.Blind},
		{"a directory that cannot be read may demand another name", same, func(s *facts.Snapshot) {
			everywhere(s, same)
			s.Organizations[0].VirtualDirectories = facts.Unknown[[]facts.VirtualDirectory]("access is denied")
		}, "", "new new | agree agree agree agree", report.Blind},
		{"a certificate for other hosts", renewed("mail.fabrikam.com"), func(*facts.Snapshot) {}, "",
			"|", report.Blind},
		{"a host that it does not cover, and that serves it", renewed("mail.fabrikam.com"), func(s *facts.Snapshot) { everywhere(s, renewed("mail.fabrikam.com")) }, "",
			"new new | disagree disagree disagree disagree", report.Findings},
		{"behind the balancer a server is left", same, func(s *facts.Snapshot) {
			everywhere(s, same)
			node := rules.Healthy().Hosts[0]
			node.Node = "ex2.contoso.com"
			s.Hosts = append(s.Hosts, node)
		}, "", "new new old old | agree agree agree agree", report.Findings},
		{"behind the balancer a server shows a certificate of another name", same, func(s *facts.Snapshot) {
			everywhere(s, renewed("emea.contoso.com"))
			node := s.Hosts[0]
			node.Node = "ex2.contoso.com"
			s.Hosts = []facts.Host{rules.Healthy().Hosts[0], node}
			everywhere(s, same)
		}, "", "new new other other | agree agree agree agree", report.Clean},
		{"behind the balancer nothing can be seen, and no client looks", same, func(s *facts.Snapshot) {
			everywhere(s, same)
			node := rules.Healthy().Hosts[0]
			node.Node, node.Addresses = "ex2.contoso.com", facts.Unknown[[]facts.Endpoint]("no such host")
			s.Hosts = append(s.Hosts, node)
		}, "", "new new not-seen | agree agree agree agree", report.Clean},
		{"to clients of one ability alone", same, func(s *facts.Snapshot) {
			for n := range s.Hosts[0].Addresses.Value {
				s.Hosts[0].Addresses.Value[n].Served.Value.Others = facts.Known([]facts.OtherChain{{Offered: "RSA", Chain: []facts.Certificate{same}}})
			}
		}, "", "new new | agree agree agree agree", report.Clean},
		{"none is a choice", same, func(s *facts.Snapshot) {
			everywhere(s, same)
			s.Provider("EXPR").CertPrincipalName = facts.Say("none")
			s.Answers = nil
		}, "", "new new | unchecked unchecked agree agree", report.Clean},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := rules.Healthy()
			s.Hosts = s.Hosts[:1]
			test.change(s)
			e := rules.Expect(s, test.leaf, test.failOn)
			if got := strings.TrimSpace(states(e)); got != test.want || e.Exit != test.status {
				t.Errorf("got %s, %s; want %s, %s\n%+v", got, e.Exit.Name, test.want, test.status.Name, e)
			}
		})
	}
}

// Ignorance never completes a change: with any one fact taken away, what was not
// done is not done.
func TestExpectIsNeverCompletedByIgnorance(t *testing.T) {
	for n := range 3 {
		s := rules.Healthy()
		if n > 0 {
			install(s, 0, renewed())
		}
		if n > 1 {
			everywhere(s, renewed("mail.contoso.com", "x.contoso.com"))
		}
		for i := range s.Hosts[0].Addresses.Value {
			c := clone(t, s)
			c.Hosts[0].Addresses.Value[i].Served = facts.Unknown[facts.Served]("taken away")
			if e := rules.Expect(c, renewed(), ""); e.Exit == report.Clean {
				t.Errorf("%d, %d: %s", n, i, states(e))
			}
		}
	}
}

func TestExpectSaysWhatIsWrongWithTheCertificateItself(t *testing.T) {
	s := rules.Healthy()
	early, late := renewed(), renewed()
	early.NotBefore, late.NotAfter = s.TakenAt.Add(time.Hour), s.TakenAt.Add(-time.Hour)
	for _, c := range []facts.Certificate{early, late} {
		everywhere(s, c)
		if e := rules.Expect(s, c, report.FailOnNever); e.Exit != report.Findings {
			t.Errorf("it is everywhere and not valid: %+v", e.Exit)
		}
	}
	got := fmt.Sprint(rules.Expect(s, early, "").Notes, rules.Expect(s, late, "").Notes, rules.Expect(s, renewed(), "").Notes)
	if !strings.Contains(got, "not valid before") || !strings.Contains(got, "expired on") || !strings.HasSuffix(got, "[]") {
		t.Errorf("notes are %s", got)
	}
}

func TestOnlyWhatIsNewSinceTheBaseline(t *testing.T) {
	old := rules.Healthy()
	old.Provider("EXPR").CertPrincipalName = facts.Say("msstd:owa.contoso.com")
	earlier := rules.Evaluate(old, rules.All(), rules.Policy{})
	same := report.Since(rules.Evaluate(old, rules.All(), rules.Policy{}), earlier, "")
	if len(earlier.Findings) == 0 || len(same.Findings) != 0 || same.Exit != report.Clean || len(same.Fix.Commands) != 0 || same.After != (report.Count{}) {
		t.Errorf("nothing is new, and: %+v, %+v, %+v", same.Findings, same.Exit, same.Fix)
	}
	if got := same.Baseline.Failed + same.Baseline.Unknown; got != len(earlier.Findings) {
		t.Errorf("%d are left out, want %d", got, len(earlier.Findings))
	}
	worse := clone(t, old)
	worse.Hosts[0].Addresses.Value[0].Served = facts.Unknown[facts.Served]("connection refused")
	r := rules.Evaluate(worse, rules.All(), rules.Policy{})
	since := report.Since(r, earlier, "")
	if since.Exit != report.Blind || len(since.Findings) == 0 || len(since.Findings) >= len(r.Findings) {
		t.Errorf("an address that is not seen now: %+v of %d", since.Exit, len(since.Findings))
	}
	if diff := cmp.Diff(r, rules.Evaluate(worse, rules.All(), rules.Policy{})); diff != "" {
		t.Errorf("the report was changed:\n%s", diff)
	}
	healthy := rules.Evaluate(rules.Healthy(), rules.All(), rules.Policy{})
	broken := rules.Evaluate(old, rules.All(), rules.Policy{})
	if got := report.Since(broken, healthy, ""); len(got.Findings) != len(broken.Findings) || got.After != broken.After || got.Exit != broken.Exit ||
		len(got.Fix.Commands) != len(broken.Fix.Commands) {
		t.Errorf("everything is new, and: %+v", got)
	}
}
