package redact

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
)

func TestNamesAreReplacedAndTheirFormStays(t *testing.T) {
	s := &facts.Snapshot{
		Hosts: []facts.Host{{Name: "mail.contoso.com"}, {Name: "owa.emea.contoso.com"}, {Name: "EX01"}, {Name: "fabrikam.co.uk"}},
		Answers: []facts.Answer{
			{Mailbox: "jane.doe@contoso.com", URL: "https://autodiscover.contoso.com/autodiscover/autodiscover.xml"},
			{URL: "https://Mail.CONTOSO.com/", Response: facts.Unknown[facts.Response](
				"dialing 203.0.113.9:443 for mail.contoso.com (EX01): refused; e-mail and EX012 stay, jane does too")},
			{URL: "https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml", Asked: "jane.doe@contoso.mail.onmicrosoft.com"},
		},
		Organizations: []facts.Organization{{
			DN: "CN=Contoso Ltd,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com",
			Providers: facts.Known([]facts.Provider{{Name: "EXPR", CertPrincipalName: facts.Say("msstd: *.contoso.com")},
				{Name: "EXCH", CertPrincipalName: facts.Say("msstd:b\u00fccher.contoso.com")}}),
		}},
	}
	got, err := Snapshot(s)
	if err != nil {
		t.Fatal(err)
	}
	texts := func(s *facts.Snapshot) []string {
		return []string{s.Hosts[0].Name, s.Hosts[1].Name, s.Hosts[2].Name, s.Hosts[3].Name, s.Answers[0].Mailbox, s.Answers[0].URL,
			s.Answers[1].URL, s.Answers[1].Response.Why, s.Answers[2].URL, s.Answers[2].Asked, s.Organizations[0].DN,
			s.Organizations[0].Providers.Value[0].CertPrincipalName.Value.Value, s.Organizations[0].Providers.Value[1].CertPrincipalName.Value.Value}
	}
	want := []string{"mail.n1.com", "owa.n5.n1.com", "N6", "n7.co.uk", "n3.n4@n1.com", "https://autodiscover.n1.com/autodiscover/autodiscover.xml",
		"https://Mail.N1.com/", "dialing 198.18.0.1:443 for mail.n1.com (N6): refused; e-mail and EX012 stay, n3 does too",
		"https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml", "n3.n4@n1.mail.onmicrosoft.com",
		"CN=Name 1,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=n1,DC=com", "msstd: *.n1.com", "msstd:\u00f1n2.n1.com"}
	if diff := cmp.Diff(want, texts(got)); diff != "" {
		t.Error(diff)
	}
}

// verdicts counts what each rule says.
func verdicts(s *facts.Snapshot) map[string]int {
	count := map[string]int{}
	rep := rules.Evaluate(s, rules.All(), rules.Policy{FailOn: report.FailOnInfo})
	for _, f := range rep.Findings {
		count[f.Rule+" "+string(f.Outcome)]++
	}
	for _, row := range rep.Principals {
		count["row "+row.Provider+" "+row.Match]++
	}
	count["commands"], count["refused"], count["kept"] = len(rep.Fix.Commands), len(rep.Fix.Refused), len(rep.Fix.Kept)
	count["status"] = rep.Exit.Code
	return count
}

// deployments are the examples of all rules, and the healthy deployment.
func deployments() map[string]*facts.Snapshot {
	all := map[string]*facts.Snapshot{"healthy": rules.Healthy()}
	for _, rule := range rules.All() {
		for _, example := range rule.Examples {
			s := rules.Healthy()
			example.Break(s)
			all[rule.ID+": "+example.Name] = s
		}
	}
	return all
}

func TestRedactedDeploymentsAreJudgedAsBefore(t *testing.T) {
	for name, s := range deployments() {
		redacted, err := Snapshot(s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(verdicts(s), verdicts(redacted)); diff != "" {
			t.Errorf("%s (-before +redacted):\n%s", name, diff)
		}
	}
}

// secret are the names of the deployments of the rules' examples.
var secret = regexp.MustCompile(`(?i)contoso|fabrikam|\bex[12]\b|\bdc1\b|user@|192\.0\.2|198\.51\.100|203\.0\.113`)

func TestNoNameSurvives(t *testing.T) {
	for name, s := range deployments() {
		redacted, err := Snapshot(s)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(redacted)
		if err != nil {
			t.Fatal(err)
		}
		if found := secret.FindAllString(string(data), 3); found != nil {
			t.Errorf("%s: %q survive", name, found)
		}
		if bytes.Contains(data, []byte(`"der":`)) {
			t.Errorf("%s: a certificate survives", name)
		}
	}
}

func TestTheSnapshotItselfStays(t *testing.T) {
	s := rules.Healthy()
	before, _ := json.Marshal(s)
	if _, err := Snapshot(s); err != nil {
		t.Fatal(err)
	}
	if after, _ := json.Marshal(s); !bytes.Equal(before, after) {
		t.Error("it was changed")
	}
}

// What every organization has stays, whatever an owner's own names are; so do times; and
// of a distinguished name each part is replaced, wherever it ends.
func TestWhatIsNoNameStays(t *testing.T) {
	const servers = "CN=Servers,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),DC=contoso,DC=com"
	s := &facts.Snapshot{Organizations: []facts.Organization{{
		Servers:       facts.Known([]facts.Server{{Name: "SITE", DN: "CN=SITE," + servers}}),
		RemoteDomains: facts.Known([]facts.RemoteDomain{{Name: "Default", DN: "CN=Default,CN=Internet Message Formats,DC=contoso,DC=com"}}),
		Hybrids:       facts.Known([]facts.HybridConfiguration{{ClientAccessServers: facts.Known([]string{"CN=EX02," + servers})}}),
		VirtualDirectories: facts.Known([]facts.VirtualDirectory{{Name: "Rpc (Default Web Site)", Server: "EX02",
			DN: "CN=Rpc (Default Web Site),CN=HTTP,CN=Protocols,CN=EX02," + servers}}),
		Auths: facts.Known([]facts.AuthConfiguration{{NextEffective: facts.Known(facts.Instant{Raw: facts.Present("20261122130500.0Z")})}}),
	}}}
	got, err := Snapshot(s)
	if err != nil {
		t.Fatal(err)
	}
	org := got.Organizations[0]
	directory, server := org.VirtualDirectories.Value[0], org.Hybrids.Value[0].ClientAccessServers.Value[0]
	for text, want := range map[string]string{
		directory.Name: "Rpc (Default Web Site)",
		directory.DN:   "CN=Rpc (Default Web Site),CN=HTTP,CN=Protocols," + server,
		org.Auths.Value[0].NextEffective.Value.Raw.Value: "20261122130500.0Z",
		org.RemoteDomains.Value[0].Name:                  "Default",
	} {
		if text != want {
			t.Errorf("%q, want %q", text, want)
		}
	}
	if !strings.HasPrefix(server, "CN=N") || !strings.Contains(server, ",CN=Servers,") || strings.Contains(server, "contoso") {
		t.Errorf("the server is %s", server)
	}
}
