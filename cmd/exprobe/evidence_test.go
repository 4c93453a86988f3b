package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"exprobe/cmd/exprobe/internal/app"
	"exprobe/cmd/exprobe/internal/render"
	"exprobe/cmd/exprobe/internal/world"
	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
)

// run runs the command in this process, as at one instant.
func run(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = app.Main(args, app.Environment{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		Now: func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }})
	return status, out.String(), errs.String()
}

// What is judged later is what would have been judged at once, to the byte.
func TestEvidenceIsJudgedAsTheLiveDeploymentWas(t *testing.T) {
	for _, name := range world.Scenarios() {
		t.Run(name, func(t *testing.T) {
			archive, _ := world.Scenario(name)
			w, err := world.Start(archive)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			file := filepath.Join(t.TempDir(), "evidence.json")
			if status, stdout, stderr := run(t, "collect", "-o", file, "--config", w.Config()); status != 0 && status != 3 || stdout != "" || stderr != "" {
				t.Fatalf("collect: status %d, %q, %q", status, stdout, stderr)
			}
			if w.Close(); t.Failed() { // what is judged from here on was seen before
				return
			}
			for _, format := range render.Names() {
				again, err := world.Start(archive)
				if err != nil {
					t.Fatal(err)
				}
				wantStatus, want, _ := run(t, "audit", "--config", again.Config(), "--format", format)
				again.Close()
				gotStatus, got, stderr := run(t, "audit", "--from", file, "--format", format)
				if gotStatus != wantStatus || stderr != "" {
					t.Errorf("%s: status %d, want %d; %s", format, gotStatus, wantStatus, stderr)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-live +saved):\n%s", format, diff)
				}
			}
		})
	}
}

func TestEvidenceThatWasChangedIsSaidToBe(t *testing.T) {
	archive, _ := world.Scenario("healthy")
	w, err := world.Start(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	file := filepath.Join(t.TempDir(), "evidence.json")
	run(t, "collect", "-o", file, "--config", w.Config())
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const warning = "warning: the evidence file evidence.json was changed after it was written"
	if _, stdout, _ := run(t, "audit", "--from", file); strings.Contains(stdout, "was changed") {
		t.Errorf("untouched, and yet:\n%s", stdout)
	}
	changed := strings.Replace(string(data), "msstd:mail.contoso.com", "msstd:owa.contoso.com", 1)
	if changed == string(data) {
		t.Fatal("nothing to change")
	}
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stdout, _ := run(t, "audit", "--from", file); !strings.HasPrefix(stdout, warning) {
		t.Errorf("no warning on the first line:\n%s", stdout)
	}
}

func TestWhatIsNoEvidenceIsRefusedWithTheNextStep(t *testing.T) {
	for name, test := range map[string]struct{ content, want string }{
		"a report":         {`{"schema":"exprobe.report/v1"}`, "this is a report"},
		"a newer version":  {`{"schema":"exprobe.evidence/v2"}`, "update exprobe"},
		"something else":   {`{"schema":"other/v1"}`, "its schema is"},
		"half a file":      {`{"schema":"exprobe.evidence/v1","takenAt":`, "not whole JSON"},
		"nothing":          {``, "not whole JSON"},
		"no instant":       {`{"schema":"exprobe.evidence/v1"}`, "when it was taken"},
		"a list for facts": {`{"schema":"exprobe.evidence/v1","hosts":{}}`, "reading evidence"},
	} {
		file := filepath.Join(t.TempDir(), "evidence.json")
		if err := os.WriteFile(file, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		status, stdout, stderr := run(t, "audit", "--from", file)
		if status != 2 || stdout != "" || !strings.Contains(stderr, test.want) || !strings.Contains(stderr, "exprobe: hint: ") {
			t.Errorf("%s: status %d, %q, %q", name, status, stdout, stderr)
		}
	}
	status, _, stderr := run(t, "audit", "--from", "evidence.json", "--mailbox", "user@contoso.com")
	if status != 2 || !strings.Contains(stderr, "--mailbox would do nothing") {
		t.Errorf("collecting and judging at once: status %d, %q", status, stderr)
	}
}

// A redacted file is judged as the first was, and names nobody.
func TestRedactedEvidenceIsJudgedAlikeAndNamesNobody(t *testing.T) {
	secret := regexp.MustCompile(`(?i)contoso|fabrikam|\bex[12]\b|\bdc1\b|user@|192\.0\.2|198\.51\.100|"der"`)
	for _, name := range world.Scenarios() {
		archive, _ := world.Scenario(name)
		w, err := world.Start(archive)
		if err != nil {
			t.Fatal(err)
		}
		open, closed := filepath.Join(t.TempDir(), "open.json"), filepath.Join(t.TempDir(), "closed.json")
		run(t, "collect", "-o", open, "--config", w.Config())
		w.Close()
		if status, _, stderr := run(t, "collect", "--from", open, "--redact", "-o", closed); stderr != "" || status == 2 {
			t.Fatalf("%s: status %d, %s", name, status, stderr)
		}
		data, err := os.ReadFile(closed)
		if err != nil {
			t.Fatal(err)
		}
		if found := secret.FindAllString(string(data), 5); found != nil {
			t.Errorf("%s: %q survive", name, found)
		}
		wantStatus, want, _ := run(t, "audit", "--from", open, "--format", "json")
		gotStatus, got, _ := run(t, "audit", "--from", closed, "--format", "json")
		if gotStatus != wantStatus {
			t.Errorf("%s: status %d, want %d", name, gotStatus, wantStatus)
		}
		if diff := cmp.Diff(tallies(t, want), tallies(t, got)); diff != "" {
			t.Errorf("%s (-open +redacted):\n%s", name, diff)
		}
	}
}

// tallies is what a JSON report counts, and the matches of its table.
func tallies(t *testing.T, text string) []string {
	t.Helper()
	var r report.Report
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, row := range r.Principals {
		list = append(list, row.Provider+" "+row.Scope+" "+row.Match)
	}
	slices.Sort(list)
	for _, tally := range r.Tally {
		list = append(list, fmt.Sprintf("%+v", tally))
	}
	return append(list, fmt.Sprintf("%d commands, %d refused, after %+v", len(r.Fix.Commands), len(r.Fix.Refused), r.After))
}
