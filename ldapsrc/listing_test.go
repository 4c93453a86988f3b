package ldapsrc

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/ldaptest"
)

// hiding is hybrid.ldif with an object of which the name alone is visible.
func hiding(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/hybrid.ldif")
	if err != nil {
		t.Fatal(err)
	}
	var records []string
	hidden := 0
	for record := range strings.SplitSeq(string(data), "\n\n") {
		if strings.HasPrefix(strings.TrimPrefix(record, "\n"), "dn: "+name) {
			dn, _, _ := strings.Cut(record, "\nobjectClass")
			record = dn + "\nobjectClass;x-hidden: hidden"
			hidden++
		}
		records = append(records, record)
	}
	if hidden != 1 {
		t.Fatalf("%d objects are called %s", hidden, name)
	}
	return strings.Join(records, "\n\n")
}

// An object that hides its class costs its section the claim to be whole, and no other
// section anything.
func TestHiddenObjectIsNotForgotten(t *testing.T) {
	whole := readHybridThrough(t, ldaptest.Options{}, untouched)
	states := observations(whole)
	for name, sections := range map[string][]string{
		"CN=contoso.com,CN=Accepted Domains":            {"AcceptedDomains"},
		"CN=Default,CN=Internet Message Formats":        {"RemoteDomains"},
		"CN=On-premises to O365,":                       {"OrganizationRelationships"},
		"CN=HybridIOC,":                                 {"IntraOrganizationConnectors"},
		"CN=fabrikam.com,CN=Availability Configuration": {"AvailabilityAddressSpaces"},
		"CN=Microsoft Federation Gateway,":              {"FederationTrusts"},
		"CN=Hybrid Configuration,CN=Hybrid":             {"Hybrids"},
		"CN=Auth Configuration,":                        {"Auths"},
		"CN=Madrid,CN=Sites":                            {"Sites"},
		"CN=Internet,CN=Connections":                    {"SendConnectors"},
		"CN=Default Frontend EX03,":                     {"ReceiveConnectors"},
		"CN=1,CN=IMAP4,CN=Protocols,CN=EX05":            {"MailProtocols"},
		"CN=outlook,CN=Arrays":                          {"Arrays"},
		"CN=EX07,CN=Autodiscover":                       {"ConnectionPoints"},
		"CN=owa (Default Web Site),":                    {}, // it is in the list, and nothing of it is known
		"CN=EDGE1,":                                     {"Edges", "Servers", "VirtualDirectories", "ReceiveConnectors", "MailProtocols", "ConnectionPoints"},
		"CN=Routing Groups,":                            {},
		"CN=HTTP,CN=Protocols,CN=EX01":                  {},
		"CN=Arrays,":                                    {},
	} {
		t.Run(name, func(t *testing.T) {
			org := readLDIF(t, hiding(t, name))
			org.Controller = facts.Observed[string]{}
			got := observations(org)
			for section := range states {
				lost := slices.Contains(sections, section)
				switch known := strings.HasPrefix(got[section], "true"); {
				case lost && (known || !strings.Contains(got[section], "visible")):
					t.Errorf("%s: %s", section, got[section])
				case !lost && got[section] != states[section]:
					t.Errorf("%s, which is not concerned: %s", section, got[section])
				}
			}
			// What is left of the list, of which an object is missing, is in it.
			if len(sections) > 0 {
				length := func(org facts.Organization) int {
					return reflect.ValueOf(org).FieldByName(sections[0]).FieldByName("Value").Len()
				}
				if length(org) != length(whole)-1 {
					t.Errorf("%s: %d objects of %d", sections[0], length(org), length(whole))
				}
			}
		})
	}
}
