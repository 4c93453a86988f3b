package facts_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"exprobe/autodiscover/facts"

	"github.com/google/go-cmp/cmp"
)

// deployment is one organization with one server, one answer and one host, all of
// them right.
func deployment() *facts.Snapshot {
	url := func(text, host string, ssl bool) facts.Observed[facts.PublishedURL] {
		return facts.Known(facts.PublishedURL{Raw: facts.Present(text), Host: host, Port: 443, SSL: ssl})
	}
	return &facts.Snapshot{
		Schema: facts.EvidenceSchema, TakenAt: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
		Organizations: []facts.Organization{{
			Directory: "ldaps://dc1.contoso.com", DN: "CN=Contoso",
			Providers: facts.Known([]facts.Provider{
				{Name: "EXPR", DN: "CN=EXPR", CertPrincipalName: facts.Say("msstd:mail.contoso.com")},
				{Name: "EXCH", DN: "CN=EXCH", CertPrincipalName: facts.Null()}}),
			VirtualDirectories: facts.Known([]facts.VirtualDirectory{{Server: "EX1", Service: facts.ServiceRPC,
				External: url("https://mail.contoso.com/rpc", "mail.contoso.com", true),
				Internal: url("http://ex1.contoso.com/rpc", "ex1.contoso.com", false)}}),
		}},
		Answers: []facts.Answer{{Mailbox: "user@contoso.com", Step: facts.StepAutodiscoverHost, URL: "https://autodiscover.contoso.com/", View: facts.ViewRPC,
			Response: facts.Known(facts.Response{Nodes: []facts.Node{node("EXPR", "mail.contoso.com", "On", "msstd:mail.contoso.com")}})}},
		Hosts: []facts.Host{{Name: "mail.contoso.com", Port: 443, Addresses: facts.Known([]facts.Endpoint{{Address: "192.0.2.10:443",
			Served: facts.Known(facts.Served{Chain: []facts.Certificate{named("mail.contoso.com", "mail.contoso.com")}})}})}},
	}
}

func node(kind, server, ssl, principal string) facts.Node {
	n := facts.Node{Type: kind}
	if server != "" {
		n.Server = facts.Present(server)
	}
	if ssl != "" {
		n.SSL = facts.Present(ssl)
	}
	if principal != "" {
		n.CertPrincipalName = facts.Present(principal)
	}
	return n
}

// alsoPublish publishes a host for another service than Outlook Anywhere.
func alsoPublish(s *facts.Snapshot, host string) {
	directories := &s.Organizations[0].VirtualDirectories
	directories.Value = append(directories.Value, facts.VirtualDirectory{Server: "EX1", Service: "owa",
		External: facts.Known(facts.PublishedURL{Raw: facts.Present("https://" + host + "/owa"), Host: host, Port: 443, SSL: true})})
}

func answer(s *facts.Snapshot, nodes ...facts.Node) { s.Answers[0].Response.Value.Nodes = nodes }

// brief writes places as "EXPR external host: effective".
func brief(places []facts.Place) []string {
	lines := []string{}
	for _, p := range places {
		effective := "unknown: " + p.Effective.Why
		if p.Effective.Known {
			effective = p.Effective.Value.Text
			if p.SSLOff() {
				effective = "SSL off"
			}
			if p.Derived {
				effective += " (derived)"
			}
		}
		lines = append(lines, p.Provider+" "+p.Scope+" "+p.Host+": "+effective)
	}
	return lines
}

