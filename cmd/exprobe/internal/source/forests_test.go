package source

import (
	"slices"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
)

func TestServersAreGroupedByTheirDomain(t *testing.T) {
	got := byDomain([]string{"ldaps://dc1.contoso.com", "ldaps://DC2.Contoso.com:636", "ldaps://dc1.fabrikam.com", "ldaps://192.0.2.1", "ldaps://dc3.contoso.com"})
	want := [][]string{{"ldaps://dc1.contoso.com", "ldaps://DC2.Contoso.com:636", "ldaps://192.0.2.1", "ldaps://dc3.contoso.com"}, {"ldaps://dc1.fabrikam.com"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = byDomain([]string{"ldaps://[2001:db8::1]", "ldaps://dc9", "ldaps://dc1.contoso.com", "ldaps://dc1.emea.contoso.com"})
	want = [][]string{{"ldaps://[2001:db8::1]", "ldaps://dc9", "ldaps://dc1.contoso.com"}, {"ldaps://dc1.emea.contoso.com"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A domain controller that did not answer is no forest of its own where another of its
// forest did, whatever it is called.
func TestADeadControllerOfAForestThatWasReadIsPassed(t *testing.T) {
	read := facts.Organization{DN: "CN=Contoso", DomainName: "contoso.com", Directory: "ldaps://dc1.contoso.com",
		Domains: []string{"contoso.com", "emea.contoso.com", "fabrikam.com"}}
	for directory, passed := range map[string]bool{
		"ldaps://dc1.emea.contoso.com":        true,
		"LDAPS://DC1.EMEA.Contoso.com.:636":   true,
		"emea.contoso.com":                    true,
		"contoso.com":                         true,
		"ldaps://dc1.resources.contoso.com":   false, // a forest may have such a name
		"ldaps://dc1.fabrikam.com":            false, // this one is only said to be of the forest
		"ldaps://192.0.2.1":                   false,
		"ldaps://dc1.emea.contoso.com.evil.a": false,
	} {
		failed := facts.Organization{Directory: directory, Insecure: "plain LDAP"}
		failed.Unread("no answer")
		for _, all := range [][]facts.Organization{{read, failed}, {failed, read}} {
			got := distinct(all)
			if !passed {
				if len(got) != 2 {
					t.Errorf("%s is gone", directory)
				}
				continue
			}
			if len(got) != 1 || got[0].DN != read.DN || got[0].Insecure == "" || len(got[0].Passed) != 1 || got[0].Passed[0] != directory+": no answer" {
				t.Errorf("%s: %+v", directory, got)
			}
		}
		if got := distinct([]facts.Organization{failed}); len(got) != 1 {
			t.Errorf("%s alone is gone", directory)
		}
	}
}

func TestOneForestReadTwiceIsToldOnce(t *testing.T) {
	whole := facts.Organization{DN: "CN=Contoso,DC=contoso,DC=com", Directory: "second", Insecure: "plain LDAP",
		Providers: facts.Known([]facts.Provider{}), VirtualDirectories: facts.Known([]facts.VirtualDirectory{})}
	part := facts.Organization{DN: "cn=contoso,dc=contoso,dc=com", Directory: "first"}
	failed := facts.Organization{Directory: "third"}
	got := distinct([]facts.Organization{part, whole, failed, failed})
	if len(got) != 3 || got[0].Directory != "second" || got[0].Insecure != "plain LDAP" {
		t.Errorf("got %+v", got)
	}
	got = distinct([]facts.Organization{{DN: whole.DN, Directory: "first", Providers: whole.Providers, VirtualDirectories: whole.VirtualDirectories}, whole})
	if len(got) != 1 || got[0].Directory != "first" || got[0].Insecure != "plain LDAP" {
		t.Errorf("got %+v", got)
	}
}

func TestWhatWasMetOnTheWayIsNotForgotten(t *testing.T) {
	got := distinct([]facts.Organization{{DN: "CN=Contoso", Passed: []string{"dc1: refused"}}, {DN: "CN=Contoso", Passed: []string{"dc3: no answer"},
		Providers: facts.Known([]facts.Provider{}), VirtualDirectories: facts.Known([]facts.VirtualDirectory{})}})
	if diff := cmp.Diff([]string{"dc3: no answer", "dc1: refused"}, got[0].Passed); diff != "" || len(got) != 1 {
		t.Errorf("%d organizations, passed (-want +got)\n%s", len(got), diff)
	}
}

// A forest should hold one organization. What others in it publish was not looked at,
// and an auditor who did not look must not say that all is well.
func TestAnOrganizationThatWasNotReadLeavesTheAuditBlind(t *testing.T) {
	const remnant = "CN=Old,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com"
	for name, test := range map[string]struct {
		others []facts.Other
		dns    []string // of those that were not read
	}{
		"none":                {nil, nil},
		"a remnant":           {[]facts.Other{{DN: remnant, Why: "not read"}}, []string{remnant}},
		"more than are named": {[]facts.Other{{DN: remnant, Why: "not read"}, {Why: "not read"}}, []string{"", remnant}},
	} {
		t.Run(name, func(t *testing.T) {
			s := rules.Healthy()
			s.Organizations[0].Others = test.others
			s.Organizations = distinct(slices.Repeat(s.Organizations, 2)) // read by two of its domains
			rep := rules.Evaluate(s, rules.All(), rules.Policy{})
			want := report.Clean
			if len(test.dns) > 0 {
				want = report.Blind
			}
			if rep.Exit != want {
				t.Errorf("exit status %v, want %v", rep.Exit, want)
			}
			_, gaps := s.Places()
			var dns []string
			for _, g := range gaps {
				dns = append(dns, g.DN)
			}
			if diff := cmp.Diff(test.dns, slices.Compact(dns)); diff != "" || len(gaps) > 0 && gaps[0].Why != "not read" {
				t.Errorf("gaps %+v", gaps)
			}
		})
	}
}
