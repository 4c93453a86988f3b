package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/rules/report"
)

// found is a finding of one rule and message about a host.
func found(host, address, provider string, evidence ...report.Evidence) report.Finding {
	return report.Finding{Rule: "a-rule", Severity: report.Error, Outcome: report.Fail, Title: "a title", Message: "a message",
		Subject:  report.Subject{Kind: "host", Name: host, Address: address, Provider: provider},
		Evidence: evidence}
}

func changed(f report.Finding, change func(*report.Finding)) report.Finding {
	change(&f)
	return f
}

// section is what stands below a title, without its indent.
func section(t *testing.T, text, title string) []string {
	t.Helper()
	_, after, ok := strings.Cut("\n"+text, "\n"+title+"\n")
	if !ok {
		return nil
	}
	body, _, _ := strings.Cut(after, "\n\n")
	var lines []string
	for line := range strings.Lines(body) {
		lines = append(lines, strings.TrimSuffix(strings.TrimPrefix(line, "  "), "\n"))
	}
	return lines
}

func TestFindingsAreToldTogetherOnlyWhereTheyAreOneStory(t *testing.T) {
	const (
		a, b, c = "192.0.2.10:443", "192.0.2.11:443", "192.0.2.12:443"
		hint    = "exprobe explain RULE says more about a rule."
	)
	x, y, z := report.Evidence{Name: "x", Value: "1"}, report.Evidence{Name: "y", Value: "2"}, report.Evidence{Name: "y", Value: "3"}
	for name, test := range map[string]struct {
		findings []report.Finding
		want     []string
	}{
		"one": {
			[]report.Finding{found("h", a, "EXPR", x)},
			[]string{"error a-rule: a title", "  host h at " + a + ", provider EXPR", "    a message", "    x: 1"},
		},
		"two addresses": {
			[]report.Finding{found("h", a, "EXPR", x), found("h", b, "EXPR", x)},
			[]string{"error a-rule (2 findings): a title", "  host h at " + a + " and " + b + ", provider EXPR", "    a message", "    x: 1"},
		},
		"two addresses, two providers": {
			[]report.Finding{found("h", a, "EXCH", x), found("h", a, "EXPR", x), found("h", b, "EXCH", x), found("h", b, "EXPR", x)},
			[]string{"error a-rule (4 findings): a title", "  host h at " + a + " and " + b + ", providers EXCH and EXPR", "    a message", "    x: 1"},
		},
		"a provider at one address only": {
			[]report.Finding{found("h", a, "EXCH"), found("h", a, "EXPR"), found("h", b, "EXPR")},
			[]string{"error a-rule (3 findings): a title",
				"  host h at " + a + ", provider EXCH", "  host h at " + a + " and " + b + ", provider EXPR", "    a message"},
		},
		"providers with other evidence": {
			[]report.Finding{found("h", a, "EXCH", x), found("h", a, "EXPR", y)},
			[]string{"error a-rule (2 findings): a title",
				"  host h at " + a + ", provider EXCH", "    a message", "    x: 1", "  host h at " + a + ", provider EXPR", "    a message", "    y: 2"},
		},
		"addresses with other evidence": {
			[]report.Finding{found("h", a, "", y, x), found("h", b, "", z, x), found("h", c, "", z, x)},
			[]string{"error a-rule (3 findings): a title", "  host h at 3 addresses (" + a + ", " + b + " and " + c + ")", "    a message", "    x: 1",
				"    at " + a + ":", "      y: 2", "    at " + b + " and " + c + ":", "      y: 3"},
		},
		"evidence that one address lacks": {
			[]report.Finding{found("h", a, "", x), found("h", b, "")},
			[]string{"error a-rule (2 findings): a title", "  host h at " + a + " and " + b, "    a message", "    at " + a + ":", "      x: 1"},
		},
		"two hosts with one certificate": {
			[]report.Finding{found("g", a, "", x), found("h", a, "", x)},
			[]string{"error a-rule (2 findings): a title", "  host g at " + a, "  host h at " + a, "    a message", "    x: 1"},
		},
		"a host as such, and an address of it": {
			[]report.Finding{found("h", "", ""), found("h", a, "")},
			[]string{"error a-rule (2 findings): a title", "  host h", "  host h at " + a, "    a message"},
		},
		"the same finding twice": {
			[]report.Finding{found("h", a, "", x), found("h", a, "", x, y)},
			[]string{"error a-rule (2 findings): a title", "  host h at " + a, "    a message", "    x: 1", "    y: 2"},
		},
		"other messages": {
			[]report.Finding{found("h", a, ""), changed(found("h", b, ""), func(f *report.Finding) { f.Message = "another" })},
			[]string{"error a-rule (2 findings): a title", "  host h at " + a, "    a message", "  host h at " + b, "    another"},
		},
		"other rules": {
			[]report.Finding{found("h", a, ""), changed(found("h", b, ""), func(f *report.Finding) { f.Rule = "b-rule" })},
			[]string{"error a-rule: a title", "  host h at " + a, "    a message", "error b-rule: a title", "  host h at " + b, "    a message"},
		},
		"other severities, the gravest first": {
			[]report.Finding{changed(found("h", a, ""), func(f *report.Finding) { f.Severity = report.Info }), found("h", b, "")},
			[]string{"error a-rule: a title", "  host h at " + b, "    a message", "info a-rule: a title", "  host h at " + a, "    a message"},
		},
		"a waived one": {
			[]report.Finding{found("h", a, ""), changed(found("h", b, ""), func(f *report.Finding) { f.Outcome = report.Waived })},
			[]string{"error a-rule: a title", "  host h at " + a, "    a message", "error (waived) a-rule: a title", "  host h at " + b, "    a message"},
		},
		"two providers": {
			[]report.Finding{
				changed(found("", "", ""), func(f *report.Finding) { f.Subject = report.Subject{Kind: "provider", Name: "EXCH", Provider: "EXCH"} }),
				changed(found("", "", ""), func(f *report.Finding) { f.Subject = report.Subject{Kind: "provider", Name: "EXPR", Provider: "EXPR"} }),
			},
			[]string{"error a-rule (2 findings): a title", "  providers EXCH and EXPR", "    a message"},
		},
	} {
		got := section(t, render(t, "text", Style{Width: 200}, &report.Report{Findings: test.findings}), "Findings")
		if diff := cmp.Diff(append(test.want, hint), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A distinguished name is long, and is shown only where nothing else says which
// object is meant.
func TestDistinguishedNamesAreShownWhereNamesAreNotEnough(t *testing.T) {
	of := func(name, provider, dn string) report.Finding {
		f := found(name, "", provider)
		f.Subject.DN = dn
		return f
	}
	const first, second = "CN=EXPR,DC=contoso", "CN=EXPR,DC=fabrikam"
	for name, test := range map[string]struct {
		findings []report.Finding
		shown    bool
	}{
		"one object":                 {[]report.Finding{of("h", "EXPR", first), of("g", "EXPR", first)}, false},
		"two objects of one name":    {[]report.Finding{of("h", "EXPR", first), of("g", "EXPR", second)}, true},
		"two objects of two names":   {[]report.Finding{of("h", "EXPR", first), of("g", "EXCH", second)}, false},
		"an object without a name":   {[]report.Finding{of("", "", first)}, true},
		"two objects, then the one":  {[]report.Finding{of("h", "EXPR", first), of("g", "EXPR", second), of("g", "EXPR", second)}, true},
		"an object that has a name":  {[]report.Finding{of("h", "", first)}, false},
		"two objects of another one": {[]report.Finding{of("h", "", first), of("h", "", second)}, true},
	} {
		for _, outcome := range []report.Outcome{report.Fail, report.Unknown} {
			var findings []report.Finding
			for _, f := range test.findings {
				f.Outcome = outcome
				findings = append(findings, f)
			}
			text := render(t, "text", Style{}, &report.Report{Findings: findings})
			for _, f := range findings {
				if got := strings.Contains(text, "in the directory: "+f.Subject.DN+"\n"); got != test.shown {
					t.Errorf("%s (%s): %s shown: %v, want %v:\n%s", name, outcome, f.Subject.DN, got, test.shown, text)
				}
			}
		}
	}
}

func TestNotSeenTellsEachReasonOnceAndConsequencesLast(t *testing.T) {
	unseen := func(rule, message string, s report.Subject) report.Finding {
		return report.Finding{Rule: rule, Severity: report.Error, Outcome: report.Unknown, Message: message, Subject: s}
	}
	host := func(name, provider string) report.Subject {
		return report.Subject{Kind: "host", Name: name, Address: "192.0.2.10:443", Provider: provider}
	}
	exchange := report.Subject{Kind: "provider", Name: "EXCH", Provider: "EXCH", DN: "CN=EXCH"}
	r := report.Report{Findings: []report.Finding{
		unseen("certificate-expired", "timed out", host("g", "")),
		unseen("certificate-expired", "timed out", host("h", "")),
		unseen("principal-name-mismatch", "timed out", host("h", "EXCH")),
		unseen("principal-name-mismatch", "timed out", host("h", "EXPR")),
		unseen("principal-names-disagree", "not every host could be seen", exchange),
		unseen("provider-answer-differs", "no answer", report.Subject{Kind: "mailbox", Name: "user@contoso.com", Provider: "EXCH"}),
		unseen("provider-unreadable", "no answer", exchange),
		unseen("provider-unreadable", "", exchange),
	}}
	want := []string{
		"timed out",
		"  about: host g at 192.0.2.10:443",
		"  about: host h at 192.0.2.10:443, providers EXCH and EXPR",
		"  blind: certificate-expired, principal-name-mismatch (4 checks)",
		"no answer",
		"  about: mailbox user@contoso.com, provider EXCH",
		"  about: provider EXCH",
		"  blind: provider-answer-differs, provider-unreadable",
		"no reason is known",
		"  about: provider EXCH",
		"  blind: provider-unreadable",
		"not every host could be seen",
		"  about: provider EXCH",
		"  blind: principal-names-disagree",
	}
	if diff := cmp.Diff(want, section(t, render(t, "text", Style{}, &r), "Not seen")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The numbers in the headings add up to the findings of the report.
func TestHeadingsAddUpToTheVerdict(t *testing.T) {
	for _, name := range reportNames(t) {
		r := load(t, name)
		want := map[report.Severity]int{}
		for _, f := range r.Findings {
			if f.Outcome != report.Unknown {
				want[f.Severity]++
			}
		}
		got := map[report.Severity]int{}
		for _, line := range section(t, render(t, "text", Style{Width: 200}, r), "Findings") {
			severity, rest, _ := strings.Cut(line, " ")
			if !slices.Contains([]string{"error", "warning", "info"}, severity) {
				continue
			}
			n := 1
			if _, number, ok := strings.Cut(rest, " ("); ok && strings.Contains(rest, " findings)") {
				if _, err := fmt.Sscanf(number, "%d findings)", &n); err != nil {
					t.Fatalf("%s: %q: %v", name, line, err)
				}
			}
			got[report.Severity(severity)] += n
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTwoCommandsAreOneBlockToCopy(t *testing.T) {
	r := load(t, "several")
	block := "  Run in the Exchange Management Shell:\n    " + r.Fix.Commands[0].Line + "\n    " + r.Fix.Commands[1].Line + "\n"
	text := render(t, "text", Style{}, r)
	if !strings.Contains(text, block) {
		t.Errorf("%q is not in\n%s", block, text)
	}
	if got := strings.Count(text, "Wait: "); got != 1 {
		t.Errorf("commands that share what is to be done afterwards say it %d times", got)
	}
	r.Fix.Commands[1].Wait = "a day"
	if got := strings.Count(render(t, "text", Style{}, r), "Wait: "); got != 2 {
		t.Errorf("commands that wait for different times say it %d times", got)
	}
}

func TestStackedRowsThatDifferInTheAddressAloneAreOne(t *testing.T) {
	row := func(address, name string) report.Principal {
		return report.Principal{Provider: "EXPR", Scope: "external", Host: "mail.contoso.com", Address: address, CommonName: name, Match: "match"}
	}
	r := report.Report{Principals: []report.Principal{
		row("192.0.2.10:443", "a"), row("192.0.2.11:443", "b"), row("192.0.2.12:443", "a"), row("", "")}}
	want := []string{
		"PROVIDER  SCOPE     HOST              ADDRESS",
		"EXPR      external  mail.contoso.com  192.0.2.10:443",
		"                                      192.0.2.12:443",
		"EXPR      external  mail.contoso.com  192.0.2.11:443",
		"EXPR      external  mail.contoso.com  not seen",
	}
	var got []string
	for line := range strings.Lines(render(t, "text", Style{}, &r)) {
		if strings.HasPrefix(line, "PROVIDER") || strings.Contains(line, "192.0.2.") || strings.Contains(line, "mail.contoso.com  ") {
			got = append(got, strings.TrimSuffix(line, "\n"))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func BenchmarkText(b *testing.B) {
	for _, n := range []int{5_000, 20_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var r report.Report
			for i := range n {
				host, address := fmt.Sprintf("h%d.test", i/2), fmt.Sprintf("192.0.2.%d:%d", i%256, i)
				r.Principals = append(r.Principals, report.Principal{Host: host, Address: address, Match: "mismatch"})
				f := found(host, address, "EXPR", report.Evidence{Name: "its thumbprint", Value: address})
				f.Subject.DN, f.Fingerprint = "CN="+host, address
				r.Findings = append(r.Findings, f, found("one.test", address, "EXCH", report.Evidence{Name: "its thumbprint", Value: address}),
					changed(f, func(f *report.Finding) { f.Outcome, f.Message = report.Unknown, fmt.Sprint("reason ", i%7) }))
			}
			for b.Loop() {
				render(b, "text", Style{}, &r)
			}
		})
	}
}

func TestWhatFollowsFromAFindingIsToldUnderIt(t *testing.T) {
	as := func(rule, print, cause string, outcome report.Outcome) report.Finding {
		return changed(found("h", "192.0.2.10:443", ""), func(f *report.Finding) {
			f.Rule, f.Fingerprint, f.Cause, f.Outcome, f.Message = rule, print, cause, outcome, "says "+rule
		})
	}
	for name, test := range map[string]struct {
		findings   []report.Finding
		have, lack []string
	}{
		"two consequences": {
			[]report.Finding{as("a-rule", "1", "", report.Fail), as("b-rule", "2", "1", report.Fail), as("c-rule", "3", "1", report.Fail)},
			[]string{"error a-rule: a title", "    from this follow: b-rule, c-rule"}, []string{"says b-rule"}},
		"one rule twice": {
			[]report.Finding{as("a-rule", "1", "", report.Fail), as("b-rule", "2", "1", report.Fail), as("b-rule", "3", "1", report.Fail)},
			[]string{"    from this follow: b-rule (2 findings)"}, nil},
		"a cause that is not there": {
			[]report.Finding{as("b-rule", "2", "1", report.Fail)}, []string{"error b-rule: a title"}, []string{"follow"}},
		"a cause that is waived": {
			[]report.Finding{as("a-rule", "1", "", report.Waived), as("b-rule", "2", "1", report.Fail)}, []string{"error b-rule: a title"}, []string{"follow"}},
		"a consequence that is waived": {
			[]report.Finding{as("a-rule", "1", "", report.Fail), as("b-rule", "2", "1", report.Waived)}, []string{"error (waived) b-rule: a title"}, []string{"follow"}},
		"a cause that could not be seen": {
			[]report.Finding{as("a-rule", "1", "", report.Unknown), as("b-rule", "2", "1", report.Fail)}, []string{"error b-rule: a title"}, []string{"follow"}},
	} {
		lines := section(t, render(t, "text", Style{Width: 200}, &report.Report{Findings: test.findings}), "Findings")
		for _, want := range test.have {
			if !slices.Contains(lines, want) {
				t.Errorf("%s: no line %q in %q", name, want, lines)
			}
		}
		for _, bad := range test.lack {
			if strings.Contains(strings.Join(lines, "\n"), bad) {
				t.Errorf("%s: %q in %q", name, bad, lines)
			}
		}
	}
}