func TestPlaces(t *testing.T) {
	tests := []struct {
		name string
		set  func(s *facts.Snapshot)
		want []string
		gaps []string // fragments
	}{
		{"directory and answer agree", func(*facts.Snapshot) {},
			[]string{"EXPR external mail.contoso.com: msstd:mail.contoso.com", "EXCH internal ex1.contoso.com: SSL off"}, nil},
		{"the answer outranks the directory", func(s *facts.Snapshot) { answer(s, node("EXPR", "mail.contoso.com", "On", "msstd:old.contoso.com")) },
			[]string{"EXPR external mail.contoso.com: msstd:old.contoso.com", "EXCH internal ex1.contoso.com: SSL off"}, nil},
		{"an absent element is derived from the node's own server", func(s *facts.Snapshot) { answer(s, node("EXPR", "mail.contoso.com", "", "")) },
			[]string{"EXPR external mail.contoso.com: msstd:mail.contoso.com (derived)", "EXCH internal ex1.contoso.com: SSL off"}, nil},
		{"SSL off hides what is stored", func(s *facts.Snapshot) { answer(s, node("EXPR", "mail.contoso.com", "off", "None")) },
			[]string{"EXPR external mail.contoso.com: SSL off", "EXCH internal ex1.contoso.com: SSL off"}, nil},
		{"of two EXHTTP nodes the first is internal", func(s *facts.Snapshot) {
			alsoPublish(s, "out.contoso.com")
			answer(s, node("EXHTTP", "in.contoso.com", "On", ""), node("EXHTTP", "out.contoso.com", "On", "msstd:out.contoso.com"))
		}, []string{"EXPR external mail.contoso.com: msstd:mail.contoso.com", "EXPR external out.contoso.com: msstd:out.contoso.com",
			"EXCH internal ex1.contoso.com: SSL off", "EXCH internal in.contoso.com: msstd:in.contoso.com (derived)"}, nil},
		{"a single EXHTTP node is external", func(s *facts.Snapshot) {
			alsoPublish(s, "out.contoso.com")
			answer(s, node("EXHTTP", "out.contoso.com", "On", "msstd:out.contoso.com"))
		},
			[]string{"EXPR external mail.contoso.com: msstd:mail.contoso.com", "EXPR external out.contoso.com: msstd:out.contoso.com", "EXCH internal ex1.contoso.com: SSL off"}, nil},
		{"unless the directory knows it from inside", func(s *facts.Snapshot) { answer(s, node("EXHTTP", "EX1.contoso.com", "Off", "None")) },
			[]string{"EXPR external mail.contoso.com: msstd:mail.contoso.com", "EXCH internal EX1.contoso.com: SSL off"}, nil},
		{"EXCH and WEB publish no host", func(s *facts.Snapshot) {
			answer(s, node("EXCH", "guid@contoso.com", "", "msstd:x.contoso.com"), node("EXCH", "ex1.contoso.com", "On", "msstd:x.contoso.com"), node("WEB", "", "", ""))
		}, []string{"EXPR external mail.contoso.com: msstd:mail.contoso.com", "EXCH internal ex1.contoso.com: SSL off"}, nil},
		{"a node without a server is a gap", func(s *facts.Snapshot) { answer(s, node("EXPR", "", "On", "msstd:x.contoso.com")) },
			[]string{"EXPR external mail.contoso.com: msstd:mail.contoso.com", "EXCH internal ex1.contoso.com: SSL off"},
			[]string{"mailbox user@contoso.com: https://autodiscover.contoso.com/: the EXPR node names no host: its Server is missing"}},
		{"so is one whose server is a URL", func(s *facts.Snapshot) { answer(s, node("EXHTTP", "https://mail.contoso.com/rpc", "On", "")) },
			[]string{"EXPR external mail.contoso.com: msstd:mail.contoso.com", "EXCH internal ex1.contoso.com: SSL off"},
			[]string{`mailbox user@contoso.com: https://autodiscover.contoso.com/: the EXHTTP node names no host: its Server is "https://mail.contoso.com/rpc"`}},
		{"without an external host EXPR publishes the internal one", func(s *facts.Snapshot) {
			s.Answers = nil
			s.Organizations[0].VirtualDirectories.Value[0].External = facts.Known(facts.PublishedURL{})
			s.Organizations[0].VirtualDirectories.Value[0].Internal.Value.SSL = true
		}, []string{"EXPR external ex1.contoso.com: msstd:mail.contoso.com", "EXCH internal ex1.contoso.com: msstd:ex1.contoso.com (derived)"}, nil},
		{"an answer of Exchange Online hides nothing of the directory's", func(s *facts.Snapshot) {
			s.Answers[0].Response.Value.MicrosoftOnline = true
			s.Provider("EXPR").CertPrincipalName = facts.Say("msstd:owa.contoso.com")
		}, []string{"EXPR external mail.contoso.com: msstd:mail.contoso.com", "EXPR external mail.contoso.com: msstd:owa.contoso.com", "EXCH internal ex1.contoso.com: SSL off"}, nil},
		{"a saved MAPI/HTTP answer shows no principal name", func(s *facts.Snapshot) {
			s.Answers[0] = facts.Answer{Step: facts.StepFile, URL: "answer.xml", View: facts.ViewMapi,
				Response: facts.Known(facts.Response{Nodes: []facts.Node{{Type: "mapiHttp"}}})}
		}, []string{"EXPR external mail.contoso.com: msstd:mail.contoso.com", "EXCH internal ex1.contoso.com: SSL off"},
			[]string{"file answer.xml: answer.xml: the answer was given to a client of MAPI over HTTP"}},
		{"both URLs hidden are one gap", func(s *facts.Snapshot) {
			s.Answers = nil
			hidden := facts.Unknown[facts.PublishedURL]("denied")
			s.Organizations[0].VirtualDirectories.Value[0].External, s.Organizations[0].VirtualDirectories.Value[0].Internal = hidden, hidden
		}, []string{}, []string{"virtual directory EX1\\: denied"}},
		{"answers that differ are places of their own", func(s *facts.Snapshot) {
			other := s.Answers[0]
			other.Response.Value.Nodes = []facts.Node{node("EXPR", "MAIL.contoso.com", "On", "msstd:old.contoso.com")}
			s.Answers = append(s.Answers, other)
		}, []string{"EXPR external mail.contoso.com: msstd:mail.contoso.com", "EXPR external MAIL.contoso.com: msstd:old.contoso.com", "EXCH internal ex1.contoso.com: SSL off"}, nil},
		{"a MAPI/HTTP answer shows nothing of it", func(s *facts.Snapshot) { s.Answers[0].View = facts.ViewMapi },
			[]string{"EXPR external mail.contoso.com: msstd:mail.contoso.com", "EXCH internal ex1.contoso.com: SSL off"}, nil},
		{"a value that cannot be read", func(s *facts.Snapshot) {
			s.Answers = nil
			s.Provider("expr").CertPrincipalName = facts.Unknown[facts.Text]("denied")
		}, []string{"EXPR external mail.contoso.com: unknown: denied", "EXCH internal ex1.contoso.com: SSL off"}, nil},
		{"a provider that does not exist", func(s *facts.Snapshot) {
			s.Answers = nil
			s.Organizations[0].Providers.Value = s.Organizations[0].Providers.Value[1:]
		}, []string{"EXPR external mail.contoso.com: unknown: there is no EXPR object, so Autodiscover publishes nothing here", "EXCH internal ex1.contoso.com: SSL off"}, nil},
		{"back-end virtual directories are not published", func(s *facts.Snapshot) {
			s.Answers = nil
			s.Organizations[0].VirtualDirectories.Value[0].BackEnd = true
		}, []string{}, nil},
		{"virtual directories that could not be read are a gap", func(s *facts.Snapshot) {
			s.Organizations[0].VirtualDirectories = facts.Unknown[[]facts.VirtualDirectory]("denied")
		}, []string{"EXPR external mail.contoso.com: msstd:mail.contoso.com"}, []string{"organization ldaps://dc1.contoso.com: denied"}},
		{"so is one whose host cannot be read", func(s *facts.Snapshot) {
			s.Answers = nil
			s.Organizations[0].VirtualDirectories.Value[0].External.Value = facts.PublishedURL{Raw: facts.Present("mail"), Problem: "it has no scheme"}
		}, []string{"EXCH internal ex1.contoso.com: SSL off"}, []string{"virtual directory EX1\\: its external host name cannot be read: it has no scheme"}},
		{"and a mailbox whose answer failed", func(s *facts.Snapshot) { s.Answers[0].Response = facts.Unknown[facts.Response]("401") },
			[]string{"EXPR external mail.contoso.com: msstd:mail.contoso.com", "EXCH internal ex1.contoso.com: SSL off"}, []string{"mailbox user@contoso.com: https://autodiscover.contoso.com/: 401"}},
		{"but not where another step answered", func(s *facts.Snapshot) {
			failed := s.Answers[0]
			failed.Response = facts.Unknown[facts.Response]("refused")
			s.Answers = append([]facts.Answer{failed}, s.Answers...)
		}, []string{"EXPR external mail.contoso.com: msstd:mail.contoso.com", "EXCH internal ex1.contoso.com: SSL off"}, nil},
		{"an error and a redirect are no settings", func(s *facts.Snapshot) {
			moved := s.Answers[0]
			moved.Mailbox = "moved@contoso.com"
			moved.Response.Value = facts.Response{RedirectAddr: "moved@contoso.mail.onmicrosoft.com"}
			s.Answers[0].Response.Value = facts.Response{Error: &facts.AutodiscoverError{Code: "500"}}
			s.Answers = append(s.Answers, moved)
		}, []string{"EXPR external mail.contoso.com: msstd:mail.contoso.com", "EXCH internal ex1.contoso.com: SSL off"},
			[]string{"mailbox moved@contoso.com: https://autodiscover.contoso.com/: the server sends the client on to moved@", "mailbox user@contoso.com: https://autodiscover.contoso.com/: the server answered with error 500"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := deployment()
			test.set(s)
			places, gaps := s.Places()
			if diff := cmp.Diff(test.want, brief(places)); diff != "" {
				t.Error(diff)
			}
			if len(gaps) != len(test.gaps) {
				t.Fatalf("gaps are %+v", gaps)
			}
			for i, g := range gaps {
				if got := g.Kind + " " + g.Name + ": " + g.Why; !strings.HasPrefix(got, test.gaps[i]) {
					t.Errorf("got gap %q, want %q", got, test.gaps[i])
				}
			}
		})
	}
}

