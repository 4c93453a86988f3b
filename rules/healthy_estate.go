package rules

import (
	"strings"
	"time"

	"exprobe/autodiscover/facts"
)

const (
	estateServers = "CN=Servers,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups," + healthyDN
	estateSMTP    = "<I>CN=Contoso Issuing CA<S>CN=smtp.contoso.com"

	estateAuth       = "A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1"
	estateFederation = "F2F2F2F2F2F2F2F2F2F2F2F2F2F2F2F2F2F2F2F2"
)

// estate completes the healthy deployment with what stands around the published hosts:
// its servers, seen behind the balancer too, their other virtual directories, and
// whatever refers to a certificate. It adds to what is there.
func estate(s *facts.Snapshot) *facts.Snapshot {
	org := &s.Organizations[0]
	if !org.Servers.Known {
		org.Servers = facts.Known([]facts.Server{{Name: "EX1"}, {Name: "EX2"}})
	}
	for i := range org.Servers.Value {
		server := &org.Servers.Value[i]
		server.DN = "CN=" + server.Name + "," + estateServers
		server.FQDN, server.Site = facts.Say(server.Name+".contoso.com"), facts.Say("HQ")
		server.Version = facts.Known(facts.Version{Number: "15.2.2562", Product: "Exchange Server SE", Update: "RTM"})
		org.VirtualDirectories.Value = append(org.VirtualDirectories.Value, estateDirectory(server.Name))
		s.Hosts = append(s.Hosts, facts.Host{Name: healthyMail, Port: 443, Node: server.FQDN.Value.Value, Addresses: facts.Known(
			[]facts.Endpoint{{Address: "10.0.0.1" + server.Name[2:] + ":443", Served: s.Hosts[0].Addresses.Value[0].Served}})})
	}
	if !org.ConnectionPoints.Known {
		org.ConnectionPoints = facts.Known([]facts.ConnectionPoint{estatePoint("EX1"), estatePoint("EX2")})
	}
	named := facts.Known(certificateName(estateSMTP))
	org.SendConnectors = facts.Known([]facts.Connector{{Name: "Outbound to Office 365", TLSCertificateName: named,
		DN: "CN=Outbound to Office 365,CN=Connections,CN=Routing," + healthyDN}})
	org.ReceiveConnectors = facts.Known([]facts.Connector{{Name: "Default Frontend EX1", Server: "EX1", TLSCertificateName: named,
		DN: "CN=Default Frontend EX1,CN=SMTP Receive Connectors,CN=Protocols,CN=EX1," + estateServers}})
	org.Hybrids = facts.Known([]facts.HybridConfiguration{{Name: "Hybrid Configuration", TLSCertificateName: named,
		DN: "CN=Hybrid Configuration,CN=Hybrid Configuration," + healthyDN}})
	org.Auths = facts.Known([]facts.AuthConfiguration{{Name: "Auth Configuration", DN: "CN=Auth Configuration," + healthyDN,
		Thumbprints:   facts.Known([]facts.Thumbprint{{Raw: facts.Present(estateAuth), Use: facts.UseCurrent, Value: estateAuth}}),
		NextEffective: facts.Known(facts.Instant{})}})
	org.FederationTrusts = facts.Known([]facts.FederationTrust{{Name: "Microsoft Federation Gateway",
		DN:      "CN=Microsoft Federation Gateway,CN=Federation Trusts," + healthyDN,
		Current: facts.Known(facts.Thumbprint{Raw: facts.Present(estateFederation), Use: facts.UseCurrent, Value: estateFederation})}})
	smtp := certificate("smtp.contoso.com", "smtp.contoso.com")
	smtp.Key, smtp.Purposes = "RSA", []string{"serverAuth", "clientAuth"}
	smtp.Thumbprint = "5353535353535353535353535353535353535353"
	s.Certificates = facts.Known([]facts.Certificate{smtp, ownCertificate("Microsoft Exchange Server Auth Certificate", estateAuth),
		ownCertificate("Federation", estateFederation)})
	return s
}

func estateDirectory(server string) facts.VirtualDirectory {
	const name = "EWS (Default Web Site)"
	url := facts.Known(webURL("https", healthyMail, "/EWS/Exchange.asmx"))
	return facts.VirtualDirectory{Name: name, Server: server, Service: facts.ServiceEWS, External: url, Internal: url,
		DN: "CN=" + name + ",CN=HTTP,CN=Protocols,CN=" + server + "," + estateServers}
}

func estatePoint(server string) facts.ConnectionPoint {
	return facts.ConnectionPoint{Name: server, Server: server, DN: "CN=" + server + ",CN=Autodiscover,CN=Protocols,CN=" + server + "," + estateServers,
		Kind: facts.Known(facts.PointURL), DNSName: facts.Say(server),
		Bindings: facts.Known([]string{"https://" + healthyMail + "/autodiscover/autodiscover.xml"})}
}

// ownCertificate is one that Exchange signs itself, for five years.
func ownCertificate(commonName, thumbprint string) facts.Certificate {
	c := certificate(commonName)
	c.Issuer, c.SelfSigned, c.Thumbprint = c.Subject, true, thumbprint
	c.NotBefore, c.NotAfter = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC), time.Date(2029, 6, 1, 0, 0, 0, 0, time.UTC)
	return c
}

// heldCertificate is the one of the servers' certificates with this thumbprint.
func heldCertificate(s *facts.Snapshot, thumbprint string) *facts.Certificate {
	for i := range s.Certificates.Value {
		if s.Certificates.Value[i].Thumbprint == thumbprint {
			return &s.Certificates.Value[i]
		}
	}
	return nil
}

func webURL(scheme, host, path string) facts.PublishedURL {
	u := facts.PublishedURL{Raw: facts.Present(scheme + "://" + host + path), Host: host, Port: 80, SSL: scheme == "https"}
	if u.SSL {
		u.Port = 443
	}
	return u
}

// certificateName is a name as the directory holds it, taken apart.
func certificateName(raw string) facts.TLSCertificateName {
	issuer, subject, _ := strings.Cut(strings.TrimPrefix(raw, "<I>"), "<S>")
	return facts.TLSCertificateName{Raw: facts.Present(raw), Issuer: issuer, Subject: subject}
}

// serveBehind makes one server behind the balancer serve a certificate of its own.
func serveBehind(s *facts.Snapshot, server, thumbprint string) {
	for i := range s.Hosts {
		if h := &s.Hosts[i]; strings.EqualFold(h.Node, server+".contoso.com") {
			leaf := certificate(healthyMail, healthyMail)
			leaf.Thumbprint = thumbprint
			h.Addresses.Value[0].Served.Value.Chain = []facts.Certificate{leaf}
		}
	}
}
