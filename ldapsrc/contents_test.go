package ldapsrc

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// without is hybrid.ldif without some objects: what an account sees that may not list
// the contents of their container.
func without(t *testing.T, hidden func(dn string) bool) string {
	t.Helper()
	data, err := os.ReadFile("testdata/hybrid.ldif")
	if err != nil {
		t.Fatal(err)
	}
	records := strings.Split(string(data), "\n\n")
	all := len(records)
	records = slices.DeleteFunc(records, func(record string) bool {
		_, record, _ = strings.Cut("\n"+strings.ReplaceAll(record, "\n ", ""), "\ndn: ")
		dn, _, _ := strings.Cut(record, "\n")
		return hidden(dn)
	})
	if len(records) == all {
		t.Fatal("nothing is hidden")
	}
	return strings.Join(records, "\n\n")
}

// A container in which there must be something is never believed empty, though the
// account may read the container and the server above it.
func TestHiddenContentsAreNotAbsent(t *testing.T) {
	data, err := os.ReadFile("testdata/hybrid.ldif")
	if err != nil {
		t.Fatal(err)
	}
	states := observations(readLDIF(t, string(data)))
	in := func(container string) func(string) bool {
		return func(dn string) bool { return strings.HasPrefix(parentOf(dn), container+",") }
	}
	ofServer := []string{"VirtualDirectories", "ConnectionPoints", "ReceiveConnectors", "MailProtocols"}
	for name, test := range map[string]struct {
		hidden func(dn string) bool
		lost   []string
		about  string
	}{
		"in HTTP":            {in("CN=HTTP,CN=Protocols,CN=EX02"), ofServer[:1], "CN=HTTP,CN=Protocols,CN=EX02,"},
		"in Autodiscover":    {in("CN=Autodiscover,CN=Protocols,CN=EX12"), ofServer[1:2], "CN=Autodiscover,CN=Protocols,CN=EX12,"},
		"in Receive":         {in("CN=SMTP Receive Connectors,CN=Protocols,CN=EX11"), ofServer[2:3], "CN=SMTP Receive Connectors,CN=Protocols,CN=EX11,"},
		"in POP3":            {in("CN=POP3,CN=Protocols,CN=EX02"), ofServer[3:], "CN=POP3,CN=Protocols,CN=EX02,"},
		"in Protocols":       {func(dn string) bool { return strings.Contains(dn, ",CN=Protocols,CN=EX02,") }, ofServer, ",CN=Protocols,CN=EX02,"},
		"Protocols and all":  {func(dn string) bool { return strings.Contains(","+dn, ",CN=Protocols,CN=EX02,") }, ofServer, ",CN=Protocols,CN=EX02,"},
		"in Servers":         {in("CN=Servers"), append([]string{"Servers", "Edges", "Arrays", "SendConnectors"}, ofServer...), "visible"},
		"in Routing Groups":  {in("CN=Routing Groups"), []string{"Arrays", "SendConnectors"}, "CN=Routing Groups,"},
		"in Accepted Domain": {in("CN=Accepted Domains"), []string{"AcceptedDomains"}, "CN=Accepted Domains,"},
		"in Connections":     {in("CN=Connections"), nil, ""}, // an organization may have no send connector
	} {
		t.Run(name, func(t *testing.T) {
			got := observations(readLDIF(t, without(t, test.hidden)))
			for section, state := range states {
				known := strings.HasPrefix(got[section], "true")
				switch lost := slices.Contains(test.lost, section); {
				case lost && (known || !strings.Contains(got[section], test.about)):
					t.Errorf("%s: %s", section, got[section])
				case !lost && known != strings.HasPrefix(state, "true"):
					t.Errorf("%s, which is not concerned: %s", section, got[section])
				}
			}
		})
	}
}

// What setup puts where goes by roles and version.
func TestContainersThatMayBeEmpty(t *testing.T) {
	all := []string{"HTTP", "POP3", "Autodiscover", "SMTP Receive Connectors"}
	for name, test := range map[string]struct {
		roles, version string
		filled         []string
	}{
		"SE":                         {"16423", "1942129154", all},
		"2016 of the one role alone": {"2", "1942063563", all},
		"2013 client access":         {"16385", "1941997017", all},
		"2013 mailbox":               {"54", "1941997017", []string{"HTTP", "POP3", "SMTP Receive Connectors"}},
		"2010 mailbox":               {"2", "1937997947", nil},
		"2010 client access":         {"4", "1937997947", all[:3]},
		"2010 transport":             {"32", "1937997947", all[3:]},
		"provisioned":                {"4096", "1942129154", nil},
		"2003":                       {"", "7638", nil},
		"roles that are not stored":  {"", "1942129154", all},
		"no version":                 {"54", "", all},
	} {
		t.Run(name, func(t *testing.T) {
			attributes := map[string][]string{"objectClass": {classServer}, "whenCreated": {"x"}}
			if test.roles != "" {
				attributes[attrRoles] = []string{test.roles}
			}
			if test.version != "" {
				attributes[attrVersionNumber] = []string{test.version}
			}
			server := entry{ldap.NewEntry("CN=EX1,CN=Servers", attributes)}
			for _, c := range []container{inHTTP, inPOP3, inAutodiscover, inReceive} {
				if got, want := !c.in(server).sure, slices.Contains(test.filled, c.name); got != want {
					t.Errorf("%s must hold something: %t", c.name, got)
				}
			}
			delete(attributes, "whenCreated")
			if inHTTP.in(entry{ldap.NewEntry("CN=EX1,CN=Servers", attributes)}).sure {
				t.Error("of a server that may not be read, HTTP is believed empty")
			}
		})
	}
}
