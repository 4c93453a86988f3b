package render

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"exprobe/rules/report"
)

var deltas = []string{"full", "nothing"}

func loadDelta(t *testing.T, name string) *report.Delta {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "delta", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var d report.Delta
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		t.Fatalf("reading %s: %v", name, err)
	}
	return &d
}

func renderDelta(t *testing.T, format string, style Style, d *report.Delta) string {
	t.Helper()
	renderer, err := Delta(format, style)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := renderer(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func compileDeltaSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(DeltaSchema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("delta.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("delta.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestDeltaGolden(t *testing.T) {
	for _, name := range deltas {
		for ending, golden := range map[string]struct {
			format string
			style  Style
		}{".txt": {"text", Style{}}, ".wide.txt": {"text", Style{Width: 140}}, ".out.json": {"json", Style{}}} {
			got := renderDelta(t, golden.format, golden.style, loadDelta(t, name))
			file := filepath.Join("testdata", "delta", name+ending)
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
				t.Errorf("%s%s (-want +got):\n%s", name, ending, diff)
			}
		}
	}
}

func TestDeltaObeysItsSchema(t *testing.T) {
	schema := compileDeltaSchema(t)
	for _, name := range deltas {
		if err := validate(t, schema, renderDelta(t, "json", Style{}, loadDelta(t, name))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := validate(t, schema, renderDelta(t, "json", Style{}, report.Compare(&report.Report{}, &report.Report{Tool: report.Tool{Name: "exprobe"}}, ""))); err != nil {
		t.Errorf("of nothing: %v", err)
	}
	var zero report.Delta // every list of it is nil
	zero.Schema, zero.Tool.Name, zero.Exit, zero.Old.Exit, zero.New.Exit = report.DeltaSchema, "exprobe", report.Clean, report.Clean, report.Clean
	if err := validate(t, schema, renderDelta(t, "json", Style{}, &zero)); err != nil {
		t.Errorf("of no lists: %v", err)
	}
}

// What a delta shares with a report is documented alike.
func TestDeltaSchemaSharesTheDefinitionsOfTheReport(t *testing.T) {
	read := func(text []byte) map[string]any {
		var schema struct {
			Defs map[string]any `json:"$defs"`
		}
		if err := json.Unmarshal(text, &schema); err != nil {
			t.Fatal(err)
		}
		return schema.Defs
	}
	of, in := read(Schema()), read(DeltaSchema())
	for _, name := range []string{"principal", "finding", "subject"} {
		if diff := cmp.Diff(of[name], in[name]); diff != "" || of[name] == nil {
			t.Errorf("%s (-report +delta):\n%s", name, diff)
		}
	}
}

func TestDeltaJSONRoundTrip(t *testing.T) {
	want := loadDelta(t, "full")
	var got report.Delta
	if err := json.Unmarshal([]byte(renderDelta(t, "json", Style{}, want)), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, &got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDeltaTextIsSafeAndFitsThePage(t *testing.T) {
	for _, name := range deltas {
		for _, width := range []int{40, 80, 140} {
			d := loadDelta(t, name)
			text := renderDelta(t, "text", Style{Width: width}, d)
			for line := range strings.Lines(text) {
				line = strings.TrimSuffix(line, "\n")
				if columns(line) > width {
					t.Errorf("%s at %d: %d columns: %s", name, width, columns(line), line)
				}
				if escape(line) != line {
					t.Errorf("%s at %d: a terminal would obey %q", name, width, line)
				}
			}
			if diff := cmp.Diff(loadDelta(t, name), d); diff != "" {
				t.Errorf("the delta was changed:\n%s", diff)
			}
		}
	}
	if text := renderDelta(t, "json", Style{}, loadDelta(t, "full")); strings.ContainsAny(text, "\u202e\u001b") {
		t.Error("JSON holds what a terminal would obey")
	}
}

func TestUnknownDeltaFormatListsTheKnownOnes(t *testing.T) {
	if _, err := Delta("powershell", Style{}); err == nil || !strings.Contains(err.Error(), "text, json") {
		t.Errorf("got %v", err)
	}
}
