package fix

import (
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// crossed is a deployment with one host, before and after a renewal.
func crossed(value string, ttl int, old, next facts.Certificate) (before, after *facts.Snapshot) {
	url := facts.Known(facts.PublishedURL{Host: "mail.contoso.com", Port: 443, SSL: true})
	snapshot := func(leaf facts.Certificate) *facts.Snapshot {
		return &facts.Snapshot{
			Organizations: []facts.Organization{{
				Providers:          facts.Known([]facts.Provider{{Name: "EXPR", CertPrincipalName: facts.Say(value), TTL: facts.Known(facts.Present(ttl))}}),
				VirtualDirectories: facts.Known([]facts.VirtualDirectory{{Service: facts.ServiceRPC, Server: "EX1", External: url}}),
			}},
			Hosts: []facts.Host{{Name: "mail.contoso.com", Port: 443, Addresses: facts.Known([]facts.Endpoint{{Address: "192.0.2.10:443",
				Served: facts.Known(facts.Served{Chain: []facts.Certificate{leaf}})}})}},
		}
	}
	return snapshot(old), snapshot(next)
}

func ofNames(cn string, names ...string) facts.Certificate {
	return facts.Certificate{CommonNames: []string{cn}, DNSNames: names, Thumbprint: cn}
}

func TestTheOrderSparesAsManyAsItCan(t *testing.T) {
	mail, owa, wildcard := ofNames("mail.contoso.com", "mail.contoso.com"), ofNames("owa.contoso.com", "owa.contoso.com", "mail.contoso.com"), ofNames("*.contoso.com", "*.contoso.com")
	both := ofNames("mail.contoso.com", "mail.contoso.com", "owa.contoso.com")
	for _, test := range []struct {
		name       string
		value, new string
		ttl        int
		old, next  facts.Certificate
		order      order
		minutes    int
		who        string
	}{
		{"each holds the other's name", "msstd:mail.contoso.com", "msstd:owa.contoso.com", 1, both, owa, together, 75, "strict clients"},
		{"only the new one holds the old name", "msstd:mail.contoso.com", "msstd:owa.contoso.com", 1, mail, owa, valueLast, 75, "strict clients"},
		{"only the old one holds the new name", "msstd:owa.contoso.com", "msstd:mail.contoso.com", 1, owa, mail, valueFirst, 75, "strict clients"},
		{"a wildcard comes", "msstd:mail.contoso.com", "msstd:*.contoso.com", 2, mail, wildcard, valueLast, 135, "strict clients"},
		{"a wildcard goes", "msstd:*.contoso.com", "msstd:mail.contoso.com", 1, wildcard, mail, valueFirst, 75, "strict clients"},
		{"neither holds the other's name", "msstd:mail.contoso.com", "msstd:owa.contoso.com", 1, mail, ofNames("owa.contoso.com", "owa.contoso.com"), together, 75, "every client"},
		{"clients never ask again", "msstd:mail.contoso.com", "msstd:owa.contoso.com", 0, mail, owa, valueLast, -1, "strict clients"},
		{"the value was wrong before", "msstd:owa.contoso.com", "msstd:mail.contoso.com", 1, mail, mail, valueFirst, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, after := crossed(test.value, test.ttl, test.old, test.next)
			c := cross(before, after, report.Change{Provider: "EXPR", Parameter: CertPrincipalName, Value: test.new})
			w := window([]crossing{c})
			if c.order != test.order || w.Minutes != test.minutes || w.Open != (test.minutes != 0) || !strings.Contains(w.Who, test.who) {
				t.Errorf("order %d, %+v", c.order, w)
			}
			if w.Open && (len(w.Hosts) != 1 || !strings.Contains(w.Text, "mail.contoso.com") || !strings.Contains(w.Text, w.Length)) {
				t.Errorf("the window is told as %q", w.Text)
			}
			if explainOrder([]crossing{c}) == "" {
				t.Error("the order is not explained")
			}
		})
	}
}

