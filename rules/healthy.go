package rules

import (
	"fmt"
	"strings"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules/fix"
	"exprobe/rules/report"
)

const (
	healthyDN    = "CN=Contoso,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com"
	providersDN  = "CN=Outlook,CN=AutoDiscover,CN=Client Access," + healthyDN
	serversDN    = "CN=Servers,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups," + healthyDN
	healthyURL   = "https://autodiscover.contoso.com/autodiscover/autodiscover.xml"
	healthyMail  = "mail.contoso.com"
	healthyOwner = "user@contoso.com"
	healthyRoot  = "CN=Contoso Root CA"
)

// Healthy is the deployment that the examples break: two Exchange servers behind
// mail.contoso.com, inside and outside, with a certificate of that name. No rule
// says anything about it.
func Healthy() *facts.Snapshot {
	served := facts.Known(facts.Served{
		Chain: []facts.Certificate{certificate(healthyMail, healthyMail), authority("CN=Contoso Issuing CA")},
		Trust: facts.Known(facts.Trust{Trusted: true, Root: healthyRoot,
			RootThumbprint: "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"}),
		Version: "TLS 1.3", Proven: true, OldVersions: facts.Known([]string{}), Others: facts.Known([]facts.OtherChain{}),
	})
	return estate(lookedUp(&facts.Snapshot{
		Schema:  facts.EvidenceSchema,
		TakenAt: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
		Organizations: []facts.Organization{{
			Directory: "ldaps://dc1.contoso.com", DomainName: "contoso.com",
			Controller: facts.Known("dc1.contoso.com"),
			Name:       facts.Known("Contoso"), DN: healthyDN,
			MapiHTTPEnabled:    facts.Known(false),
			Providers:          facts.Known([]facts.Provider{healthyProvider("EXCH", ""), healthyProvider("EXPR", "msstd:"+healthyMail), healthyProvider("WEB", "")}),
			VirtualDirectories: facts.Known([]facts.VirtualDirectory{healthyDirectory("EX1"), healthyDirectory("EX2")}),
		}},
		Answers: []facts.Answer{{
			Mailbox: healthyOwner, Step: facts.StepAutodiscoverHost, URL: healthyURL, View: facts.ViewRPC, Status: 200,
			Response: facts.Known(facts.Response{Action: "settings", Nodes: []facts.Node{
				{Type: "EXCH", Server: facts.Present("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0@contoso.com")},
				healthyNode("EXPR", "msstd:"+healthyMail), healthyNode("EXHTTP", ""), healthyNode("EXHTTP", "msstd:"+healthyMail),
				{Type: "WEB"},
			}}),
		}},
		Hosts: []facts.Host{{Name: healthyMail, Port: 443, Origins: []facts.Origin{
			{By: "CN=EXPR," + providersDN, Service: facts.ServiceRPC, Scope: facts.External},
			{By: "CN=EXCH," + providersDN, Service: facts.ServiceRPC, Scope: facts.Internal},
		}, Addresses: facts.Known([]facts.Endpoint{
			{Address: "192.0.2.10:443", Served: served}, {Address: "192.0.2.11:443", Served: served},
		})}},
	}))
}

func healthyProvider(name, principal string) facts.Provider {
	value := facts.Null()
	if principal != "" {
		value = facts.Say(principal)
	}
	return facts.Provider{Name: name, DN: "CN=" + name + "," + providersDN, CertPrincipalName: value,
		Server: facts.Null(), TTL: facts.Known(facts.Present(1)), Flags: facts.Known(facts.Present(0)), RequiredClientVersions: facts.Null()}
}

func healthyDirectory(server string) facts.VirtualDirectory {
	url := facts.Known(facts.PublishedURL{Raw: facts.Present("https://" + healthyMail + "/rpc"), Host: healthyMail, Port: 443, SSL: true})
	name := "Rpc (Default Web Site)"
	return facts.VirtualDirectory{Name: name, Server: server, Service: facts.ServiceRPC, External: url, Internal: url,
		DN:                     "CN=" + name + ",CN=HTTP,CN=Protocols,CN=" + server + "," + serversDN,
		ExternalAuthentication: facts.Known("Negotiate"), InternalAuthentication: facts.Known("Ntlm")}
}

func healthyNode(kind, principal string) facts.Node {
	node := facts.Node{Type: kind, Server: facts.Present(healthyMail), SSL: facts.Present("On"), AuthPackage: facts.Present("Ntlm")}
	if principal != "" {
		node.CertPrincipalName = facts.Present(principal)
	}
	return node
}

