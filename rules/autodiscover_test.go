package rules_test

import (
	"slices"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"
)

// judged is what one rule says of the healthy deployment after a change.
type judged struct {
	name   string
	rule   string
	change func(s *facts.Snapshot)
	want   report.Outcome // Pass where nothing is found
	text   string         // in a message
}

func check(t *testing.T, tests []judged) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.rule+"/"+test.name, func(t *testing.T) {
			s := rules.Healthy()
			test.change(s)
			rule, ok := rules.Find(test.rule)
			if !ok {
				t.Fatal("there is no such rule")
			}
			got := report.Pass
			var messages []string
			for _, v := range rule.Check(s) {
				switch {
				case v.Outcome == report.Fail, v.Outcome == report.Unknown && got == report.Pass:
					got = v.Outcome
				}
				if v.Outcome != report.Pass {
					messages = append(messages, v.Message)
				}
			}
			if got != test.want || !strings.Contains(strings.Join(messages, "\n"), test.text) {
				t.Errorf("%s, want %s %q: %q", got, test.want, test.text, messages)
			}
		})
	}
}

// step is the first answer of a step in the healthy deployment.
func step(s *facts.Snapshot, kind string) *facts.Answer {
	return &s.Answers[slices.IndexFunc(s.Answers, func(a facts.Answer) bool { return a.Step == kind })]
}

// each changes the nodes of a type in every answer.
func each(s *facts.Snapshot, kind string, change func(*facts.Node)) {
	for i := range s.Answers {
		for j := range s.Answers[i].Response.Value.Nodes {
			if n := &s.Answers[i].Response.Value.Nodes[j]; n.Is(kind) {
				change(n)
			}
		}
	}
}

// drop takes the nodes of a type out of every answer of a view.
func drop(s *facts.Snapshot, view facts.View, kind string) {
	for i := range s.Answers {
		if a := &s.Answers[i]; a.View == view {
			a.Response.Value.Nodes = slices.DeleteFunc(slices.Clone(a.Response.Value.Nodes), func(n facts.Node) bool { return n.Is(kind) })
		}
	}
}

func published(host string, ssl bool) facts.Observed[facts.PublishedURL] {
	if !ssl {
		return facts.Known(facts.PublishedURL{Raw: facts.Present("http://" + host + "/rpc"), Host: host, Port: 80})
	}
	return facts.Known(facts.PublishedURL{Raw: facts.Present("https://" + host + "/rpc"), Host: host, Port: 443, SSL: true})
}

// insideOnly publishes one host inside, without SSL, and none outside: what setup
// leaves behind. Autodiscover then gives it to outside clients too.
func insideOnly(s *facts.Snapshot) {
	for i := range s.Organizations[0].VirtualDirectories.Value {
		v := &s.Organizations[0].VirtualDirectories.Value[i]
		v.External, v.Internal = facts.Known(facts.PublishedURL{}), published("ex1.contoso.com", false)
	}
	each(s, "EXPR", func(n *facts.Node) {
		n.Server, n.SSL, n.CertPrincipalName = facts.Present("ex1.contoso.com"), facts.Present("Off"), facts.Present("None")
	})
	for i := range s.Answers {
		if r := &s.Answers[i].Response.Value; len(r.Nodes) > 3 {
			r.Nodes = append(r.Nodes[:2:2], r.Nodes[1], r.Nodes[4])
			r.Nodes[2].Type = "EXHTTP"
		}
	}
}

func refuse(a *facts.Answer, leaf facts.Certificate, why string) {
	a.Status, a.Response = 0, facts.Unknown[facts.Response](why)
	a.Secured = facts.Known(facts.Secured{Leaf: leaf, Why: why})
}

// domainOnly is the look-up of a domain without a mailbox: every step asks for
// credentials, as it should.
func domainOnly(s *facts.Snapshot) {
	for i := range s.Answers {
		a := &s.Answers[i]
		a.Mailbox, a.Domain, a.View = "", "contoso.com", ""
		if a.Response.Known {
			a.Status, a.Protocol, a.Schemes = 401, facts.Redirect, []string{"Negotiate", "NTLM"}
			a.Response = facts.Unknown[facts.Response]("HTTP 401: the server wants authentication")
		}
	}
}

// Nothing that was not asked is unknown: with no look-up, or with one of a domain
// alone, the rules about Autodiscover say nothing.
func TestWhatWasNotAskedIsNotUnknown(t *testing.T) {
	for name, change := range map[string]func(s *facts.Snapshot){
		"no look-up":                     func(s *facts.Snapshot) { s.Answers, s.Offers = nil, nil },
		"a domain without a mailbox":     domainOnly,
		"no SRV records":                 func(s *facts.Snapshot) { srv(s).Records = facts.Known([]facts.ServiceRecord{}) },
		"a directory without site facts": func(s *facts.Snapshot) { org := &s.Organizations[0]; org.Sites = facts.Observed[[]facts.Site]{} },
		"a directory without its points": func(s *facts.Snapshot) {
			s.Organizations[0].ConnectionPoints = facts.Observed[[]facts.ConnectionPoint]{}
		},
		"a directory without its servers": func(s *facts.Snapshot) { s.Organizations[0].Servers = facts.Observed[[]facts.Server]{} },
	} {
		t.Run(name, func(t *testing.T) {
			s := rules.Healthy()
			change(s)
			if rep := rules.Evaluate(s, rules.All(), rules.Policy{FailOn: report.FailOnInfo}); rep.Exit != report.Clean {
				t.Errorf("%+v: %+v", rep.Exit, rep.Findings)
			}
		})
	}
}

// A mailbox that never shows its settings blinds the rules about settings with one
// reason, and those about redirects not at all.
func TestAMailboxWithoutItsSettingsHasOneReason(t *testing.T) {
	s := rules.Healthy()
	for i := range s.Answers {
		if a := &s.Answers[i]; a.Response.Known {
			a.Status, a.Response = 401, facts.Unknown[facts.Response]("HTTP 401: the server wants authentication (NTLM)")
			a.Schemes = []string{"NTLM"}
		}
	}
	reasons := map[string]bool{}
	for _, f := range rules.Evaluate(s, rules.All(), rules.Policy{}).Findings {
		reasons[f.Message] = true
		if f.Outcome != report.Unknown || strings.Contains(f.Rule, "redirect") || strings.HasPrefix(f.Rule, "scp-") {
			t.Errorf("%s: %s: %s", f.Rule, f.Outcome, f.Message)
		}
	}
	if len(reasons) != 1 {
		t.Errorf("%d reasons: %v", len(reasons), reasons)
	}
}

func srv(s *facts.Snapshot) *facts.Answer {
	return &s.Answers[slices.IndexFunc(s.Answers, func(a facts.Answer) bool { return a.Protocol == facts.DNS })]
}
