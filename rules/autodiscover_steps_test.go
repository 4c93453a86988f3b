package rules_test

import (
	"fmt"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// leaf is a certificate with these names.
func leaf(names ...string) facts.Certificate {
	return facts.Certificate{CommonNames: names[:1], DNSNames: names}
}

func TestRulesAboutSteps(t *testing.T) {
	const foreign, insecure, loop = "autodiscover-redirect-foreign", "autodiscover-http-redirect-insecure", "autodiscover-redirect-loop"
	const root, first, port, leaks = "autodiscover-root-domain-wrong-certificate", "autodiscover-first-answer-wrong", "autodiscover-srv-port", "autodiscover-leaks-internals"
	redirected := func(to string) func(s *facts.Snapshot) {
		return func(s *facts.Snapshot) { step(s, facts.StepHTTPRedirect).Location = to }
	}
	document := func(r facts.Response) func(s *facts.Snapshot) {
		return func(s *facts.Snapshot) { step(s, facts.StepAutodiscoverHost).Response.Value = r }
	}
	website := func(status int, location string) func(s *facts.Snapshot) {
		return func(s *facts.Snapshot) {
			a := step(s, facts.StepRootDomain)
			a.Status, a.Location = status, location
		}
	}
	target := func(name string) func(s *facts.Snapshot) {
		return func(s *facts.Snapshot) { srv(s).Records.Value[0].Target = name }
	}
	check(t, []judged{
		{"nobody listens", root, func(s *facts.Snapshot) {
			a := step(s, facts.StepRootDomain)
			a.Status, a.Response, a.Secured = 0, facts.Unknown[facts.Response]("connection refused"), facts.Unknown[facts.Secured]("connection refused")
		}, report.Pass, ""},
		{"nobody knows who listens", root, func(s *facts.Snapshot) { silence(step(s, facts.StepRootDomain)) }, report.Unknown, "no whole answer"},
		{"and what a client would be told there", first, func(s *facts.Snapshot) {
			s.Answers = s.Answers[1:]
			silence(step(s, facts.StepRootDomain))
		}, report.Unknown, "no whole answer"},
		{"a chain that is not trusted is passed over silently", root, func(s *facts.Snapshot) {
			refuse(step(s, facts.StepRootDomain), leaf("contoso.com"), "the certificate is not trusted")
		}, report.Pass, ""},
		{"a wildcard does not cover the domain itself", root, func(s *facts.Snapshot) {
			refuse(step(s, facts.StepRootDomain), leaf("*.contoso.com"), "the certificate does not name contoso.com: it names *.contoso.com")
		}, report.Fail, "Security Alert"},
		{"a certificate that cannot be parsed", root, func(s *facts.Snapshot) {
			refuse(step(s, facts.StepRootDomain), facts.Certificate{Unreadable: "odd"}, "odd")
		}, report.Unknown, "odd"},
		{"a web site with something to say", root, website(200, ""), report.Pass, ""},

		{"and one that says nothing of Autodiscover hides nothing", insecure, website(200, ""), report.Pass, ""},

		{"from http to https on the same host", insecure, func(*facts.Snapshot) {}, report.Pass, ""},
		{"a web site that sends everybody to http", insecure, website(301, "http://www.contoso.com/"), report.Pass, ""},
		{"but not when it leads to Autodiscover", insecure, website(301, "http://www.contoso.com/autodiscover/autodiscover.xml"), report.Fail, "without TLS"},
		{"settings over plain http", insecure, func(s *facts.Snapshot) {
			a := step(s, facts.StepHTTPRedirect)
			a.Status, a.Location = 200, ""
			a.Response = facts.Known(facts.Response{Nodes: []facts.Node{{Type: "EXPR"}}})
		}, report.Fail, "plain http"},
		{"a page over plain http", insecure, func(s *facts.Snapshot) { a := step(s, facts.StepHTTPRedirect); a.Status, a.Location = 200, "" }, report.Pass, ""},

		{"another address of the mailbox", loop, document(facts.Response{RedirectAddr: "alias@contoso.com"}), report.Pass, ""},
		{"the path is written in other letters", loop, func(s *facts.Snapshot) {
			a := step(s, facts.StepAutodiscoverHost)
			a.Status, a.Location = 302, "https://autodiscover.contoso.com/Autodiscover/Autodiscover.xml"
		}, report.Pass, ""},
		{"the host is", loop, func(s *facts.Snapshot) {
			a := step(s, facts.StepAutodiscoverHost)
			a.Status, a.Location = 302, "https://AUTODISCOVER.contoso.com:443/autodiscover/autodiscover.xml"
		}, report.Fail, "asked already"},
		{"a web site that goes round", loop, website(302, "https://contoso.com/autodiscover/autodiscover.xml"), report.Pass, ""},
		{"evidence that leads to itself", loop, func(s *facts.Snapshot) {
			a := step(s, facts.StepHTTPRedirect)
			a.Hop, a.From = 1, a.URL
		}, report.Pass, ""},
		{"the tenth redirect is followed", loop, chain(9), report.Pass, ""},
		{"the eleventh is not", loop, chain(10), report.Fail, "after 10"},

		{"the tenant's address", foreign, document(facts.Response{RedirectAddr: "user@contoso.mail.onmicrosoft.com"}), report.Pass, ""},
		{"Exchange Online", foreign, redirected("https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml"), report.Pass, ""},
		{"and its other name", foreign, redirected("https://outlook.office365.com/autodiscover/autodiscover.xml"), report.Pass, ""},
		{"a name that only looks like it", foreign, redirected("https://outlook.com.fabrikam.net/"), report.Fail, "fabrikam.net"},
		{"and one glued to the domain", foreign, redirected("https://evilcontoso.com/autodiscover/autodiscover.xml"), report.Fail, "evilcontoso.com"},
		{"a name in front of an at sign", foreign, redirected("https://autodiscover.contoso.com@fabrikam.net/"), report.Fail, "fabrikam.net"},
		{"another accepted domain", foreign, func(s *facts.Snapshot) {
			org := &s.Organizations[0]
			org.AcceptedDomains.Value = append(org.AcceptedDomains.Value, facts.AcceptedDomain{Domain: facts.Say("*.fabrikam.com")})
			document(facts.Response{RedirectURL: "https://mail.fabrikam.com/autodiscover/autodiscover.xml"})(s)
		}, report.Pass, ""},
		{"an accepted domain of everything vouches for nothing", foreign, func(s *facts.Snapshot) {
			s.Organizations[0].AcceptedDomains.Value[0].Domain = facts.Say("*")
			redirected("https://mail.fabrikam.com/")(s)
		}, report.Fail, "fabrikam.com"},
		{"nor does one of a single label", foreign, func(s *facts.Snapshot) {
			s.Organizations[0].AcceptedDomains.Value[0].Domain = facts.Say("net")
			redirected("https://mail.fabrikam.net/")(s)
		}, report.Fail, "fabrikam.net"},
		{"a host that a virtual directory publishes", foreign, func(s *facts.Snapshot) {
			s.Organizations[0].VirtualDirectories.Value[0].External = published("mail.fabrikam.com", true)
			target("mail.fabrikam.com")(s)
		}, report.Pass, ""},
		{"a web site of another name", foreign, website(301, "https://www.fabrikam.com/welcome"), report.Pass, ""},
		{"SRV records name Exchange Online", foreign, target("autodiscover.outlook.com"), report.Pass, ""},

		{"no such service", port, func(s *facts.Snapshot) {
			srv(s).Records.Value[0] = facts.ServiceRecord{Target: ".", Port: 0}
		}, report.Pass, ""},
		{"one record of two", port, func(s *facts.Snapshot) {
			srv(s).Records.Value = append(srv(s).Records.Value, facts.ServiceRecord{Target: "mail.contoso.com", Port: 8443, Priority: 10})
		}, report.Fail, "8443"},
		{"DNS did not answer", port, func(s *facts.Snapshot) { srv(s).Records = facts.Unknown[[]facts.ServiceRecord]("timeout") }, report.Unknown, "timeout"},

		{"what Microsoft's servers tell", leaks, func(s *facts.Snapshot) {
			a := *step(s, facts.StepAutodiscoverHost)
			a.Step, a.URL = facts.StepMicrosoft365, "https://outlook.office365.com/autodiscover/autodiscover.xml"
			a.Leaks = []facts.Header{{Name: "X-BEServer", Value: "DB9PR01"}}
			s.Answers = append(s.Answers, a)
		}, report.Pass, ""},
		{"the intranet too", leaks, func(s *facts.Snapshot) {
			s.Answers[0].Leaks = []facts.Header{{Name: "X-CalculatedBETarget", Value: "ex1.contoso.local"}}
		}, report.Fail, "X-CalculatedBETarget"},

		{"no listener at the tenant's name is normal", first, func(s *facts.Snapshot) {
			document(facts.Response{RedirectAddr: "user@contoso.mail.onmicrosoft.com"})(s)
			a := *step(s, facts.StepAutodiscoverHost)
			a.URL, a.Hop, a.From, a.Status = "https://autodiscover.contoso.mail.onmicrosoft.com/autodiscover/autodiscover.xml", 1, a.URL, 0
			a.Asked, a.Secured = "user@contoso.mail.onmicrosoft.com", facts.Unknown[facts.Secured]("connection refused")
			a.Response = facts.Unknown[facts.Response]("connection refused; that is normal for a tenant's name in Exchange Online")
			s.Answers = append(s.Answers[:4:4], append([]facts.Answer{a}, s.Answers[4:]...)...)
		}, report.Pass, ""},
		{"what comes after the right answer is never asked", first, func(s *facts.Snapshot) {
			refuse(step(s, facts.StepAutodiscoverHost), leaf("mail.contoso.com"), "the certificate does not name autodiscover.contoso.com")
		}, report.Pass, ""},
		{"the root domain's certificate is told elsewhere", first, func(s *facts.Snapshot) {
			s.Answers = s.Answers[1:]
			refuse(step(s, facts.StepRootDomain), leaf("www.fabrikam.com"), "the certificate does not name contoso.com")
		}, report.Pass, ""},
		{"the hoster's mail service answers first", first, func(s *facts.Snapshot) {
			s.Answers = s.Answers[1:]
			a := step(s, facts.StepRootDomain)
			a.Status, a.Response = 200, facts.Known(facts.Response{Nodes: []facts.Node{{Type: "IMAP"}, {Type: "SMTP"}}})
		}, report.Fail, "IMAP, SMTP"},
		{"a question to confirm a redirect is how that step works", first, func(s *facts.Snapshot) {
			s.Answers = append(s.Answers[1:2:2], s.Answers[4:6]...)
			s.Answers[1].Location, s.Answers[2].URL = "https://mail.contoso.com/autodiscover/autodiscover.xml", "https://mail.contoso.com/autodiscover/autodiscover.xml"
		}, report.Pass, ""},
		{"a client never comes to what stands beside the answer that it takes", first, func(s *facts.Snapshot) {
			s.Answers = append(s.Answers[1:2:2], s.Answers[4:6]...)
			s.Answers[1].Location, s.Answers[2].URL = "https://mail.contoso.com/autodiscover/autodiscover.xml", "https://mail.contoso.com/autodiscover/autodiscover.xml"
			beside := s.Answers[2]
			beside.URL = "https://owa.contoso.com/autodiscover/autodiscover.xml"
			refuse(&beside, leaf("mail.contoso.com"), "the certificate does not name owa.contoso.com")
			s.Answers = append(s.Answers, beside)
		}, report.Pass, ""},
		{"an error makes a client go on", first, func(s *facts.Snapshot) {
			s.Answers[0].Response.Value = facts.Response{Error: &facts.AutodiscoverError{Code: "500"}}
		}, report.Pass, ""},
	})
}

// chain is a look-up in which each of n redirects leads to another, and the last to
// one more.
func chain(n int) func(s *facts.Snapshot) {
	return func(s *facts.Snapshot) {
		link := func(i int) string { return fmt.Sprintf("https://r%d.contoso.com/autodiscover/autodiscover.xml", i) }
		for i := range n + 1 {
			a := facts.Answer{Mailbox: "user@contoso.com", Step: facts.StepMicrosoft365, URL: link(i), Hop: i, Status: 302, Location: link(i + 1),
				Response: facts.Unknown[facts.Response]("HTTP 302")}
			if i > 0 {
				a.From = link(i - 1)
			}
			s.Answers = append(s.Answers, a)
		}
	}
}

// silence makes an answer one that did not come in time.
func silence(a *facts.Answer) {
	const why = "no whole answer came within 10s"
	a.Status, a.Response, a.Secured = 0, facts.Unknown[facts.Response](why), facts.Unknown[facts.Secured](why)
}
