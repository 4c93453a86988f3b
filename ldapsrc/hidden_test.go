package ldapsrc

import (
	"os"
	"slices"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/ldaptest"
)

// A virtual directory of which the account sees the name alone is not left out of a
// list that passes for whole: its host is unknown.
func TestHiddenVirtualDirectoryIsNotForgotten(t *testing.T) {
	data, err := os.ReadFile("testdata/hybrid.ldif")
	if err != nil {
		t.Fatal(err)
	}
	before := readLDIF(t, string(data))
	var shown facts.VirtualDirectory
	for _, v := range before.VirtualDirectories.Value {
		if shown.DN == "" && v.Service == facts.ServiceRPC && !v.BackEnd {
			shown = v
		}
	}
	if shown.DN == "" {
		t.Fatal("the organization has no Outlook Anywhere virtual directory")
	}
	var records []string
	for record := range strings.SplitSeq(string(data), "\n\n") {
		if strings.Contains(strings.ReplaceAll(record, "\n ", ""), "dn: "+shown.DN+"\n") {
			record = "dn: " + shown.DN + "\nobjectClass;x-hidden: hidden"
		}
		records = append(records, record)
	}
	after := readLDIF(t, strings.Join(records, "\n\n"))
	i := slices.IndexFunc(after.VirtualDirectories.Value, func(v facts.VirtualDirectory) bool { return strings.EqualFold(v.DN, shown.DN) })
	if i < 0 {
		t.Fatalf("%s is gone, and the list is known: %t", shown.DN, after.VirtualDirectories.Known)
	}
	hidden := after.VirtualDirectories.Value[i]
	if hidden.Service != facts.ServiceRPC || hidden.External.Known || hidden.External.Why == "" || hidden.Internal.Known {
		t.Errorf("it is %+v", hidden)
	}
}

func readLDIF(t *testing.T, ldif string) facts.Organization {
	t.Helper()
	server, err := ldaptest.Serve([]byte(ldif), ldaptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	org, err := Read(t.Context(), Options{URLs: []string{server.URL()}, Bind: BindAnonymous})
	if err != nil {
		t.Fatal(err)
	}
	return org
}
