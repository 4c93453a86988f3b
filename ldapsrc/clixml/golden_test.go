package clixml_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"exprobe/ldapsrc/clixml"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Each folder is an export: of Exchange 2010 with whole objects in UTF-16, of a remote
// session to Exchange 2016 that shows texts, one file for each server, and of the script
// in Exchange SE. Their shapes follow exports that Microsoft publishes.
func TestExportsBecomeFacts(t *testing.T) {
	folders, err := filepath.Glob("testdata/exchange-*")
	if err != nil || len(folders) < 3 {
		t.Fatal(folders, err)
	}
	for _, folder := range folders {
		if filepath.Ext(folder) == ".json" {
			continue
		}
		t.Run(filepath.Base(folder), func(t *testing.T) {
			x, err := clixml.Read(os.DirFS(folder), clixml.Options{Name: filepath.Base(folder)})
			if err != nil {
				t.Fatal(err)
			}
			for i := range x.Certificates.Value {
				x.Certificates.Value[i].DER = nil
			}
			got, err := json.MarshalIndent(x, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			golden := folder + ".json"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
