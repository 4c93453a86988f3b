package fix_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/fix"
	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

func planned(s *facts.Snapshot, providers ...string) fix.Planned {
	var wants []report.Change
	for _, p := range providers {
		wants = append(wants, report.Change{Provider: p, Parameter: fix.CertPrincipalName})
	}
	return fix.Plan(s, wants)
}

func plan(s *facts.Snapshot, providers ...string) report.Fix {
	p := planned(s, providers...)
	p.Fix.Script = fix.Script(s.TakenAt, []fix.Planned{p})
	return p.Fix
}

func TestUndoRestoresWhatTheDirectoryHeld(t *testing.T) {
	tests := []struct {
		name       string
		stored     facts.Observed[facts.Text]
		undo, note string
	}{
		{"a value", facts.Say("msstd:owa.contoso.com"), `Set-OutlookProvider EXPR -CertPrincipalName:"msstd:owa.contoso.com"`, ""},
		{"no value", facts.Null(), `Set-OutlookProvider EXPR -CertPrincipalName:$null`, "held no value"},
		{"an empty value", facts.Say(""), `Set-OutlookProvider EXPR -CertPrincipalName:$null`, "held no value"},
		{"a bare name", facts.Say("owa.contoso.com"), `Set-OutlookProvider EXPR -CertPrincipalName:'owa.contoso.com'`, "outside the usual form"},
		{"a value that would run", facts.Say(`x"; Remove-Mailbox 'a'; $(calc) "`), `Set-OutlookProvider EXPR -CertPrincipalName:'x"; Remove-Mailbox ''a''; $(calc) "'`, "outside the usual form"},
		{"a typographic quotation mark", facts.Say("x’; calc"), "Set-OutlookProvider EXPR -CertPrincipalName:'x’’; calc'", "outside the usual form"},
		{"a line break", facts.Say("x\nRemove-Mailbox a"), "", `"x\nRemove-Mailbox a"`},
		{"a hidden direction mark", facts.Say("x\u202ey"), "", `"x\u202ey"`},
		{"invalid UTF-8", facts.Say("x\xffy"), "", `"x\xffy"`},
		{"not readable", facts.Unknown[facts.Text]("denied"), "", "could not be read"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := rules.Healthy()
			store(s, "EXPR", "msstd:owa.contoso.com") // so that Autodiscover sends what fails
			s.Provider("EXPR").CertPrincipalName = test.stored
			got := plan(s, "EXPR")
			if test.stored == facts.Null() || test.stored == facts.Say("") {
				serveAll(s, certificate("contoso.com", "contoso.com", "mail.contoso.com"))
				got = plan(s, "EXPR")
			}
			if len(got.Commands) != 1 {
				t.Fatalf("got %+v", got)
			}
			if c := got.Commands[0]; c.Undo != test.undo || !strings.Contains(c.UndoNote, test.note) {
				t.Errorf("undo is %q (%q)", c.Undo, c.UndoNote)
			}
		})
	}
}

func TestWithoutADirectoryThereIsNoUndo(t *testing.T) {
	s := rules.Healthy()
	store(s, "EXPR", "msstd:owa.contoso.com")
	s.Organizations = nil
	got := plan(s, "EXPR")
	if len(got.Commands) != 1 || got.Commands[0].Undo != "" || !strings.Contains(got.Commands[0].UndoNote, "the directory was not read") {
		t.Errorf("got %+v", got.Commands)
	}
}

func TestServersAreNamedAndHostileNamesAreNot(t *testing.T) {
	s := rules.Healthy()
	store(s, "EXPR", "msstd:owa.contoso.com")
	for i := range s.Organizations[0].VirtualDirectories.Value {
		if d := &s.Organizations[0].VirtualDirectories.Value[i]; d.Server == "EX2" {
			d.Server = "EX2; calc"
		}
	}
	got := plan(s, "EXPR").Commands[0].Recycle
	want := []string{"Invoke-Command -ComputerName EX1 -ScriptBlock { Restart-WebAppPool MSExchangeAutodiscoverAppPool }"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWaitFollowsTheTTL(t *testing.T) {
	for ttl, want := range map[int]string{0: "until Outlook is restarted", 1: "up to 1 hour", 4: "up to 4 hours"} {
		s := rules.Healthy()
		store(s, "EXPR", "msstd:owa.contoso.com")
		s.Provider("EXPR").TTL = facts.Known(facts.Present(ttl))
		if got := plan(s, "EXPR").Commands[0].Wait; !strings.Contains(got, want) || !strings.Contains(got, "15 minutes") {
			t.Errorf("with TTL %d: %q", ttl, got)
		}
	}
}

func TestScripts(t *testing.T) {
	tests := []struct {
		name string
		set  func(s *facts.Snapshot)
	}{
		{"both-providers", func(s *facts.Snapshot) {
			store(s, "EXPR", "msstd:owa.contoso.com")
			store(s, "EXCH", "mail.contoso.com")
		}},
		{"odd-value", func(s *facts.Snapshot) { store(s, "EXPR", "owa’s ünïcode") }},
		{"value-that-is-no-command", func(s *facts.Snapshot) { store(s, "EXPR", "a\nb") }},
		{"directory-not-read", func(s *facts.Snapshot) {
			store(s, "EXPR", "msstd:owa.contoso.com")
			s.Organizations = nil
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := rules.Healthy()
			test.set(s)
			got := plan(s, "EXPR", "EXCH").Script
			name := "testdata/" + test.name + ".ps1"
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
			for i, b := range []byte(got) {
				if b >= 0x7f || b < 0x20 && b != '\n' {
					t.Fatalf("byte %#x at %d is not printable ASCII", b, i)
				}
			}
		})
	}
}
