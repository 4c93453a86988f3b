package rules_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/fix"
	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
)

const otherThumbprint = "FFEEDDCCBBAA99887766554433221100FFEEDDCC"

// healthyThumbprint is that of the certificate of mail.contoso.com.
var healthyThumbprint = rules.Healthy().Hosts[0].Addresses.Value[0].Served.Value.Leaf().Thumbprint

// aboutToExpire is the healthy deployment with a certificate of mail.contoso.com that
// ends in a day, at each of its addresses and servers.
func aboutToExpire() *facts.Snapshot {
	s := rules.Healthy()
	for i := range s.Hosts {
		if s.Hosts[i].Name != "mail.contoso.com" {
			continue
		}
		for j := range s.Hosts[i].Addresses.Value {
			exchange(&s.Hosts[i].Addresses.Value[j], func(leaf *facts.Certificate) { leaf.NotAfter = s.TakenAt.Add(24 * time.Hour) })
		}
	}
	return s
}

// exchange changes the certificate that one address serves, and none that shares its
// chain.
func exchange(e *facts.Endpoint, change func(leaf *facts.Certificate)) {
	e.Served.Value.Chain = slices.Clone(e.Served.Value.Chain)
	change(&e.Served.Value.Chain[0])
}

func waiver(rule, subject string, until rules.Until) rules.Waiver {
	return rules.Waiver{Rule: rule, Subject: subject, Owner: "Exchange team", Reason: "renewed with the balancer", Until: until}
}

func until(day string) rules.Until {
	at, _ := time.Parse(time.DateOnly, day)
	return rules.Until{Day: at}
}

func outcomes(rep *report.Report) []string {
	list := []string{}
	for _, f := range rep.Findings {
		list = append(list, fmt.Sprintf("%s %s %s %s", f.Outcome, f.Rule, f.Subject.Name, f.Subject.Address))
	}
	return list
}

