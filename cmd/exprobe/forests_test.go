package main

import (
	"strings"
	"testing"

	"exprobe/autodiscover/hosttest"
	"exprobe/cmd/exprobe/internal/world"
	"exprobe/ldapsrc/ldaptest"
	"exprobe/rules/report"
)

// Two forests in one audit: each is read with what the flags say, judged by itself,
// and mended by its own command.
func TestAuditOfTwoForests(t *testing.T) {
	authority, err := hosttest.NewCA("Contoso Root CA")
	if err != nil {
		t.Fatal(err)
	}
	flags := []string{"audit", "--format", "json", "--bind", "anonymous", "--ca-file", write(t, t.TempDir(), "ca.pem", string(authority.PEM()))}
	for i, domain := range []string{"contoso.com", "fabrikam.com"} {
		flags = append(flags, "--ldap-url", "ldap://dc1."+domain, "--connect-to", "dc1."+domain+":389:"+directoryOf(t, domain))
		flags = append(flags, serve(t, authority, "mail."+domain, "192.0.2."+string(rune('1'+i)), 1, hosttest.Autodiscover{})...)
	}
	// Whatever else the directories publish leads nowhere.
	flags = append(flags, "--resolve", "*:443:192.0.2.254", "--connect-to", "192.0.2.254:443:127.0.0.1:1")

	got := audit(t, report.Findings.Code, flags)
	if len(got.Warnings) != 2 || !strings.Contains(got.Warnings[0], "plain LDAP") {
		t.Errorf("warnings are %q", got.Warnings)
	}
	if len(got.Fix.Commands) != 2 {
		t.Fatalf("the fix is %+v", got.Fix)
	}
	for i, domain := range []string{"contoso.com", "fabrikam.com"} {
		c := got.Fix.Commands[i]
		if c.Line != `Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.`+domain+`"` || !strings.Contains(c.Organization, domain) {
			t.Errorf("command %d is %s for %s", i, c.Line, c.Organization)
		}
	}
	if got.After.Failed != 0 {
		t.Errorf("after: %+v", got.After)
	}

	// One forest that is down leaves the other judged, and is never fine.
	down := append(flags, "--ldap-url", "ldap://dc1.example.com", "--connect-to", "dc1.example.com:389:127.0.0.1:1")
	half := audit(t, report.Findings.Code, down)
	if len(half.Fix.Commands) != 2 || half.After.Unknown == 0 {
		t.Errorf("with a third forest down: %+v, after %+v", half.Fix, half.After)
	}
}

// directoryOf serves the directory of the demonstration as that of another domain,
// and returns its address.
func directoryOf(t *testing.T, domain string) string {
	t.Helper()
	archive, _ := world.Scenario(world.DefaultScenario)
	for _, file := range archive.Files {
		if file.Name != "directory.ldif" {
			continue
		}
		name, _, _ := strings.Cut(domain, ".")
		ldif := strings.NewReplacer("DC=contoso", "DC="+name, "contoso.com", domain).Replace(string(file.Data))
		server, err := ldaptest.Serve([]byte(ldif), ldaptest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Close() })
		return server.Addr()
	}
	t.Fatal("the scenario has no directory")
	return ""
}
