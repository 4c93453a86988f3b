package report_test

import (
	"encoding/json"
	"testing"

	"exprobe/rules/report"
)

func TestStatus(t *testing.T) {
	finding := func(severity report.Severity, outcome report.Outcome) report.Finding {
		return report.Finding{Severity: severity, Outcome: outcome}
	}
	errorFound, warned := finding(report.Error, report.Fail), finding(report.Warning, report.Fail)
	told, unseen := finding(report.Info, report.Fail), finding(report.Error, report.Unknown)
	waived := finding(report.Error, report.Waived)
	tests := []struct {
		name     string
		findings []report.Finding
		failOn   report.FailOn
		want     report.Status
	}{
		{"nothing found", nil, "", report.Clean},
		{"a warning reaches the default threshold", []report.Finding{warned}, "", report.Findings},
		{"a warning does not reach error", []report.Finding{warned}, report.FailOnError, report.Clean},
		{"an error reaches error", []report.Finding{warned, errorFound}, report.FailOnError, report.Findings},
		{"information does not reach the default", []report.Finding{told}, "", report.Clean},
		{"information reaches info", []report.Finding{told}, report.FailOnInfo, report.Findings},
		{"never", []report.Finding{errorFound, warned, told}, report.FailOnNever, report.Clean},
		{"what was not seen is never fine", []report.Finding{unseen}, "", report.Blind},
		{"not even with never", []report.Finding{errorFound, unseen}, report.FailOnNever, report.Blind},
		{"what was not seen below the threshold of what was", []report.Finding{told, unseen}, "", report.Blind},
		{"findings outrank blindness, first", []report.Finding{errorFound, unseen}, "", report.Findings},
		{"findings outrank blindness, last", []report.Finding{unseen, errorFound}, "", report.Findings},
		{"a waived finding counts for nothing", []report.Finding{waived}, report.FailOnInfo, report.Clean},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := report.Report{Findings: test.findings}
			if got := r.Status(test.failOn); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestParseFailOn(t *testing.T) {
	for text, want := range map[string]report.FailOn{"": report.FailOnWarning, "error": report.FailOnError, "warning": report.FailOnWarning,
		"info": report.FailOnInfo, "never": report.FailOnNever} {
		if got, err := report.ParseFailOn(text); err != nil || got != want {
			t.Errorf("%q gives %q, %v", text, got, err)
		}
	}
	if _, err := report.ParseFailOn("Warning"); err == nil {
		t.Error("a threshold that is none is taken")
	}
}

func TestStoredTellsNotReadFromNoValue(t *testing.T) {
	for text, stored := range map[string]report.Stored{
		`{"stored":null}`: {Read: true},
		`{"stored":"x"}`:  {Read: true, Present: true, Value: "x"},
		`{"stored":""}`:   {Read: true, Present: true},
		`{}`:              {},
	} {
		type row struct {
			Stored report.Stored `json:"stored,omitzero"`
		}
		got, err := json.Marshal(row{stored})
		if err != nil || string(got) != text {
			t.Errorf("%+v is written %s, %v; want %s", stored, got, err, text)
		}
		var back row
		if err := json.Unmarshal([]byte(text), &back); err != nil || back.Stored != stored {
			t.Errorf("%s is read %+v, %v", text, back.Stored, err)
		}
	}
}

func TestFingerprint(t *testing.T) {
	subject := report.Subject{Kind: "host", Name: "mail.contoso.com", Address: "192.0.2.10:443", Provider: "EXPR"}
	base := report.Fingerprint("principal-name-mismatch", subject)
	capital := subject
	capital.Name = "MAIL.contoso.com"
	if report.Fingerprint("principal-name-mismatch", capital) != base {
		t.Error("the case of a name changes the fingerprint")
	}
	for _, other := range []report.Subject{
		{Kind: "host", Name: "mail.contoso.com", Address: "192.0.2.11:443", Provider: "EXPR"},
		{Kind: "host", Name: "mail.contoso.com", Address: "192.0.2.10:443", Provider: "EXCH"},
		{Kind: "host", Name: "mail.contoso.com192.0.2.10:443", Provider: "EXPR"},
	} {
		if report.Fingerprint("principal-name-mismatch", other) == base {
			t.Errorf("%+v has the same fingerprint", other)
		}
	}
	if report.Fingerprint("certificate-expired", subject) == base {
		t.Error("two rules have one fingerprint")
	}
}
