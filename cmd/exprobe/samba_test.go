package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"exprobe/autodiscover/hosttest"
	"exprobe/cmd/exprobe/internal/app"
	"exprobe/ldapsrc/sambatest"
	"exprobe/rules/report"
)

// outOfSupport counts the servers of the Samba directory, which run Exchange 2019: no
// principal name mends that.
const outOfSupport = 2

// One whole audit on real wires: a Samba domain controller, an Autodiscover host
// and a published host with two nodes.
func TestAuditAgainstSamba(t *testing.T) {
	controller := sambatest.Start(t, sambatest.Options{})
	dir := t.TempDir()
	authority, err := hosttest.NewCA("Contoso Root CA")
	if err != nil {
		t.Fatal(err)
	}
	flags := []string{"audit", "--format", "json",
		"--ldap-url", "ldaps://" + controller.Host, "--ldap-ca-file", controller.CAFile,
		"--connect-to", controller.Host + ":636:" + controller.Address + ":636",
		"--bind-user", controller.Alice.User, "--bind-password-file", write(t, dir, "bind", controller.Alice.Password),
		"--ca-file", write(t, dir, "ca.pem", string(authority.PEM())), "--mailbox", "user@contoso.com"}
	flags = append(flags, serve(t, authority, "autodiscover.contoso.com", "192.0.2.20", 1, hosttest.Autodiscover{RPC: answer("msstd:owa.contoso.com")})...)
	flags = append(flags, serve(t, authority, "mail.contoso.com", "192.0.2.1", 2, hosttest.Autodiscover{})...)

	before := audit(t, report.Findings.Code, flags)
	if len(before.Fix.Commands) != 1 {
		t.Fatalf("commands are %+v", before.Fix)
	}
	command := before.Fix.Commands[0]
	if want := `Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com"`; command.Line != want {
		t.Errorf("the command is %s, want %s", command.Line, want)
	}
	if want := `Set-OutlookProvider EXPR -CertPrincipalName:"msstd:owa.contoso.com"`; command.Undo != want {
		t.Errorf("the undo is %s, want %s", command.Undo, want)
	}
	if before.After.Failed != outOfSupport || len(command.Recycle) != 2 {
		t.Errorf("after: %+v, recycle: %q", before.After, command.Recycle)
	}
	if len(before.Principals) != 4 {
		t.Errorf("rows are %+v", before.Principals)
	}

	// What the command does to the directory, done to it; the answer follows 15
	// minutes later, which is played by serving another one.
	err = controller.Apply([]byte("dn: CN=EXPR,CN=Outlook,CN=AutoDiscover,CN=Client Access," + controller.OrgDN +
		"\nchangetype: modify\nreplace: msExchAutoDiscoverCertPrincipalName\nmsExchAutoDiscoverCertPrincipalName: msstd:mail.contoso.com\n-\n"))
	if err != nil {
		t.Fatal(err)
	}
	cached := audit(t, report.Findings.Code, flags)
	if len(cached.Fix.Commands) != 0 || len(cached.Fix.Kept) != 1 {
		t.Errorf("with the old answer in the cache the fix is %+v", cached.Fix)
	}
	healed := append(flags, serve(t, authority, "autodiscover.fabrikam.com", "192.0.2.21", 1, hosttest.Autodiscover{RPC: answer("msstd:mail.contoso.com")})...)
	healed = append(healed, "--mailbox", "user@fabrikam.com")
	healed = without(healed, "user@contoso.com")
	for _, f := range audit(t, report.Findings.Code, healed).Findings {
		if f.Outcome == report.Fail && f.Rule != "server-out-of-support" {
			t.Errorf("after the fix there is %+v", f)
		}
	}
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// serve starts a host with n nodes and returns the flags that lead to it.
func serve(t *testing.T, authority *hosttest.CA, name, network string, n int, handler hosttest.Autodiscover) []string {
	t.Helper()
	leaf, err := authority.Issue(hosttest.Spec{CommonNames: []string{name}, DNSNames: []string{name}})
	if err != nil {
		t.Fatal(err)
	}
	server, err := hosttest.Serve(handler, slices.Repeat([]tls.Certificate{leaf}, n)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	var flags, addresses []string
	for i, addr := range server.Addrs() {
		address := fmt.Sprintf("%s%d", network, i)
		addresses = append(addresses, address)
		flags = append(flags, "--connect-to", address+":443:"+addr)
	}
	return append(flags, "--resolve", name+":443:"+strings.Join(addresses, ","))
}

func answer(expr string) string {
	return `<Autodiscover><Response><Account><Action>settings</Action><Protocol><Type>EXCH</Type><Server>3f2504e0@contoso.com</Server></Protocol><Protocol><Type>EXPR</Type><Server>mail.contoso.com</Server><SSL>On</SSL>` +
		`<CertPrincipalName>` + expr + `</CertPrincipalName></Protocol></Account></Response></Autodiscover>`
}

// audit runs the command in this process and wants an exit status and a report.
func audit(t *testing.T, status int, flags []string) report.Report {
	t.Helper()
	var stdout, stderr bytes.Buffer
	got := app.Main(flags, app.Environment{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now})
	if got != status {
		t.Errorf("status is %d, want %d\n%s\n%s", got, status, stderr.String(), stdout.String())
	}
	var r report.Report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("reading the report: %v\n%s", err, stderr.String())
	}
	return r
}

func without(flags []string, mailbox string) []string {
	var kept []string
	for i := 0; i < len(flags); i++ {
		if flags[i] == "--mailbox" && flags[i+1] == mailbox {
			i++
			continue
		}
		kept = append(kept, flags[i])
	}
	return kept
}
