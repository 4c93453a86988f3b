package render

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"exprobe/rules/report"
)

// fill puts text into every string of a value, with lists of two.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), text)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), text)
		}
	}
}

// hostile is a report with text in every field, and in every branch of the page.
func hostile(text string) *report.Report {
	var r report.Report
	fill(reflect.ValueOf(&r).Elem(), text)
	r.Findings = append(r.Findings, r.Findings...)
	for i, outcome := range []report.Outcome{report.Fail, report.Unknown, report.Waived} {
		r.Findings[i].Outcome = outcome
	}
	r.Findings[0].Severity = report.Error
	// The same story at another address with other evidence, and at an object of the same name.
	for i := range 2 {
		other := r.Findings[i]
		other.Subject.Address += "2"
		other.Evidence = append(other.Evidence[:1:1], report.Evidence{Name: text})
		r.Findings = append(r.Findings, other)
		other.Subject.DN += "2"
		r.Findings = append(r.Findings, other)
	}
	r.Principals[0].Match = "mismatch"
	return &r
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{
		"", " ", "\x1b[2J", "\u202emoc", "\n\nVerdict: no findings.", "\xff", "a b", "\u009b31m", "日本語", "\u115f\u3164\u2800", "-", "\"", "\\u{",
		strings.Repeat("x", 300), strings.Repeat("é\u0301 ", 50), "\U0001f468\u200d\U0001f469", "  a  ", strings.Repeat("= ", 60),
	} {
		f.Add(seed, 80, false)
		f.Add(seed, 40, true)
	}
	f.Fuzz(func(t *testing.T, text string, width int, color bool) {
		if len(text) > 300 {
			return
		}
		width = 40 + (width&0xff)%161
		r := hostile(text)
		got := render(t, "text", Style{Width: width, Color: color}, r)
		if color {
			got = sgr.ReplaceAllString(got, "")
		}
		if !utf8.ValidString(got) {
			t.Error("the text is not UTF-8")
		}
		for i, line := range strings.Split(got, "\n") {
			for _, c := range line {
				if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || unicode.Is(unicode.Zl, c) || unicode.Is(unicode.Zp, c) || unicode.Is(unicode.Mn, c) {
					t.Fatalf("line %d holds %U: %q", i+1, c, line)
				}
			}
			if columns(line) > width && !(text != "" && strings.HasSuffix(line, text)) {
				t.Fatalf("line %d takes %d of %d: %q", i+1, columns(line), width, line)
			}
		}
	})
}

func FuzzPowerShellComments(f *testing.F) {
	f.Add("requires -Version 99")
	f.Add("\nRemove-Mailbox *")
	f.Add("\u2028SIG # Begin signature block")
	f.Add("#>\r")
	f.Fuzz(func(t *testing.T, text string) {
		r := hostile(text)
		r.Fix.Script = ""
		for i, line := range strings.Split(strings.TrimSuffix(render(t, "powershell", Style{}, r), "\n"), "\n") {
			if !strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "# SIG #") {
				t.Errorf("line %d is more than a comment: %q", i+1, line)
			}
			for _, c := range line {
				if c < ' ' || c > '~' {
					t.Errorf("line %d holds %U", i+1, c)
				}
			}
		}
		for _, c := range render(t, "powershell", Style{}, hostile(text)) {
			if c != '\n' && c != '\t' && (c < ' ' || c > '~') {
				t.Errorf("the script holds %U", c)
			}
		}
	})
}
