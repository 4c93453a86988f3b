package ldapsrc_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/sambatest"
)

// rebased moves what stands in testdata from the forest contoso.com to that of the
// domain controller, and says a category as Active Directory stores it.
var rebased = strings.NewReplacer(
	"DC=contoso,DC=com", "DC=contoso,DC=test",
	"objectCategory: msExchClientAccessArrayLegacy",
	"objectCategory: CN=ms-Exch-Client-Access-Array-Legacy,CN=Schema,CN=Configuration,DC=contoso,DC=test",
)

func hybridFile(t testing.TB, extension string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/hybrid" + extension)
	if err != nil {
		t.Fatal(err)
	}
	return rebased.Replace(string(b))
}

// hybridLDIF is the organization of twelve servers, as the controller is filled with
// it. This machine is put into the controller's own site, one of four.
func hybridLDIF(t testing.TB) []byte {
	t.Helper()
	return []byte(hybridFile(t, ".ldif") + `
dn: CN=127.0.0.0/8,CN=Subnets,CN=Sites,CN=Configuration,DC=contoso,DC=test
objectClass: subnet
siteObject: CN=Default-First-Site-Name,CN=Sites,CN=Configuration,DC=contoso,DC=test
`)
}

// sambaOrganization is what the controller holds: the facts that the in-process
// server gives for the same LDIF, with the controller's own names and its own site.
func sambaOrganization(t *testing.T, c *sambatest.Controller) facts.Organization {
	t.Helper()
	var org facts.Organization
	if err := json.Unmarshal([]byte(hybridFile(t, ".json")), &org); err != nil {
		t.Fatal(err)
	}
	if !org.Servers.Known || len(org.Servers.Value) != 12 || len(org.Sites.Value) != 3 {
		t.Fatalf("hybrid.json holds %d servers in %d sites", len(org.Servers.Value), len(org.Sites.Value))
	}
	org.Directory = "ldaps://" + c.Host
	org.Insecure = ""
	org.DomainName, org.Domains = "contoso.test", []string{"contoso.test"}
	org.Controller = facts.Known("DC1.contoso.test")
	own := facts.Site{
		Name: "Default-First-Site-Name",
		DN:   "CN=Default-First-Site-Name,CN=Sites,CN=Configuration," + c.BaseDN,
	}
	at := slices.IndexFunc(org.Sites.Value, func(s facts.Site) bool { return s.DN > own.DN })
	org.Sites.Value = slices.Insert(org.Sites.Value, at, own)
	return org
}
