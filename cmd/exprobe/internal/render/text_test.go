package render

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"exprobe/rules/report"
)

// commandLines are the lines that may be wider than the page.
func commandLines(r *report.Report) []string {
	var all []string
	for _, c := range r.Fix.Commands {
		for _, line := range append([]string{c.Line, c.Preview, c.Undo, c.Verify}, c.Recycle...) {
			if line != "" && escape(line) == line {
				all = append(all, line)
			}
		}
	}
	return all
}

func TestNoLineButACommandIsWiderThanThePage(t *testing.T) {
	for _, name := range reportNames(t) {
		r := load(t, name)
		commands := map[string]bool{}
		for _, line := range commandLines(r) {
			commands["    "+line] = true
			for _, label := range []string{"  Preview first:  ", "  Undo:           ", "  Verify:         "} {
				commands[label+line], commands["  "+label+line] = true, true
			}
		}
		for width := 40; width <= 200; width++ {
			for i, line := range strings.Split(render(t, "text", Style{Width: width}, r), "\n") {
				if got := runewidth.StringWidth(line); got > width && !commands[line] {
					t.Errorf("%s at %d: line %d takes %d: %q", name, width, i+1, got, line)
				}
				if strings.TrimRight(line, " ") != line && !commands[line] {
					t.Errorf("%s at %d: line %d ends with a blank: %q", name, width, i+1, line)
				}
			}
		}
	}
}

func TestCommandsArePrintedVerbatimAtEveryWidth(t *testing.T) {
	for _, name := range reportNames(t) {
		r := load(t, name)
		for _, width := range []int{1, 40, 80, 200} {
			text := render(t, "text", Style{Width: width}, r)
			for _, line := range commandLines(r) {
				if !strings.Contains(text, line+"\n") {
					t.Errorf("%s at %d does not hold %q", name, width, line)
				}
			}
		}
	}
}

// Whatever is wrapped, and whatever is told once for several, every character of
// a value is still there.
func TestNothingIsCut(t *testing.T) {
	squash := strings.NewReplacer(" ", "", "\n", "").Replace
	for _, name := range reportNames(t) {
		r := load(t, name)
		for _, width := range []int{40, 80} { // on a wide page neighbours stand between the lines of a cell
			text := squash(render(t, "text", Style{Width: width}, r))
			holds := func(values ...string) {
				t.Helper()
				for _, value := range values {
					if want := squash(escape(edges(value))); value != "" && !strings.Contains(text, want) {
						t.Errorf("%s at %d does not hold %q", name, width, want)
					}
				}
			}
			for _, row := range r.Principals {
				if len(r.Principals) <= maxRows || row.Match != "match" { // beyond it the matching rows are counted
					holds(row.CommonName, row.Stored.Value, row.Note)
					holds(row.Published...)
				}
			}
			for _, f := range r.Findings {
				holds(f.Rule, f.Message, f.Subject.Name, f.Subject.Address, f.Subject.Provider)
				if f.Outcome != report.Unknown {
					holds(f.Title)
				}
				for _, e := range f.Evidence {
					holds(e.Name, e.Value)
				}
			}
		}
	}
}

func TestAfterThis(t *testing.T) {
	r := load(t, "kb2710606")
	for want, after := range map[string]report.Count{
		"  after this: 0 findings\n":              {},
		"  after this: 0 findings, 2 not seen\n":  {Unknown: 2},
		"  after this: 1 finding\n":               {Failed: 1},
		"  after this: 12 findings, 1 not seen\n": {Failed: 12, Unknown: 1},
	} {
		r.After = after
		if text := render(t, "text", Style{}, r); !strings.Contains(text, want) {
			t.Errorf("%+v is not told as %q", after, want)
		}
	}
	r.Fix.Commands = nil
	if text := render(t, "text", Style{}, r); strings.Contains(text, "after this") {
		t.Error("a report without a command promises something of one")
	}
}

