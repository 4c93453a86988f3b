package rules

import (
	"slices"

	"exprobe/autodiscover/facts"
)

const (
	healthyPoint      = "https://" + healthyMail + "/autodiscover/autodiscover.xml"
	healthyRootDomain = "https://contoso.com/autodiscover/autodiscover.xml"
	healthyRedirect   = "http://autodiscover.contoso.com/autodiscover/autodiscover.xml"
	healthyRecords    = "_autodiscover._tcp.contoso.com"
)

// lookedUp completes the healthy deployment with the whole look-up of its mailbox:
// every step leads to the same servers, but for the web site of the root domain,
// which has nothing to say. The answers stand in Outlook's order.
func lookedUp(s *facts.Snapshot) *facts.Snapshot {
	org := &s.Organizations[0]
	org.Servers = facts.Known([]facts.Server{healthyServer("EX1"), healthyServer("EX2")})
	org.Sites = facts.Known([]facts.Site{{Name: "HQ", DN: "CN=HQ,CN=Sites,CN=Configuration,DC=contoso,DC=com"},
		{Name: "EMEA", DN: "CN=EMEA,CN=Sites,CN=Configuration,DC=contoso,DC=com"}})
	org.ConnectionPoints = facts.Known([]facts.ConnectionPoint{healthyConnectionPoint("EX1"), healthyConnectionPoint("EX2")})
	org.AcceptedDomains = facts.Known([]facts.AcceptedDomain{{Name: "contoso.com", Domain: facts.Say("contoso.com"),
		Type: facts.Known(facts.DomainAuthoritative)}})

	first := &s.Answers[0]
	first.Secured = secured(certificate("autodiscover.contoso.com", "autodiscover.contoso.com"))
	settings := *first
	step := func(kind, source, url string, view facts.View) facts.Answer {
		a := settings
		a.Step, a.Source, a.URL, a.View = kind, source, url, view
		if url == healthyPoint {
			a.Secured = secured(s.Hosts[0].Addresses.Value[0].Served.Value.Leaf())
		}
		a.Response.Value.Nodes = slices.Clone(settings.Response.Value.Nodes)
		return a
	}
	mapi := step(facts.StepAutodiscoverHost, "", healthyURL, facts.ViewMapi)
	mapi.Response.Value.Nodes[3].CertPrincipalName = facts.Text{} // EXHTTP never carries it in this view
	redirected := step(facts.StepHTTPRedirect, "", healthyURL, facts.ViewRPC)
	redirected.Hop, redirected.From = 1, healthyRedirect
	s.Answers = []facts.Answer{
		step(facts.StepConnectionPoint, org.ConnectionPoints.Value[0].DN, healthyPoint, facts.ViewRPC),
		{Mailbox: healthyOwner, Step: facts.StepRootDomain, URL: healthyRootDomain, View: facts.ViewRPC, Status: 404,
			Secured: secured(certificate("contoso.com", "contoso.com", "www.contoso.com")), Response: facts.Unknown[facts.Response]("HTTP 404: the answer is HTML")},
		settings, mapi,
		{Mailbox: healthyOwner, Step: facts.StepHTTPRedirect, URL: healthyRedirect, Protocol: facts.Redirect, Status: 302,
			Location: healthyURL, Response: facts.Unknown[facts.Response]("HTTP 302 to " + healthyURL)},
		redirected,
		{Mailbox: healthyOwner, Step: facts.StepSRV, Source: healthyRecords, URL: healthyRecords, Protocol: facts.DNS,
			Records: facts.Known([]facts.ServiceRecord{{Target: healthyMail, Port: 443}})},
		step(facts.StepSRV, healthyRecords, healthyPoint, facts.ViewRPC),
	}
	s.Offers = []facts.Offer{{URL: "https://" + healthyMail + "/rpc/rpcproxy.dll", Service: facts.ServiceRPC, Host: healthyMail, Port: 443,
		Schemes: facts.Known([]string{"Negotiate", "NTLM"})}}
	return s
}

func healthyServer(name string) facts.Server {
	return facts.Server{Name: name, DN: "CN=" + name + "," + serversDN, FQDN: facts.Say(name + ".contoso.com"), Site: facts.Say("HQ")}
}

func healthyConnectionPoint(server string) facts.ConnectionPoint {
	return facts.ConnectionPoint{Name: server, Server: server, DN: "CN=" + server + ",CN=Autodiscover,CN=Protocols,CN=" + server + "," + serversDN,
		Kind: facts.Known(facts.PointURL), Sites: []string{"HQ"}, Bindings: facts.Known([]string{healthyPoint}),
		Keywords: facts.Known([]string{"77378F46-2C66-4aa9-A6A6-3E7A48B19596", "Site=HQ"}), DNSName: facts.Say(server)}
}

// secured is a connection that showed a certificate which every client accepts.
func secured(leaf facts.Certificate) facts.Observed[facts.Secured] {
	return facts.Known(facts.Secured{Leaf: leaf, Verified: true})
}

// refused is a connection that showed a certificate which no client accepts
// silently, so that nothing was asked.
func refused(a *facts.Answer, leaf facts.Certificate, why string) {
	a.Status, a.Secured = 0, facts.Known(facts.Secured{Leaf: leaf, Why: why})
	a.Response = facts.Unknown[facts.Response](why)
}

// everywhere changes the node of a type in every answer that holds one.
func everywhere(s *facts.Snapshot, kind string, change func(*facts.Node)) {
	for i := range s.Answers {
		nodes := s.Answers[i].Response.Value.Nodes
		for j := range nodes {
			if nodes[j].Is(kind) {
				change(&nodes[j])
			}
		}
	}
}

// without takes the nodes of a type out of every answer.
func without(s *facts.Snapshot, kind string) {
	for i := range s.Answers {
		r := &s.Answers[i].Response.Value
		r.Nodes = slices.DeleteFunc(slices.Clone(r.Nodes), func(n facts.Node) bool { return n.Is(kind) })
	}
}

// answerOf is the first answer of a step.
func answerOf(s *facts.Snapshot, step string) *facts.Answer {
	i := slices.IndexFunc(s.Answers, func(a facts.Answer) bool { return a.Step == step })
	return &s.Answers[i]
}

// records is the answer with the SRV records.
func records(s *facts.Snapshot) *facts.Answer {
	i := slices.IndexFunc(s.Answers, func(a facts.Answer) bool { return a.Protocol == facts.DNS })
	return &s.Answers[i]
}

// dropHops takes away what followed the redirects of a step.
func dropHops(s *facts.Snapshot, step string) {
	s.Answers = slices.DeleteFunc(s.Answers, func(a facts.Answer) bool { return a.Step == step && a.Hop > 0 })
}
