package rules_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"
)

func web(scheme, host, path string) facts.Observed[facts.PublishedURL] {
	u := facts.PublishedURL{Raw: facts.Present(scheme + "://" + host + path), Host: host, Port: 80, SSL: scheme == "https"}
	if u.SSL {
		u.Port = 443
	}
	return facts.Known(u)
}

func directoryOf(s *facts.Snapshot, service string) *facts.VirtualDirectory {
	list := s.Organizations[0].VirtualDirectories.Value
	return &list[slices.IndexFunc(list, func(d facts.VirtualDirectory) bool { return d.Service == service })]
}

func named(s *facts.Snapshot, issuer, subject string) {
	name := facts.Known(facts.TLSCertificateName{Raw: facts.Present("<I>" + issuer + "<S>" + subject), Issuer: issuer, Subject: subject})
	s.Organizations[0].SendConnectors.Value[0].TLSCertificateName = name
	s.Organizations[0].Hybrids.Value[0].TLSCertificateName = name
}

// Each looks guilty of a rule and is not: the rule fails nothing and misses nothing.
func TestWhatOnlyLooksGuiltyIsLeftAlone(t *testing.T) {
	provider := func(name string, change func(p *facts.Provider)) func(s *facts.Snapshot) {
		return func(s *facts.Snapshot) {
			p := facts.Provider{Name: name, DN: "CN=" + name, CertPrincipalName: facts.Null(), Server: facts.Null(), RequiredClientVersions: facts.Null(),
				TTL: facts.Known(facts.Present(1)), Flags: facts.Known(facts.Present(0))}
			if known := s.Provider(name); known != nil {
				change(known)
				return
			}
			change(&p)
			s.Organizations[0].Providers.Value = append(s.Organizations[0].Providers.Value, p)
		}
	}
	auth := func(s *facts.Snapshot, days int) *facts.Certificate {
		c := &s.Certificates.Value[1]
		c.NotAfter = s.TakenAt.AddDate(0, 0, days)
		return c
	}
	tests := []struct {
		rule, name string
		change     func(s *facts.Snapshot)
	}{
		{"provider-server-set", "a custom provider needs its server", provider("MOBILE", func(p *facts.Provider) { p.Server = facts.Say("m.contoso.com") })},
		{"provider-server-set", "an empty text is as good as none", provider("EXPR", func(p *facts.Provider) { p.Server = facts.Say(" ") })},
		{"provider-ttl-zero", "none stored is the default", provider("EXPR", func(p *facts.Provider) { p.TTL = facts.Known(facts.Number{}) })},
		{"provider-ttl-odd", "a day", provider("EXPR", func(p *facts.Provider) { p.TTL = facts.Known(facts.Present(24)) })},
		{"provider-ttl-odd", "zero is another rule's", provider("EXPR", func(p *facts.Provider) { p.TTL = facts.Known(facts.Present(0)) })},
		{"provider-flags-set", "none stored", provider("EXPR", func(p *facts.Provider) { p.Flags = facts.Known(facts.Number{}) })},
		{"provider-duplicate", "a custom provider whose name begins like another's", provider("EXPR-CNF:2", func(*facts.Provider) {})},
		{"provider-custom", "the usual name in small letters", provider("EXPR", func(p *facts.Provider) { p.Name = "expr" })},
		{"provider-custom", "a conflict object is another rule's", provider("EXPR\nCNF:0f1e", func(*facts.Provider) {})},
		{"required-client-versions-expired", "the day is still to come", provider("EXCH", func(p *facts.Provider) {
			p.RequiredClientVersions = facts.Say("16.0.4266.1001, 2027-01-01T00:00:00Z")
		})},
		{"required-client-versions-expired", "EXPR's are sent to nobody", provider("EXPR", func(p *facts.Provider) {
			p.RequiredClientVersions = facts.Say("14.0.7012.1000, 2020-01-01T12:00:00Z")
		})},
		{"outlook-anywhere-hosts-differ", "two sites with hosts of their own", func(s *facts.Snapshot) {
			s.Organizations[0].VirtualDirectories.Value[1].External = web("https", "mail.emea.contoso.com", "/rpc")
			s.Organizations[0].Servers.Value[1].Site = facts.Say("EMEA")
		}},
		{"outlook-anywhere-hosts-differ", "the back end has a host of its own", func(s *facts.Snapshot) {
			d := *directoryOf(s, facts.ServiceRPC)
			d.BackEnd, d.External = true, web("https", "ex1.contoso.com", "/rpc")
			s.Organizations[0].VirtualDirectories.Value = append(s.Organizations[0].VirtualDirectories.Value, d)
		}},
		{"outlook-anywhere-hosts-differ", "one host in two spellings", func(s *facts.Snapshot) {
			s.Organizations[0].VirtualDirectories.Value[1].External = web("https", "MAIL.contoso.com", "/rpc")
		}},
		{"outlook-anywhere-ssl-off", "inside, where it is the default", func(s *facts.Snapshot) {
			directoryOf(s, facts.ServiceRPC).Internal = web("http", "mail.contoso.com", "/rpc")
		}},
		{"outlook-anywhere-ssl-off", "nothing is published outside", func(s *facts.Snapshot) {
			directoryOf(s, facts.ServiceRPC).External = facts.Known(facts.PublishedURL{})
		}},
		{"outlook-anywhere-auth-weak", "Basic where nothing is published", func(s *facts.Snapshot) {
			d := directoryOf(s, facts.ServiceRPC)
			d.External, d.ExternalAuthentication = facts.Known(facts.PublishedURL{}), facts.Known("Basic")
		}},
		{"outlook-anywhere-auth-weak", "IIS accepts Basic besides", func(s *facts.Snapshot) {
			directoryOf(s, facts.ServiceRPC).IISAuthentication = facts.Known([]string{"Basic", "Ntlm", "Negotiate"})
		}},
		{"site-principals-differ", "one principal name, with hosts of their own", func(s *facts.Snapshot) {
			host, endpoint := s.Hosts[0], s.Hosts[0].Addresses.Value[0]
			leaf := endpoint.Served.Value.Chain[0]
			leaf.DNSNames, leaf.Thumbprint = []string{"mail.contoso.com", "mail.emea.contoso.com"}, "0000000000000000000000000000000000000002"
			endpoint.Served.Value.Chain = []facts.Certificate{leaf}
			host.Name, host.Addresses = "mail.emea.contoso.com", facts.Known([]facts.Endpoint{endpoint})
			s.Hosts = append(s.Hosts, host)
			s.Organizations[0].VirtualDirectories.Value[1].External = web("https", "mail.emea.contoso.com", "/rpc")
			s.Organizations[0].Servers.Value[1].Site = facts.Say("EMEA")
		}},
		{"principal-name-fullsic", "a host that is called fullsic", func(s *facts.Snapshot) { set(s, "EXPR", "msstd:fullsic") }},
		{"principal-name-dormant", "MAPI over HTTP is off, and the fault is awake", func(s *facts.Snapshot) { set(s, "EXPR", "msstd:owa.contoso.com") }},
		{"principal-name-dormant", "MAPI over HTTP is on, and nothing is wrong", func(s *facts.Snapshot) { s.Organizations[0].MapiHTTPEnabled = facts.Known(true) }},
		{"scp-on-server-name", "the certificate covers the server's name", func(s *facts.Snapshot) {
			host, endpoint := s.Hosts[0], s.Hosts[0].Addresses.Value[0]
			leaf := endpoint.Served.Value.Chain[0]
			leaf.DNSNames = []string{"mail.contoso.com", "ex1.contoso.com"}
			endpoint.Served.Value.Chain = []facts.Certificate{leaf}
			host.Name, host.Addresses = "ex1.contoso.com", facts.Known([]facts.Endpoint{endpoint})
			s.Hosts = append(s.Hosts, host)
			s.Organizations[0].ConnectionPoints.Value[0].Bindings = facts.Known([]string{"https://ex1.contoso.com/autodiscover/autodiscover.xml"})
		}},
		{"scp-on-server-name", "a published name that begins as the server's does", func(s *facts.Snapshot) {
			host := s.Hosts[0]
			host.Name = "ex1.fabrikam.com"
			s.Hosts = append(s.Hosts, host)
			s.Organizations[0].ConnectionPoints.Value[0].Bindings = facts.Known([]string{"https://ex1.fabrikam.com/autodiscover/autodiscover.xml"})
		}},
		{"virtual-directory-host-not-in-certificate", "the Autodiscover directory, whose URL nobody is given", func(s *facts.Snapshot) {
			d := *directoryOf(s, facts.ServiceEWS)
			d.Service, d.Internal = facts.ServiceAutodiscover, web("https", "ex1.contoso.com", "/autodiscover")
			s.Organizations[0].VirtualDirectories.Value = append(s.Organizations[0].VirtualDirectories.Value, d)
			host := s.Hosts[0]
			host.Name = "ex1.contoso.com"
			s.Hosts = append(s.Hosts, host)
		}},
		{"virtual-directory-http", "PowerShell inside", func(s *facts.Snapshot) {
			d := *directoryOf(s, facts.ServiceEWS)
			d.Service, d.External, d.Internal = facts.ServicePowerShell, facts.Known(facts.PublishedURL{}), web("http", "ex1.contoso.com", "/powershell")
			s.Organizations[0].VirtualDirectories.Value = append(s.Organizations[0].VirtualDirectories.Value, d)
		}},
		{"virtual-directory-http", "Outlook Anywhere, whose scheme is a switch", func(s *facts.Snapshot) {
			directoryOf(s, facts.ServiceRPC).Internal = web("http", "mail.contoso.com", "/rpc")
		}},
		{"connector-certificate-name-differs", "the name as .NET writes it", func(s *facts.Snapshot) {
			c := &s.Certificates.Value[0]
			c.Issuer, c.Subject = `CN=R10,O=Let\27s Encrypt,C=US`, `CN=smtp.contoso.com,O=Contoso\, Ltd.,ST=WA,C=US`
			name := facts.TLSCertificateName{Issuer: "CN=R10, O=Let's Encrypt, C=US", Subject: `CN=SMTP.contoso.com, O="Contoso, Ltd.", S=WA, C=US`, Raw: facts.Present("x")}
			for _, list := range [][]facts.Connector{s.Organizations[0].SendConnectors.Value, s.Organizations[0].ReceiveConnectors.Value} {
				list[0].TLSCertificateName = facts.Known(name)
			}
		}},
		{"connector-certificate-name-differs", "the web site has another certificate of the same name", func(s *facts.Snapshot) {
			s.Certificates.Value[0].CommonNames, s.Certificates.Value[0].Subject = []string{"mail.contoso.com"}, "CN=mail.contoso.com"
			s.Certificates.Value[0].Issuer = "CN=Other CA"
			named(s, "CN=Other CA", "CN=mail.contoso.com")
			s.Organizations[0].ReceiveConnectors.Value = nil
		}},
		{"connector-certificate-name-malformed", "a connector without a name", func(s *facts.Snapshot) {
			s.Organizations[0].SendConnectors.Value[0].TLSCertificateName = facts.Known(facts.TLSCertificateName{})
		}},
		{"connector-certificate-name-malformed", "a name without an issuer", func(s *facts.Snapshot) {
			s.Organizations[0].SendConnectors.Value[0].TLSCertificateName = facts.Known(facts.TLSCertificateName{Raw: facts.Present("<S>CN=smtp.contoso.com"), Subject: "CN=smtp.contoso.com"})
		}},
		{"hybrid-certificate-name-differs", "the same issuer and subject after a renewal", func(s *facts.Snapshot) {
			s.Certificates.Value[0].Thumbprint = "0000000000000000000000000000000000000003"
		}},
		{"hybrid-certificate-name-differs", "no organization is hybrid", func(s *facts.Snapshot) { s.Organizations[0].Hybrids = facts.Known[[]facts.HybridConfiguration](nil) }},
		{"hybrid-client-auth-missing", "no purposes at all are all purposes", func(s *facts.Snapshot) { s.Certificates.Value[0].Purposes = nil }},
		{"hybrid-client-auth-missing", "an older certificate without it lies beside", func(s *facts.Snapshot) {
			old := s.Certificates.Value[0]
			old.Purposes, old.NotBefore = []string{"serverAuth"}, old.NotBefore.Add(-time.Hour)
			s.Certificates.Value = append([]facts.Certificate{old}, s.Certificates.Value...)
		}},
		{"hybrid-endpoint-certificate", "a private certificate inside", func(s *facts.Snapshot) {
			directoryOf(s, facts.ServiceEWS).Internal = web("https", "ews.corp.contoso.com", "/EWS/Exchange.asmx")
			host, endpoint := s.Hosts[0], s.Hosts[0].Addresses.Value[0]
			endpoint.Served.Value.Trust = facts.Known(facts.Trust{Reason: "issued by an authority of our own"})
			host.Name, host.Addresses = "ews.corp.contoso.com", facts.Known([]facts.Endpoint{endpoint})
			s.Hosts = append(s.Hosts, host)
		}},
		{"hybrid-endpoint-certificate", "the organization is not hybrid", func(s *facts.Snapshot) {
			s.Organizations[0].Hybrids = facts.Known[[]facts.HybridConfiguration](nil)
			s.Hosts[0].Addresses.Value[0].Served.Value.Trust = facts.Known(facts.Trust{Reason: "not trusted"})
		}},
		{"oauth-certificate-expires", "the next one takes over in time", func(s *facts.Snapshot) {
			next := *auth(s, 20)
			next.NotAfter, next.Thumbprint = s.TakenAt.AddDate(5, 0, 0), strings.Repeat("A2", 20)
			s.Certificates.Value = append(s.Certificates.Value, next)
			a := &s.Organizations[0].Auths.Value[0]
			a.Thumbprints.Value = append(a.Thumbprints.Value, facts.Thumbprint{Raw: facts.Present("2:" + next.Thumbprint), Use: facts.UseNext, Value: next.Thumbprint})
			a.NextEffective = facts.Known(facts.Instant{Raw: facts.Present("x"), At: s.TakenAt.AddDate(0, 0, 10)})
		}},
		{"oauth-certificate-expires", "sixty days are left", func(s *facts.Snapshot) { auth(s, 60) }},
		{"federation-certificate-expires", "there is no trust", func(s *facts.Snapshot) {
			s.Organizations[0].FederationTrusts = facts.Known[[]facts.FederationTrust](nil)
		}},
		{"federation-certificate-expires", "the former certificate is gone", func(s *facts.Snapshot) {
			s.Organizations[0].FederationTrusts.Value[0].Previous = facts.Known(facts.Thumbprint{Raw: facts.Present("x"), Use: facts.UsePrevious, Value: strings.Repeat("F0", 20)})
		}},
		{"server-out-of-support", "2019 on its last day", func(s *facts.Snapshot) {
			s.TakenAt = time.Date(2025, 10, 14, 23, 0, 0, 0, time.UTC)
			s.Organizations[0].Servers.Value[0].Version = facts.Known(facts.Version{Number: "15.2.1748", Product: "Exchange Server 2019"})
		}},
		{"extended-protection-bridging", "an older server, where nobody switches it on", func(s *facts.Snapshot) {
			s.Organizations[0].Servers.Value[1].Version = facts.Known(facts.Version{Number: "15.2.1258", Product: "Exchange Server 2019", Update: "CU13"})
			s.Hosts[2].Addresses.Value[0].Served.Value.Chain = []facts.Certificate{{Thumbprint: "0000000000000000000000000000000000000004"}}
		}},
		{"load-balancer-certificate-differs", "no balancer: the addresses are the servers' own", func(s *facts.Snapshot) {
			second := s.Hosts[0].Addresses.Value[0].Served.Value.Chain[0]
			second.Thumbprint = "0000000000000000000000000000000000000005"
			s.Hosts[0].Addresses.Value[1].Served.Value.Chain = []facts.Certificate{second}
			s.Hosts[2].Addresses.Value[0].Served.Value.Chain = []facts.Certificate{second}
		}},
		{"load-balancer-certificate-differs", "the auditor stands outside and reaches no server", func(s *facts.Snapshot) {
			for i := range s.Hosts[1:] {
				s.Hosts[1+i].Addresses = facts.Unknown[[]facts.Endpoint]("no such host")
			}
		}},
	}
	covered := map[string]bool{}
	for _, test := range tests {
		t.Run(test.rule+"/"+test.name, func(t *testing.T) {
			covered[test.rule] = true
			s := rules.Healthy()
			test.change(s)
			rule, ok := rules.Find(test.rule)
			if !ok {
				t.Fatal("there is no such rule")
			}
			for _, v := range rule.Check(s) {
				if v.Outcome != report.Pass {
					t.Errorf("%s: %s %s: %s", v.Outcome, v.Subject.Kind, v.Subject.Name, v.Message)
				}
			}
		})
	}
	if len(covered) != 26 {
		t.Errorf("%d rules are tried", len(covered))
	}
}

