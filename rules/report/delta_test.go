package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
)

// told makes a finding from "rule outcome kind name [address]".
func told(text string) report.Finding {
	words := append(strings.Fields(text), "")
	f := report.Finding{Rule: words[0], Outcome: report.Outcome(words[1]), Severity: report.Error,
		Subject: report.Subject{Kind: words[2], Name: words[3], Address: words[4]}}
	f.Fingerprint = report.Fingerprint(f.Rule, f.Subject)
	return f
}

func reportOf(texts ...string) *report.Report {
	r := &report.Report{}
	for _, text := range texts {
		r.Findings = append(r.Findings, told(text))
	}
	return r
}

// lists is a delta's findings as "list: rule outcome name address".
func lists(d *report.Delta) []string {
	all := []string{}
	for _, list := range []struct {
		name     string
		findings []report.Finding
	}{{"introduced", d.Introduced}, {"resolved", d.Resolved}, {"kept", d.Kept}, {"no longer seen", d.Unseen},
		{"blinded", d.Blinded}, {"still unknown", d.StillBlind}, {"now seen", d.Sighted}} {
		for _, f := range list.findings {
			all = append(all, strings.TrimSpace(fmt.Sprintf("%s: %s %s %s %s", list.name, f.Rule, f.Outcome, f.Subject.Name, f.Subject.Address)))
		}
	}
	return all
}

func TestCompareTellsEachFindingOnce(t *testing.T) {
	type texts = []string
	tests := []struct {
		name     string
		old, new texts
		want     texts
		status   report.Status
	}{
		{"nothing on either side", nil, nil, texts{}, report.Clean},
		{"a failure that is new", nil, texts{"r fail host a"}, texts{"introduced: r fail a"}, report.Findings},
		{"a failure that is gone", texts{"r fail host a"}, nil, texts{"resolved: r fail a"}, report.Clean},
		{"a failure that stays", texts{"r fail host a"}, texts{"r fail host A"}, texts{"kept: r fail A"}, report.Clean},
		{"unknown to fail is introduced", texts{"r unknown host a"}, texts{"r fail host a"}, texts{"introduced: r fail a"}, report.Findings},
		{"fail to unknown is neither resolved nor fine", texts{"r fail host a"}, texts{"r unknown host a"},
			texts{"no longer seen: r fail a", "blinded: r unknown a"}, report.Blind},
		{"unknown in both", texts{"r unknown host a"}, texts{"r unknown host a"}, texts{"still unknown: r unknown a"}, report.Clean},
		{"unknown to nothing", texts{"r unknown host a"}, nil, texts{"now seen: r unknown a"}, report.Clean},
		{"blind where nothing was wrong", nil, texts{"r unknown host a"}, texts{"blinded: r unknown a"}, report.Blind},
		{"a host that has no address any more hides what was wrong at one", texts{"r fail host a 192.0.2.1:443"}, texts{"r unknown host a"},
			texts{"no longer seen: r fail a 192.0.2.1:443", "blinded: r unknown a"}, report.Blind},
		{"a directory that cannot be read hides what was wrong in it", texts{"r fail host a"}, texts{"r unknown organization contoso"},
			texts{"no longer seen: r fail a", "blinded: r unknown contoso"}, report.Blind},
		{"another host that cannot be seen hides nothing", texts{"r fail host a"}, texts{"r unknown host b"},
			texts{"resolved: r fail a", "blinded: r unknown b"}, report.Blind},
		{"a host that moved to an address that cannot be seen", texts{"r fail host a 192.0.2.1:443"}, texts{"r unknown host a 192.0.2.2:443"},
			texts{"no longer seen: r fail a 192.0.2.1:443", "blinded: r unknown a 192.0.2.2:443"}, report.Blind},
		{"an address that cannot be seen hides nothing of one that is seen", texts{"r fail host a 192.0.2.9:443"}, texts{"r unknown host a 192.0.2.2:443"},
			texts{"resolved: r fail a 192.0.2.9:443", "blinded: r unknown a 192.0.2.2:443"}, report.Blind},
		{"what was unknown all the time hides nothing", texts{"r fail host a", "r unknown organization contoso"}, texts{"r unknown organization contoso"},
			texts{"resolved: r fail a", "still unknown: r unknown contoso"}, report.Clean},
		{"what another rule cannot see hides nothing", texts{"r fail host a"}, texts{"q unknown host a"},
			texts{"resolved: r fail a", "blinded: q unknown a"}, report.Blind},
		{"a waiver does not resolve", texts{"r fail host a"}, texts{"r waived host a"}, texts{"kept: r waived a"}, report.Clean},
		{"a waiver that ends introduces", texts{"r waived host a"}, texts{"r fail host a"}, texts{"introduced: r fail a"}, report.Findings},
		{"a waiver of what nobody could see", texts{"r unknown host a"}, texts{"r waived host a"}, texts{"now seen: r unknown a"}, report.Clean},
		{"two organizations share a fingerprint: the gravest counts", texts{"r unknown host a", "r fail host a"}, texts{"r fail host a", "r unknown host a"},
			texts{"kept: r fail a"}, report.Clean},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			now := reportOf(test.new...)
			now.Served = []report.Served{{Host: "a", Port: 443, Address: "192.0.2.9:443", Thumbprint: "4711"}}
			d := report.Compare(reportOf(test.old...), now, "")
			if diff := cmp.Diff(test.want, lists(d)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if d.Exit != test.status {
				t.Errorf("status is %+v, want %+v", d.Exit, test.status)
			}
		})
	}
}

