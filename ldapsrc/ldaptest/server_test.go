package ldaptest_test

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"exprobe/ldapsrc/ldaptest"
)

const directory = `
dn: DC=contoso,DC=com
objectClass: domain

dn: CN=Outlook,DC=contoso,DC=com
objectClass: container
cn: Outlook

dn: CN=EXPR,CN=Outlook,DC=contoso,DC=com
objectClass: msExchAutoDiscoverConfig
whenCreated: 20260301090000.0Z
cn: EXPR
msExchAutoDiscoverTTL: 1

dn: CN=Secret,CN=Outlook,DC=contoso,DC=com
objectClass;x-hidden: msExchAutoDiscoverConfig

dn: CN=Rpc (Default Web Site),CN=Hidden Parent,DC=contoso,DC=com
objectClass: msExchRpcHttpVirtualDirectory
cn: Rpc (Default Web Site)
`

func dial(t *testing.T, o ldaptest.Options) *ldap.Conn {
	t.Helper()
	server, err := ldaptest.Serve([]byte(directory), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	conn, err := ldap.DialURL(server.URL(), ldap.DialWithTLSConfig(&tls.Config{InsecureSkipVerify: true}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// names are the first RDNs of what a search finds.
func names(t *testing.T, conn *ldap.Conn, base string, scope int, filter string) []string {
	t.Helper()
	result, err := conn.Search(&ldap.SearchRequest{BaseDN: base, Scope: scope, Filter: filter})
	if err != nil {
		t.Fatalf("%q: %v", filter, err)
	}
	found := []string{}
	for _, e := range result.Entries {
		rdn, _, _ := strings.Cut(e.DN, ",")
		found = append(found, rdn)
	}
	return found
}

func TestScopesAndFilters(t *testing.T) {
	conn := dial(t, ldaptest.Options{})
	const all = "(objectClass=*)"
	for _, test := range []struct {
		base   string
		scope  int
		filter string
		want   string
	}{
		{"dc=CONTOSO, dc=com", ldap.ScopeBaseObject, all, "DC=contoso"},
		{"DC=contoso,DC=com", ldap.ScopeSingleLevel, all, "CN=Outlook"},
		{"CN=Outlook,DC=contoso,DC=com", ldap.ScopeSingleLevel, all, "CN=EXPR CN=Secret"},
		{"CN=Outlook,DC=contoso,DC=com", ldap.ScopeWholeSubtree, all, "CN=Outlook CN=EXPR CN=Secret"},
		{"CN=Configuration,DC=contoso,DC=com", ldap.ScopeWholeSubtree, all, ""},
		{`CN=Rpc \28Default Web Site\29,CN=Hidden Parent,DC=contoso,DC=com`, ldap.ScopeBaseObject, all, "CN=Rpc (Default Web Site)"},
		{"DC=contoso,DC=com", ldap.ScopeWholeSubtree, `(cn=rpc \28default web site\29)`, "CN=Rpc (Default Web Site)"},
		{"DC=contoso,DC=com", ldap.ScopeWholeSubtree, "(OBJECTCLASS=msexchautodiscoverconfig)", "CN=EXPR CN=Secret"},
		{"DC=contoso,DC=com", ldap.ScopeWholeSubtree, "(&(cn=*)(!(cn=expr)))", "CN=Outlook CN=Rpc (Default Web Site)"},
		{"DC=contoso,DC=com", ldap.ScopeWholeSubtree, "(|(cn=expr)(objectClass=domain))", "DC=contoso CN=EXPR"},
		{"DC=contoso,DC=com", ldap.ScopeWholeSubtree, "(cn=r*def*web*)", "CN=Rpc (Default Web Site)"},
		{"DC=contoso,DC=com", ldap.ScopeWholeSubtree, "(cn=*look)", "CN=Outlook"},
		{"DC=contoso,DC=com", ldap.ScopeWholeSubtree, "(cn=*web*def*)", ""},
		{"DC=contoso,DC=com", ldap.ScopeWholeSubtree, "(msExchAutoDiscoverTTL>=0)", ""},
		{"DC=contoso,DC=com", ldap.ScopeWholeSubtree, "(!(msExchAutoDiscoverTTL>=0))", ""},
		{"DC=contoso,DC=com", ldap.ScopeWholeSubtree, "(|(cn=expr)(msExchAutoDiscoverTTL:1.2.840.113556.1.4.803:=1))", "CN=EXPR"},
		{"DC=contoso,DC=com", ldap.ScopeWholeSubtree, "(&(cn=expr)(msExchAutoDiscoverTTL>=0))", ""},
	} {
		if got := strings.Join(names(t, conn, test.base, test.scope, test.filter), " "); got != test.want {
			t.Errorf("%s %d %s: got %q, want %q", test.base, test.scope, test.filter, got, test.want)
		}
	}
}

func TestNoSuchObject(t *testing.T) {
	conn := dial(t, ldaptest.Options{})
	_, err := conn.Search(&ldap.SearchRequest{
		BaseDN: "CN=x,CN=Hidden Parent,DC=contoso,DC=com", Scope: ldap.ScopeWholeSubtree, Filter: "(cn=*)"})
	e, ok := err.(*ldap.Error)
	if !ok || e.ResultCode != ldap.LDAPResultNoSuchObject || e.MatchedDN != "DC=contoso,DC=com" {
		t.Errorf("error %v", err)
	}
}

func TestAttributes(t *testing.T) {
	conn := dial(t, ldaptest.Options{})
	show := func(base string, typesOnly bool, attributes ...string) map[string][]string {
		t.Helper()
		result, err := conn.Search(&ldap.SearchRequest{BaseDN: base, Filter: "(objectClass=*)",
			Attributes: attributes, TypesOnly: typesOnly})
		if err != nil || len(result.Entries) != 1 {
			t.Fatalf("%v, error %v", result, err)
		}
		got := map[string][]string{}
		for _, a := range result.Entries[0].Attributes {
			got[a.Name] = a.Values
		}
		return got
	}
	const expr = "CN=EXPR,CN=Outlook,DC=contoso,DC=com"
	everything := map[string][]string{
		"objectClass": {"msExchAutoDiscoverConfig"}, "cn": {"EXPR"}, "msExchAutoDiscoverTTL": {"1"},
		"whenCreated": {"20260301090000.0Z"}, "whenChanged": {"20260101000000.0Z"},
	}
	for _, test := range []struct {
		base       string
		typesOnly  bool
		attributes []string
		want       map[string][]string
	}{
		{expr, false, nil, everything},
		{expr, false, []string{"*", "+"}, everything},
		{expr, false, []string{"CN", "absent"}, map[string][]string{"cn": {"EXPR"}}},
		{expr, false, []string{"1.1"}, map[string][]string{}},
		{expr, true, []string{"cn"}, map[string][]string{"cn": {}}},
		{"CN=Secret,CN=Outlook,DC=contoso,DC=com", false, nil, map[string][]string{}},
		{"", false, []string{"configurationNamingContext", "dnsHostName"}, map[string][]string{
			"configurationNamingContext": {"CN=Configuration,DC=contoso,DC=com"}, "dnsHostName": {"dc1.contoso.com"}}},
	} {
		if diff := cmp.Diff(test.want, show(test.base, test.typesOnly, test.attributes...)); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", test.base, test.attributes, diff)
		}
	}
}

func TestPagesAndLimits(t *testing.T) {
	conn := dial(t, ldaptest.Options{})
	search := func() *ldap.SearchRequest {
		return &ldap.SearchRequest{BaseDN: "DC=contoso,DC=com", Scope: ldap.ScopeWholeSubtree, Filter: "(objectClass=*)"}
	}
	for _, size := range []uint32{1, 2, 5, 100} {
		result, err := conn.SearchWithPaging(search(), size)
		if err != nil || len(result.Entries) != 5 {
			t.Errorf("pages of %d: %d entries, error %v", size, len(result.Entries), err)
		}
	}
	limited := search()
	limited.SizeLimit = 2
	result, err := conn.Search(limited)
	if !ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) || len(result.Entries) != 2 {
		t.Errorf("limit of 2: %d entries, error %v", len(result.Entries), err)
	}
	critical := search()
	critical.Controls = []ldap.Control{ldap.NewControlString("1.2.3", true, "")}
	if _, err := conn.Search(critical); !ldap.IsErrorWithCode(err, ldap.LDAPResultUnavailableCriticalExtension) {
		t.Errorf("an unknown critical control: error %v", err)
	}
}

func TestRanges(t *testing.T) {
	server, err := ldaptest.Serve([]byte("dn: CN=a,DC=contoso,DC=com\nx: 0\nx: 1\nx: 2\nx: 3\nx: 4\ny: 0\ny: 1\n"),
		ldaptest.Options{ValueLimit: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	conn, err := ldap.DialURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	for asked, want := range map[string]map[string][]string{
		"x":           {"x": {}, "x;range=0-1": {"0", "1"}},
		"X;Range=2-*": {"x;range=2-3": {"2", "3"}},
		"x;range=3-3": {"x;range=3-*": {"3", "4"}},
		"x;range=4-*": {"x;range=4-*": {"4"}},
		"x;range=5-*": {},
		"x;range=a-*": {},
		"y":           {"y": {"0", "1"}},
		"y;range=0-*": {"y;range=0-*": {"0", "1"}},
	} {
		result, err := conn.Search(&ldap.SearchRequest{BaseDN: "CN=a,DC=contoso,DC=com", Filter: "(objectClass=*)",
			Attributes: []string{asked}})
		if err != nil || len(result.Entries) != 1 {
			t.Fatalf("%s: %v, error %v", asked, result, err)
		}
		got := map[string][]string{}
		for _, a := range result.Entries[0].Attributes {
			got[a.Name] = a.Values
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", asked, diff)
		}
	}
}

func TestBinds(t *testing.T) {
	users := map[string]string{`CONTOSO\alice`: "secret"}
	refuse := func(name string) (int, string) {
		if name == "mallory" {
			return 49, "error, data 533, v1db1"
		}
		return 0, ""
	}
	everyone := ldaptest.Options{}
	known := ldaptest.Options{Users: users, Refuse: refuse}
	signing := ldaptest.Options{RequireSigning: true}
	for _, test := range []struct {
		name           string
		options        ldaptest.Options
		user, password string
		bind, search   uint16 // result codes
	}{
		{"anyone", everyone, "x", "y", 0, 0},
		{"anonymous where nobody is known", everyone, "", "", 0, 0},
		{"a known user", known, `contoso\ALICE`, "secret", 0, 0},
		{"a wrong password", known, `CONTOSO\alice`, "Secret", 49, 1},
		{"an unknown user", known, "bob", "secret", 49, 1},
		{"a refused user", known, "mallory", "secret", 49, 1},
		{"a name without a password", known, `CONTOSO\alice`, "", 53, 1},
		{"anonymous", known, "", "", 0, 1},
		{"in clear where signing is required", signing, "x", "y", 8, 0},
		{"anonymous where signing is required", signing, "", "", 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn := dial(t, test.options)
			_, err := conn.SimpleBind(&ldap.SimpleBindRequest{Username: test.user, Password: test.password, AllowEmptyPassword: true})
			if test.bind != 0 && !ldap.IsErrorWithCode(err, test.bind) || test.bind == 0 && err != nil {
				t.Errorf("binding: %v, want code %d", err, test.bind)
			}
			_, err = conn.Search(&ldap.SearchRequest{BaseDN: "DC=contoso,DC=com", Filter: "(objectClass=*)"})
			if test.search != 0 && !ldap.IsErrorWithCode(err, test.search) || test.search == 0 && err != nil {
				t.Errorf("searching: %v, want code %d", err, test.search)
			}
			if _, err = conn.Search(&ldap.SearchRequest{Filter: "(objectClass=*)"}); err != nil {
				t.Errorf("the RootDSE: %v", err)
			}
		})
	}
}

func TestTLS(t *testing.T) {
	config := selfSigned(t)
	t.Run("LDAPS", func(t *testing.T) {
		conn := dial(t, ldaptest.Options{TLS: config, RequireSigning: true})
		if err := conn.Bind("alice", "secret"); err != nil {
			t.Error(err)
		}
		if err := conn.StartTLS(nil); err == nil {
			t.Error("TLS twice")
		}
	})
	t.Run("StartTLS", func(t *testing.T) {
		conn := dial(t, ldaptest.Options{TLS: config, StartTLS: true, RequireSigning: true})
		if err := conn.StartTLS(&tls.Config{InsecureSkipVerify: true}); err != nil {
			t.Fatal(err)
		}
		if err := conn.Bind("alice", "secret"); err != nil {
			t.Error(err)
		}
	})
	t.Run("StartTLS that is not offered", func(t *testing.T) {
		conn := dial(t, ldaptest.Options{})
		if err := conn.StartTLS(&tls.Config{InsecureSkipVerify: true}); !ldap.IsErrorWithCode(err, ldap.LDAPResultUnavailable) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("StartTLS without a certificate", func(t *testing.T) {
		if _, err := ldaptest.Serve(nil, ldaptest.Options{StartTLS: true}); err == nil {
			t.Error("no error")
		}
	})
}

func TestNothingIsWritten(t *testing.T) {
	conn := dial(t, ldaptest.Options{})
	err := conn.Del(&ldap.DelRequest{DN: "CN=EXPR,CN=Outlook,DC=contoso,DC=com"})
	if !ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform) {
		t.Errorf("error %v", err)
	}
	if got := names(t, conn, "CN=Outlook,DC=contoso,DC=com", ldap.ScopeSingleLevel, "(cn=EXPR)"); !slices.Equal(got, []string{"CN=EXPR"}) {
		t.Errorf("found %q", got)
	}
}

func TestCloseEndsConnections(t *testing.T) {
	server, err := ldaptest.Serve([]byte(directory), ldaptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := ldap.DialURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for range 2 {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := conn.Search(&ldap.SearchRequest{Filter: "(objectClass=*)"}); err == nil {
		t.Error("the server still answers")
	}
}

func selfSigned(t *testing.T) *tls.Config {
	t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}