func TestWaivers(t *testing.T) {
	dead := func(s *facts.Snapshot) { s.Hosts[0].Addresses = facts.Unknown[[]facts.Endpoint]("no such host") }
	replaced := func(s *facts.Snapshot) {
		exchange(&s.Hosts[0].Addresses.Value[1], func(leaf *facts.Certificate) { leaf.Thumbprint = otherThumbprint })
	}
	const (
		first, second = " certificate-expires-soon mail.contoso.com 192.0.2.10:443", " certificate-expires-soon mail.contoso.com 192.0.2.11:443"
		expired       = "fail waiver-expired certificate-expires-soon for "
		unmatched     = "fail waiver-unmatched certificate-expires-soon for "
	)
	for _, test := range []struct {
		name    string
		change  func(*facts.Snapshot)
		subject string
		until   rules.Until
		status  report.Status // at the default threshold
		want    []string
	}{
		{"holds through its last day", nil, "mail.contoso.com", until("2026-11-22"), report.Clean, []string{"waived" + first, "waived" + second}},
		{"is over the day after", nil, "mail.contoso.com", until("2026-11-21"), report.Findings, []string{"fail" + first, "fail" + second, expired + "mail.contoso.com "}},
		{"of one address leaves the other", nil, "192.0.2.11:443", until("2027-01-01"), report.Findings, []string{"fail" + first, "waived" + second}},
		{"of a host at one address", nil, "mail.contoso.com at 192.0.2.10:443", until("2027-01-01"), report.Findings, []string{"fail" + second, "waived" + first}},
		{"with a wildcard", nil, "*.CONTOSO.com", until("2027-01-01"), report.Clean, []string{"waived" + first, "waived" + second}},
		{"of all subjects", nil, "*", until("2027-01-01"), report.Clean, []string{"waived" + first, "waived" + second}},
		{"with a wildcard inside", nil, "m*l.*.com at *.11:*", until("2027-01-01"), report.Findings, []string{"fail" + first, "waived" + second}},
		{"is no part of a name", nil, "mail.contoso", until("2027-01-01"), report.Findings, []string{"fail" + first, "fail" + second, unmatched + "mail.contoso "}},
		{"of another host", nil, "owa.contoso.com", until("2027-01-01"), report.Findings, []string{"fail" + first, "fail" + second, unmatched + "owa.contoso.com "}},
		{"of names that begin otherwise", nil, "owa.*", until("2027-01-01"), report.Findings, []string{"fail" + first, "fail" + second, unmatched + "owa.* "}},
		{"of names that end otherwise", nil, "*.net", until("2027-01-01"), report.Findings, []string{"fail" + first, "fail" + second, unmatched + "*.net "}},
		{"of another host, and over", nil, "owa.contoso.com", until("2026-01-01"), report.Findings, []string{"fail" + first, "fail" + second, expired + "owa.contoso.com "}},
		{"while the certificate is served", nil, "mail.contoso.com", rules.Until{Certificate: strings.ToLower(healthyThumbprint)}, report.Clean, []string{"waived" + first, "waived" + second}},
		{"when the certificate was replaced at one address", replaced, "mail.contoso.com", rules.Until{Certificate: healthyThumbprint}, report.Findings,
			[]string{"fail certificate-differs-between-addresses mail.contoso.com ", "fail" + second, expired + "mail.contoso.com ", "waived" + first}},
		{"when the certificate was never there", nil, "mail.contoso.com", rules.Until{Certificate: otherThumbprint}, report.Findings,
			[]string{"fail" + first, "fail" + second, expired + "mail.contoso.com "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := aboutToExpire()
			if test.change != nil {
				test.change(s)
			}
			rep := rules.Evaluate(s, rules.All(), rules.Policy{Waivers: []rules.Waiver{waiver("certificate-expires-soon", test.subject, test.until)}})
			if diff := cmp.Diff(test.want, outcomes(rep)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if rep.Exit != test.status {
				t.Errorf("the status is %v, want %v", rep.Exit, test.status)
			}
			for _, f := range rep.Findings {
				if (f.Outcome == report.Waived) != (f.Waiver != nil) {
					t.Errorf("%s has outcome %s and the waiver %+v", f.Rule, f.Outcome, f.Waiver)
				}
			}
			if failed, waived := tallied(rep, "certificate-expires-soon"); failed+waived != 2 || waived != strings.Count(fmt.Sprint(outcomes(rep)), "waived") {
				t.Errorf("the tally counts %d failed and %d waived", failed, waived)
			}
		})
	}
	t.Run("a certificate that has expired ends it", func(t *testing.T) {
		s := aboutToExpire()
		s.TakenAt = s.TakenAt.Add(48 * time.Hour)
		rep := rules.Evaluate(s, rules.All(), rules.Policy{Waivers: []rules.Waiver{waiver("certificate-expired", "*", rules.Until{Certificate: healthyThumbprint})}})
		want := []string{}
		for _, rule := range []string{"certificate-expired", "hybrid-endpoint-certificate"} {
			for _, address := range []string{"192.0.2.10:443", "192.0.2.11:443"} {
				want = append(want, "fail "+rule+" mail.contoso.com "+address)
			}
		}
		want = append(want, "fail waiver-expired certificate-expired for * ")
		if diff := cmp.Diff(want, outcomes(rep)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("what cannot be seen is waived until a day", func(t *testing.T) {
		s := rules.Healthy()
		dead(s)
		policy := rules.Policy{}
		for _, rule := range rules.All() {
			if rule.Weigh == nil {
				policy.Waivers = append(policy.Waivers, waiver(rule.ID, "mail.contoso.com", until("2027-01-01")))
			}
		}
		bare := rules.Evaluate(s, rules.All(), rules.Policy{})
		rep := rules.Evaluate(s, rules.All(), policy)
		blind := slices.ContainsFunc(rep.Findings, func(f report.Finding) bool {
			return f.Outcome == report.Unknown && f.Subject.Name == "mail.contoso.com"
		})
		if bare.Exit != report.Blind || blind {
			t.Errorf("without waivers the status is %v; with them %q is left", bare.Exit, outcomes(rep))
		}
	})
	t.Run("what cannot be seen is not waived until a certificate", func(t *testing.T) {
		s := rules.Healthy()
		dead(s)
		rep := rules.Evaluate(s, rules.All(), rules.Policy{Waivers: []rules.Waiver{waiver("certificate-expired", "*", rules.Until{Certificate: healthyThumbprint})}})
		got := outcomes(rep)
		if strings.Contains(fmt.Sprint(got), "waived") || !slices.Contains(got, "unknown waiver-expired certificate-expired for * ") {
			t.Errorf("found %q", got)
		}
	})
}

func tallied(rep *report.Report, rule string) (failed, waived int) {
	for _, row := range rep.Tally {
		if row.Rule == rule {
			return row.Fail, row.Waived
		}
	}
	return 0, 0
}

// A waiver of a provider holds while any host serves its certificate: a provider
// itself serves none.
func TestAWaiverOfAProviderLastsAsLongAsAnyHostServesTheCertificate(t *testing.T) {
	s := rules.Healthy()
	s.Provider("EXPR").CertPrincipalName = facts.Say("msstd: mail.contoso.com")
	for thumbprint, want := range map[string]string{healthyThumbprint: "waived", otherThumbprint: "fail"} {
		rep := rules.Evaluate(s, rules.All(), rules.Policy{Waivers: []rules.Waiver{waiver("principal-name-malformed", "EXPR", rules.Until{Certificate: thumbprint})}})
		if !slices.Contains(outcomes(rep), want+" principal-name-malformed EXPR ") {
			t.Errorf("until %s: %q", thumbprint, outcomes(rep))
		}
	}
}

// The command that mends is given whether or not its finding is waived, and what is
// promised for afterwards is what is then found.
func TestAWaivedFindingKeepsItsFix(t *testing.T) {
	for _, rule := range rules.All() {
		for _, example := range rule.Examples {
			broken := rules.Healthy()
			example.Break(broken)
			bare := rules.Evaluate(broken, rules.All(), rules.Policy{})
			policy := rules.Policy{}
			for _, f := range bare.Findings {
				if w := waiver(f.Rule, f.Subject.Name, until("2027-01-01")); !slices.Contains(policy.Waivers, w) {
					policy.Waivers = append(policy.Waivers, w)
				}
			}
			rep := rules.Evaluate(broken, rules.All(), policy)
			if rep.Exit != report.Clean || rep.After.Unknown != 0 {
				t.Errorf("%s: everything is waived, and the status is %v", example.Name, rep.Exit)
			}
			if diff := cmp.Diff(bare.Fix, rep.Fix); diff != "" {
				t.Errorf("%s: the waivers change the fix:\n%s", example.Name, diff)
			}
			var wants []report.Change
			for _, judge := range rules.All() {
				for _, v := range judge.Check(broken) {
					wants = append(wants, v.Want...)
				}
			}
			healed := rules.Evaluate(fix.Apply(broken, fix.Plan(broken, wants).Changes), rules.All(), policy)
			// A waiver that has nothing left to waive is found only then.
			if left := strings.Count(strings.ReplaceAll(fmt.Sprint(outcomes(healed)), "fail waiver-unmatched", ""), "fail "); left != rep.After.Failed {
				t.Errorf("%s: after the fix %d findings were promised and %d are left: %q", example.Name, rep.After.Failed, left, outcomes(healed))
			}
			if len(bare.Findings) != len(rep.Findings) {
				t.Errorf("%s: %d findings without waivers and %d with them", example.Name, len(bare.Findings), len(rep.Findings))
			}
			for i, f := range bare.Findings {
				if !slices.ContainsFunc(rep.Findings, func(g report.Finding) bool {
					return g.Fingerprint == f.Fingerprint && g.Message == f.Message && g.Waiver.Outcome == f.Outcome
				}) {
					t.Errorf("%s: finding %d is gone: %+v", example.Name, i, f)
				}
			}
		}
	}
}

// Ignorance never acquits a waiver that ends with a certificate: with any one fact
// taken away nothing is waived that was not, and nothing becomes clean.
func TestIgnoranceWaivesNothing(t *testing.T) {
	policy := rules.Policy{Waivers: []rules.Waiver{waiver("certificate-expires-soon", "*", rules.Until{Certificate: otherThumbprint})}}
	eachErasure(t, aboutToExpire(), func(s *facts.Snapshot, path string) {
		rep := rules.Evaluate(s, rules.All(), policy)
		if rep.Exit == report.Clean || strings.Contains(fmt.Sprint(outcomes(rep)), "waived") {
			t.Errorf("without %s: %v, %q", path, rep.Exit, outcomes(rep))
		}
	})
}

func TestAPolicyGradesAndSilencesRules(t *testing.T) {
	s := aboutToExpire()
	rep := rules.Evaluate(s, rules.All(), rules.Policy{Severities: map[string]report.Severity{"certificate-expires-soon": report.Info, "certificate-expired": report.Error}})
	if rep.Exit != report.Clean || len(rep.Findings) != 2 || rep.Findings[0].Severity != report.Info {
		t.Errorf("graded info: %v, %+v", rep.Exit, rep.Findings)
	}
	if !slices.Contains(rep.Notes, "graded by the configuration: certificate-expires-soon is info and not warning") {
		t.Errorf("the notes are %q", rep.Notes)
	}
	rep = rules.Evaluate(s, rules.All(), rules.Policy{Off: map[string]bool{"certificate-expires-soon": true},
		Waivers: []rules.Waiver{waiver("certificate-expires-soon", "*", until("2027-01-01"))}})
	if got := outcomes(rep); len(got) != 1 || got[0] != "fail waiver-unmatched certificate-expires-soon for * " || !strings.Contains(rep.Findings[0].Message, "switched off") {
		t.Errorf("switched off: %q", got)
	}
	if !slices.Contains(rep.Notes, "not judged, because the configuration switches them off: certificate-expires-soon") {
		t.Errorf("the notes are %q", rep.Notes)
	}
	for _, row := range rep.Tally {
		if row.Off != (row.Rule == "certificate-expires-soon") || row.Off && row.Pass+row.Fail+row.Unknown+row.Waived > 0 {
			t.Errorf("the tally of %s is %+v", row.Rule, row)
		}
	}
	if rules.All()[1].Check == nil || len(rules.Evaluate(s, rules.All(), rules.Policy{}).Findings) != 2 {
		t.Error("a policy changed the rules themselves")
	}
}

// A finding keeps its fingerprint and its address whatever a policy makes of it.
func TestEveryFindingCarriesItsAddressAndAStableFingerprint(t *testing.T) {
	manual, err := os.ReadFile("RULES.md") // where the address leads
	if err != nil {
		t.Fatal(err)
	}
	eachExample(t, func(t *testing.T, rule rules.Rule, example rules.Example, broken *facts.Snapshot) {
		plain := rules.Evaluate(broken, rules.All(), example.Policy)
		policy := example.Policy
		policy.Severities = map[string]report.Severity{rule.ID: report.Info}
		later := clone(t, broken)
		later.TakenAt = later.TakenAt.Add(time.Hour)
		graded := map[string]bool{}
		for _, f := range rules.Evaluate(later, rules.All(), policy).Findings {
			graded[f.Fingerprint] = true
		}
		for _, f := range plain.Findings {
			if !graded[f.Fingerprint] {
				t.Errorf("%s has another fingerprint an hour later", f.Rule)
			}
			if f.Help != "rules/RULES.md#"+f.Rule || !strings.Contains(string(manual), "\n## "+f.Rule+"\n") {
				t.Errorf("%s has the address %q", f.Rule, f.Help)
			}
		}
	})
}