// Whatever a later report says of a subject that failed, the failure is in one list,
// and blindness never makes it resolved.
func TestCompareLosesNoFailure(t *testing.T) {
	const failed = "r fail host a 192.0.2.1:443"
	for _, after := range []string{failed, "r unknown host a 192.0.2.1:443", "r unknown host a", "r unknown site a", "r waived host a 192.0.2.1:443", "q fail host b"} {
		d := report.Compare(reportOf(failed), reportOf(after), "")
		if n := len(d.Resolved) + len(d.Kept) + len(d.Unseen); n != 1 {
			t.Errorf("to %q: the failure is told %d times: %q", after, n, lists(d))
		}
		if strings.Contains(after, "unknown") && len(d.Resolved) > 0 {
			t.Errorf("to %q: it is resolved", after)
		}
	}
}

func TestCompareByThreshold(t *testing.T) {
	warned := told("r fail host a")
	warned.Severity = report.Warning
	d := report.Compare(&report.Report{}, &report.Report{Findings: []report.Finding{warned}}, report.FailOnError)
	if d.Exit != report.Clean || d.New.Exit != report.Clean || d.Status("") != report.Findings {
		t.Errorf("statuses are %+v, %+v, %+v", d.Exit, d.New.Exit, d.Status(""))
	}
}

func TestComparePrincipals(t *testing.T) {
	row := func(host, address, effective string) report.Principal {
		return report.Principal{Provider: "EXPR", Scope: "external", Host: host, Address: address, Effective: effective,
			Published: []string{}, Stored: report.Stored{Read: true}}
	}
	mail, owa := row("mail.contoso.com", "192.0.2.1:443", "msstd:mail.contoso.com"), row("owa.contoso.com", "192.0.2.1:443", "msstd:owa.contoso.com")
	moved := mail
	moved.CommonName, moved.Match = "mail.fabrikam.com", "mismatch"
	again := mail
	again.Effective = "msstd:*.contoso.com"
	for name, test := range map[string]struct {
		old, new []report.Principal
		want     []report.PrincipalRow
	}{
		"the same in another order": {[]report.Principal{mail, owa}, []report.Principal{owa, mail}, []report.PrincipalRow{}},
		"one that changed":          {[]report.Principal{mail, owa}, []report.Principal{moved, owa}, []report.PrincipalRow{{Old: &mail, New: &moved}}},
		"one that is new":           {[]report.Principal{mail}, []report.Principal{mail, owa}, []report.PrincipalRow{{New: &owa}}},
		"one that is gone":          {[]report.Principal{mail, owa}, []report.Principal{mail}, []report.PrincipalRow{{Old: &owa}}},
		"two rows of one place":     {[]report.Principal{mail, again}, []report.Principal{again, moved}, []report.PrincipalRow{{Old: &mail, New: &moved}}},
	} {
		got := report.Compare(&report.Report{Principals: test.old}, &report.Report{Principals: test.new}, "").Principals
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDeltaHasNoNullLists(t *testing.T) {
	data, err := json.Marshal(report.Compare(&report.Report{}, &report.Report{}, ""))
	if err != nil || strings.Contains(string(data), "null") {
		t.Errorf("%s, %v", data, err)
	}
}

func ExampleCompare() {
	old := &report.Report{Findings: []report.Finding{{Rule: "certificate-expired", Outcome: report.Fail, Fingerprint: "1"}}}
	new := &report.Report{Findings: []report.Finding{{Rule: "principal-name-mismatch", Outcome: report.Fail, Severity: report.Error, Fingerprint: "2"}}}
	d := report.Compare(old, new, report.FailOnWarning)
	fmt.Println(d.Resolved[0].Rule, "is resolved;", d.Introduced[0].Rule, "is introduced:", d.Exit.Name)
	// Output: certificate-expired is resolved; principal-name-mismatch is introduced: findings
}
