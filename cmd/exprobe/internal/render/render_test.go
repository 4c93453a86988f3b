package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/rules/report"
)

var update = flag.Bool("update", false, "rewrite golden files")

// The reports that every law below is tried on.
func reportNames(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".json"); !strings.HasSuffix(name, ".out") {
			names = append(names, name)
		}
	}
	if len(names) < 6 {
		t.Fatalf("only %d reports in testdata", len(names))
	}
	return names
}

// load reads a report, and its script from beside it, because JSON holds none.
func load(t testing.TB, name string) *report.Report {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var r report.Report
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		t.Fatalf("reading %s: %v", name, err)
	}
	script, err := os.ReadFile(filepath.Join("testdata", name+".script"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	r.Fix.Script = string(script)
	return &r
}

func render(t testing.TB, format string, style Style, r *report.Report) string {
	t.Helper()
	renderer, err := Format(format, style)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := renderer(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, name := range reportNames(t) {
		for _, golden := range []struct {
			ending, format string
			style          Style
		}{
			{".txt", "text", Style{}},
			{".wide.txt", "text", Style{Width: 140}},
			{".out.json", "json", Style{}},
			{".ps1", "powershell", Style{}},
		} {
			t.Run(name+golden.ending, func(t *testing.T) {
				got := render(t, golden.format, golden.style, load(t, name))
				file := filepath.Join("testdata", name+golden.ending)
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestRenderersDoNotChangeTheReport(t *testing.T) {
	for _, name := range reportNames(t) {
		for _, format := range Names() {
			r := load(t, name)
			render(t, format, Style{}, r)
			if diff := cmp.Diff(load(t, name), r); diff != "" {
				t.Errorf("%s changed %s:\n%s", format, name, diff)
			}
		}
	}
}

func TestUnknownFormatListsTheKnownOnes(t *testing.T) {
	_, err := Format("xml", Style{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range Names() {
		if _, err := Format(name, Style{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestErrorsOfTheWriterAreReturned(t *testing.T) {
	for _, format := range Names() {
		renderer, err := Format(format, Style{})
		if err != nil {
			t.Fatal(err)
		}
		if err := renderer(broken{}, load(t, "healthy")); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// A report without a single list or finding must render in every format.
func TestTheEmptyReportRenders(t *testing.T) {
	for _, format := range Names() {
		if got := render(t, format, Style{}, &report.Report{}); got == "" {
			t.Errorf("%s wrote nothing", format)
		}
	}
}
