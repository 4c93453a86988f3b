package render

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"exprobe/rules/report"
)

// nastyTexts are what a directory or a certificate may hold.
var nastyTexts = []string{
	"| a | b |", "# heading", "- item", "1. item", "`` ` ``", "```\nrm -rf /\n```", "<script>alert(1)</script>", "[click](https://evil.test)",
	"https://evil.test", "www.evil.test", "![x](y)", "\x1b[31mred", "\u202eesrever", "*bold* _it_ ~~gone~~", "a\\|b", "&lt;", "line\nbreak", "\\", "$x$", "==\n",
}

// odd is a renewal that holds a text in every place where one may stand.
func odd(text string) *report.Renewal {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	finding := report.Finding{Rule: "renewal-name-lost", Severity: report.Error, Outcome: report.Fail, Title: text, Message: text,
		Subject: report.Subject{Kind: "host", Name: text, Address: text}, Evidence: []report.Evidence{{Name: text, Value: text}}, Fingerprint: "0123456789abcdef"}
	seat := report.Concerned{Host: text, Node: text, Address: text, CommonName: text, Thumbprint: text, NotAfter: &at, Note: text}
	return &report.Renewal{Schema: report.RenewalSchema, TakenAt: at, Tool: report.Tool{Name: "exprobe", Version: "dev"}, Exit: report.Findings,
		Answer: report.Answer{Word: report.No, Why: text}, Warnings: []string{text}, Notes: []string{text},
		Candidate: report.Candidate{File: text, CommonName: text, Names: []string{text}, Issuer: text, Key: text, Trust: text, Purposes: []string{text}, WhenIssued: []string{text}},
		Concerned: []report.Concerned{seat}, Unseen: []report.Concerned{seat}, Elsewhere: []report.Concerned{seat},
		Comparisons: []report.Comparison{{CommonName: text, Thumbprint: text, At: []string{text}, Rows: []report.Row{{What: "issuer", Old: text, New: text, Changed: true, Effect: text}}}},
		Judged:      []report.Finding{finding}, Left: []report.Finding{finding}, NotJudged: []string{text}, Tally: []report.Tally{},
		Delta: &report.Delta{Schema: report.DeltaSchema, Introduced: []report.Finding{finding}, Resolved: []report.Finding{finding}, Kept: []report.Finding{finding}, Blinded: []report.Finding{finding}},
		Plan: report.Plan{Order: text, Window: report.Window{Open: true, Text: text, Hosts: []string{}}, Assumes: []string{text}, Stop: []string{text},
			Steps:   []report.PlanStep{{Number: 1, When: report.Before, Title: text, Why: text, Where: report.ShellExchange, Commands: []string{text}, Verify: []string{text}, Caution: text, Wait: text}},
			Undo:    []report.PlanUndo{{Step: 1, Title: text, Commands: []string{text}, Note: text}},
			Refused: []report.Refusal{{Provider: text, Why: text, Next: text}}}}
}

// A ticket has the same lines whatever stands in it: no text adds a heading, a row, a
// cell, an item or a fence, and none hides.
func TestNoTextChangesTheTicket(t *testing.T) {
	shape := func(text string) []string {
		var b strings.Builder
		if err := writeTicket(&b, odd(text)); err != nil {
			t.Fatal(err)
		}
		var lines []string
		fence := ""
		for _, line := range strings.Split(b.String(), "\n") {
			ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
			kind := "text"
			switch {
			case fence != "" && line == fence:
				kind, fence = "fence", ""
			case fence != "":
				kind = "code"
			case len(ticks) >= 3:
				kind, fence = "fence", ticks
			case strings.HasPrefix(line, "#"):
				kind = line[:strings.Index(line, " ")]
			case strings.HasPrefix(line, "|"):
				kind = strings.Repeat("|", strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"))
			case strings.HasPrefix(line, "- "), strings.HasPrefix(line, "> "):
				kind = line[:1]
			}
			lines = append(lines, kind)
			for _, r := range line {
				if !visible(r) {
					t.Errorf("%q: U+%04X is in the ticket", text, r)
				}
			}
		}
		return lines
	}
	want := shape("plain")
	for _, text := range nastyTexts {
		if got := shape(text); !slices.Equal(got, want) {
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Errorf("%q changes line %d: %q, want %q", text, i+1, got[i], want[i])
					break
				}
			}
			if len(got) != len(want) {
				t.Errorf("%q: %d lines, want %d", text, len(got), len(want))
			}
		}
	}
}

func TestProseIsReadAsItStands(t *testing.T) {
	for in, want := range map[string]string{
		"plain text (with brackets), and 1.2.3": "plain text (with brackets), and 1.2.3",
		"*x*":                                   `\*x\*`,
		"- x":                                   `\- x`,
		"12. x":                                 `12\. x`,
		"a | b":                                 `a \| b`,
		"https://x.test":                        `https\://x.test`,
		"www.x.test":                            `www\.x.test`,
		"<I>CN=x<S>":                            `\<I\>CN=x\<S\>`,
		"a\nb":                                  `a\\u{a}b`,
		"@someone, and #1 &c":                   `@someone, and \#1 \&c`,
	} {
		if in == "a\nb" {
			want = `a\\u{a}b`
		}
		if got := prose(in); got != want {
			t.Errorf("%q is written %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"x": "`x`", "a`b": "``a`b``", "`": "`` ` ``", "": "", " x": "`  x `"} {
		if got := span(in); got != want {
			t.Errorf("%q is spanned %q, want %q", in, got, want)
		}
	}
	if got := tableRow(span("a|b"), prose("c|d")); got != "| `a\\|b` | c\\|d |\n" {
		t.Errorf("the row is %q", got)
	}
	if got := tableRow(span(`a\\|b`)); got != "| `a\\\\\\|b` |\n" {
		t.Errorf("the row is %q", got)
	}
}

func TestEveryFormatOfARenewalIsSafe(t *testing.T) {
	for _, name := range RenewalFormats() {
		for _, text := range nastyTexts {
			renderer, err := Renewal(name, Style{})
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := renderer(&b, odd(text)); err != nil {
				t.Fatal(err)
			}
			for _, r := range b.String() {
				if r != '\n' && !visible(r) {
					t.Errorf("%s: %q leaves U+%04X", name, text, r)
				}
			}
			if name == "json" && !json.Valid(b.Bytes()) {
				t.Errorf("%q breaks the JSON", text)
			}
		}
	}
	if _, err := Renewal("yaml", Style{}); err == nil {
		t.Error("yaml is a format")
	}
	if err := writeRenewalScript(io.Discard, &report.Renewal{Plan: report.Plan{Script: "x\u202e"}}); err != nil {
		t.Error(err)
	}
}

func FuzzTicket(f *testing.F) {
	for _, text := range nastyTexts {
		f.Add(text)
	}
	lines := func(t *testing.T, text string) int {
		var b strings.Builder
		if err := writeTicket(&b, odd(text)); err != nil {
			t.Fatal(err)
		}
		return strings.Count(b.String(), "\n")
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" {
			return // then sentences are left out
		}
		if got, want := lines(t, text), lines(t, "plain"); got != want {
			t.Errorf("%d lines, want %d", got, want)
		}
	})
}
