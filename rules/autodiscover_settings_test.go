package rules_test

import (
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"
)

func TestRulesAboutSettings(t *testing.T) {
	check(t, []judged{
		{"an internal host without SSL is Exchange's default", "autodiscover-ssl-off", insideOnly, report.Pass, ""},
		{"and without a directory nobody knows", "autodiscover-ssl-off", func(s *facts.Snapshot) { insideOnly(s); s.Organizations = nil }, report.Unknown, "--ldap-url"},
		{"the second EXHTTP node is surely outside", "autodiscover-ssl-off", func(s *facts.Snapshot) {
			s.Organizations = nil
			for i := range s.Answers {
				if nodes := s.Answers[i].Response.Value.Nodes; len(nodes) > 3 {
					nodes[3].SSL = facts.Present("off")
				}
			}
		}, report.Fail, "plain http"},
		{"other spellings of on", "autodiscover-ssl-off", func(s *facts.Snapshot) {
			each(s, "EXPR", func(n *facts.Node) { n.SSL = facts.Present("SSL") })
		}, report.Pass, ""},
		{"Basic has a rule of its own", "autodiscover-ssl-off", func(s *facts.Snapshot) {
			for i := range s.Organizations[0].VirtualDirectories.Value {
				v := &s.Organizations[0].VirtualDirectories.Value[i]
				v.External, v.ExternalAuthentication = published("mail.contoso.com", false), facts.Known("Basic")
			}
		}, report.Pass, ""},
		{"Exchange Online is not judged", "autodiscover-ssl-off", func(s *facts.Snapshot) {
			s.Answers = s.Answers[:1]
			s.Answers[0].Response.Value.MicrosoftOnline = true
			each(s, "EXPR", func(n *facts.Node) { n.SSL = facts.Present("Off") })
		}, report.Pass, ""},

		{"NTLM inside without SSL", "autodiscover-basic-without-tls", insideOnly, report.Pass, ""},
		{"Basic under SSL", "autodiscover-basic-without-tls", func(s *facts.Snapshot) {
			each(s, "EXPR", func(n *facts.Node) { n.AuthPackage = facts.Present("Basic") })
		}, report.Pass, ""},
		{"Basic inside without SSL", "autodiscover-basic-without-tls", func(s *facts.Snapshot) {
			insideOnly(s)
			s.Organizations[0].VirtualDirectories.Value[0].InternalAuthentication = facts.Known("Basic")
		}, report.Fail, "EX1"},
		{"a method that cannot be read", "autodiscover-basic-without-tls", func(s *facts.Snapshot) {
			insideOnly(s)
			s.Organizations[0].VirtualDirectories.Value[0].InternalAuthentication = facts.Unknown[string]("denied")
		}, report.Unknown, "denied"},
		{"a URL of plain http that nobody asked", "autodiscover-basic-without-tls", func(s *facts.Snapshot) {
			s.Offers = append(s.Offers, facts.Offer{URL: "http://mail.contoso.com/rpc", Service: facts.ServiceRPC, Schemes: facts.Unknown[[]string]("not asked")})
		}, report.Pass, ""},
		{"one that could not be asked", "autodiscover-basic-without-tls", func(s *facts.Snapshot) {
			s.Offers = append(s.Offers, facts.Offer{URL: "http://mail.contoso.com/rpc", Service: facts.ServiceRPC, Host: "mail.contoso.com", Port: 80, Schemes: facts.Unknown[[]string]("refused")})
		}, report.Unknown, "refused"},
		{"an offer of Basic over plain http", "autodiscover-basic-without-tls", func(s *facts.Snapshot) {
			s.Offers = append(s.Offers, facts.Offer{URL: "http://mail.contoso.com/rpc/rpcproxy.dll", Service: facts.ServiceRPC, Host: "mail.contoso.com", Port: 80,
				Schemes: facts.Known([]string{"NTLM", "basic"})})
		}, report.Fail, "http://mail.contoso.com/rpc"},

		{"the view of MAPI over HTTP has no EXPR", "autodiscover-node-missing", func(s *facts.Snapshot) {
			s.Organizations[0].MapiHTTPEnabled = facts.Known(true)
			drop(s, facts.ViewMapi, "EXPR")
			drop(s, facts.ViewMapi, "EXCH")
			for i := range s.Answers {
				if a := &s.Answers[i]; a.View == facts.ViewMapi {
					a.Response.Value.Nodes = append(a.Response.Value.Nodes, facts.Node{Type: "mapiHttp"})
				}
			}
		}, report.Pass, ""},
		{"an organization without Outlook Anywhere", "autodiscover-node-missing", func(s *facts.Snapshot) {
			s.Organizations[0].VirtualDirectories = facts.Known([]facts.VirtualDirectory{{Service: facts.ServiceMAPI}})
			drop(s, facts.ViewRPC, "EXPR")
		}, report.Pass, ""},
		{"an object that does not exist is told elsewhere", "autodiscover-node-missing", func(s *facts.Snapshot) {
			s.Organizations[0].Providers = facts.Known(s.Organizations[0].Providers.Value[:1])
			drop(s, facts.ViewRPC, "EXPR")
		}, report.Pass, ""},
		{"a mailbox in Microsoft 365", "autodiscover-node-missing", func(s *facts.Snapshot) {
			drop(s, facts.ViewRPC, "EXPR")
			for i := range s.Answers {
				s.Answers[i].Response.Value.MicrosoftOnline = true
			}
		}, report.Pass, ""},
		{"a hoster's mail service", "autodiscover-node-missing", func(s *facts.Snapshot) {
			for i := range s.Answers {
				if s.Answers[i].Response.Known {
					s.Answers[i].Response.Value.Nodes = []facts.Node{{Type: "IMAP"}, {Type: "SMTP"}}
				}
			}
		}, report.Pass, ""},
		{"another deployment's settings", "provider-answer-differs", func(s *facts.Snapshot) {
			a := answerWith(s, "EXPR")
			a.Response.Value.Nodes = []facts.Node{{Type: "EXPR", Server: facts.Present("mail.fabrikam.com"), CertPrincipalName: facts.Present("msstd:mail.fabrikam.com")}}
		}, report.Pass, ""},
		{"EXCH alone", "autodiscover-node-missing", func(s *facts.Snapshot) { drop(s, facts.ViewRPC, "EXCH") }, report.Fail, "Get-OutlookProvider"},
		{"a switch that cannot be read", "autodiscover-node-missing", func(s *facts.Snapshot) {
			s.Organizations[0].MapiHTTPEnabled = facts.Unknown[bool]("denied")
		}, report.Unknown, "denied"},

		{"two sites may differ", "autodiscover-answers-differ", func(s *facts.Snapshot) {
			s.Organizations[0].Servers.Value[1].Site = facts.Say("EMEA")
			s.Organizations[0].VirtualDirectories.Value[1].External = published("mail.emea.contoso.com", true)
		}, report.Pass, ""},
		{"the two views differ by design", "autodiscover-answers-differ", func(s *facts.Snapshot) { drop(s, facts.ViewMapi, "EXPR") }, report.Pass, ""},
		{"settings of another deployment are told elsewhere", "autodiscover-answers-differ", func(s *facts.Snapshot) {
			for i := range s.Answers[0].Response.Value.Nodes[1:4] {
				s.Answers[0].Response.Value.Nodes[i+1].Server = facts.Present("mail.fabrikam.com")
			}
		}, report.Pass, ""},
		{"letters' case", "autodiscover-answers-differ", func(s *facts.Snapshot) {
			s.Answers[0].Response.Value.Nodes[1].Server = facts.Present("MAIL.contoso.com.")
			s.Answers[0].Response.Value.Nodes[1].AuthPackage = facts.Present("ntlm")
			s.Organizations[0].VirtualDirectories.Value[1].External = published("Mail.contoso.com", true)
		}, report.Pass, ""},
		{"a stale principal name is told elsewhere", "autodiscover-answers-differ", func(s *facts.Snapshot) {
			s.Answers[0].Response.Value.Nodes[1].CertPrincipalName = facts.Present("msstd:owa.contoso.com")
		}, report.Pass, ""},
		{"and here where no directory was read", "autodiscover-answers-differ", func(s *facts.Snapshot) {
			s.Answers[0].Response.Value.Nodes[1].CertPrincipalName = facts.Present("msstd:owa.contoso.com")
			s.Organizations = nil
		}, report.Fail, "CertPrincipalName of EXPR"},
		{"a back end", "autodiscover-answers-differ", func(s *facts.Snapshot) {
			v := &s.Organizations[0].VirtualDirectories.Value[1]
			v.BackEnd, v.External = true, published("ex2.contoso.com", true)
		}, report.Pass, ""},
		{"a method that cannot be read is no difference", "autodiscover-answers-differ", func(s *facts.Snapshot) {
			s.Organizations[0].VirtualDirectories.Value[1].ExternalAuthentication = facts.Unknown[string]("denied")
		}, report.Unknown, "denied"},
		{"a second node in some answers alone", "autodiscover-answers-differ", func(s *facts.Snapshot) {
			nodes := s.Answers[0].Response.Value.Nodes
			s.Answers[0].Response.Value.Nodes = append(nodes[:3:3], nodes[4])
		}, report.Fail, "Server of EXHTTP 2 is mail.contoso.com or nothing"},

		{"what is offered beside it does not matter", "autodiscover-auth-not-offered", func(s *facts.Snapshot) {
			s.Offers[0].Schemes = facts.Known([]string{"Bearer", "ntlm", "Basic"})
		}, report.Pass, ""},
		{"NTLM may go inside Negotiate where either is told", "autodiscover-auth-not-offered", func(s *facts.Snapshot) {
			each(s, "EXPR", func(n *facts.Node) { n.AuthPackage = facts.Present("KerbNtlm") })
			each(s, "EXHTTP", func(n *facts.Node) { n.AuthPackage = facts.Present("negotiate") })
			s.Offers[0].Schemes = facts.Known([]string{"Negotiate"})
		}, report.Pass, ""},
		{"a client certificate needs no scheme", "autodiscover-auth-not-offered", func(s *facts.Snapshot) {
			for _, kind := range []string{"EXPR", "EXHTTP"} {
				each(s, kind, func(n *facts.Node) { n.AuthPackage = facts.Present("certificate") })
			}
			s.Offers[0].Schemes = facts.Known([]string{"Basic"})
		}, report.Pass, ""},
		{"another service's offer", "autodiscover-auth-not-offered", func(s *facts.Snapshot) {
			s.Offers[0].Service, s.Offers[0].Schemes = facts.ServiceEWS, facts.Known([]string{"Basic"})
		}, report.Pass, ""},
		{"what the directory says counts where no answer was seen", "autodiscover-auth-not-offered", func(s *facts.Snapshot) {
			s.Answers = nil
			s.Offers[0].Schemes = facts.Known([]string{"NTLM"})
		}, report.Fail, "negotiate"},
		{"a 401 without a scheme", "autodiscover-auth-not-offered", func(s *facts.Snapshot) { s.Offers[0].Schemes = facts.Known([]string{}) }, report.Fail, "offers none"},
	})
}

// Two servers of a site that differ are one cause, told once.
func TestWhatServersOfOneSiteDifferInIsToldOnce(t *testing.T) {
	s := rules.Healthy()
	s.Organizations[0].VirtualDirectories.Value[1].External = published("owa.contoso.com", true)
	s.Answers[len(s.Answers)-1].Response.Value.Nodes[1].Server = facts.Present("owa.contoso.com")
	rule, _ := rules.Find("autodiscover-answers-differ")
	failed := 0
	for _, v := range rule.Check(s) {
		if v.Outcome == report.Fail {
			failed++
		}
	}
	if failed != 1 {
		t.Errorf("%d failures", failed)
	}
}

// answerWith is the first answer that has a node of a type.
func answerWith(s *facts.Snapshot, kind string) *facts.Answer {
	for i := range s.Answers {
		for _, n := range s.Answers[i].Response.Value.Nodes {
			if n.Is(kind) {
				return &s.Answers[i]
			}
		}
	}
	panic("no answer has a node " + kind)
}
