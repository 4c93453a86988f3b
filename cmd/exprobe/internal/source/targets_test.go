package source

import (
	"fmt"
	"slices"
	"strings"
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
			{Type: "EXPR", Server: facts.Present("outlook.contoso.com")}, {Type: "EXPR", Server: facts.Present("mail.contoso.com")},
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

// publishing is an organization whose servers publish one host by Outlook Anywhere.
func publishing(directory, host string, servers ...string) facts.Organization {
	org := facts.Organization{Directory: directory, Providers: facts.Known([]facts.Provider{{Name: facts.EXPR, CertPrincipalName: facts.Null()}})}
	for _, name := range servers {
		org.VirtualDirectories.Value = append(org.VirtualDirectories.Value, facts.VirtualDirectory{Server: name, Service: facts.ServiceRPC,
			External: facts.Known(facts.PublishedURL{Host: host, Port: 443, SSL: true})})
		org.Servers.Value = append(org.Servers.Value, facts.Server{Name: name, DN: "CN=" + name, FQDN: facts.Say(name + "." + directory)})
	}
	org.VirtualDirectories.Known, org.Servers.Known = true, true
	return org
}

func TestEachOrganizationsServersAreProbedBehindASharedHost(t *testing.T) {
	for name, test := range map[string]struct{ first, second string }{
		"of two directories":           {"contoso.com", "fabrikam.com"},
		"of one directory, read twice": {"contoso.com", "contoso.com"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &facts.Snapshot{Organizations: []facts.Organization{publishing(test.first, "mail.contoso.com", "EX1"), publishing(test.second, "Mail.contoso.com.", "FX1")}}
			var got []string
			for _, target := range Targets(s, nil) {
				if target.Node != "" {
					got = append(got, target.Node)
				}
			}
			if diff := cmp.Diff([]string{"EX1." + test.first, "FX1." + test.second}, got); diff != "" {
				t.Errorf("probed behind the host (-want +got)\n%s", diff)
			}
		})
	}
	t.Run("a name that two of them have", func(t *testing.T) {
		s := &facts.Snapshot{Organizations: []facts.Organization{publishing("contoso.com", "mail.contoso.com", "EX1"), publishing("fabrikam.com", "mail.fabrikam.com", "EX1")}}
		for _, target := range Targets(s, nil) {
			if target.Node != "" && strings.TrimPrefix(target.Node, "EX1.") != strings.TrimPrefix(target.Name, "mail.") {
				t.Errorf("%s is probed at %s", target.Name, target.Node)
			}
		}
	})
}

func TestTooManyTargetsLeaveOneThatStandsForTheRest(t *testing.T) {
	crowd := func(n int) *facts.Snapshot {
		org := publishing("contoso.com", "mail.contoso.com", "EX1", "EX2")
		for i := range n {
			org.AvailabilityAddressSpaces.Value = append(org.AvailabilityAddressSpaces.Value,
				facts.AvailabilityAddressSpace{DN: "CN=space", Proxy: facts.Known(facts.PublishedURL{Host: fmt.Sprintf("host%05d.contoso.com", i), Port: 443, SSL: true})})
		}
		return &facts.Snapshot{Organizations: []facts.Organization{org}}
	}
	first := fmt.Sprintf("host%05d.contoso.com", maxTargets-1) // after mail.contoso.com
	for name, test := range map[string]struct {
		crowd   int
		further []configs.Host
		targets int
		rest    string // "" where none is left out
	}{
		"as many as there may be":      {maxTargets - 3, nil, maxTargets, ""},
		"one server too many":          {maxTargets - 2, nil, maxTargets + 1, "mail.contoso.com"},
		"many hosts too many":          {2 * maxTargets, nil, maxTargets + 1, first},
		"what the operator named":      {2 * maxTargets, []configs.Host{{Name: "owa.contoso.com", Port: 443}}, maxTargets + 2, first},
		"what the operator named, too": {2 * maxTargets, []configs.Host{{Name: strings.ToUpper(first) + ".", Port: 443}}, maxTargets + 2, fmt.Sprintf("host%05d.contoso.com", maxTargets)},
	} {
		t.Run(name, func(t *testing.T) {
			got := Targets(crowd(test.crowd), test.further)
			if len(got) != test.targets {
				t.Errorf("%d targets, want %d", len(got), test.targets)
			}
			for _, h := range test.further {
				if !slices.ContainsFunc(got, func(other Target) bool {
					return targetKey(other.Name, other.Port, "") == targetKey(h.Name, h.Port, "") && other.Rest == ""
				}) {
					t.Errorf("%s was left out", h.Name)
				}
			}
			var rest []string
			var hosts []facts.Host
			for _, target := range got {
				if target.Rest != "" {
					rest = append(rest, target.Name)
				}
				hosts = append(hosts, facts.Host{Name: target.Name, Port: target.Port, Node: target.Node, Addresses: facts.Known([]facts.Endpoint{})})
			}
			if strings.Join(rest, " ") != test.rest {
				t.Errorf("for the rest stands %q, want %q", rest, test.rest)
			}
			attribute(hosts, got)
			for _, h := range hosts[:len(hosts)-1] {
				if !h.Addresses.Known {
					t.Fatalf("%s was looked at, and is not seen: %s", h.Name, h.Addresses.Why)
				}
			}
			last := hosts[len(hosts)-1]
			if last.Addresses.Known != (test.rest == "") || !last.Addresses.Known && !strings.Contains(last.Addresses.Why, "more than 20000 hosts are published") {
				t.Errorf("the last host is %+v", last)
			}
		})
	}
}

