package ldapsrc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/ldaptest"
)

const testOrgDN = "CN=Contoso,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com"

// intercepted is a directory in front of which somebody sees every search, and may
// answer it.
type intercepted struct {
	conn *ldap.Conn
	one  *sync.Mutex // sees one at a time
	see  func(query) (found, error, bool)
}

func (d intercepted) search(_ context.Context, q query) (found, error) {
	d.one.Lock()
	got, err, ok := d.see(q)
	d.one.Unlock()
	if ok {
		return got, err
	}
	got, err = pages(q, d.conn.Search)
	if r, ok := resultOf(err); ok {
		return got, explainSearch(r)
	}
	return got, err
}

// readHybridThrough reads the sections of hybrid.ldif.
func readHybridThrough(t *testing.T, o ldaptest.Options, see func(query) (found, error, bool)) facts.Organization {
	t.Helper()
	server := serveFile(t, "testdata/hybrid.ldif", o)
	conn, err := ldap.DialURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	d := intercepted{conn, new(sync.Mutex), see}
	root, err := readRootDSE(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	var org facts.Organization
	if err := readOrganization(t.Context(), d, root, &org); err != nil {
		t.Fatal(err)
	}
	readSections(t.Context(), &forest{directory: d, root: root, orgDN: org.DN}, &org)
	return org
}

func untouched(query) (found, error, bool) { return found{}, nil, false }

// observations are the facts of an organization by name: whether each is known, and
// if not why.
func observations(org facts.Organization) map[string]string {
	list := map[string]string{}
	add := func(v reflect.Value) {
		for i := range v.NumField() {
			if known := v.Field(i); known.Kind() == reflect.Struct && known.FieldByName("Known").IsValid() {
				list[v.Type().Field(i).Name] = fmt.Sprint(known.FieldByName("Known"), " ", known.FieldByName("Why"))
			}
		}
	}
	add(reflect.ValueOf(org))
	add(reflect.ValueOf(org.Levels))
	return list
}

func TestEverySectionIsRead(t *testing.T) {
	for name, state := range observations(readHybridThrough(t, ldaptest.Options{}, untouched)) {
		if state != "true " && name != "Controller" { // which readFrom fills
			t.Errorf("%s: %s", name, state)
		}
	}
}

func TestOneSectionCostsNoOther(t *testing.T) {
	whole := observations(readHybridThrough(t, ldaptest.Options{}, untouched))
	for text, lost := range map[string][]string{
		"CN=Outlook,":                           {"Providers"},
		"CN=HTTP,":                              {"VirtualDirectories"},
		"(!(objectClass=" + classArray:          {"Servers", "Edges"},
		"CN=Servers,":                           {"Servers", "Edges", "Arrays", "SendConnectors"}, // where others may be
		"CN=Arrays,":                            {"Arrays"},
		"CN=Sites,":                             {"Sites"},
		"serviceConnectionPoint":                {"ConnectionPoints"},
		"CN=Connections,":                       {"SendConnectors"},
		"CN=SMTP Receive Connectors,":           {"ReceiveConnectors"},
		"CN=Hybrid Configuration,":              {"Hybrids"},
		"CN=Auth Configuration,":                {"Auths"},
		"CN=Federation Trusts,":                 {"FederationTrusts"},
		"CN=POP3,":                              {"MailProtocols"},
		"CN=Accepted Domains,":                  {"AcceptedDomains"},
		"CN=Internet Message Formats,":          {"RemoteDomains"},
		"CN=Federation,":                        {"OrganizationRelationships"},
		"CN=Intra Organization Connectors,":     {"IntraOrganizationConnectors"},
		"CN=Availability Configuration,":        {"AvailabilityAddressSpaces"},
		"CN=ms-Exch-Schema-Version-Pt,":         {"Schema"},
		"CN=Microsoft Exchange System Objects,": {"Domain"},
	} {
		t.Run(text, func(t *testing.T) {
			refused := explainSearch(&result{code: ldap.LDAPResultAdminLimitExceeded})
			got := observations(readHybridThrough(t, ldaptest.Options{}, func(q query) (found, error, bool) {
				return found{}, refused, strings.HasPrefix(q.base, text) || strings.Contains(q.filter, text)
			}))
			for name := range whole {
				if slices.Contains(lost, name) {
					if !strings.Contains(got[name], "LDAP result 11") {
						t.Errorf("%s, which was refused: %s", name, got[name])
					}
				} else if got[name] != whole[name] {
					t.Errorf("%s, which was not refused: %s", name, got[name])
				}
			}
		})
	}
}

// TestWhatIsAsked reads with every request in sight.
func TestWhatIsAsked(t *testing.T) {
	readHybridThrough(t, ldaptest.Options{}, func(q query) (found, error, bool) {
		if len(q.attributes) == 0 {
			t.Errorf("%s %s asks for everything", q.base, q.filter)
		}
		for _, name := range q.attributes {
			if name == "*" || name == "+" || strings.Contains(strings.ToLower(name), "password") {
				t.Errorf("%s %s asks for %s", q.base, q.filter, name)
			}
		}
		if q.base != "" && !(slices.Contains(q.attributes, "whenCreated") && slices.Contains(q.attributes, "objectClass")) {
			t.Errorf("%s %s asks for no proof: %s", q.base, q.filter, q.attributes)
		}
		return found{}, nil, false
	})
	ldif, err := os.ReadFile("testdata/hybrid.ldif")
	if err != nil || !strings.Contains(string(ldif), "msExchAvailabilityUserPassword") {
		t.Errorf("the directory holds no password that could be asked for: %v", err)
	}
}

func TestReferralsAreNoted(t *testing.T) {
	const away, schema = "ldap://dc.fabrikam.com/CN=x,DC=fabrikam,DC=com", "ldap://contoso.com/cn=schema,CN=Configuration,DC=contoso,DC=com"
	server := func(referrals ...string) facts.Organization {
		return readHybridThrough(t, ldaptest.Options{}, func(q query) (found, error, bool) {
			return found{referrals: referrals}, nil, strings.Contains(q.filter, "serviceConnectionPoint") || strings.HasPrefix(q.base, "CN=Sites,")
		})
	}
	org := server(schema, away, away)
	if !slices.Equal(org.Referrals, []string{away}) {
		t.Errorf("noted %q", org.Referrals)
	}
	if org.Sites.Known || !strings.Contains(org.Sites.Why, "not followed") {
		t.Errorf("sites %+v", org.Sites)
	}
	if org = server(schema); len(org.Referrals) > 0 || org.Sites.Known || strings.Contains(org.Sites.Why, "not followed") {
		t.Errorf("the schema partition: noted %q, sites %+v", org.Referrals, org.Sites)
	}
	var many []string
	for i := range 10 * maxReferrals {
		many = append(many, fmt.Sprintf("ldap://dc%d.fabrikam.com/\x1b", i))
	}
	if org = server(many...); len(org.Referrals) != maxReferrals || strings.Contains(org.Referrals[0], "\x1b") {
		t.Errorf("noted %d: %q", len(org.Referrals), org.Referrals)
	}
}

// TestRanges reads the same directory whole and piece by piece.
func TestRanges(t *testing.T) {
	whole := readHybridThrough(t, ldaptest.Options{}, untouched)
	ranged := 0
	pieces := readHybridThrough(t, ldaptest.Options{ValueLimit: 3}, func(q query) (found, error, bool) {
		if strings.Contains(q.attributes[0], ";range=") {
			ranged++
		}
		return found{}, nil, false
	})
	if diff := cmp.Diff(whole, pieces); diff != "" {
		t.Errorf("-whole +pieces\n%s", diff)
	}
	if ranged == 0 {
		t.Error("nothing was asked for by range")
	}
}

func TestRangesThatDoNotEnd(t *testing.T) {
	values := func(name string, values ...string) found {
		return found{entries: []entry{{ldap.NewEntry("CN=X", map[string][]string{name: values, "whenCreated": {"x"}})}}}
	}
	for name, test := range map[string]struct {
		rest func(asked string) (found, error)
		want int // values
	}{
		"refused":            {func(string) (found, error) { return found{}, errors.New("refused") }, 1},
		"no object":          {func(string) (found, error) { return found{}, nil }, 1},
		"another range":      {func(string) (found, error) { return values("a;range=0-*", "b"), nil }, 1},
		"another attribute":  {func(string) (found, error) { return values("b;range=1-*", "b"), nil }, 1},
		"a range of nothing": {func(string) (found, error) { return values("a;range=1-*"), nil }, 1},
		"for ever": {func(asked string) (found, error) {
			_, r, _ := rangeOf(asked)
			return values(fmt.Sprintf("a;range=%d-%d", r.low, r.low), "b"), nil
		}, 1 + maxRanges},
	} {
		t.Run(name, func(t *testing.T) {
			f := &forest{directory: intercepted{one: new(sync.Mutex), see: func(q query) (found, error, bool) {
				got, err := test.rest(q.attributes[0])
				return got, err, true
			}}}
			first := values("a;range=0-0", "a").entries
			f.complete(t.Context(), first)
			got := first[0].list("a")
			if got.Known || len(got.Value) != test.want || !strings.Contains(got.Why, "came in part") {
				t.Errorf("%d values, known %v: %s", len(got.Value), got.Known, got.Why)
			}
		})
	}
}

func TestLists(t *testing.T) {
	for name, test := range map[string]struct {
		attributes map[string][]string
		values     []string
		why        string
	}{
		"absent":        {map[string][]string{"whenCreated": {"x"}}, nil, ""},
		"in order":      {map[string][]string{"A": {"b", "a", ""}}, []string{"b", "a", ""}, ""},
		"hidden":        {map[string][]string{"objectClass": {"x"}}, nil, "may not read CN=X"},
		"not text":      {map[string][]string{"a": {"b", "\xff"}}, nil, "not UTF-8"},
		"too long":      {map[string][]string{"a": {strings.Repeat("b", maxValue+1)}}, nil, "65537 bytes"},
		"only its tail": {map[string][]string{"a;range=5-*": {"b"}}, []string{"b"}, "came in part"},
		"an odd range":  {map[string][]string{"a;range=first": {"b"}}, []string{"b"}, "came in part"},
	} {
		t.Run(name, func(t *testing.T) {
			got := entry{ldap.NewEntry("CN=X", test.attributes)}.list("a")
			if got.Known != (test.why == "") || !strings.Contains(got.Why, test.why) || !slices.Equal(got.Value, test.values) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestOnlyWhatIsKeptStays(t *testing.T) {
	q := query{scope: ldap.ScopeWholeSubtree, attributes: []string{"keywords", "a;range=5-*"}, below: testOrgDN}
	got, err := pages(q, func(*ldap.SearchRequest) (*ldap.SearchResult, error) {
		return &ldap.SearchResult{Entries: []*ldap.Entry{
			ldap.NewEntry("CN=EX1,"+testOrgDN, map[string][]string{
				"KEYWORDS;range=0-1": {"x", "y"}, "a": {"z"}, "thumbnailPhoto": {"large"}, "keywordsToo": {"w"}}),
			ldap.NewEntry("CN=EX1,DC=elsewhere", map[string][]string{"keywords": {"x"}}),
		}}, nil
	})
	if err != nil || len(got.entries) != 1 {
		t.Fatalf("%d entries, error %v", len(got.entries), err)
	}
	var names []string
	for _, a := range got.entries[0].Attributes {
		names = append(names, a.Name)
		if a.ByteValues != nil {
			t.Errorf("%s is held twice", a.Name)
		}
	}
	if !slices.Equal(names, []string{"KEYWORDS;range=0-1", "a"}) {
		t.Errorf("kept %q", names)
	}
}
