package fix_test

import (
	"strings"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/fix"
	"exprobe/rules/report"
)

// certificate is one that the healthy deployment would trust.
func certificate(cn string, names ...string) facts.Certificate {
	c := rules.Healthy().Hosts[0].Addresses.Value[0].Served.Value.Chain[0]
	c.CommonNames, c.DNSNames = nil, names
	if cn != "" {
		c.CommonNames = []string{cn}
	}
	return c
}

func serve(s *facts.Snapshot, address int, c facts.Certificate) {
	served := &s.Hosts[0].Addresses.Value[address].Served.Value
	served.Chain = append([]facts.Certificate{c}, served.Chain[1:]...)
}

func serveAll(s *facts.Snapshot, c facts.Certificate) { serve(s, 0, c); serve(s, 1, c) }

func store(s *facts.Snapshot, provider, value string) {
	*s = *fix.Apply(s, []report.Change{{Provider: provider, Parameter: fix.CertPrincipalName, Value: value, Null: value == ""}})
}

// second publishes another external host on EX2.
func second(s *facts.Snapshot, host string, c facts.Certificate) {
	s.Organizations[0].VirtualDirectories.Value[1].External.Value.Host = host
	served := s.Hosts[0].Addresses.Value[0].Served
	served.Value.Chain = append([]facts.Certificate{c}, served.Value.Chain[1:]...)
	s.Hosts = append(s.Hosts, facts.Host{Name: host, Port: 443,
		Addresses: facts.Known([]facts.Endpoint{{Address: "198.51.100.20:443", Served: served}})})
}