func TestHostsOfTheLookUpAndOfItsSettingsAreTargets(t *testing.T) {
	seen := facts.Known(facts.Secured{})
	settings := facts.Response{Nodes: []facts.Node{
		{Type: "EXCH", URLs: []facts.NodeURL{{Element: "EwsUrl", URL: "https://inside.contoso.local/ews"}}},
		{Type: "EXPR", URLs: []facts.NodeURL{{Element: "EwsUrl", URL: "https://ews.contoso.com/ews"}, {Element: "OABUrl", URL: "http://oab.contoso.com/"}}},
		{Type: "mapiHttp", URLs: []facts.NodeURL{{Element: "MailStore/InternalUrl", URL: "https://inside.contoso.local/mapi"}, {Element: "MailStore/ExternalUrl", URL: "https://mapi.contoso.com/mapi"}}},
	}}
	online := facts.Response{MicrosoftOnline: true, Nodes: settings.Nodes[1:]}
	s := &facts.Snapshot{Answers: []facts.Answer{
		{Mailbox: "user@contoso.com", Step: facts.StepAutodiscoverHost, URL: "https://autodiscover.contoso.com/a", Secured: seen, Response: facts.Known(settings)},
		{Mailbox: "user@contoso.com", Step: facts.StepAutodiscoverHost, URL: "https://autodiscover.fabrikam.com/a", Response: facts.Unknown[facts.Response]("no such host")},
		{Mailbox: "user@contoso.com", Step: facts.StepAutodiscoverHost, URL: "https://elsewhere.example.com/a", Hop: 1, Secured: seen},
		{Mailbox: "user@contoso.com", Step: facts.StepRootDomain, URL: "https://contoso.com/a", Secured: seen},
		{Mailbox: "user@contoso.com", Step: facts.StepSRV, URL: "https://srv.contoso.com/a", Secured: seen},
		{Mailbox: "user@contoso.com", Step: facts.StepMicrosoft365, URL: "https://outlook.office365.com/a", Secured: seen, Response: facts.Known(online)},
	}}
	var got []string
	for _, target := range Targets(s, nil) {
		got = append(got, target.Name)
	}
	want := []string{"autodiscover.contoso.com", "ews.contoso.com", "mapi.contoso.com", "srv.contoso.com"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnswersDoNotMakeThisMachineKnockEverywhere(t *testing.T) {
	node := func(urls ...string) facts.Node {
		n := facts.Node{Type: "EXPR", Server: facts.Present("127.0.0.1")}
		for _, u := range urls {
			n.URLs = append(n.URLs, facts.NodeURL{Element: "EwsUrl", URL: u})
		}
		return n
	}
	answer := func(n facts.Node) *facts.Snapshot {
		return &facts.Snapshot{Answers: []facts.Answer{{Mailbox: "user@contoso.com", Step: facts.StepAutodiscoverHost, View: facts.ViewRPC,
			URL: "https://autodiscover.contoso.com:8443/a", Response: facts.Known(facts.Response{Nodes: []facts.Node{n}})}}}
	}
	var got []string
	for _, target := range Targets(answer(node("https://ews.contoso.com/", "https://ews.contoso.com:8443/", "https://ews.contoso.com:22/", "https://[::1]/",
		"https://10.0.0.1/", "https://localhost/", "https://db.localhost/", "https://mail.fabrikam.com/", "https://xcontoso.com/")), nil) {
		got = append(got, facts.HostPort(target.Name, target.Port))
	}
	if diff := cmp.Diff([]string{"ews.contoso.com:443", "ews.contoso.com:8443"}, got); diff != "" {
		t.Error(diff)
	}
	var many []string
	for i := range 2 * maxFromAnswer {
		many = append(many, fmt.Sprintf("https://host%03d.contoso.com/", i))
	}
	targets := Targets(answer(node(many...)), nil)
	if len(targets) != maxFromAnswer+1 || !strings.Contains(targets[maxFromAnswer].Rest, "more than 64 hosts in one answer") {
		t.Errorf("%d targets, the last %+v", len(targets), targets[len(targets)-1])
	}
}
