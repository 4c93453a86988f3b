package rules_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"
)

// The order of what stands around the hosts matters as little as that of the hosts.
func TestOrderOfWhatStandsAroundDoesNotMatter(t *testing.T) {
	eachExample(t, func(t *testing.T, _ rules.Rule, _ rules.Example, broken *facts.Snapshot) {
		want := text(t, rules.Evaluate(broken, rules.All(), rules.Policy{}))
		random := rand.New(rand.NewPCG(3, 4))
		for range 3 {
			org := &broken.Organizations[0]
			shuffle(random, broken.Hosts)
			shuffle(random, broken.Certificates.Value)
			shuffle(random, org.Servers.Value)
			shuffle(random, org.ConnectionPoints.Value)
			shuffle(random, org.SendConnectors.Value)
			shuffle(random, org.ReceiveConnectors.Value)
			shuffle(random, org.Hybrids.Value)
			shuffle(random, org.Auths.Value)
			shuffle(random, org.FederationTrusts.Value)
			shuffle(random, org.VirtualDirectories.Value)
			if diff := cmp.Diff(want, text(t, rules.Evaluate(broken, rules.All(), rules.Policy{}))); diff != "" {
				t.Fatalf("another order gives another report:\n%s", diff)
			}
		}
	})
}

// Two certificates of one name that differ from the stored one: the newest is shown,
// in whatever order they were seen.
func TestTheNewestCertificateThatResemblesIsShown(t *testing.T) {
	message := func(reverse bool) string {
		s := example(t, "connector-certificate-name-differs", 0)
		older := s.Certificates.Value[0]
		older.Issuer, older.NotBefore = "CN=Contoso Issuing CA 0", older.NotBefore.AddDate(-1, 0, 0)
		s.Certificates.Value = append(s.Certificates.Value, older)
		if reverse {
			list := s.Certificates.Value
			list[0], list[len(list)-1] = list[len(list)-1], list[0]
		}
		rule, _ := rules.Find("connector-certificate-name-differs")
		return rule.Check(s)[0].Message
	}
	want := "it names <I>CN=Contoso Issuing CA<S>CN=smtp.contoso.com, and the certificate of that name that was seen is <I>CN=Contoso Issuing CA 2<S>CN=smtp.contoso.com"
	if message(false) != want || message(true) != want {
		t.Errorf("got %q and %q", message(false), message(true))
	}
}

func TestANextCertificateThatComesTooLateDoesNotHelp(t *testing.T) {
	s := example(t, "oauth-certificate-expires", 0)
	next := s.Certificates.Value[1]
	ends := next.NotAfter
	next.NotAfter, next.Thumbprint = ends.AddDate(5, 0, 0), "A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2"
	s.Certificates.Value = append(s.Certificates.Value, next)
	auth := &s.Organizations[0].Auths.Value[0]
	auth.Thumbprints.Value = append(auth.Thumbprints.Value, facts.Thumbprint{Raw: facts.Present("2:" + next.Thumbprint), Use: facts.UseNext, Value: next.Thumbprint})
	rule, _ := rules.Find("oauth-certificate-expires")
	for name, tt := range map[string]struct {
		effective facts.Observed[facts.Instant]
		want      report.Outcome
	}{
		"in time":            {facts.Known(facts.Instant{At: ends.AddDate(0, 0, -1)}), report.Pass},
		"too late":           {facts.Known(facts.Instant{At: ends.AddDate(0, 0, 1)}), report.Fail},
		"on no day":          {facts.Known(facts.Instant{}), report.Fail},
		"on a day not seen":  {facts.Unknown[facts.Instant]("refused"), report.Unknown},
		"on a day not asked": {facts.Observed[facts.Instant]{}, report.Fail},
	} {
		auth.NextEffective = tt.effective
		if got := rule.Check(s); len(got) != 1 || got[0].Outcome != tt.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