func TestJudge(t *testing.T) {
	tests := []struct {
		name string
		set  func(s *facts.Snapshot)
		want facts.Match
		why  string
	}{
		{"a match", func(*facts.Snapshot) {}, facts.Matches, ""},
		{"a host that was not probed", func(s *facts.Snapshot) { s.Hosts = nil }, facts.Unseen, "was not probed"},
		{"a name without an address", func(s *facts.Snapshot) { s.Hosts[0].Addresses = facts.Unknown[[]facts.Endpoint]("no such host") }, facts.Unseen, "no such host"},
		{"an address that refuses", func(s *facts.Snapshot) {
			s.Hosts[0].Addresses.Value[0].Served = facts.Unknown[facts.Served]("refused")
		}, facts.Unseen, "refused"},
		{"an address that nobody asked", func(s *facts.Snapshot) { s.Hosts[0].Addresses.Value[0].Served = facts.Observed[facts.Served]{} }, facts.Unseen, "was not probed"},
		{"the host on another port is another host", func(s *facts.Snapshot) { s.Hosts[0].Port = 8443 }, facts.Unseen, "was not probed"},
		{"a name in another case is the same host", func(s *facts.Snapshot) { s.Hosts[0].Name = "MAIL.CONTOSO.COM" }, facts.Matches, ""},
		{"a malformed value is malformed whatever is served", func(s *facts.Snapshot) {
			answer(s, node("EXPR", "mail.contoso.com", "On", "mail.contoso.com"))
			s.Hosts = nil
		}, facts.Undecidable, "malformed"},
		{"none is not checked whatever is served", func(s *facts.Snapshot) {
			answer(s, node("EXPR", "mail.contoso.com", "On", "none"))
			s.Hosts = nil
		}, facts.Unchecked, "switches the check off"},
		{"an unknown value is not seen", func(s *facts.Snapshot) {
			s.Answers = nil
			s.Provider("EXPR").CertPrincipalName = facts.Unknown[facts.Text]("denied")
		}, facts.Unseen, "denied"},
		{"a chain without a certificate", func(s *facts.Snapshot) { s.Hosts[0].Addresses.Value[0].Served.Value.Chain = nil }, facts.Undecidable, "no certificate"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := deployment()
			test.set(s)
			rows, _ := s.Judge()
			if len(rows) == 0 || rows[0].Provider != facts.EXPR {
				t.Fatalf("rows are %+v", rows)
			}
			if rows[0].Match != test.want || !strings.Contains(rows[0].Why, test.why) || test.why == "" && rows[0].Why != "" {
				t.Errorf("got %s (%s), want %s (%s)", rows[0].Match, rows[0].Why, test.want, test.why)
			}
		})
	}
}

func FuzzSnapshotJSON(f *testing.F) {
	seed, err := json.Marshal(deployment())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(seed))
	f.Add(`{"organizations":[{"providers":{"known":true,"value":[{"name":"EXPR","certPrincipalName":{"known":true,"value":null}}]}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var first, second facts.Snapshot
		if json.Unmarshal([]byte(text), &first) != nil {
			return
		}
		written, err := json.Marshal(&first)
		if err != nil {
			return // an instant beyond the year 9999
		}
		if err := json.Unmarshal(written, &second); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		again, err := json.Marshal(&second)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(written), string(again)); diff != "" {
			t.Error(diff)
		}
		first.Judge() // whatever is in a snapshot, judging it does not panic
	})
}
