package source

import (
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/tlsprobe"
	"exprobe/configs"

	"github.com/google/go-cmp/cmp"
)

func TestTargets(t *testing.T) {
	directory := func(server, external, internal string, internalSSL bool) facts.VirtualDirectory {
		return facts.VirtualDirectory{Server: server, Service: facts.ServiceRPC,
			External: facts.Known(facts.PublishedURL{Host: external, Port: 443, SSL: true}),
			Internal: facts.Known(facts.PublishedURL{Host: internal, Port: 443, SSL: internalSSL})}
	}
	s := &facts.Snapshot{
		Organizations: []facts.Organization{{
			Providers: facts.Known([]facts.Provider{{Name: "EXPR", CertPrincipalName: facts.Unknown[facts.Text]("denied")},
				{Name: "EXCH", CertPrincipalName: facts.Say("none")}}),
			VirtualDirectories: facts.Known([]facts.VirtualDirectory{
				directory("EX1", "mail.contoso.com", "ex1.contoso.com", false),
				directory("EX2", "MAIL.contoso.com", "ex.contoso.com", true)})}},
		Answers: []facts.Answer{{View: facts.ViewRPC, Response: facts.Known(facts.Response{Nodes: []facts.Node{
			{Type: "EXPR", Server: facts.Present("outlook.contoso.com")},
			{Type: "EXCH", Server: facts.Present("0f1e2d3c@contoso.com")}}})}},
	}
	got := Targets(s, []configs.Host{{Name: "owa.contoso.com", Port: 8443}, {Name: "Mail.contoso.com", Port: 443}})
	want := []tlsprobe.Target{
		{Name: "mail.contoso.com", Port: 443},    // published twice, probed once, though its value could not be read
		{Name: "outlook.contoso.com", Port: 443}, // by Autodiscover alone
		{Name: "ex.contoso.com", Port: 443},      // with the check off, but SSL on
		{Name: "owa.contoso.com", Port: 8443},    // named by the operator
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
