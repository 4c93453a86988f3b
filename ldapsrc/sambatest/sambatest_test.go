package sambatest

import (
	"crypto/tls"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// as binds an account over LDAPS.
func as(t *testing.T, c *Controller, a Account) (*ldap.Conn, error) {
	t.Helper()
	raw, err := c.Dial(t.Context(), "tcp", c.Host+":636")
	if err != nil {
		t.Fatal(err)
	}
	conn := ldap.NewConn(tls.Client(raw, &tls.Config{RootCAs: c.Roots(), ServerName: c.Host}), true)
	conn.Start()
	t.Cleanup(func() { conn.Close() })
	return conn, conn.Bind(a.User, a.Password)
}

func search(t *testing.T, conn *ldap.Conn, base string, scope int, filter string, attributes ...string) []*ldap.Entry {
	t.Helper()
	result, err := conn.Search(&ldap.SearchRequest{BaseDN: base, Scope: scope, Filter: filter, Attributes: attributes})
	if err != nil {
		t.Fatalf("searching %s for %s: %v", base, filter, err)
	}
	return result.Entries
}

// TestController starts one controller for all that is asked of it, the last being
// that nothing of it is left.
func TestController(t *testing.T) {
	var c *Controller
	ran := t.Run("running", func(t *testing.T) {
		c = Start(t, Options{})
		testRunning(t, c)
	})
	if !ran || c == nil {
		t.Skip("no controller ran to its end")
	}
	if _, err := os.Stat(c.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder %s: %v, want that it is gone", c.dir, err)
	}
	if conn, err := c.Dial(t.Context(), "tcp", c.Host+":389"); err == nil {
		conn.Close()
		t.Error("the controller still listens")
	}
}

func testRunning(t *testing.T, c *Controller) {

	t.Run("an ordinary user reads the principal name", func(t *testing.T) {
		conn, err := as(t, c, c.Alice)
		if err != nil {
			t.Fatal(err)
		}
		entries := search(t, conn, exprDN, ldap.ScopeBaseObject, "(objectClass=msExchAutoDiscoverConfig)", "msExchAutoDiscoverCertPrincipalName")
		if len(entries) != 1 || entries[0].GetAttributeValue("msExchAutoDiscoverCertPrincipalName") != "msstd:owa.contoso.com" {
			t.Errorf("EXPR is %+v", entries)
		}
		entries = search(t, conn, c.OrgDN, ldap.ScopeWholeSubtree, "(&(objectClass=msExchVirtualDirectory)(!(objectClass=container)))", "cn")
		if len(entries) != 4 {
			t.Errorf("%d virtual directories, want 4", len(entries))
		}
	})

	t.Run("without rights EXPR has no attributes and its neighbours have", func(t *testing.T) {
		conn, err := as(t, c, c.NoRights)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range search(t, conn, "CN=Outlook,CN=AutoDiscover,CN=Client Access,"+c.OrgDN, ldap.ScopeSingleLevel, "(objectClass=*)", "cn", "objectClass", "whenCreated") {
			if hidden := len(entry.Attributes) == 0; hidden != (entry.DN == exprDN) {
				t.Errorf("%s has attributes %v", entry.DN, entry.Attributes)
			}
		}
		// A filter that names an attribute does not match an object whose attributes cannot be read.
		if seen := search(t, conn, exprDN, ldap.ScopeBaseObject, "(objectClass=msExchAutoDiscoverConfig)"); len(seen) != 0 {
			t.Errorf("the class of EXPR can be filtered for: %v", seen)
		}
	})

	t.Run("with public information alone EXPR shows its class", func(t *testing.T) {
		conn, err := as(t, c, c.PublicOnly)
		if err != nil {
			t.Fatal(err)
		}
		entries := search(t, conn, exprDN, ldap.ScopeBaseObject, "(objectClass=msExchAutoDiscoverConfig)", "objectClass", "whenCreated", "msExchAutoDiscoverTTL")
		if len(entries) != 1 || len(entries[0].Attributes) != 1 || entries[0].Attributes[0].Name != "objectClass" {
			t.Errorf("EXPR is %+v, want it with its class alone", entries)
		}
	})

	t.Run("an outsider sees no organization", func(t *testing.T) {
		conn, err := as(t, c, c.Outsider)
		if err != nil {
			t.Fatal(err)
		}
		if entries := search(t, conn, "CN=Microsoft Exchange,CN=Services,"+forest, ldap.ScopeWholeSubtree, "(objectClass=msExchOrganizationContainer)"); len(entries) != 0 {
			t.Errorf("found %v", entries)
		}
		if entries := search(t, conn, "CN=Microsoft Exchange,CN=Services,"+forest, ldap.ScopeWholeSubtree, "(objectClass=msExchVirtualDirectory)"); len(entries) != 0 {
			t.Errorf("found %v", entries)
		}
	})

	t.Run("accounts that may not log on", func(t *testing.T) {
		for data, account := range map[string]Account{"data 533": c.Disabled, "data 701": c.Expired, "data 773": c.MustChange} {
			_, err := as(t, c, account)
			var refused *ldap.Error
			if !errors.As(err, &refused) || refused.ResultCode != ldap.LDAPResultInvalidCredentials || !strings.Contains(err.Error(), data) {
				t.Errorf("binding %s: %v, want %s", account.User, err, data)
			}
		}
	})
}

func TestDialKnowsNoOtherName(t *testing.T) {
	c := &Controller{Address: "127.0.0.1", Host: host}
	if _, err := c.Dial(t.Context(), "tcp", "dc2.contoso.test:389"); err == nil || !strings.Contains(err.Error(), "no such host") {
		t.Errorf("dialling a name that does not exist: %v", err)
	}
}

func TestOwnTextsParse(t *testing.T) {
	for name, text := range map[string][]byte{"schema.ldif": schema, "organization.ldif": organization} {
		records, err := parseRecords(string(text))
		if err != nil || len(records) == 0 {
			t.Errorf("%s: %d records, %v", name, len(records), err)
		}
		if slices.ContainsFunc(records, func(r record) bool { return len(r.attributes) == 0 }) {
			t.Errorf("%s holds a record without attributes", name)
		}
	}
}
