// Package render writes a report for its reader: text for a terminal, JSON for a
// program, PowerShell for the Exchange Management Shell.
//
// The idea: a report is whole, so a renderer only chooses words and places. One
// file per format; each is a function of the report and of nothing else.
//
// The laws:
//
//   - No renderer judges, and none decides the exit status.
//   - Every text of a report is hostile and is escaped for its sink. A terminal
//     sees no character that it would obey, hide or reorder.
//   - A value is never cut; it is wrapped. A command is never even wrapped: it is
//     printed as it is, or, where it is not safe to print, as data.
//   - What several findings say alike is told once in text, with every subject;
//     the counts stay those of the report.
//   - The report is not changed.
package render

import (
	"fmt"
	"io"
	"strings"

	"exprobe/rules/report"
)

// Style is how text is laid out. The other formats know no style.
type Style struct {
	Width int  // columns; 0 means 80, and fewer than 40 are taken as 40
	Color bool // colour severities and matches
}

// Renderer writes a report in one format.
type Renderer func(w io.Writer, r *report.Report) error

// Format returns the renderer of one of [Names].
func Format(name string, style Style) (Renderer, error) {
	switch name {
	case "text":
		return func(w io.Writer, r *report.Report) error { return writeText(w, r, style) }, nil
	case "json":
		return writeJSON, nil
	case "powershell":
		return writePowerShell, nil
	}
	return nil, fmt.Errorf("format %q is not one of %s", name, strings.Join(Names(), ", "))
}

// Names returns the formats, the default first.
func Names() []string { return []string{"text", "json", "powershell"} }

func write(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
