package rules_test

import (
	"slices"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/fix"
	"exprobe/rules/report"
)

func find(rep *report.Report, rule string, outcome report.Outcome) bool {
	return slices.ContainsFunc(rep.Findings, func(f report.Finding) bool { return f.Rule == rule && f.Outcome == outcome })
}

func set(s *facts.Snapshot, provider, value string) {
	*s = *fix.Apply(s, []report.Change{{Provider: provider, Parameter: fix.CertPrincipalName, Value: value}})
}

func TestNoneIsNeverCommandedAway(t *testing.T) {
	for name, change := range map[string]func(s *facts.Snapshot){
		"the directory holds it": func(*facts.Snapshot) {},
		"no directory was read":  func(s *facts.Snapshot) { s.Organizations = nil },
		"the value could not be read": func(s *facts.Snapshot) {
			s.Provider("EXPR").CertPrincipalName = facts.Unknown[facts.Text]("denied")
		},
		"Autodiscover was not asked": func(s *facts.Snapshot) { s.Answers = nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := rules.Healthy()
			set(s, "EXPR", "none")
			change(s)
			rep := rules.Evaluate(s, rules.All(), rules.Policy{})
			if len(rep.Fix.Commands)+len(rep.Fix.Refused)+len(rep.Fix.Kept) != 0 {
				t.Errorf("the fix is %+v", rep.Fix)
			}
			if !find(rep, "principal-name-not-checked", report.Fail) {
				t.Error("nobody tells it")
			}
		})
	}
}

func TestAnAnswerOfExchangeOnlineAcquitsNothing(t *testing.T) {
	s := rules.Healthy()
	s.Provider("EXPR").CertPrincipalName = facts.Say("msstd:owa.contoso.com")
	s.Answers = s.Answers[:1]
	s.Answers[0].Response.Value.MicrosoftOnline = true
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	if rep.Exit != report.Findings || !find(rep, "principal-name-mismatch", report.Fail) {
		t.Errorf("%+v: %+v", rep.Exit, rep.Findings)
	}
}

func TestTwoPortsOfOneNameAreTwoHosts(t *testing.T) {
	s := rules.Healthy()
	for _, port := range []int{8443, 9443} {
		s.Hosts = append(s.Hosts, facts.Host{Name: "owa.contoso.com", Port: port, Addresses: facts.Unknown[[]facts.Endpoint]("refused")})
	}
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	prints := map[string]bool{}
	for _, f := range rep.Findings {
		if prints[f.Fingerprint] {
			t.Errorf("%s about %s has the fingerprint of another", f.Rule, f.Subject.Name)
		}
		prints[f.Fingerprint] = true
	}
	if len(prints) != 2*16 {
		t.Errorf("%d findings, want 16 for each port", len(prints))
	}
}

func TestDisagreementIsNotAcquittedByACertificateWithoutAName(t *testing.T) {
	s := rules.Healthy()
	s.Hosts[0].Addresses.Value[1].Served.Value.Chain = []facts.Certificate{{Unreadable: "odd"}}
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	if !find(rep, "principal-names-disagree", report.Unknown) {
		t.Errorf("findings are %+v", rep.Findings)
	}
}

func TestProviderNamesAreTakenAsExchangeTakesThem(t *testing.T) {
	s := rules.Healthy()
	set(s, "EXPR", "mail.contoso.com")
	for i := range s.Organizations[0].Providers.Value {
		if p := &s.Organizations[0].Providers.Value[i]; p.Name == "EXPR" {
			p.Name = "Expr"
		}
	}
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	if len(rep.Fix.Commands) != 1 || !slices.Contains(rep.Fix.Commands[0].Answers, "principal-name-malformed") {
		t.Errorf("the fix is %+v", rep.Fix)
	}
}

func TestABlankPublishedValueIsNoValue(t *testing.T) {
	s := rules.Healthy()
	set(s, "EXCH", " ")
	if rep := rules.Evaluate(s, rules.All(), rules.Policy{}); rep.Exit != report.Clean {
		t.Errorf("%+v: %+v", rep.Exit, rep.Findings)
	}
}