// certificate is a trusted certificate in the middle of its life, as a public
// authority would issue it.
func certificate(commonName string, names ...string) facts.Certificate {
	c := facts.Certificate{DNSNames: names, Issuer: "CN=Contoso Issuing CA", Subject: "CN=" + commonName,
		NotBefore: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 4, 18, 0, 0, 0, 0, time.UTC),
		Key: "RSA", KeyBits: 2048, Signature: "SHA256-RSA", KeyUsage: []string{"digitalSignature", "keyEncipherment"},
		Purposes: []string{"serverAuth"}, Policies: []string{organizationValidated},
		Thumbprint: thumbprint(commonName + strings.Join(names, " "))}
	if commonName != "" {
		c.CommonNames = []string{commonName}
	}
	return c
}

// authority is the certificate of an intermediate authority below the root.
func authority(subject string) facts.Certificate {
	return facts.Certificate{Subject: subject, Issuer: healthyRoot, CommonNames: []string{strings.TrimPrefix(subject, "CN=")},
		NotBefore: time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2032, 1, 1, 0, 0, 0, 0, time.UTC),
		Key: "RSA", KeyBits: 4096, Signature: "SHA256-RSA", KeyUsage: []string{"keyCertSign", "cRLSign"},
		Purposes: []string{"serverAuth"}, Policies: []string{organizationValidated}, Authority: true, Thumbprint: thumbprint(subject)}
}

// thumbprint is one that tells names apart and is no hash of anything.
func thumbprint(names string) string {
	sum := uint64(14695981039346656037)
	for _, b := range []byte(names) {
		sum = (sum ^ uint64(b)) * 1099511628211
	}
	return fmt.Sprintf("%040X", sum)
}

// give makes the directory hold a value and Autodiscover send it.
func give(s *facts.Snapshot, provider, value string) {
	*s = *fix.Apply(s, []report.Change{{Provider: provider, Parameter: fix.CertPrincipalName, Value: value, Null: value == ""}})
}

// serve makes every address of mail.contoso.com show a certificate, and every server
// behind it.
func serve(s *facts.Snapshot, leaf facts.Certificate) {
	each(s, func(served *facts.Served) { served.Chain = append([]facts.Certificate{leaf}, served.Chain[1:]...) })
}

func serveAt(s *facts.Snapshot, address int, leaf facts.Certificate) {
	served := &s.Hosts[0].Addresses.Value[address].Served.Value
	served.Chain = append([]facts.Certificate{leaf}, served.Chain[1:]...)
}

// each changes what every address of mail.contoso.com serves, and every server behind
// it. Slices are shared between them: they are replaced and never written into.
func each(s *facts.Snapshot, change func(served *facts.Served)) {
	for i := range s.Hosts {
		if s.Hosts[i].Name != healthyMail {
			continue
		}
		for j := range s.Hosts[i].Addresses.Value {
			change(&s.Hosts[i].Addresses.Value[j].Served.Value)
		}
	}
}

// publish adds a second external host, with a certificate, on server EX2, in a site
// of its own.
func publish(s *facts.Snapshot, host string, leaf facts.Certificate) {
	served := s.Hosts[0].Addresses.Value[0].Served
	served.Value.Chain = append([]facts.Certificate{leaf}, served.Value.Chain[1:]...)
	s.Hosts = append(s.Hosts, facts.Host{Name: host, Port: 443, Origins: s.Hosts[0].Origins[:1:1],
		Addresses: facts.Known([]facts.Endpoint{{Address: "198.51.100.20:443", Served: served}})})
	s.Organizations[0].VirtualDirectories.Value[1].External = facts.Known(
		facts.PublishedURL{Raw: facts.Present("https://" + host + "/rpc"), Host: host, Port: 443, SSL: true})
	s.Organizations[0].Servers.Value[1].Site = facts.Say("EMEA")
	s.Organizations[0].ConnectionPoints.Value[1].Sites = []string{"EMEA"}
}

// behind adds what a server shows behind the balancer of mail.contoso.com.
func behind(s *facts.Snapshot, node, address string, leaf facts.Certificate) {
	served := s.Hosts[0].Addresses.Value[0].Served
	served.Value.Chain = append([]facts.Certificate{leaf}, served.Value.Chain[1:]...)
	s.Hosts = append(s.Hosts, facts.Host{Name: healthyMail, Port: 443, Node: node,
		Addresses: facts.Known([]facts.Endpoint{{Address: address, Served: served}})})
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
