package redact

import (
	"encoding/json"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
)

// The name of a folder is a name too, and what an export lacks is told with it.
func TestTheFolderOfAnExportIsReplaced(t *testing.T) {
	missing := "not exported to fabrikam-export: Get-SendConnector"
	s := &facts.Snapshot{Schema: facts.EvidenceSchema, Organizations: []facts.Organization{{Directory: "fabrikam-export", Exported: true,
		Missing: []string{missing, "Get-OutlookProvider reported errors while it was exported; they stand in fabrikam-export/Get-OutlookProvider.notes.txt"}}}}
	redacted, err := Snapshot(s)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(redacted.Organizations)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ToLower(string(data)), "fabrikam") || !strings.Contains(string(data), "/Get-OutlookProvider.notes.txt") || !strings.Contains(string(data), ": Get-SendConnector") {
		t.Errorf("got %s", data)
	}
}
