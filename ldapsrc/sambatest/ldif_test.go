package sambatest

import (
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
)

func TestParseRecords(t *testing.T) {
	const text = `# a comment
version: 1

dn: CN=A,DC=contoso,
 DC=test
objectClass: container
keywords: one
keywords:: dHdv

dn: CN=B,DC=contoso,DC=test
changetype: modify
replace: description
description: new
-
delete: url
-

dn: CN=C,DC=contoso,DC=test
changetype: delete
`
	want := []record{
		{dn: "CN=A,DC=contoso,DC=test", attributes: []ldap.Attribute{
			{Type: "objectClass", Vals: []string{"container"}},
			{Type: "keywords", Vals: []string{"one", "two"}},
		}},
		{dn: "CN=B,DC=contoso,DC=test", changes: []ldap.Change{
			{Operation: ldap.ReplaceAttribute, Modification: ldap.PartialAttribute{Type: "description", Vals: []string{"new"}}},
			{Operation: ldap.DeleteAttribute, Modification: ldap.PartialAttribute{Type: "url"}},
		}},
		{dn: "CN=C,DC=contoso,DC=test", deleted: true},
	}
	for name, text := range map[string]string{"LF": text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n")} {
		got, err := parseRecords(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(record{})); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

func TestParseRecordsRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"a record without a dn":  "objectClass: container\n",
		"a line without a colon": "dn: CN=A\nobjectClass\n",
		"broken base64":          "dn: CN=A\nkeywords:: ?\n",
		"an unknown change":      "dn: CN=A\nchangetype: modify\nincrement: versionNumber\n",
		"more after a deletion":  "dn: CN=A\nchangetype: delete\nurl: x\n",
		"a stray value":          "dn: CN=A\nchangetype: modify\nadd: url\ndescription: x\n",
	} {
		if records, err := parseRecords(text); err == nil {
			t.Errorf("%s was taken as %+v", name, records)
		}
	}
}

func FuzzParseRecords(f *testing.F) {
	f.Add(string(organization))
	f.Add("dn: CN=A\nchangetype: modify\nadd: url\nurl: x\n-\n")
	f.Fuzz(func(t *testing.T, text string) {
		records, err := parseRecords(text)
		if err == nil && len(records) != len(blocks(text)) {
			t.Errorf("%d records of %d blocks", len(records), len(blocks(text)))
		}
	})
}
