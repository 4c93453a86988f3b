package ldapsrc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"exprobe/ldapsrc/ldaptest"
)

// wantFailure checks the text of an error and of its hint.
func wantFailure(t *testing.T, err error, text, hint string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", text)
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("error %q, want %q in it", err, text)
	}
	var hinted interface{ Hint() string }
	if !errors.As(err, &hinted) {
		t.Fatalf("error %q has no hint, want %q", err, hint)
	}
	if !strings.Contains(hinted.Hint(), hint) {
		t.Errorf("hint %q, want %q in it", hinted.Hint(), hint)
	}
}

func TestBindRefused(t *testing.T) {
	const acceptSecurityContext = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data %s, v1db1"
	for word, want := range map[string]struct{ text, hint string }{
		"52e":      {"the user name or the password is wrong (LDAP result 49, data 52e)", "check both"},
		"525":      {"there is no such user", "DOMAIN\\user"},
		"532":      {"the password has expired", "change the password"},
		"533":      {"the account is disabled", "enabled"},
		"701":      {"the account has expired", "extended"},
		"773":      {"the password must be changed", "change the password"},
		"775":      {"the account is locked out", "unlocked"},
		"80090346": {"demands channel binding", "not a wrong password"},
		"57":       {"demands channel binding", "not a wrong password"},
		"569":      {"LDAP result 49: 80090308", "check the user name"},
	} {
		t.Run(word, func(t *testing.T) {
			err := refusedBind(t, 49, fmt.Sprintf(acceptSecurityContext, word))
			wantFailure(t, err, want.text, want.hint)
		})
	}
	t.Run("signing required", func(t *testing.T) {
		server := serveFile(t, "testdata/two_servers.ldif", ldaptest.Options{RequireSigning: true})
		_, err := Read(t.Context(), Options{URLs: []string{server.URL()}, User: "alice", Password: "secret", Insecure: true})
		wantFailure(t, err, "LDAP result 8", "--start-tls")
	})
	t.Run("no data word", func(t *testing.T) {
		wantFailure(t, refusedBind(t, 49, ""), "LDAP result 49", "check the user name")
	})
	t.Run("a name that is no name", func(t *testing.T) {
		wantFailure(t, refusedBind(t, 34, "bad DN"), "LDAP result 34", "user@domain")
	})
	t.Run("anonymous only", func(t *testing.T) {
		wantFailure(t, refusedBind(t, 48, ""), "LDAP result 48", "with a user and a password")
	})
	t.Run("any other result", func(t *testing.T) {
		wantFailure(t, refusedBind(t, 51, "busy"), "LDAP result 51: busy", "another domain controller")
	})
	t.Run("the server's words are cleaned", func(t *testing.T) {
		err := refusedBind(t, 53, "\x1b[31mred\r\n\u202e"+strings.Repeat("x", 5000))
		if text := err.Error(); len(text) > 1000 || strings.ContainsAny(text, "\x1b\r\n\u202e") {
			t.Errorf("error %q", text)
		}
	})
	t.Run("a password in the server's words is not repeated", func(t *testing.T) {
		err := refusedBind(t, 53, "cannot bind with open sesame")
		if strings.Contains(err.Error(), "sesame") {
			t.Errorf("error %q", err)
		}
	})
}

// refusedBind is the error of a bind that the server refuses.
func refusedBind(t *testing.T, code int, diagnostic string) error {
	t.Helper()
	server := serveFile(t, "testdata/two_servers.ldif", ldaptest.Options{
		Refuse: func(string) (int, string) { return code, diagnostic },
	})
	org, err := Read(t.Context(), Options{
		URLs: []string{server.URL()}, User: `CONTOSO\alice`, Password: "open sesame", Insecure: true,
	})
	if err == nil {
		t.Fatal("the bind was not refused")
	}
	if strings.Contains(err.Error(), "sesame") {
		t.Errorf("the error holds the password: %q", err)
	}
	if !strings.Contains(err.Error(), `binding as CONTOSO\alice: `) || org.Directory != server.URL() {
		t.Errorf("error %q of directory %q", err, org.Directory)
	}
	return err
}

