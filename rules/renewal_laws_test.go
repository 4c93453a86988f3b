package rules_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
)

// eachRenewal runs a law over every example of every rule about renewals.
func eachRenewal(t *testing.T, law func(t *testing.T, rule rules.Rule, example rules.Example, before *facts.Snapshot, c rules.Candidate)) {
	for _, rule := range rules.Renewals() {
		for _, example := range rule.Examples {
			t.Run(rule.ID+"/"+example.Name, func(t *testing.T) {
				before, candidate := rules.Healthy(), rules.HealthyRenewal()
				if example.Break != nil {
					example.Break(before)
				}
				if example.Renew != nil {
					example.Renew(&candidate)
				}
				law(t, rule, example, before, candidate)
			})
		}
	}
}

func renew(t *testing.T, s *facts.Snapshot, c rules.Candidate) *report.Renewal {
	t.Helper()
	r, err := rules.Renew(s, c, rules.All(), rules.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func checkRenewal(t *testing.T, rule rules.Rule, s *facts.Snapshot, c rules.Candidate) []report.Verdict {
	t.Helper()
	r, err := rules.NewRenewal(s, c)
	if err != nil {
		t.Fatal(err)
	}
	return rule.CheckRenewal(r)
}

func TestHealthyRenewalIsSilent(t *testing.T) {
	r := renew(t, rules.Healthy(), rules.HealthyRenewal())
	if len(r.Judged)+len(r.Delta.Introduced)+len(r.Delta.Blinded)+len(r.Left)+len(r.Unseen) != 0 || r.Answer.Word != report.Yes || r.Exit != report.Clean {
		t.Errorf("the healthy renewal is not silent: %+v %+v %+v %+v", r.Answer, r.Exit, r.Judged, r.Delta.Introduced)
	}
	for _, tally := range r.Tally {
		if tally.Pass == 0 {
			t.Errorf("%s judges nothing in the healthy renewal", tally.Rule)
		}
	}
}

func TestEachRenewalIsFoundByItsRule(t *testing.T) {
	eachRenewal(t, func(t *testing.T, rule rules.Rule, example rules.Example, before *facts.Snapshot, c rules.Candidate) {
		want := example.Outcome
		if want == "" {
			want = report.Fail
		}
		r := renew(t, before, c)
		if !slices.ContainsFunc(r.Judged, func(f report.Finding) bool { return f.Rule == rule.ID && f.Outcome == want }) {
			t.Errorf("no finding of the rule with outcome %s among %+v", want, r.Judged)
		}
		if want == report.Fail && rule.Severity != report.Info && r.Exit != report.Findings {
			t.Errorf("the status is %+v", r.Exit)
		}
	})
}

func TestRenewalsAreRepeatableAndLeaveTheSnapshotAlone(t *testing.T) {
	eachRenewal(t, func(t *testing.T, _ rules.Rule, _ rules.Example, before *facts.Snapshot, c rules.Candidate) {
		was := text(t, before)
		first, second := renew(t, before, c), renew(t, before, c)
		if diff := cmp.Diff(text(t, first), text(t, second)); diff != "" {
			t.Errorf("two runs differ:\n%s", diff)
		}
		if first.Plan.Script != second.Plan.Script {
			t.Error("two runs write different scripts")
		}
		if diff := cmp.Diff(was, text(t, before)); diff != "" {
			t.Errorf("judging changed the snapshot:\n%s", diff)
		}
	})
}

func TestOrderDoesNotMatterToARenewal(t *testing.T) {
	eachRenewal(t, func(t *testing.T, _ rules.Rule, _ rules.Example, before *facts.Snapshot, c rules.Candidate) {
		want := text(t, renew(t, before, c))
		random := rand.New(rand.NewPCG(1, 2))
		for range 3 {
			shuffle(random, before.Hosts)
			for i := range before.Organizations {
				shuffle(random, before.Organizations[i].Providers.Value)
				shuffle(random, before.Organizations[i].VirtualDirectories.Value)
				shuffle(random, before.Organizations[i].Servers.Value)
			}
			for i := range before.Hosts {
				shuffle(random, before.Hosts[i].Addresses.Value)
			}
			if diff := cmp.Diff(want, text(t, renew(t, before, c))); diff != "" {
				t.Fatalf("another order gives another report:\n%s", diff)
			}
		}
	})
}

// Ignorance never acquits: with any one fact of the deployment taken away, a rule
// that failed still fails where it did, or says that something is unknown.
func TestIgnoranceNeverAcquitsARenewal(t *testing.T) {
	erased := 0
	eachRenewal(t, func(t *testing.T, rule rules.Rule, _ rules.Example, before *facts.Snapshot, c rules.Candidate) {
		failed := failures(checkRenewal(t, rule, before, c))
		if len(failed) == 0 {
			return
		}
		erased += eachErasure(t, before, func(s *facts.Snapshot, path string) {
			verdicts := checkRenewal(t, rule, s, c)
			unknown := slices.ContainsFunc(verdicts, func(v report.Verdict) bool { return v.Outcome == report.Unknown })
			after := failures(verdicts)
			for subject := range failed {
				if !after[subject] && !unknown {
					t.Errorf("without %s the failure at %v is gone, and nothing is unknown", path, subject)
				}
			}
		})
	})
	if erased < 500 {
		t.Errorf("only %d facts were taken away: the law is hardly tried", erased)
	}
}

// What only the authority will write changes nothing that is said of a request.
func TestARequestIsNotJudgedByWhatIsNotKnown(t *testing.T) {
	request := rules.HealthyRenewal()
	leaf := request.Served.Leaf()
	leaf.Issuer, leaf.Serial, leaf.Thumbprint, leaf.Signature, leaf.Purposes, leaf.Policies = "", "", "", "", nil, nil
	leaf.NotBefore, leaf.NotAfter = time.Time{}, time.Time{}
	request.Request, request.Served = true, facts.Served{Chain: []facts.Certificate{leaf}}
	r := renew(t, rules.Healthy(), request)
	if len(r.Judged)+len(r.Delta.Introduced)+len(r.Delta.Blinded) != 0 || len(r.Concerned) == 0 || len(r.Candidate.WhenIssued) == 0 {
		t.Errorf("a request for the same names: %+v %+v %+v", r.Judged, r.Delta.Introduced, r.Delta.Blinded)
	}
	for _, id := range r.NotJudged {
		if _, ok := rules.Find(id); !ok {
			t.Errorf("there is no rule %s", id)
		}
	}
	judged := slices.DeleteFunc(rules.All(), func(rule rules.Rule) bool { return slices.Contains(r.NotJudged, rule.ID) })
	odd := leaf
	odd.Issuer, odd.Signature, odd.Purposes, odd.Thumbprint = "CN=Fabrikam CA", "SHA1-RSA", []string{"clientAuth"}, "FEDC"
	odd.NotBefore, odd.NotAfter = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)
	plain := leaf
	plain.Thumbprint, plain.NotBefore, plain.NotAfter = "ABCD", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	var said []string
	for _, leaf := range []facts.Certificate{odd, plain} {
		s := rules.Healthy()
		for i := range s.Hosts {
			for j := range s.Hosts[i].Addresses.Value {
				e := &s.Hosts[i].Addresses.Value[j]
				e.Served.Value.Chain, e.Served.Value.Trust = []facts.Certificate{leaf}, facts.Known(facts.Trust{Trusted: len(said) > 0, Reason: "unknown root"})
			}
		}
		var lines []string
		for _, f := range rules.Evaluate(s, judged, rules.Policy{}).Findings {
			lines = append(lines, f.Rule+" "+f.Subject.Name+" "+f.Subject.Address)
		}
		said = append(said, strings.Join(lines, "\n"))
	}
	if diff := cmp.Diff(said[0], said[1]); diff != "" {
		t.Errorf("rules that judge a request look at what is not known yet:\n%s", diff)
	}
}
