package source

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

func written(t testing.TB, s *facts.Snapshot) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (Evidence{Snapshot: s, Tool: report.Tool{Name: "exprobe", Version: "1.0.0"}}).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sample() *facts.Snapshot {
	return &facts.Snapshot{Schema: facts.EvidenceSchema, TakenAt: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
		Answers: []facts.Answer{{URL: "https://contoso.com/", Response: facts.Unknown[facts.Response](`"digest": "` + noDigest)}},
		Hosts:   []facts.Host{host("mail.contoso.com", sees("192.0.2.1:443", "A"))}}
}

func TestEvidenceIsReadAsItWasWritten(t *testing.T) {
	data := written(t, sample())
	got, changed, err := ReadEvidence(data)
	if err != nil || changed {
		t.Fatalf("changed %t, %v", changed, err)
	}
	if want := encoded(sample()); encoded(got.Snapshot) != want {
		t.Error(cmp.Diff(want, encoded(got.Snapshot)))
	}
	if got.Tool.Version != "1.0.0" {
		t.Errorf("the tool is %+v", got.Tool)
	}
}

func TestEachChangedByteShows(t *testing.T) {
	data := written(t, sample())
	for at := range data {
		changed := bytes.Clone(data)
		changed[at] ^= 1
		if _, shows, err := ReadEvidence(changed); err == nil && !shows {
			t.Errorf("a change at %d (%q to %q) does not show", at, data[at], changed[at])
		}
	}
	for name, changed := range map[string][]byte{
		"no digest":       bytes.Replace(data, []byte(`"digest"`), []byte(`"other"`), -1),
		"a blank at last": append(bytes.Clone(data), ' '),
	} {
		if _, shows, err := ReadEvidence(changed); err == nil && !shows {
			t.Errorf("%s: does not show", name)
		}
	}
}

func FuzzReadEvidence(f *testing.F) {
	f.Add(written(f, sample()))
	f.Add([]byte(`{"schema":"exprobe.evidence/v1","takenAt":"2026-11-22T09:00:00Z","hosts":[{"addresses":{"known":true,"value":[{"served":{"known":true}}]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, _, err := ReadEvidence(data)
		if err != nil {
			return
		}
		again, changed, err := ReadEvidence(written(t, e.Snapshot))
		if err != nil || changed || encoded(again.Snapshot) != encoded(e.Snapshot) {
			t.Errorf("what was read is written otherwise: changed %t, %v", changed, err)
		}
	})
}