func TestSolve(t *testing.T) {
	trust := func(s *facts.Snapshot, trusted facts.Observed[facts.Trust]) {
		for i := range s.Hosts[0].Addresses.Value {
			s.Hosts[0].Addresses.Value[i].Served.Value.Trust = trusted
		}
	}
	tests := []struct {
		name string
		set  func(s *facts.Snapshot)
		want string // the value, "$null", "keep: ..." or "no: ..."
	}{
		{"a right value is kept", func(*facts.Snapshot) {}, "keep: the value in the directory is right"},
		{"no value is kept where the default is right", func(s *facts.Snapshot) { store(s, "EXPR", "") }, "keep: the value in the directory is right"},
		{"a right value in another case is kept", func(s *facts.Snapshot) { store(s, "EXPR", "MSSTD:Mail.contoso.com") }, "keep: the value in the directory is right"},
		{"the one common name", func(s *facts.Snapshot) { store(s, "EXPR", "msstd:owa.contoso.com") }, "msstd:mail.contoso.com"},
		{"a malformed value is mended", func(s *facts.Snapshot) { store(s, "EXPR", "mail.contoso.com") }, "msstd:mail.contoso.com"},
		{"a common name that is an alternative name's better", func(s *facts.Snapshot) {
			serveAll(s, certificate("contoso.com", "contoso.com", "mail.contoso.com"))
		}, "msstd:contoso.com"},
		{"a handshake that proves nothing", func(s *facts.Snapshot) {
			store(s, "EXPR", "msstd:owa.contoso.com")
			served := &s.Hosts[0].Addresses.Value[1].Served.Value
			served.Proven, served.Unproven = false, "invalid signature"
		}, "no: the handshake proved nothing: mail.contoso.com at 192.0.2.11:443: invalid signature"},
		{"a handshake that broke off behind the proof", func(s *facts.Snapshot) {
			store(s, "EXPR", "msstd:owa.contoso.com")
			s.Hosts[0].Addresses.Value[1].Served.Value.Unproven = "a client certificate is demanded"
		}, "msstd:mail.contoso.com"},
		{"another certificate for clients of ECDSA", func(s *facts.Snapshot) {
			other := certificate("owa.contoso.com", "owa.contoso.com", "mail.contoso.com")
			other.Key = "ECDSA"
			served := &s.Hosts[0].Addresses.Value[1].Served.Value
			served.Others = facts.Known([]facts.OtherChain{{Offered: "ECDSA", Chain: []facts.Certificate{other}, Trust: served.Trust}})
		}, "no: one value serves the whole organization, and the certificates disagree: mail.contoso.com at 192.0.2.10:443 has mail.contoso.com; " +
			"mail.contoso.com at 192.0.2.11:443 has mail.contoso.com; mail.contoso.com at 192.0.2.11:443 to clients that can do ECDSA alone has owa.contoso.com"},
		{"a wildcard", func(s *facts.Snapshot) { serveAll(s, certificate("*.contoso.com", "*.contoso.com")) }, "msstd:*.contoso.com"},
		{"each host with its own name", func(s *facts.Snapshot) {
			second(s, "mail.emea.contoso.com", certificate("mail.emea.contoso.com", "mail.emea.contoso.com"))
		}, "$null"},
		{"two hosts, one common name", func(s *facts.Snapshot) {
			second(s, "mail.emea.contoso.com", certificate("mail.contoso.com", "mail.contoso.com", "mail.emea.contoso.com"))
		}, "keep: the value in the directory is right"},
		{"the hosts disagree", func(s *facts.Snapshot) {
			second(s, "mail.emea.contoso.com", certificate("emea.contoso.com", "emea.contoso.com", "mail.emea.contoso.com"))
		}, "no: one value serves the whole organization, and the certificates disagree: mail.contoso.com at 192.0.2.10:443 has mail.contoso.com; mail.contoso.com at 192.0.2.11:443 has mail.contoso.com; mail.emea.contoso.com at 198.51.100.20:443 has emea.contoso.com"},
		{"two nodes disagree", func(s *facts.Snapshot) {
			serve(s, 1, certificate("owa.contoso.com", "owa.contoso.com", "mail.contoso.com"))
		}, "no: one value serves the whole organization, and the certificates disagree"},
		{"one node shows the certificate of something else", func(s *facts.Snapshot) {
			serve(s, 1, certificate("other.test", "other.test"))
		}, "no: one value serves the whole organization, and the certificates disagree: mail.contoso.com at 192.0.2.10:443 has mail.contoso.com; mail.contoso.com at 192.0.2.11:443 has other.test; and mail.contoso.com at 192.0.2.11:443: the certificate does not cover the host"},
		{"none is a choice", func(s *facts.Snapshot) { store(s, "EXPR", "none") }, "keep: the directory holds none"},
		{"no common name", func(s *facts.Snapshot) { serveAll(s, certificate("", "mail.contoso.com")) }, "no: mail.contoso.com at 192.0.2.10:443, mail.contoso.com at 192.0.2.11:443: the certificate has no common name"},
		{"several common names", func(s *facts.Snapshot) {
			c := certificate("mail.contoso.com", "mail.contoso.com")
			c.CommonNames = append(c.CommonNames, "owa.contoso.com")
			serveAll(s, c)
		}, "no: mail.contoso.com at 192.0.2.10:443, mail.contoso.com at 192.0.2.11:443: the subject has several common names"},
		{"an e-mail principal", func(s *facts.Snapshot) {
			c := certificate("mail.contoso.com", "mail.contoso.com")
			c.SANEmails = []string{"admin@contoso.com"}
			serveAll(s, c)
		}, "no: mail.contoso.com at 192.0.2.10:443, mail.contoso.com at 192.0.2.11:443: an alternative name is an e-mail address"},
		{"a certificate that cannot be parsed", func(s *facts.Snapshot) { serveAll(s, facts.Certificate{Unreadable: "odd"}) }, "no: mail.contoso.com at 192.0.2.10:443, mail.contoso.com at 192.0.2.11:443: the certificate could not be parsed"},
		{"a common name that is not an alternative name", func(s *facts.Snapshot) {
			serveAll(s, certificate("legacy.contoso.com", "mail.contoso.com"))
		}, "no: mail.contoso.com at 192.0.2.10:443, mail.contoso.com at 192.0.2.11:443: the common name legacy.contoso.com is not among"},
		{"a name outside the grammar", func(s *facts.Snapshot) {
			serveAll(s, certificate(`x"; calc; ".contoso.com`, `x"; calc; ".contoso.com`, "mail.contoso.com"))
		}, "no: the common name is not a host name that can stand in a command"},
		{"a single label", func(s *facts.Snapshot) { serveAll(s, certificate("EX1", "EX1", "mail.contoso.com")) }, "no: the common name is not a host name that can stand in a command"},
		{"a common name of 65 characters", func(s *facts.Snapshot) {
			long := strings.Repeat("a", 53) + ".contoso.com"
			serveAll(s, certificate(long, long, "mail.contoso.com"))
		}, "no: the common name is not a host name that can stand in a command"},
		{"not trusted", func(s *facts.Snapshot) {
			store(s, "EXPR", "msstd:owa.contoso.com")
			trust(s, facts.Known(facts.Trust{Reason: "unknown authority"}))
		}, "no: mail.contoso.com at 192.0.2.10:443, mail.contoso.com at 192.0.2.11:443: the certificate is not trusted"},
		{"trust unknown", func(s *facts.Snapshot) {
			store(s, "EXPR", "msstd:owa.contoso.com")
			trust(s, facts.Unknown[facts.Trust]("no roots"))
		}, "no: mail.contoso.com at 192.0.2.10:443, mail.contoso.com at 192.0.2.11:443: whether the certificate is trusted could not be judged"},
		{"self-signed", func(s *facts.Snapshot) {
			store(s, "EXPR", "msstd:owa.contoso.com")
			c := certificate("mail.contoso.com", "mail.contoso.com")
			c.SelfSigned = true
			serveAll(s, c)
		}, "no: mail.contoso.com at 192.0.2.10:443, mail.contoso.com at 192.0.2.11:443: the certificate is self-signed"},
		{"expired", func(s *facts.Snapshot) {
			store(s, "EXPR", "msstd:owa.contoso.com")
			s.TakenAt = s.TakenAt.AddDate(1, 0, 0)
		}, "no: mail.contoso.com at 192.0.2.10:443, mail.contoso.com at 192.0.2.11:443: the certificate expired on 2027-04-18"},
		{"not yet valid", func(s *facts.Snapshot) {
			store(s, "EXPR", "msstd:owa.contoso.com")
			s.TakenAt = time.Date(2026, 9, 30, 0, 0, 0, 0, time.UTC)
		}, "no: mail.contoso.com at 192.0.2.10:443, mail.contoso.com at 192.0.2.11:443: the certificate is not valid before 2026-10-01"},
		{"the host is not covered", func(s *facts.Snapshot) { serveAll(s, certificate("owa.contoso.com", "owa.contoso.com")) }, "no: mail.contoso.com at 192.0.2.10:443, mail.contoso.com at 192.0.2.11:443: the certificate does not cover the host"},
		{"no address of a host could be seen", func(s *facts.Snapshot) {
			store(s, "EXPR", "msstd:owa.contoso.com")
			s.Hosts[0].Addresses = facts.Unknown[[]facts.Endpoint]("no such name")
		}, "no: no certificate could be seen: mail.contoso.com: no such name"},
		{"one of two hosts could not be seen", func(s *facts.Snapshot) {
			store(s, "EXPR", "msstd:owa.contoso.com")
			second(s, "mail.emea.contoso.com", certificate("mail.contoso.com", "mail.contoso.com", "mail.emea.contoso.com"))
			s.Hosts[len(s.Hosts)-1].Addresses.Value[0].Served = facts.Unknown[facts.Served]("refused")
		}, "no: a host could not be seen at all: mail.emea.contoso.com: refused"},
		{"the object is missing", func(s *facts.Snapshot) {
			list := &s.Organizations[0].Providers.Value
			*list = append((*list)[:1:1], (*list)[2])
		}, "no: there is no EXPR object in the directory"},
		{"SSL is off everywhere", func(s *facts.Snapshot) {
			s.Answers = nil
			for i := range s.Organizations[0].VirtualDirectories.Value {
				s.Organizations[0].VirtualDirectories.Value[i].External.Value.SSL = false
			}
		}, "nothing"},
		{"a malformed value that is used nowhere", func(s *facts.Snapshot) {
			store(s, "EXPR", "mail.contoso.com")
			s.Answers = nil
			for i := range s.Organizations[0].VirtualDirectories.Value {
				s.Organizations[0].VirtualDirectories.Value[i].External = facts.Known(facts.PublishedURL{})
				s.Organizations[0].VirtualDirectories.Value[i].Internal = facts.Known(facts.PublishedURL{})
			}
		}, "$null"},
		{"Autodiscover sends none, and the directory was not read", func(s *facts.Snapshot) {
			store(s, "EXPR", "none")
			s.Organizations = nil
		}, "keep: Autodiscover sends none"},
		{"Autodiscover sends none, and the value could not be read", func(s *facts.Snapshot) {
			store(s, "EXPR", "none")
			s.Provider("EXPR").CertPrincipalName = facts.Unknown[facts.Text]("denied")
		}, "keep: Autodiscover sends none"},
		{"what Exchange Online publishes is nobody's here", func(s *facts.Snapshot) {
			other := s.Answers[0]
			other.Response.Value.MicrosoftOnline = true
			other.Response.Value.Nodes = []facts.Node{{Type: "EXPR", Server: facts.Present("outlook.office365.com"), CertPrincipalName: facts.Present("msstd:outlook.com")}}
			s.Answers = append(s.Answers, other)
			store(s, "EXPR", "msstd:owa.contoso.com")
		}, "msstd:mail.contoso.com"},
		{"an untrusted certificate on another port of the same name", func(s *facts.Snapshot) {
			store(s, "EXPR", "msstd:owa.contoso.com")
			s.Organizations[0].VirtualDirectories.Value[1].External.Value.Port = 8443
			s.Hosts = append(s.Hosts, facts.Host{Name: "mail.contoso.com", Port: 8443, Addresses: facts.Unknown[[]facts.Endpoint]("refused")})
		}, "no: a host could not be seen at all: mail.contoso.com:8443: refused"},
		{"certificates disagree, and a further one cannot be parsed", func(s *facts.Snapshot) {
			second(s, "mail.emea.contoso.com", certificate("emea.contoso.com", "emea.contoso.com", "mail.emea.contoso.com"))
			serve(s, 1, facts.Certificate{Unreadable: "odd"})
		}, "no: one value serves the whole organization, and the certificates disagree"},
		{"common names that differ by a Kelvin sign", func(s *facts.Snapshot) {
			serve(s, 0, certificate("mail.kontoso.com", "mail.kontoso.com", "mail.contoso.com"))
			serve(s, 1, certificate("mail.\u212Aontoso.com", "mail.kontoso.com", "mail.contoso.com", "mail.\u212Aontoso.com"))
		}, "no: one value serves the whole organization, and the certificates disagree"},
		{"common names that differ in case alone", func(s *facts.Snapshot) {
			store(s, "EXPR", "msstd:owa.contoso.com")
			serve(s, 1, certificate("MAIL.contoso.com", "mail.contoso.com"))
		}, "msstd:mail.contoso.com"},
		{"a right value is not kept while a host could not be seen", func(s *facts.Snapshot) {
			second(s, "mail.emea.contoso.com", certificate("mail.contoso.com", "mail.contoso.com", "mail.emea.contoso.com"))
			s.Hosts[len(s.Hosts)-1].Addresses = facts.Unknown[[]facts.Endpoint]("no such name")
		}, "no: a host could not be seen at all: mail.emea.contoso.com: no such name"},
		{"a malformed value, and where it is used could not be seen", func(s *facts.Snapshot) {
			store(s, "EXPR", "mail.contoso.com")
			s.Answers, s.Organizations[0].VirtualDirectories = nil, facts.Unknown[[]facts.VirtualDirectory]("denied")
		}, "no: where EXPR is used could not be seen"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := rules.Healthy()
			test.set(s)
			sol := fix.Solve(s, "EXPR")
			got := "nothing"
			switch {
			case sol.Change != nil && sol.Change.Null:
				got = "$null"
			case sol.Change != nil:
				got = sol.Change.Value
			case sol.Keep != "":
				got = "keep: " + sol.Keep
			case sol.Why != "":
				got = "no: " + sol.Why
			}
			if !strings.HasPrefix(got, test.want) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if sol.Why != "" && sol.Next == "" {
				t.Error("a refusal without the next step")
			}
		})
	}
}