// Facts that nobody asked for concern no rule of those that stand around the hosts.
func TestWhatWasNotAskedIsNotJudged(t *testing.T) {
	s := rules.Healthy()
	org := &s.Organizations[0]
	*org = facts.Organization{Directory: org.Directory, Name: org.Name, DN: org.DN, Providers: org.Providers,
		VirtualDirectories: org.VirtualDirectories, MapiHTTPEnabled: org.MapiHTTPEnabled}
	s.Certificates = facts.Observed[[]facts.Certificate]{}
	s.Hosts = s.Hosts[:1]
	rep := rules.Evaluate(s, rules.All(), rules.Policy{FailOn: report.FailOnInfo})
	if len(rep.Findings) != 0 {
		t.Errorf("%+v", rep.Findings)
	}
}

// A fact that was asked for and could not be seen is unknown, rule by rule.
func TestWhatCouldNotBeSeenIsUnknown(t *testing.T) {
	s := rules.Healthy()
	s.Organizations[0].Unread("refused")
	s.Certificates = facts.Unknown[[]facts.Certificate]("refused")
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	for _, id := range []string{"provider-server-set", "provider-ttl-zero", "provider-ttl-odd", "provider-flags-set", "provider-duplicate", "provider-custom",
		"required-client-versions-expired", "outlook-anywhere-hosts-differ", "outlook-anywhere-ssl-off", "outlook-anywhere-auth-weak", "site-principals-differ",
		"principal-name-fullsic", "principal-name-dormant", "scp-on-server-name", "virtual-directory-host-not-in-certificate", "virtual-directory-http",
		"connector-certificate-name-differs", "connector-certificate-name-malformed", "hybrid-certificate-name-differs", "hybrid-client-auth-missing",
		"hybrid-endpoint-certificate", "oauth-certificate-expires", "federation-certificate-expires", "server-out-of-support"} {
		if !find(rep, id, report.Unknown) {
			t.Errorf("%s is silent", id)
		}
	}
	if rep.Exit != report.Blind || len(stories(t, rep)) > 7 {
		t.Errorf("%+v, in %d stories", rep.Exit, len(stories(t, rep)))
	}
}

func TestTheTableShowsTheChainOfAFullName(t *testing.T) {
	rep := rules.Evaluate(example(t, "principal-name-fullsic", 0), rules.All(), rules.Policy{})
	row := rep.Principals[0]
	if row.Match != "match" || !slices.Equal(row.Chain, []string{"CN=Contoso Issuing CA", "CN=mail.contoso.com"}) {
		t.Errorf("%+v", row)
	}
	rep = rules.Evaluate(example(t, "principal-name-fullsic", 1), rules.All(), rules.Policy{})
	if row := rep.Principals[0]; row.Match != "mismatch" || !strings.Contains(row.Note, "CN=Former CA is demanded") {
		t.Errorf("%+v", row)
	}
}
