package render

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"

	"exprobe/rules/report"
)

//go:embed schema.json
var schemaJSON []byte

// Schema returns the JSON Schema (draft 2020-12) of the JSON report.
func Schema() []byte { return slices.Clone(schemaJSON) }

func writeJSON(w io.Writer, r *report.Report) error {
	data, err := json.MarshalIndent(normal(r), "", "  ")
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return write(w, escapeJSON(string(data))+"\n")
}

// escapeJSON writes what a terminal would obey or hide as \u escapes, which mean
// the same to a JSON reader. Outside strings JSON holds ASCII alone, and inside
// them the encoder leaves no line break, so only strings are touched.
func escapeJSON(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || visible(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// normal copies a report with no list nil, and its instant in UTC. The report
// itself stays as it is.
func normal(r *report.Report) *report.Report {
	c := *r
	c.TakenAt = c.TakenAt.UTC()
	c.Warnings = filled(c.Warnings)
	c.Notes = filled(c.Notes)
	if c.Expect != nil {
		c.Expect = normalExpectation(c.Expect)
	}
	if c.Baseline != nil {
		baseline := *c.Baseline
		baseline.TakenAt = baseline.TakenAt.UTC()
		c.Baseline = &baseline
	}
	c.Principals = filled(c.Principals)
	for i := range c.Principals {
		c.Principals[i].Published = filled(c.Principals[i].Published)
	}
	c.LookUps = filled(c.LookUps)
	for i := range c.LookUps {
		c.LookUps[i].Steps = filled(c.LookUps[i].Steps)
		for j := range c.LookUps[i].Steps {
			step := &c.LookUps[i].Steps[j]
			step.Requests = filled(step.Requests)
			for k := range step.Requests {
				step.Requests[k].Schemes = filled(step.Requests[k].Schemes)
			}
		}
	}
	c.Served = filled(c.Served)
	for i := range c.Served {
		c.Served[i].PublishedBy = filled(c.Served[i].PublishedBy)
	}
	c.Findings = filled(c.Findings)
	for i := range c.Findings {
		c.Findings[i].Evidence = filled(c.Findings[i].Evidence)
	}
	c.Fix.Commands = filled(c.Fix.Commands)
	for i := range c.Fix.Commands {
		command := &c.Fix.Commands[i]
		command.Recycle = filled(command.Recycle)
		command.Answers = filled(command.Answers)
		command.Unproven = filled(command.Unproven)
	}
	c.Fix.Refused = filled(c.Fix.Refused)
	c.Fix.Kept = filled(c.Fix.Kept)
	c.Tally = filled(c.Tally)
	return &c
}

func normalExpectation(e *report.Expectation) *report.Expectation {
	c := *e
	c.Certificate.NotBefore, c.Certificate.NotAfter = c.Certificate.NotBefore.UTC(), c.Certificate.NotAfter.UTC()
	c.Certificate.Names = filled(c.Certificate.Names)
	c.Arrivals, c.Accords = filled(c.Arrivals), filled(c.Accords)
	c.Unseen, c.Notes = filled(c.Unseen), filled(c.Notes)
	return &c
}

// filled copies a list; the copy is never nil.
func filled[T any](list []T) []T { return append(make([]T, 0, len(list)), list...) }
