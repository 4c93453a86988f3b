package source

import (
	"errors"
	"slices"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/configs"
	"exprobe/ldapsrc"
	"exprobe/ldapsrc/ldaptest"
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

// A password that one directory refuses counts against the account, so no other is
// asked with it.
func TestARefusedPasswordIsTriedOnce(t *testing.T) {
	binds := 0
	refuse := func(string) (int, string) {
		binds++
		return 49, "comment: AcceptSecurityContext error, data 52e, v1db1"
	}
	server, err := ldaptest.Serve([]byte("dn: CN=Configuration,DC=contoso,DC=com\nobjectClass: configuration\n"), ldaptest.Options{Refuse: refuse})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	cfg := &configs.Config{Timeout: 10 * time.Second, Directory: configs.Directory{Bind: configs.BindSimple, BindUser: "auditor@contoso.com", LDAPInsecure: true,
		LDAPURLs: []string{"ldap://dc1.contoso.com", "ldap://dc1.emea.contoso.com"}}}
	for _, host := range []string{"dc1.contoso.com", "dc1.emea.contoso.com"} {
		to, err := configs.ParseConnectTo(host + ":389:" + server.Addr())
		if err != nil {
			t.Fatal(err)
		}
		cfg.ConnectTo = append(cfg.ConnectTo, to)
	}
	src, err := New(cfg, Environment{Environ: []string{"EXPROBE_BIND_PASSWORD=wrong"}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	s, err := src.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if binds != 1 || len(s.Organizations) != 2 || s.Organizations[1].Providers.Known || s.Organizations[1].Providers.Why == "" {
		t.Errorf("%d binds, organizations %+v", binds, s.Organizations)
	}
}

func TestOneForestsPasswordIsNotTriedAtAnother(t *testing.T) {
	cfg := &configs.Config{Directory: configs.Directory{Bind: configs.BindSimple},
		Directories: []configs.Directory{{LDAPURLs: []string{"ldaps://dc1.fabrikam.com"}, Bind: configs.BindSimple, BindUser: "auditor@fabrikam.com"}}}
	_, err := New(cfg, Environment{Environ: []string{"EXPROBE_BIND_PASSWORD=secret"}, Now: time.Now})
	var h interface{ Hint() string }
	if err == nil || !errors.As(err, &h) {
		t.Errorf("the error is %v", err)
	}
	if ldapsrc.RefusedCredentials(err) {
		t.Error("something was asked")
	}
}
