package world

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

func TestAScriptChangesAScenario(t *testing.T) {
	files := txtar.Parse([]byte("-- scenario --\nhealthy\n-- directory.ldif --\n-- autodiscover.xml --\n<a/>\n-- hosts/new.contoso.com.yaml --\naddresses: []\n")).Files
	got, err := Compose(files)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range got.Files {
		names = append(names, file.Name)
		if file.Name == "autodiscover.xml" && string(file.Data) != "<a/>\n" {
			t.Errorf("the script's answer is not in place of the scenario's: %s", file.Data)
		}
	}
	const want = "deployment.yaml hosts/autodiscover.contoso.com.yaml hosts/mail.contoso.com.yaml autodiscover.xml hosts/new.contoso.com.yaml"
	if strings.Join(names, " ") != want {
		t.Errorf("the files are %q", names)
	}
}

func TestFilesThatAreNoWorld(t *testing.T) {
	if got, err := Compose([]txtar.File{{Name: "report.txt", Data: []byte("clean\n")}}); got != nil || err != nil {
		t.Errorf("got %v (%v)", got, err)
	}
	if _, err := Compose([]txtar.File{{Name: "scenario", Data: []byte("elsewhere\n")}}); err == nil || !strings.Contains(err.Error(), `no scenario "elsewhere"`) {
		t.Errorf("the error is %v", err)
	}
}

// Scripts that wait for a collector must not rot: their worlds start today.
func TestWorldsThatWaitStart(t *testing.T) {
	names, err := filepath.Glob("../../testdata/pending/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			script, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			archive, err := Compose(script.Files)
			if err != nil {
				t.Fatal(err)
			}
			if archive == nil {
				t.Fatal("it describes no world")
			}
			w, err := Start(archive)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Errorf("closing: %v", err)
			}
		})
	}
}