func TestVerdict(t *testing.T) {
	fail := func(s report.Severity) report.Finding { return report.Finding{Severity: s, Outcome: report.Fail} }
	unknown := report.Finding{Severity: report.Error, Outcome: report.Unknown}
	waived := report.Finding{Severity: report.Error, Outcome: report.Waived}
	refuses := func(hosts ...string) (rows []report.Principal) {
		for _, host := range hosts {
			rows = append(rows, report.Principal{Host: host, Match: "mismatch"}, report.Principal{Host: host, Match: "mismatch"})
		}
		return rows
	}
	for want, r := range map[string]report.Report{
		"no findings.": {},
		"nothing wrong was seen, but 1 check could not be made.":           {Findings: []report.Finding{unknown}, Tally: []report.Tally{{Pass: 1}}},
		"nothing could be judged: 1 check could not be made.":              {Findings: []report.Finding{unknown}},
		"1 error, 0 warnings. Outlook Anywhere clients refuse a.":          {Findings: []report.Finding{fail(report.Error)}, Principals: refuses("a")},
		"0 errors, 2 warnings.":                                            {Findings: []report.Finding{fail(report.Warning), fail(report.Warning)}},
		"0 errors, 0 warnings, 1 info.":                                    {Findings: []report.Finding{fail(report.Info)}},
		"1 error, 0 warnings. 2 checks could not be made.":                 {Findings: []report.Finding{fail(report.Error), unknown, unknown}},
		"no findings, 1 waived.":                                           {Findings: []report.Finding{waived}},
		"no findings. Outlook Anywhere clients refuse a, b and c.":         {Principals: refuses("a", "b", "c")},
		"no findings. Outlook Anywhere clients refuse a, b, c and 1 more.": {Principals: refuses("a", "b", "c", "d")},
	} {
		if got := verdict(&r); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWordsForMissingValues(t *testing.T) {
	row := report.Principal{Provider: "EXPR", Scope: "external", Host: "mail.contoso.com", Address: "192.0.2.10:443", Match: "match"}
	for name, test := range map[string]struct {
		change func(*report.Principal)
		want   string
	}{
		"not read":            {func(r *report.Principal) {}, "AD STORES           not read"},
		"no value":            {func(r *report.Principal) { r.Stored.Read = true }, "AD STORES           $null"},
		"empty":               {func(r *report.Principal) { r.Stored = report.Stored{Read: true, Present: true} }, `AD STORES           ""`},
		"the word itself":     {func(r *report.Principal) { r.Stored = report.Stored{Read: true, Present: true, Value: "$null"} }, `AD STORES           "$null"`},
		"blanks":              {func(r *report.Principal) { r.Published = []string{" a "} }, `AUTODISCOVER SENDS  \u{20}a\u{20}`},
		"nothing published":   {func(r *report.Principal) {}, "AUTODISCOVER SENDS  -"},
		"no common name":      {func(r *report.Principal) {}, "CERTIFICATE SAYS    -"},
		"no certificate":      {func(r *report.Principal) { r.Match = "unknown" }, "CERTIFICATE SAYS    not seen"},
		"no address":          {func(r *report.Principal) { r.Address = "" }, "mail.contoso.com  not seen"},
		"derived":             {func(r *report.Principal) { r.Effective = "msstd:mail.contoso.com" }, "= msstd:mail.contoso.com (default)"},
		"neither nor default": {func(r *report.Principal) { r.Effective = "msstd:b.test" }, "= msstd:b.test\n"},
	} {
		changed := row
		test.change(&changed)
		if text := render(t, "text", Style{}, &report.Report{Principals: []report.Principal{changed}}); !strings.Contains(text, test.want) {
			t.Errorf("%s: %q is not in\n%s", name, test.want, text)
		}
	}
}

var sgr = regexp.MustCompile("\x1b\\[(3[1-6]|0)m")

func TestColorChangesNothingButColor(t *testing.T) {
	for _, name := range reportNames(t) {
		r := load(t, name)
		for _, width := range []int{40, 80, 140} {
			plain := render(t, "text", Style{Width: width}, r)
			colored := render(t, "text", Style{Width: width, Color: true}, r)
			if sgr.ReplaceAllString(colored, "") != plain {
				t.Errorf("%s at %d differs in more than colour", name, width)
			}
			if strings.Contains(plain, "\x1b") {
				t.Errorf("%s at %d is coloured without being asked", name, width)
			}
		}
	}
	if text := render(t, "text", Style{Color: true}, load(t, "kb2710606")); !strings.Contains(text, "\x1b[31mmismatch\x1b[0m") ||
		!strings.Contains(text, "\x1b[31merror\x1b[0m principal-name-mismatch") {
		t.Error("a mismatch and an error are not red")
	}
}

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"mail.contoso.com": "mail.contoso.com",
		"\x1b[31m":         `\u{1b}[31m`,
		"\u009b31m":        `\u{9b}31m`,
		"a\nb\r\tc":        `a\u{a}b\u{d}\u{9}c`,
		"\u202e\u2066":     `\u{202e}\u{2066}`,
		"\u200b\u00ad":     `\u{200b}\u{ad}`,
		"\u2028\u2029\x7f": `\u{2028}\u{2029}\u{7f}`,
		"\u00a0\u3000":     `\u{a0}\u{3000}`,
		"e\u0301":          `e\u{301}`,
		"\xff\xfe":         `\x{ff}\x{fe}`,
		"\ufffd":           "\ufffd",
		"\U000e0041\ufe0f": `\u{e0041}\u{fe0f}`,
		"日本語":              "日本語",
		`CN=a\, b`:         `CN=a\, b`,
	} {
		if got := escape(text); got != want {
			t.Errorf("%+q is written as %s, want %s", text, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text        string
		first, rest int
		want        string
	}{
		{"", 10, 10, ""},
		{"one two three", 7, 5, "one two|three"},
		{"one two three", 8, 8, "one two|three"},
		{"abcdefghij", 4, 3, "abcd|efg|hij"},
		{"msstd:owa.contoso.com", 16, 16, "msstd:owa.|contoso.com"},
		{"= msstd:owa.contoso.com", 16, 16, "= msstd:owa.|contoso.com"},
		{"日本語日本語", 5, 4, "日本|語日|本語"},
	} {
		if got := strings.Join(wrap(test.text, test.first, test.rest), "|"); got != test.want {
			t.Errorf("%q at %d, %d: got %s, want %s", test.text, test.first, test.rest, got, test.want)
		}
	}
}

func TestManyRowsCountTheMatching(t *testing.T) {
	var r report.Report
	for i := range maxRows {
		r.Principals = append(r.Principals, report.Principal{Host: fmt.Sprintf("h%d.test", i), Match: "match"})
	}
	if text := render(t, "text", Style{}, &r); !strings.Contains(text, "h199.test") || strings.Contains(text, "not shown") {
		t.Error("rows are left out below the bound")
	}
	r.Principals = append(r.Principals, report.Principal{Host: "last.test", Match: "unknown"})
	text := render(t, "text", Style{}, &r)
	if strings.Contains(text, "h0.test") || !strings.Contains(text, "last.test") || !strings.Contains(text, "and 200 rows not shown, each of them a match") {
		t.Errorf("beyond the bound:\n%s", text)
	}
}