func TestOneAddressThatCouldNotBeSeenLeavesTheCommandUnproven(t *testing.T) {
	s := rules.Healthy()
	store(s, "EXPR", "msstd:owa.contoso.com")
	s.Hosts[0].Addresses.Value[1].Served = facts.Unknown[facts.Served]("connection refused")
	sol := fix.Solve(s, "EXPR")
	if sol.Change == nil || sol.Change.Value != "msstd:mail.contoso.com" {
		t.Fatalf("no command is given: %+v", sol)
	}
	if len(sol.Unproven) != 1 || !strings.Contains(sol.Unproven[0], "192.0.2.11:443") {
		t.Errorf("unproven is %q", sol.Unproven)
	}
}

func TestWhatACommandIsNotProvenFor(t *testing.T) {
	wireOnly := rules.Healthy()
	store(wireOnly, "EXPR", "msstd:owa.contoso.com")
	wireOnly.Organizations = nil
	hidden := rules.Healthy()
	store(hidden, "EXPR", "msstd:owa.contoso.com")
	hidden.Organizations[0].VirtualDirectories.Value[1].External = facts.Unknown[facts.PublishedURL]("denied")
	failed := rules.Healthy()
	store(failed, "EXPR", "msstd:owa.contoso.com")
	failed.Organizations[0].VirtualDirectories = facts.Unknown[[]facts.VirtualDirectory]("denied")
	for name, s := range map[string]*facts.Snapshot{"no directory was read": wireOnly, "EX2": hidden, "organization": failed} {
		sol := fix.Solve(s, "EXPR")
		if sol.Change == nil || !strings.Contains(strings.Join(sol.Unproven, "; "), name) {
			t.Errorf("%s: %+v", name, sol)
		}
	}
}