func TestURLsInTurn(t *testing.T) {
	good := serveFile(t, "testdata/two_servers.ldif", ldaptest.Options{Users: map[string]string{"alice": "secret"}})
	locked := serveFile(t, "testdata/two_servers.ldif", ldaptest.Options{
		Refuse: func(string) (int, string) { return 49, "error, data 775, v1db1" },
	})
	binding := serveFile(t, "testdata/two_servers.ldif", ldaptest.Options{
		Refuse: func(string) (int, string) { return 49, "error, data 80090346, v1db1" },
	})
	other := serve(t, "dn: DC=fabrikam,DC=com\nobjectClass: domain\n", ldaptest.Options{})
	var dialed atomic.Int32
	o := Options{User: "alice", Password: "secret", Insecure: true,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialed.Add(1)
			switch host, _, _ := net.SplitHostPort(address); host {
			case "good.test":
				return new(net.Dialer).DialContext(ctx, network, good.Addr())
			case "locked.test":
				return new(net.Dialer).DialContext(ctx, network, locked.Addr())
			case "binding.test":
				return new(net.Dialer).DialContext(ctx, network, binding.Addr())
			case "other.test":
				return new(net.Dialer).DialContext(ctx, network, other.Addr())
			case "refused.test":
				return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
			default:
				return nil, &net.OpError{Op: "dial", Net: network,
					Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
			}
		}}
	var passed []string
	read := func(urls ...string) (string, error) {
		dialed.Store(0)
		o.URLs = urls
		org, err := Read(t.Context(), o)
		passed = org.Passed
		return org.Directory, err
	}

	directory, err := read("ldap://gone.test", "ldap://refused.test", "ldap://binding.test", "ldap://other.test", "ldap://good.test")
	if err != nil || directory != "ldap://good.test" || dialed.Load() != 5 {
		t.Errorf("the last of five: read %q after %d, error %v", directory, dialed.Load(), err)
	}
	for i, want := range []string{
		`ldap://gone.test: connecting: the name "gone.test" was not found`,
		"ldap://refused.test: connecting: the connection was refused",
		"ldap://binding.test: binding as alice: the domain controller demands channel binding",
		"ldap://other.test: no Exchange organization in this forest",
	} {
		if len(passed) != 4 || !strings.HasPrefix(passed[i], want) {
			t.Fatalf("passed over %q, want %q at %d", passed, want, i)
		}
	}

	directory, err = read("ldap://gone.test", "ldap://refused.test", "ldap://other.test")
	wantFailure(t, err, `ldap://gone.test: connecting: the name "gone.test" was not found`, "DNS")
	wantFailure(t, err, "ldap://refused.test: connecting: the connection was refused", "")
	wantFailure(t, err, "ldap://other.test: no Exchange organization in this forest", "")
	if directory != "ldap://gone.test" {
		t.Errorf("directory %q beside the error", directory)
	}

	_, err = read("ldap://locked.test", "ldap://good.test")
	wantFailure(t, err, "locked out", "unlocked")
	if dialed.Load() != 1 {
		t.Errorf("refused credentials were tried at %d servers", dialed.Load())
	}
}

func TestAnonymous(t *testing.T) {
	server := serveFile(t, "testdata/two_servers.ldif", ldaptest.Options{Users: map[string]string{"alice": "secret"}})
	_, err := Read(t.Context(), Options{URLs: []string{server.URL()}, Bind: BindAnonymous})
	wantFailure(t, err, "LDAP result 1", "--bind-user")
}

func TestFirstOrganizationByDN(t *testing.T) {
	const base = "CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com"
	server := serve(t, "dn: "+base+"\nobjectClass: top\n\n"+
		"dn: CN=beta,"+base+"\nobjectClass: msExchOrganizationContainer\n\n"+
		"dn: CN=Alpha,"+base+"\nobjectClass: msExchOrganizationContainer\n", ldaptest.Options{})
	org, err := Read(t.Context(), Options{URLs: []string{server.URL()}, Bind: BindAnonymous})
	if err != nil || org.Name.Value != "Alpha" {
		t.Errorf("read %q, error %v", org.Name.Value, err)
	}
}

func TestNotAnExchangeForest(t *testing.T) {
	for name, test := range map[string]struct{ ldif, want, hint string }{
		"no Exchange container":   {"dn: DC=contoso,DC=com\nobjectClass: domain\n", "no Exchange organization", "forest"},
		"an empty one":            {"dn: CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com\nobjectClass: top\n", "no Exchange organization", "exprobe explain rights"},
		"not an Active Directory": {"dn: o=contoso\nobjectClass: organization\n", "not an Active Directory domain controller", "domain controller"},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, test.ldif, ldaptest.Options{})
			_, err := Read(t.Context(), Options{URLs: []string{server.URL()}, Bind: BindAnonymous})
			wantFailure(t, err, test.want, test.hint)
		})
	}
}

func TestRootDSE(t *testing.T) {
	for name, test := range map[string]struct{ context, want string }{
		"a domain":             {"DC=Contoso,DC=com", "Contoso.com"},
		"not a domain":         {"O=contoso", ""},
		"a part of a domain":   {"CN=x,DC=contoso", ""},
		"not a name":           {"nonsense", ""},
		"an escaped component": {`DC=con\2Dtoso,DC=com`, "con-toso.com"},
	} {
		t.Run(name, func(t *testing.T) {
			root := rootDSE{entry: entry{ldap.NewEntry("", map[string][]string{"DEFAULTNAMINGCONTEXT": {test.context}})}}
			if got := root.domainName(); got != test.want {
				t.Errorf("domain %q, want %q", got, test.want)
			}
			if got := root.controller(); got.Known || got.Why == "" {
				t.Errorf("controller %+v", got)
			}
		})
	}
}
