package rules_test

import (
	"encoding/json"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"
)

// fabrikam is the healthy deployment in another forest.
func fabrikam(t *testing.T) *facts.Snapshot {
	t.Helper()
	data, err := json.Marshal(rules.Healthy())
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("contoso.com", "fabrikam.com", "DC=contoso", "DC=fabrikam", "192.0.2.", "203.0.113.", "EX1", "FX1", "EX2", "FX2").Replace(string(data))
	var s facts.Snapshot
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// forests is both deployments in one audit; the organizations bear the same name.
func forests(t *testing.T) *facts.Snapshot {
	s, other := rules.Healthy(), fabrikam(t)
	s.Organizations = append(s.Organizations, other.Organizations...)
	s.Answers = append(s.Answers, other.Answers...)
	s.Hosts = append(s.Hosts, other.Hosts...)
	s.Certificates.Value = append(s.Certificates.Value, other.Certificates.Value...)
	return s
}

func TestTwoHealthyForestsAreSilent(t *testing.T) {
	rep := rules.Evaluate(forests(t), rules.All(), rules.Policy{FailOn: report.FailOnInfo})
	if rep.Exit != report.Clean || len(rep.Findings) != 0 {
		t.Errorf("%+v: %+v", rep.Exit, rep.Findings)
	}
	if len(rep.Principals) != 8 || rep.Principals[0].Organization != "Contoso (contoso.com)" || rep.Principals[7].Organization != "Contoso (fabrikam.com)" {
		t.Errorf("rows are %+v", rep.Principals)
	}
}

func TestEachForestIsMendedByItself(t *testing.T) {
	s := forests(t)
	s.Organizations[1].Provider("EXPR").CertPrincipalName = facts.Say("msstd:owa.fabrikam.com")
	for i := range s.Answers[len(rules.Healthy().Answers)].Response.Value.Nodes {
		if node := &s.Answers[len(rules.Healthy().Answers)].Response.Value.Nodes[i]; node.CertPrincipalName.Present {
			node.CertPrincipalName = facts.Present("msstd:owa.fabrikam.com")
		}
	}
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	if len(rep.Fix.Commands) != 1 || len(rep.Fix.Refused) != 0 {
		t.Fatalf("the fix is %+v", rep.Fix)
	}
	c := rep.Fix.Commands[0]
	if c.Organization != "Contoso (fabrikam.com)" || c.Line != `Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.fabrikam.com"` || len(c.Recycle) != 2 || !strings.Contains(c.Recycle[0], "FX1") {
		t.Errorf("the command is %+v", c)
	}
	if rep.After.Failed != 0 {
		t.Errorf("after: %+v", rep.After)
	}
	if !strings.Contains(rep.Fix.Script, `(Get-OrganizationConfig).DistinguishedName -eq 'CN=Contoso,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=fabrikam,DC=com'`) {
		t.Errorf("the script does not know its organization:\n%s", rep.Fix.Script)
	}
}

func TestOneForestThatCannotBeReadLeavesTheOtherJudged(t *testing.T) {
	s := forests(t)
	s.Organizations[0] = facts.Organization{Directory: "ldaps://dc1.contoso.com", Providers: facts.Unknown[[]facts.Provider]("refused"),
		VirtualDirectories: facts.Unknown[[]facts.VirtualDirectory]("refused")}
	s.Organizations[1].Provider("EXPR").CertPrincipalName = facts.Say("owa.fabrikam.com")
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	if rep.Exit != report.Findings || len(rep.Fix.Commands) != 1 {
		t.Errorf("%+v, %+v", rep.Exit, rep.Fix)
	}
	if rep.After.Failed != 0 || rep.After.Unknown == 0 {
		t.Errorf("after: %+v", rep.After)
	}
}

// A certificate of one forest is planned in that forest alone.
func TestARenewalOfOneForestLeavesTheOtherAlone(t *testing.T) {
	s := forests(t)
	c := rules.HealthyRenewal()
	leaf := c.Served.Leaf()
	leaf.CommonNames, leaf.DNSNames, leaf.Subject = []string{"owa.fabrikam.com"}, []string{"owa.fabrikam.com", "mail.fabrikam.com"}, "CN=owa.fabrikam.com"
	c.Served.Chain = append([]facts.Certificate{leaf}, c.Served.Chain[1:]...)
	r := renew(t, s, c)
	if len(r.Concerned) == 0 || len(r.Plan.Steps) == 0 || r.Answer.Word != report.WithPlan || len(r.Left) != 0 {
		t.Fatalf("%+v, concerned %d, steps %d, left %+v", r.Answer, len(r.Concerned), len(r.Plan.Steps), r.Left)
	}
	for _, seat := range r.Concerned {
		if !strings.HasSuffix(seat.Host, "fabrikam.com") {
			t.Errorf("%+v is concerned", seat)
		}
	}
	values := 0
	for _, step := range r.Plan.Steps {
		commands := strings.Join(step.Commands, "\n")
		if strings.Contains(commands, "EX1") || strings.Contains(commands, "EX2") {
			t.Errorf("a server of the other forest stands in %q", commands)
		}
		if strings.Contains(commands, "Set-OutlookProvider") {
			values++
			if step.Organization != "Contoso (fabrikam.com)" {
				t.Errorf("%q is for %q", commands, step.Organization)
			}
		}
	}
	if values != 2 || !strings.Contains(r.Plan.Script, "DC=fabrikam") {
		t.Errorf("%d values are set", values)
	}
}
