package facts_test

import (
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
)

func TestStrangersSettingsPublishNothing(t *testing.T) {
	redirected := func(to string) func(s *facts.Snapshot) {
		return func(s *facts.Snapshot) {
			a := &s.Answers[0]
			a.Step, a.Hop, a.From, a.URL = facts.StepHTTPRedirect, 1, plainURL, to
			answer(s, node("EXPR", "mail.contoso.com", "On", "msstd:old.contoso.com"))
		}
	}
	alone := func(change func(s *facts.Snapshot)) func(s *facts.Snapshot) {
		return func(s *facts.Snapshot) {
			change(s)
			s.Organizations = nil
		}
	}
	for name, test := range map[string]struct {
		set    func(s *facts.Snapshot)
		places int // that the answer publishes
		gap    string
	}{
		"hosts that the directory does not publish": {func(s *facts.Snapshot) {
			answer(s, node("EXPR", "mail.fabrikam.com", "On", "msstd:old.contoso.com"))
		}, 0, "another deployment"},
		"over plain http to a foreign host":            {redirected(otherURL), 0, "mail.fabrikam.com, a host that nobody vouches for"},
		"and where no directory was read":              {alone(redirected(otherURL)), 0, "nobody vouches for"},
		"over plain http to a host of the mail domain": {alone(redirected(mailURL)), 1, ""},
		"over plain http to Microsoft":                 {alone(redirected(cloudURL)), 1, ""},
		"over plain http to a host that the directory publishes": {func(s *facts.Snapshot) {
			alsoPublish(s, "mail.fabrikam.com")
			redirected(otherURL)(s)
		}, 1, ""},
		"over plain http to a host of an accepted domain": {func(s *facts.Snapshot) {
			s.Organizations[0].AcceptedDomains = facts.Known([]facts.AcceptedDomain{{Domain: facts.Say("fabrikam.com")}})
			redirected(otherURL)(s)
		}, 1, ""},
		"a name that only ends alike": {alone(redirected("https://mail.xcontoso.com/")), 0, "nobody vouches for"},
	} {
		t.Run(name, func(t *testing.T) {
			s := deployment()
			test.set(s)
			places, gaps := s.Places()
			n := 0
			for _, p := range places {
				if p.Effective.Value.Text == "msstd:old.contoso.com" {
					n++
				}
			}
			if n != test.places {
				t.Errorf("places are %q", brief(places))
			}
			if len(gaps) > 1 || (len(gaps) == 1) != (test.gap != "") || len(gaps) == 1 && !strings.Contains(gaps[0].Why, test.gap) {
				t.Errorf("gaps are %+v", gaps)
			}
		})
	}
}