func TestNoCommandIsMadeOfAStrangeName(t *testing.T) {
	old, next := ofNames("mail.contoso.com", "mail.contoso.com"), ofNames("mail.contoso.com", "mail.contoso.com")
	old.Issuer, old.Subject, next.Issuer, next.Subject = "CN=A", "CN=mail.contoso.com", "CN=B", "CN=mail.contoso.com"
	old.Thumbprint, next.Thumbprint = strings.Repeat("A", 40), strings.Repeat("B", 40)
	name := facts.Known(facts.TLSCertificateName{Raw: facts.Present("<I>CN=A<S>CN=mail.contoso.com"), Issuer: "CN=A", Subject: "CN=mail.contoso.com"})
	for _, strange := range []string{"x'; Remove-Mailbox *; '", "x\u2019; rm", "$(evil)", "a\nb", "`", "x;y", "", "Outbound\u00a0x", "-Force"} {
		before, after := crossed("msstd:mail.contoso.com", 1, old, next)
		org := &before.Organizations[0]
		org.SendConnectors = facts.Known([]facts.Connector{{Name: strange, TLSCertificateName: name}})
		org.ReceiveConnectors = facts.Known([]facts.Connector{{Name: "Default", Server: strange, TLSCertificateName: name}})
		org.VirtualDirectories.Value = append(org.VirtualDirectories.Value, facts.VirtualDirectory{Service: facts.ServiceRPC, Server: strange,
			External: org.VirtualDirectories.Value[0].External})
		plan := Switch([]Renewal{{Before: before, After: after, File: strange, Leaf: next,
			Seats: []Seat{{Host: "mail.contoso.com", Port: 443, Address: "192.0.2.10:443", Old: old}}}}, nil)
		for _, step := range plan.Steps {
			for _, line := range append(append(step.Commands, step.Undo...), step.Verify...) {
				if strange != "" && strings.Contains(line, strange) && strange != "`" && strange != "-Force" {
					t.Errorf("%q stands in %q", strange, line)
				}
			}
		}
		for _, r := range plan.Script {
			if r != '\n' && (r < ' ' || r > '~') {
				t.Errorf("%q: the script holds U+%04X", strange, r)
			}
		}
		if strings.Contains(plan.Script, "\nb") && strange == "a\nb" || strings.Contains(plan.Script, "; Remove-Mailbox *; '\n") {
			t.Errorf("the script lets %q out", strange)
		}
	}
}

func TestAPlanThatIsStoppedHasNoSteps(t *testing.T) {
	before, after := crossed("msstd:mail.contoso.com", 1, ofNames("a", "a"), ofNames("b", "b"))
	plan := Switch([]Renewal{{Before: before, After: after, Seats: []Seat{{Host: "mail.contoso.com", Port: 443}}}}, []string{"it has expired"})
	if len(plan.Steps)+len(plan.Undo) != 0 || plan.Script != "" || len(plan.Stop) != 1 {
		t.Errorf("the plan is %+v", plan)
	}
}

// A server that serves another certificate behind the balancer keeps it, and a front
// that no server explains is another product.
func TestBalancersAreToldApart(t *testing.T) {
	old, other := ofNames("mail.contoso.com", "mail.contoso.com"), ofNames("ex1", "ex1")
	old.Thumbprint, other.Thumbprint = strings.Repeat("A", 40), strings.Repeat("C", 40)
	before, after := crossed("msstd:mail.contoso.com", 1, old, old)
	before.Organizations[0].Servers = facts.Known([]facts.Server{{Name: "EX1", FQDN: facts.Say("ex1.contoso.com")}})
	before.Hosts = append(before.Hosts, facts.Host{Name: "mail.contoso.com", Port: 443, Node: "ex1.contoso.com", Addresses: facts.Known([]facts.Endpoint{
		{Address: "10.0.0.1:443", Served: facts.Known(facts.Served{Chain: []facts.Certificate{other}})}})})
	plan := Switch([]Renewal{{Before: before, After: after, Leaf: old, Seats: []Seat{{Host: "mail.contoso.com", Port: 443, Address: "192.0.2.10:443", Old: old}}}}, nil)
	byHand := 0
	for _, step := range plan.Steps {
		if strings.Contains(strings.Join(step.Commands, "\n"), "-Services IIS") {
			t.Errorf("%q although the server has another certificate", step.Commands)
		}
		if step.Where == report.ByHand && strings.Contains(step.Caution, "192.0.2.10:443") {
			byHand++
		}
	}
	if byHand != 1 {
		t.Errorf("the balancer is not among the steps: %+v", plan.Steps)
	}
}

