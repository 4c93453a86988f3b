package source

import (
	"testing"

	"exprobe/autodiscover/facts"
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
	s.Organizations[0].Directory = "ldaps://dc1.contoso.com"
	s.Organizations[0].Servers = facts.Known([]facts.Server{
		{Name: "EX1", DN: "CN=EX1", FQDN: facts.Say("ex1.contoso.com")}, {Name: "ex2", DN: "CN=EX2", FQDN: facts.Say("ex.contoso.com")}, {Name: "EX3", DN: "CN=EX3", FQDN: facts.Unknown[facts.Text]("denied")}})
	ews := directory("EX1", "mail.contoso.com", "ews.contoso.com", true)
	ews.Service = facts.ServiceEWS
	ignored := directory("EX1", "autodiscover-directory.contoso.com", "", true)
	ignored.Service = facts.ServiceAutodiscover
	behind := directory("EX1", "behind.contoso.com", "", true)
	behind.Service, behind.BackEnd = facts.ServiceOWA, true
	org := &s.Organizations[0]
	org.VirtualDirectories.Value = append(org.VirtualDirectories.Value, ews, ignored, behind)
	org.ConnectionPoints = facts.Known([]facts.ConnectionPoint{
		{Kind: facts.Known(facts.PointURL), Bindings: facts.Known([]string{"https://autodiscover.contoso.com/Autodiscover/Autodiscover.xml", "http://plain.contoso.com/", "https://odd.contoso.com:99999/"})},
		{Kind: facts.Known(facts.PointPointer), Bindings: facts.Known([]string{"LDAP://dc.fabrikam.com"})}})
	partner := facts.Known(facts.PublishedURL{Host: "autodiscover.fabrikam.com", Port: 443, SSL: true})
	org.OrganizationRelationships = facts.Known([]facts.OrganizationRelationship{
		{Enabled: facts.Known(facts.Present(true)), Autodiscover: partner},
		{Enabled: facts.Known(facts.Present(false)), Sharing: facts.Known(facts.PublishedURL{Host: "off.fabrikam.com", Port: 443, SSL: true})}})
	var got []string
	for _, target := range Targets(s, []configs.Host{{Name: "owa.contoso.com", Port: 8443}, {Name: "Mail.contoso.com", Port: 443}}) {
		line := facts.HostPort(target.Name, target.Port)
		if target.Node != "" {
			line += " at " + target.Node
		}
		for _, o := range target.Origins {
			line += ", " + o.Service + " " + o.Scope
		}
		got = append(got, line)
	}
	want := []string{
		"mail.contoso.com:443, rpc external, ews external, operator ", // published twice, probed once, though its value could not be read
		"outlook.contoso.com:443, rpc external",                       // by Autodiscover alone
		"ex.contoso.com:443, rpc internal",                            // with the check off, but SSL on
		"ews.contoso.com:443, ews internal",
		"autodiscover.contoso.com:443, connection-point internal",
		"autodiscover.fabrikam.com:443, organization-relationship ",
		"owa.contoso.com:8443, operator ",
		"mail.contoso.com:443 at ex1.contoso.com, rpc external",
		"mail.contoso.com:443 at ex.contoso.com, rpc external",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
