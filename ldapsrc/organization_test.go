package ldapsrc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
)

func TestOneOrganizationIsReadAndTheOthersAreNamed(t *testing.T) {
	organization := func(name, level string) entry {
		attributes := map[string][]string{"cn": {name}, "whenCreated": {"20261122090000.0Z"}}
		if level != "" {
			attributes["objectVersion"] = []string{level}
		}
		return entry{ldap.NewEntry("CN="+name, attributes)}
	}
	var crowd []entry
	var named []string
	for i := range 2 + maxOthers {
		name := fmt.Sprintf("Org%02d", i)
		crowd = append(crowd, organization(name, ""))
		if 0 < i && i <= maxOthers {
			named = append(named, "CN="+name)
		}
	}
	r, _ := resultOf(&ldap.Error{ResultCode: ldap.LDAPResultSizeLimitExceeded})
	limit := explainSearch(r)
	for name, test := range map[string]struct {
		entries []entry
		err     error
		read    string
		others  []string // by name; "" for those that are not named
		why     string
	}{
		"one alone":                     {[]entry{organization("Contoso", "16763")}, nil, "CN=Contoso", nil, ""},
		"an older one before it":        {[]entry{organization("Alpha", "15449"), organization("Contoso", "16763")}, nil, "CN=Contoso", []string{"CN=Alpha"}, "holds 2 Exchange organizations, and should hold one; only CN="},
		"one without a level before it": {[]entry{organization("Alpha", ""), organization("Contoso", "16763")}, nil, "CN=Contoso", []string{"CN=Alpha"}, "holds 2 Exchange organizations, and should hold one; only CN="},
		"two of one level":              {[]entry{organization("Contoso", "16763"), organization("alpha", "16763")}, nil, "CN=alpha", []string{"CN=Contoso"}, "holds 2 Exchange organizations, and should hold one; only CN="},
		"a crowd":                       {crowd, nil, "CN=Org00", append(named, ""), "holds 10 Exchange organizations"},
		"a list that was cut short":     {[]entry{organization("Contoso", "16763")}, limit, "CN=Contoso", []string{""}, "may hold further Exchange organizations: the server's limit"},
	} {
		t.Run(name, func(t *testing.T) {
			var org facts.Organization
			if err := readOrganization(t.Context(), scripted{found{entries: test.entries}, test.err}, rootDSE{configuration: "CN=Configuration"}, &org); err != nil {
				t.Fatal(err)
			}
			if org.DN != test.read {
				t.Errorf("read %s, want %s", org.DN, test.read)
			}
			var named []string
			for _, other := range org.Others {
				named = append(named, other.DN)
				if !strings.Contains(other.Why, test.why) || test.why == "" {
					t.Errorf("other %q: why %q, want %q", other.DN, other.Why, test.why)
				}
			}
			if diff := cmp.Diff(test.others, named); diff != "" {
				t.Errorf("others (-want +got)\n%s", diff)
			}
		})
	}
}