// Where no value is right for the new certificate, nobody is told that all is well.
func TestWhoIsRefusedForGoodIsTold(t *testing.T) {
	old, next := ofNames("mail.contoso.com", "mail.contoso.com"), ofNames("", "mail.contoso.com")
	next.CommonNames = nil
	for name, test := range map[string]struct {
		next facts.Certificate
		want string
	}{"no common name": {next, "strict clients"}, "other hosts": {ofNames("www.fabrikam.com", "www.fabrikam.com"), "every client"}, "the same": {old, "There is no time"}} {
		before, after := crossed("msstd:mail.contoso.com", 1, old, test.next)
		plan := Switch([]Renewal{{Before: before, After: after, Leaf: test.next, Seats: []Seat{{Host: "mail.contoso.com", Port: 443, Address: "192.0.2.10:443", Old: old}}}}, nil)
		if !strings.Contains(plan.Window.Text, test.want) || test.want != "There is no time" && strings.Contains(plan.Window.Text, "There is no time") {
			t.Errorf("%s: %s", name, plan.Window.Text)
		}
	}
}

// What names the old certificate is made to name the new one: connectors by commands
// that compute the text, the hybrid configuration by its wizard; and what names another
// certificate is left alone.
func TestWhatNamesTheOldCertificateFollows(t *testing.T) {
	old, next := ofNames("mail.contoso.com", "mail.contoso.com"), ofNames("mail.contoso.com", "mail.contoso.com")
	old.Issuer, old.Subject, next.Issuer, next.Subject = "CN=A,O=Contoso", "CN=mail.contoso.com", "CN=B,O=Contoso", "CN=mail.contoso.com"
	old.Thumbprint, next.Thumbprint = strings.Repeat("A", 40), strings.Repeat("B", 40)
	named := func(issuer string) facts.Observed[facts.TLSCertificateName] {
		return facts.Known(facts.TLSCertificateName{Raw: facts.Present("<I>" + issuer + "<S>CN=mail.contoso.com"), Issuer: issuer, Subject: "CN=mail.contoso.com"})
	}
	before, after := crossed("msstd:mail.contoso.com", 1, old, next)
	for _, s := range []*facts.Snapshot{before, after} {
		org := &s.Organizations[0]
		org.SendConnectors = facts.Known([]facts.Connector{{Name: "To Office 365", TLSCertificateName: named("CN=a, O=contoso")}, {Name: "To a partner", TLSCertificateName: named("CN=Other")}})
		org.ReceiveConnectors = facts.Known([]facts.Connector{{Name: "Default Frontend EX1", Server: "EX1", TLSCertificateName: named("CN=A, O=Contoso")}})
		org.Hybrids = facts.Known([]facts.HybridConfiguration{{Name: "Hybrid Configuration", TLSCertificateName: named("CN=A, O=Contoso")}})
	}
	r := Renewal{Before: before, After: after, Leaf: next, Seats: []Seat{{Host: "mail.contoso.com", Port: 443, Address: "192.0.2.10:443", Old: old}}}
	plan := Switch([]Renewal{r}, nil)
	var all, back []string
	wizard := false
	for _, step := range plan.Steps {
		all = append(all, step.Commands...)
		wizard = wizard || step.Where == report.ByHand && strings.Contains(step.Title, "Hybrid Configuration wizard")
	}
	for _, u := range plan.Undo {
		back = append(back, u.Commands...)
	}
	for _, want := range []string{
		"$c = Get-ExchangeCertificate -Server EX1 -Thumbprint " + next.Thumbprint, `$name = "<I>$($c.Issuer)<S>$($c.Subject)"`,
		"Set-SendConnector 'To Office 365' -TlsCertificateName $name", `Set-ReceiveConnector 'EX1\Default Frontend EX1' -TlsCertificateName $name`,
		"Enable-ExchangeCertificate -Server EX1 -Thumbprint " + next.Thumbprint + " -Services SMTP",
	} {
		if !strings.Contains(strings.Join(all, "\n")+"\n", want+"\n") {
			t.Errorf("%q is not among %q", want, all)
		}
	}
	if strings.Contains(strings.Join(all, "\n"), "partner") || !wizard {
		t.Errorf("wizard %t, %q", wizard, all)
	}
	if !strings.Contains(strings.Join(back, "\n"), "$c = Get-ExchangeCertificate -Server EX1 -Thumbprint "+old.Thumbprint) {
		t.Errorf("the way back is %q", back)
	}
	org := Carried(r).Organizations[0]
	if !org.SendConnectors.Value[0].TLSCertificateName.Value.Names(next) || org.SendConnectors.Value[1].TLSCertificateName.Value.Names(next) || !org.Hybrids.Value[0].TLSCertificateName.Value.Names(next) {
		t.Errorf("carried out: %+v", org.SendConnectors.Value)
	}
	if after.Organizations[0].SendConnectors.Value[0].TLSCertificateName.Value.Names(next) {
		t.Error("the snapshot given was changed")
	}
}
