package ldapsrc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// A directory may hold as many administrative groups as servers, with long names that
// differ in their last letters. To compare each with each takes longer than a test may.
func TestManyAdministrativeGroups(t *testing.T) {
	long := strings.Repeat("x", 3000)
	var machines reading
	for i := range maxEntries {
		dn := fmt.Sprintf("CN=EX%05d,CN=Servers,CN=%s%05d,CN=Administrative Groups,%s", i, long, i, testOrgDN)
		machines.entries = append(machines.entries, entry{ldap.NewEntry(dn, map[string][]string{"whenCreated": {"x"}})})
	}
	f := &forest{directory: scripted{err: explainSearch(&result{code: ldap.LDAPResultNoSuchObject})}, orgDN: testOrgDN}
	l := f.readLayout(t.Context(), machines)
	if len(l.servers) != maxEntries || !strings.Contains(l.refused, "containers were not listed") {
		t.Errorf("%d servers; why there may be more: %.100s", len(l.servers), l.refused)
	}
}

// An entry in which one attribute stands again and again costs no more than it holds.
func TestAttributesOfOneEntryAreBounded(t *testing.T) {
	attribute := "\x30\x09\x04\x02cn\x31\x03\x04\x01a"
	for n, ok := range map[int]bool{1: true, maxAttributes: true, maxAttributes + 1: false} {
		list := strings.Repeat(attribute, n)
		body := "\x04\x04CN=X\x30\x84\x00\x00" + string([]byte{byte(len(list) >> 8), byte(len(list))}) + list
		c := newIntake(nil, nil)
		c.expect([]string{"cn"})
		if e, err := c.entry([]byte(body)); (err == nil) != ok || ok && len(e.Attributes) != n {
			t.Errorf("%d attributes: %v", n, err)
		}
	}
}
