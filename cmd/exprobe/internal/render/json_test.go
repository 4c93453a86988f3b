package render

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"exprobe/rules/report"
)

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, text string) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(document)
}

func TestEveryJSONReportObeysTheSchema(t *testing.T) {
	schema := compileSchema(t)
	for _, name := range reportNames(t) {
		if err := validate(t, schema, render(t, "json", Style{}, load(t, name))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every list of a report may be nil in Go; none may be null in JSON.
func TestListsAreNeverNull(t *testing.T) {
	r := load(t, "kb2710606")
	r.Warnings, r.Notes, r.Tally, r.Fix.Refused, r.Fix.Kept = nil, nil, nil, nil, nil
	r.Principals[0].Published, r.Findings[0].Evidence = nil, nil
	r.Fix.Commands[0].Recycle, r.Fix.Commands[0].Answers, r.Fix.Commands[0].Unproven = nil, nil, nil
	if err := validate(t, compileSchema(t), render(t, "json", Style{}, r)); err != nil {
		t.Error(err)
	}
	if r.Warnings != nil || r.Principals[0].Published != nil || r.Fix.Commands[0].Recycle != nil {
		t.Error("the report was changed")
	}
	r.Principals, r.Findings, r.Fix.Commands = nil, nil, nil
	if err := validate(t, compileSchema(t), render(t, "json", Style{}, r)); err != nil {
		t.Error(err)
	}
}

// node walks a decoded document by keys and indices.
func node(document any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			document = document.(map[string]any)[step]
		case int:
			document = document.([]any)[step]
		}
	}
	return document
}

func TestSchemaRefusesBrokenReports(t *testing.T) {
	schema := compileSchema(t)
	whole := render(t, "json", Style{}, load(t, "kb2710606"))
	refused := func(what string, mutate func(document map[string]any)) {
		t.Helper()
		var document map[string]any
		if err := json.Unmarshal([]byte(whole), &document); err != nil {
			t.Fatal(err)
		}
		mutate(document)
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		if validate(t, schema, string(text)) == nil {
			t.Errorf("%s was accepted", what)
		}
	}
	objects := map[string][]any{
		"the report": {}, "tool": {"tool"}, "status": {"status"}, "a row": {"principals", 1}, "a finding": {"findings", 0},
		"a subject": {"findings", 0, "subject"}, "evidence": {"findings", 0, "evidence", 0}, "fix": {"fix"},
		"a command": {"fix", "commands", 0}, "after": {"after"}, "a tally": {"tally", 0},
	}
	optional := map[string]bool{"stored": true, "address in a subject": true, "provider in a subject": true, "dn in a subject": true}
	for name, path := range objects {
		var document map[string]any
		if err := json.Unmarshal([]byte(whole), &document); err != nil {
			t.Fatal(err)
		}
		for key, value := range node(document, path...).(map[string]any) {
			if !optional[key] && !optional[key+" in "+name] {
				refused(name+" without "+key, func(d map[string]any) { delete(node(d, path...).(map[string]any), key) })
			}
			if _, isList := value.([]any); isList {
				refused(name+" with null as "+key, func(d map[string]any) { node(d, path...).(map[string]any)[key] = nil })
			}
		}
		refused(name+" with a further field", func(d map[string]any) { node(d, path...).(map[string]any)["further"] = "" })
	}
	for _, wrong := range []struct {
		key   string
		value any
		path  []any
	}{
		{"schema", "exprobe.report/v2", nil},
		{"takenAt", "2026-11-22", nil},
		{"takenAt", "2026-11-22T09:00:00+09:00", nil},
		{"match", "mismatched", []any{"principals", 1}},
		{"scope", "", []any{"principals", 1}},
		{"stored", 1, []any{"principals", 1}},
		{"severity", "fatal", []any{"findings", 0}},
		{"outcome", "pass", []any{"findings", 0}},
		{"fingerprint", "", []any{"findings", 0}},
		{"code", 2, []any{"status"}},
		{"name", "clean", []any{"status"}},
		{"failed", -1, []any{"after"}},
		{"pass", 0.5, []any{"tally", 0}},
	} {
		refused(wrong.key+" wrong", func(d map[string]any) { node(d, wrong.path...).(map[string]any)[wrong.key] = wrong.value })
	}
}

func TestStoredIsNullOrAbsentOrAValue(t *testing.T) {
	r := load(t, "healthy")
	for want, stored := range map[string]report.Stored{
		`"stored": null`:    {Read: true},
		`"stored": ""`:      {Read: true, Present: true},
		`"stored": "\u003c`: {Read: true, Present: true, Value: "<"},
	} {
		r.Principals[0].Stored = stored
		if got := render(t, "json", Style{}, r); !strings.Contains(got, want) {
			t.Errorf("%+v is not written as %s", stored, want)
		}
	}
	r.Principals = r.Principals[:1]
	r.Principals[0].Stored = report.Stored{}
	if got := render(t, "json", Style{}, r); strings.Contains(got, `"stored"`) {
		t.Error("a directory that was not read has a value")
	}
}

// What is written is what is read, whatever had to be escaped on the way.
func TestJSONRoundTrip(t *testing.T) {
	for _, name := range reportNames(t) {
		want := load(t, name)
		want.Fix.Script = ""
		text := render(t, "json", Style{}, want)
		if !strings.HasSuffix(text, "}\n") {
			t.Errorf("%s does not end with a line break", name)
		}
		for _, r := range text {
			if r != '\n' && !visible(r) {
				t.Errorf("%s holds %U", name, r)
			}
		}
		var got report.Report
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, &got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
