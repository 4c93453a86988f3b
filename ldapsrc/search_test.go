package ldapsrc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/ldaptest"
)

// A container and a subtree are read whole where an answer holds a part of them.
func TestSearchIsPaged(t *testing.T) {
	const servers, directories = 20, 40
	const groups = "CN=Administrative Groups," + testOrgDN
	const first = "CN=Servers,CN=First," + groups
	var ldif strings.Builder
	add := func(dn, class string) { fmt.Fprintf(&ldif, "dn: %s\nobjectClass: %s\n\n", dn, class) }
	add("CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com", "container")
	add(testOrgDN, "msExchOrganizationContainer")
	add(groups, "container")
	add("CN=First,"+groups, "container")
	add(first, "container")
	for i := range servers {
		server := fmt.Sprintf("CN=EX%02d,%s", i, first)
		add(server, classServer)
		add("CN=HTTP,CN=Protocols,"+server, "container")
		for j := range directories {
			add(fmt.Sprintf("CN=Rpc (Site %d),CN=HTTP,CN=Protocols,%s", j, server), classRPC)
		}
	}
	server := serve(t, ldif.String(), ldaptest.Options{PageLimit: 15})
	org, err := Read(t.Context(), Options{URLs: []string{server.URL()}, Bind: BindAnonymous})
	if err != nil {
		t.Fatal(err)
	}
	if list := org.Servers; !list.Known || len(list.Value) != servers {
		t.Errorf("%d servers, known %v: %s", len(list.Value), list.Known, list.Why)
	}
	list := org.VirtualDirectories.Value
	if !org.VirtualDirectories.Known || len(list) != servers*directories || list[len(list)-1].Server != "EX19" {
		t.Errorf("%d virtual directories, known %v: %s", len(list), org.VirtualDirectories.Known, org.VirtualDirectories.Why)
	}
}

func TestPagesAreBounded(t *testing.T) {
	endless := func(entries int) func(*ldap.SearchRequest) (*ldap.SearchResult, error) {
		return func(*ldap.SearchRequest) (*ldap.SearchResult, error) {
			next := ldap.NewControlPaging(pageSize)
			next.SetCookie([]byte("more"))
			result := &ldap.SearchResult{Controls: []ldap.Control{next}}
			for range entries {
				result.Entries = append(result.Entries, &ldap.Entry{DN: "CN=again"})
			}
			return result, nil
		}
	}
	q := query{base: "DC=contoso", scope: ldap.ScopeWholeSubtree, filter: "(objectClass=*)"}
	if got, err := pages(q, endless(0)); err != errTooMany || len(got.entries) != 0 {
		t.Errorf("empty pages: %d entries, error %v", len(got.entries), err)
	}
	if got, err := pages(q, endless(pageSize)); err != errTooMany || len(got.entries) != maxEntries {
		t.Errorf("full pages: %d entries, error %v", len(got.entries), err)
	}
}

// scripted is a directory that gives one answer to every search.
type scripted struct {
	found found
	err   error
}

func (d scripted) search(context.Context, query) (found, error) { return d.found, d.err }

func TestIncompleteLists(t *testing.T) {
	const orgDN = "CN=Contoso,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com"
	entries := []entry{{ldap.NewEntry("CN=EXPR,"+orgDN, map[string][]string{"objectclass": {"top", "MSEXCHAUTODISCOVERCONFIG"}})}}
	refused := func(code uint16) error {
		r, _ := resultOf(ldap.NewError(code, errors.New("\x1b[31m")))
		return explainSearch(r)
	}
	for name, test := range map[string]struct {
		directory scripted
		entries   int
		why       string
	}{
		"a limit":              {scripted{found{entries: entries}, refused(4)}, 1, "the server's limit was reached (LDAP result 4)"},
		"no rights":            {scripted{found{}, refused(50)}, 0, "insufficient rights (LDAP result 50): bind with an account"},
		"a referral":           {scripted{found{}, refused(10)}, 0, "its referral was not followed"},
		"a reference":          {scripted{found{entries: entries, referrals: []string{"ldap://dc.fabrikam.com/DC=fabrikam,DC=com"}}, nil}, 1, "lies on another server"},
		"not found":            {scripted{found{}, refused(32)}, 0, "not visible"},
		"something unheard of": {scripted{found{}, refused(77)}, 0, "LDAP result 77: ?[31m"},
	} {
		t.Run(name, func(t *testing.T) {
			root := rootDSE{configuration: "CN=Configuration,DC=contoso,DC=com"}
			f := &forest{directory: test.directory, root: root, orgDN: orgDN}
			providers := readProviders(t.Context(), f)
			if providers.Known || len(providers.Value) != test.entries || !strings.Contains(providers.Why, test.why) {
				t.Errorf("providers %+v, want why %q", providers, test.why)
			}
			list := readVirtualDirectories(t.Context(), f)
			if list.Known || len(list.Value) != test.entries || list.Why == "" {
				t.Errorf("virtual directories %+v", list)
			}
		})
	}
}

func TestAttributesOfAnEntry(t *testing.T) {
	const name = "msExchAutoDiscoverServer"
	for test, want := range map[string]struct {
		attributes map[string][]string
		want       facts.Observed[facts.Text]
	}{
		"absent":              {map[string][]string{"WHENCREATED": {"x"}}, facts.Null()},
		"empty":               {map[string][]string{name: {""}}, facts.Say("")},
		"blanks stay":         {map[string][]string{strings.ToUpper(name): {" a "}}, facts.Say(" a ")},
		"a part":              {map[string][]string{name + ";range=0-0": {"a"}, name: {}}, facts.Unknown[facts.Text](name + " of CN=X came in part, and the rest did not come")},
		"nothing came":        {nil, facts.Unknown[facts.Text]("the account may not read CN=X: ask for read rights on it")},
		"no proof came":       {map[string][]string{"cn": {"X"}}, facts.Unknown[facts.Text]("the account may not read CN=X: ask for read rights on it")},
		"only the class came": {map[string][]string{"objectClass": {"X"}}, facts.Unknown[facts.Text]("the account may not read CN=X: ask for read rights on it")},
		"without a value":     {map[string][]string{name: {}}, facts.Unknown[facts.Text](name + " of CN=X came without a value")},
		"a value too long":    {map[string][]string{name: {strings.Repeat("a", maxValue+1)}}, facts.Unknown[facts.Text](name + " of CN=X holds 65537 bytes, more than the 65536 that are read")},
		"more than one value": {map[string][]string{name: {"a", "b"}}, facts.Unknown[facts.Text](name + ` of CN=X holds 2 values where one is expected: ["a" "b"]`)},
	} {
		t.Run(test, func(t *testing.T) {
			if got := (entry{ldap.NewEntry("CN=X", want.attributes)}).text(name); got != want.want {
				t.Errorf("got %+v, want %+v", got, want.want)
			}
		})
	}
}
