package fix_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/fix"
)

// commandLine is what a printed command may look like, written from PowerShell's
// point of view and not from the grammar of the solver: one cmdlet, one provider,
// one argument that is $null or one string in which nothing expands.
var commandLine = regexp.MustCompile(`\ASet-OutlookProvider (EXPR|EXCH) -CertPrincipalName:(\$null|"[A-Za-z0-9:.*-]+")\z`)

// unquote reads a verbatim PowerShell string as PowerShell's tokenizer does: any of
// the five quotation marks ends it unless another one follows, and then the first
// of the two stands for itself. rest is what is left after its end.
func unquote(text string) (value, rest string, ok bool) {
	mark := func(r rune) bool { return strings.ContainsRune("'\u2018\u2019\u201a\u201b", r) }
	runes := []rune(text)
	if len(runes) == 0 || !mark(runes[0]) {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(runes); i++ {
		if !mark(runes[i]) {
			b.WriteRune(runes[i])
			continue
		}
		if i+1 < len(runes) && mark(runes[i+1]) {
			b.WriteRune(runes[i])
			i++
			continue
		}
		return b.String(), string(runes[i+1:]), true
	}
	return "", "", false
}

// No input from the network or the directory makes the printed line anything but
// one Set-OutlookProvider command with one literal argument.
func FuzzCommand(f *testing.F) {
	f.Add("msstd:owa.contoso.com", "mail.contoso.com", "mail.contoso.com", "EX1")
	f.Add(`x"; calc; "`, `m"+$(calc)+".contoso.com`, "mail.contoso.com", "EX1 -ScriptBlock { calc }")
	f.Add("x’; calc", "mail.contoso.com\n", "mail.contoso.com\r\n", "EX1\ncalc")
	f.Add("fullsic:\\<CN=a>", "*.contoso.com", "*.contoso.com", "")
	f.Add("\u202e", "\u2018.contoso.com", "--%", "`")
	f.Add("$null", "none", "-WhatIf", "$x")
	f.Fuzz(func(t *testing.T, stored, cn, san, server string) {
		s := rules.Healthy()
		store(s, "EXPR", stored)
		serveAll(s, certificate(cn, san, cn, "mail.contoso.com"))
		for i := range s.Organizations[0].VirtualDirectories.Value {
			s.Organizations[0].VirtualDirectories.Value[i].Server = server
		}
		got := plan(s, "EXPR", "EXCH")
		for _, c := range got.Commands {
			if !commandLine.MatchString(c.Line) {
				t.Errorf("the line is %q", c.Line)
			}
			if c.Preview != c.Line+" -WhatIf" {
				t.Errorf("the preview is %q", c.Preview)
			}
			checkUndo(t, c.Undo, c.UndoNote, c.Provider, stored)
			for _, line := range c.Recycle {
				if !regexp.MustCompile(`\A(Invoke-Command -ComputerName [A-Za-z0-9-]+ -ScriptBlock \{ )?Restart-WebAppPool MSExchangeAutodiscoverAppPool( \})?\z`).MatchString(line) {
					t.Errorf("a recycle line is %q", line)
				}
			}
		}
		for i, b := range []byte(got.Script) {
			if b >= 0x7f || b < 0x20 && b != '\n' {
				t.Fatalf("the script holds byte %#x at %d", b, i)
			}
		}
	})
}

func checkUndo(t *testing.T, undo, note, provider, stored string) {
	t.Helper()
	if provider != facts.EXPR {
		return
	}
	rest, ok := strings.CutPrefix(undo, "Set-OutlookProvider EXPR -CertPrincipalName:")
	switch {
	case undo == "" && note != "":
	case !ok:
		t.Errorf("the undo is %q (%q)", undo, note)
	case rest == "$null":
		if stored != "" {
			t.Errorf("the undo forgets %q", stored)
		}
	case commandLine.MatchString(undo):
		if rest != `"`+stored+`"` {
			t.Errorf("the undo of %q is %q", stored, undo)
		}
	default:
		if value, after, ok := unquote(rest); !ok || after != "" || value != stored {
			t.Errorf("the undo of %q reads as %q, %q", stored, value, after)
		}
	}
}

func FuzzVerbatim(f *testing.F) {
	for _, seed := range []string{"", "'", "''", "‘’‚‛", "a'b’c", "$(calc)`n\"", "\x00\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		if value, rest, ok := unquote(fix.Verbatim(text)); !ok || rest != "" || value != text {
			t.Errorf("%q reads as %q, %q", text, value, rest)
		}
	})
}

func TestSafe(t *testing.T) {
	long := strings.Repeat("a", 63)
	for value, want := range map[string]bool{
		"msstd:mail.contoso.com":                     true,
		"msstd:*.contoso.com":                        true,
		"msstd:" + long + "." + long + ".com":        true,
		"msstd:mail":                                 false,
		"msstd:mail.contoso.com\n":                   false,
		"msstd:mail.contoso.com ":                    false,
		"MSSTD:mail.contoso.com":                     false,
		"msstd:*.*.com":                              false,
		"msstd:mail_1.contoso.com":                   false,
		"msstd:mаil.contoso.com":                     false,
		`msstd:mail"contoso.com`:                     false,
		"msstd:" + strings.Repeat("a.", 127) + "com": false,
		"": false,
	} {
		if got := fix.Safe(value); got != want {
			t.Errorf("%q is %t", value, got)
		}
	}
}

func ExampleVerbatim() {
	fmt.Println(fix.Verbatim("contoso’s own"))
	// Output: 'contoso’’s own'
}
