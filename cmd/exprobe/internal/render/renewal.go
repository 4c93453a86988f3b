package render

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"exprobe/rules/report"
)

// RenewalRenderer writes what a renewal would change in one format.
type RenewalRenderer func(w io.Writer, r *report.Renewal) error

// Renewal returns the renderer of one of [RenewalFormats].
func Renewal(name string, style Style) (RenewalRenderer, error) {
	switch name {
	case "text":
		return func(w io.Writer, r *report.Renewal) error { return writeRenewal(w, r, style) }, nil
	case "json":
		return writeRenewalJSON, nil
	case "markdown":
		return writeTicket, nil
	case "powershell":
		return writeRenewalScript, nil
	}
	return nil, fmt.Errorf("format %q is not one of %s", name, strings.Join(RenewalFormats(), ", "))
}

// RenewalFormats returns the formats, the default first.
func RenewalFormats() []string { return []string{"text", "json", "markdown", "powershell"} }

//go:embed renewal.json
var renewalSchema []byte

// RenewalSchema returns the JSON Schema (draft 2020-12) of what exprobe renewal writes
// as JSON.
func RenewalSchema() []byte { return slices.Clone(renewalSchema) }

func writeRenewalJSON(w io.Writer, r *report.Renewal) error {
	c := *r
	c.TakenAt = c.TakenAt.UTC()
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return write(w, escapeJSON(string(data))+"\n")
}

// writeRenewalScript writes the plan as a script, or says in comments why there is none.
func writeRenewalScript(w io.Writer, r *report.Renewal) error {
	head := &report.Report{Tool: r.Tool, TakenAt: r.TakenAt}
	if r.Plan.Script == "" {
		return write(w, comments(head, append(slices.Clone(r.Plan.Stop), r.Plan.Order)))
	}
	if hidden, found := hiddenIn(r.Plan.Script); found {
		return write(w, comments(head, []string{fmt.Sprintf("the script is left out: it holds U+%04X, and only printable ASCII is safe to run", hidden)}))
	}
	return write(w, strings.TrimSuffix(r.Plan.Script, "\n")+"\n")
}