func TestApplyLeavesAloneWhatTheProviderDoesNotFeed(t *testing.T) {
	s := rules.Healthy()
	online := s.Answers[0]
	online.Response.Value.MicrosoftOnline = true
	mapi := s.Answers[0]
	mapi.View = facts.ViewMapi
	off := s.Answers[0]
	off.Response.Value.Nodes = []facts.Node{{Type: "EXPR", Server: facts.Present("mail.contoso.com"), SSL: facts.Present("Off"), CertPrincipalName: facts.Present("None")}}
	s.Answers = append(s.Answers[:1:1], online, mapi, off)
	after := fix.Apply(s, []report.Change{{Provider: "EXPR", Parameter: fix.CertPrincipalName, Value: "msstd:x.contoso.com"}})
	if got := after.Answers[0].Response.Value.Nodes[1].CertPrincipalName.Value; got != "msstd:x.contoso.com" {
		t.Errorf("the node that EXPR feeds holds %q", got)
	}
	for i := 1; i < 4; i++ {
		for j, node := range after.Answers[i].Response.Value.Nodes {
			if node.CertPrincipalName != s.Answers[i].Response.Value.Nodes[j].CertPrincipalName {
				t.Errorf("answer %d: %s was changed to %q", i, node.Type, node.CertPrincipalName.Value)
			}
		}
	}
}

func TestAdviceIsWhatWouldSwitchTheCheckOn(t *testing.T) {
	s := rules.Healthy()
	store(s, "EXPR", "none")
	if got := fix.Advice(s, "EXPR"); got != "msstd:mail.contoso.com" {
		t.Errorf("got %q", got)
	}
	s.Organizations[0].Providers.Value = s.Organizations[0].Providers.Value[:1]
	if got := fix.Advice(s, "EXPR"); got != "" {
		t.Errorf("a provider that does not exist gives %q", got)
	}
	s = rules.Healthy()
	store(s, "EXPR", "none")
	serveAll(s, certificate("", "mail.contoso.com"))
	if got := fix.Advice(s, "EXPR"); got != "" {
		t.Errorf("a certificate without a common name gives %q", got)
	}
}
