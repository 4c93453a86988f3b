package ldapsrc_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc"
	"exprobe/ldapsrc/sambatest"
)

func testSambaHides(t *testing.T, c *sambatest.Controller) {
	for name, account := range map[string]sambatest.Account{
		"every attribute of EXPR":                c.NoRights,
		"all but the public information of EXPR": c.PublicOnly,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ldapsrc.Read(t.Context(), sambaOptions(c, account))
			if err != nil {
				t.Fatal(err)
			}
			expr := got.Provider(facts.EXPR)
			if expr == nil {
				t.Fatalf("EXPR, which may not be read, passes for missing: %+v", got.Providers)
			}
			if expr.CertPrincipalName.Known || !strings.Contains(expr.CertPrincipalName.Why, "may not read") {
				t.Errorf("CertPrincipalName is %+v, want it unknown for lack of rights", expr.CertPrincipalName)
			}
			if expr.TTL.Known {
				t.Errorf("TTL is %+v, want it unknown", expr.TTL)
			}
			want := sambaOrganization(t, c)
			*want.Provider(facts.EXPR) = *expr
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("all else, which may be read: -want +got\n%s", diff)
			}
		})
	}
	t.Run("all that lies in the organization", func(t *testing.T) {
		got, err := ldapsrc.Read(t.Context(), sambaOptions(c, c.Visitor))
		if err != nil {
			t.Fatal(err)
		}
		want := sambaOrganization(t, c)
		if diff := cmp.Diff(want.Flags, got.Flags); diff != "" {
			t.Errorf("the organization itself may be read: -want +got\n%s", diff)
		}
		// Every domain user may read the sites.
		if diff := cmp.Diff(want.Sites, got.Sites); diff != "" {
			t.Errorf("the sites may be read: -want +got\n%s", diff)
		}
		for name, list := range lists(got) {
			if name == "Sites" {
				continue
			}
			if list.known || !strings.Contains(list.why, "visible") {
				t.Errorf("%s: known %v with %d objects, why %q; want it unknown, because it is not visible", name, list.known, list.length, list.why)
			}
		}
	})
	t.Run("the organization", func(t *testing.T) {
		o := sambaOptions(c, c.Outsider)
		_, err := ldapsrc.Read(t.Context(), o)
		checkSambaFailure(t, err, sambaFailure{"none that this account may see", "may read the Exchange configuration"}, o)
	})
}

// What an account may not list is not there for it, and the directory does not say so.
func testSambaHidesContents(t *testing.T, c *sambatest.Controller) {
	const server = "CN=Servers,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups,"
	for _, dn := range []string{
		"CN=HTTP,CN=Protocols,CN=EX02," + server,
		"CN=SMTP Receive Connectors,CN=Protocols,CN=EX02," + server,
		"CN=Accepted Domains,CN=Transport Settings,",
	} {
		if err := c.DenyContents(c.PublicOnly, dn+c.OrgDN); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Deny(c.PublicOnly, "CN=Protocols,CN=EX03,"+server+c.OrgDN); err != nil {
		t.Fatal(err)
	}
	got, err := ldapsrc.Read(t.Context(), sambaOptions(c, c.PublicOnly))
	if err != nil {
		t.Fatal(err)
	}
	hidden := map[string]string{
		"VirtualDirectories": "CN=HTTP,CN=Protocols,CN=EX02,", "ReceiveConnectors": "CN=SMTP Receive Connectors,CN=Protocols,CN=EX02,",
		"AcceptedDomains": "CN=Accepted Domains,", "ConnectionPoints": "CN=Autodiscover,CN=Protocols,CN=EX03,",
		"MailProtocols": "CN=Protocols,CN=EX03,",
	}
	whole := lists(sambaOrganization(t, c))
	for name, list := range lists(got) {
		about, lost := hidden[name]
		switch {
		case lost && (list.known || !strings.Contains(list.why, about) || list.length >= max(1, whole[name].length)):
			t.Errorf("%s: known %v with %d objects of %d, why %q", name, list.known, list.length, whole[name].length, list.why)
		case !lost && list != whole[name]:
			t.Errorf("%s, which may be read: %+v", name, list)
		}
	}
}

// list is what an organization says of one section.
type list struct {
	known  bool
	length int
	why    string
}

// lists are all sections of an organization by the names of their fields, so that a
// new one is not forgotten here.
func lists(org facts.Organization) map[string]list {
	all := map[string]list{}
	fields := reflect.ValueOf(org)
	for i := range fields.NumField() {
		field := fields.Field(i)
		if field.Kind() != reflect.Struct {
			continue
		}
		value := field.FieldByName("Value")
		if !value.IsValid() || value.Kind() != reflect.Slice {
			continue
		}
		all[fields.Type().Field(i).Name] = list{
			known:  field.FieldByName("Known").Bool(),
			length: value.Len(),
			why:    field.FieldByName("Why").String(),
		}
	}
	return all
}
