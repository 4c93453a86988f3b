package facts_test

import (
	"strings"
	"testing"

	"exprobe/autodiscover/facts"

	"github.com/google/go-cmp/cmp"
)

const (
	asker    = "user@contoso.com"
	hostURL  = "https://autodiscover.contoso.com/autodiscover/autodiscover.xml"
	rootURL  = "https://contoso.com/autodiscover/autodiscover.xml"
	plainURL = "http://autodiscover.contoso.com/autodiscover/autodiscover.xml"
	mailURL  = "https://mail.contoso.com/autodiscover/autodiscover.xml"
	otherURL = "https://mail.fabrikam.com/autodiscover/autodiscover.xml"
	cloudURL = "https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml"
)

// asked is an answer; each change makes it another.
func asked(step, url string, changes ...func(*facts.Answer)) facts.Answer {
	a := facts.Answer{Mailbox: asker, Step: step, Protocol: facts.POX, URL: url, View: facts.ViewRPC, Status: 200,
		Response: facts.Unknown[facts.Response]("it is an HTML page")}
	for _, change := range changes {
		change(&a)
	}
	return a
}

func document(r facts.Response) func(*facts.Answer) {
	return func(a *facts.Answer) { a.Response = facts.Known(r) }
}

func settings(nodes ...facts.Node) func(*facts.Answer) { return document(facts.Response{Nodes: nodes}) }

func dead(a *facts.Answer) {
	a.Status, a.Response = 0, facts.Unknown[facts.Response]("the name does not exist in DNS")
}

func status(code int, schemes ...string) func(*facts.Answer) {
	return func(a *facts.Answer) {
		a.Status, a.Schemes, a.Response = code, schemes, facts.Unknown[facts.Response]("HTTP")
	}
}

func leads(to string) func(*facts.Answer) {
	return func(a *facts.Answer) {
		a.Status, a.Location, a.Response = 302, to, facts.Unknown[facts.Response]("HTTP 302 to "+to)
	}
}

func hop(n int, from string) func(*facts.Answer) {
	return func(a *facts.Answer) { a.Hop, a.From = n, from }
}

func over(protocol string) func(*facts.Answer) {
	return func(a *facts.Answer) { a.Protocol, a.View = protocol, "" }
}

func view(v facts.View) func(*facts.Answer) { return func(a *facts.Answer) { a.View = v } }

func skipped(why string) func(*facts.Answer) {
	return func(a *facts.Answer) { a.Skipped, a.Status, a.Response = why, 0, facts.Observed[facts.Response]{} }
}

func refusedFor(why string, names ...string) func(*facts.Answer) {
	return func(a *facts.Answer) {
		dead(a)
		a.Secured = facts.Known(facts.Secured{Leaf: facts.Certificate{DNSNames: names}, Why: why})
	}
}

func recorded(records ...facts.ServiceRecord) func(*facts.Answer) {
	return func(a *facts.Answer) {
		over(facts.DNS)(a)
		a.Status, a.Response, a.Records = 0, facts.Observed[facts.Response]{}, facts.Known(records)
	}
}

func TestLookUpsSayWhatAClientMakesOfAStep(t *testing.T) {
	expr := settings(node("EXPR", "mail.contoso.com", "On", ""))
	mapi := settings(facts.Node{Type: "mapiHttp", URLs: []facts.NodeURL{{Element: "MailStore/ExternalUrl", URL: "https://mail.contoso.com/mapi/emsmdb/"}}})
	host, web := facts.StepAutodiscoverHost, facts.StepHTTPRedirect
	moved := document(facts.Response{RedirectAddr: "user@contoso.mail.onmicrosoft.com"})
	const tenant = "https://autodiscover.contoso.mail.onmicrosoft.com/autodiscover/autodiscover.xml"
	const tenantPlain = "http://autodiscover.contoso.mail.onmicrosoft.com/autodiscover/autodiscover.xml"
	for _, test := range []struct {
		name    string
		answers []facts.Answer
		want    facts.Outcome
		why     string
		wins    bool
	}{
		{"settings", []facts.Answer{asked(host, hostURL, expr)}, facts.GivesSettings, "holds settings (EXPR)", true},
		{"settings for MAPI over HTTP alone", []facts.Answer{asked(host, hostURL, settings()), asked(host, hostURL, view(facts.ViewMapi), mapi)}, facts.GivesSettings, "(mapiHttp)", true},
		{"an error", []facts.Answer{asked(host, hostURL, document(facts.Response{Error: &facts.AutodiscoverError{Code: "500", Message: "not found"}}))}, facts.GoesOn, "error 500 not found", false},
		{"nobody", []facts.Answer{asked(host, hostURL, dead)}, facts.GoesOn, "does not exist in DNS", false},
		{"a web page", []facts.Answer{asked(facts.StepRootDomain, rootURL)}, facts.GoesOn, "HTML page", false},
		{"a page that is not there", []facts.Answer{asked(facts.StepRootDomain, rootURL, status(404))}, facts.GoesOn, "nothing usable", false},
		{"authentication", []facts.Answer{asked(host, hostURL, status(401, "Negotiate", "NTLM"))}, facts.CannotTell, "(Negotiate, NTLM)", false},
		{"a refused password", []facts.Answer{asked(host, hostURL, status(401, "Basic"), func(a *facts.Answer) { a.CredentialsSent = "Basic" })}, facts.CannotTell, "were refused", false},
		{"a certificate of another name", []facts.Answer{asked(facts.StepRootDomain, rootURL, refusedFor("it names www.contoso.com", "www.contoso.com"))}, facts.Prompts, "warning about the certificate", false},
		{"a certificate that is not trusted", []facts.Answer{asked(host, hostURL, refusedFor("not trusted", "autodiscover.contoso.com"))}, facts.GoesOn, "not trusted", false},
		{"the same at a connection point", []facts.Answer{asked(facts.StepConnectionPoint, hostURL, refusedFor("not trusted", "autodiscover.contoso.com"))}, facts.Prompts, "not trusted", false},
		{"settings of no Exchange mailbox", []facts.Answer{asked(host, hostURL, settings(node("IMAP", "imap.contoso.com", "", "")))}, facts.StopsWrong, "IMAP", false},
		{"a redirect to another host", []facts.Answer{asked(host, hostURL, leads(mailURL)), asked(host, mailURL, hop(1, hostURL), expr)}, facts.Prompts, "whether mail.contoso.com may configure", true},
		{"a redirect on the same host", []facts.Answer{asked(host, hostURL, leads(hostURL+"x")), asked(host, hostURL+"x", hop(1, hostURL), expr)}, facts.GivesSettings, "leads to autodiscover.contoso.com", true},
		{"a redirect in a document", []facts.Answer{asked(host, hostURL, document(facts.Response{RedirectURL: mailURL})), asked(host, mailURL, hop(1, hostURL), expr)}, facts.Prompts, "the document leads to mail.contoso.com", true},
		{"a redirect that is not followed", []facts.Answer{asked(host, hostURL, leads("http://x.test/")), asked(host, "http://x.test/", hop(1, hostURL), skipped("it leads to http"))}, facts.GoesOn, "it leads to http", false},
		{"a redirect that nobody followed", []facts.Answer{asked(host, hostURL, leads(mailURL))}, facts.CannotTell, "was not followed", false},
		{"http, to another host", []facts.Answer{asked(web, plainURL, over(facts.Redirect), leads(mailURL)), asked(web, mailURL, hop(1, plainURL), expr), asked(web, mailURL, hop(1, plainURL), view(facts.ViewMapi), mapi)}, facts.Prompts, "mail.contoso.com", true},
		{"http, to https of the same name", []facts.Answer{asked(web, plainURL, over(facts.Redirect), leads(hostURL)), asked(web, hostURL, hop(1, plainURL), expr)}, facts.Prompts, "autodiscover.contoso.com", true},
		{"http, without a redirect", []facts.Answer{asked(web, plainURL, over(facts.Redirect))}, facts.GoesOn, "leads nowhere (HTTP 200)", false},
		{"hybrid", []facts.Answer{asked(host, hostURL, moved),
			asked(host, "https://contoso.mail.onmicrosoft.com/autodiscover/autodiscover.xml", hop(1, hostURL), dead),
			asked(host, tenant, hop(1, hostURL), dead),
			asked(host, tenantPlain, hop(1, hostURL), over(facts.Redirect), leads(cloudURL)),
			asked(host, cloudURL, hop(2, tenantPlain), status(401, "Basic"))}, facts.CannotTell, "user@contoso.mail.onmicrosoft.com: an HTTP redirect leads to autodiscover-s.outlook.com: it wants authentication", false},
		{"an address that is not followed", []facts.Answer{asked(host, hostURL, moved), asked(host, "", hop(1, hostURL), skipped("a loop"))}, facts.GoesOn, "a loop", false},
		{"no records", []facts.Answer{asked(facts.StepSRV, "_autodiscover._tcp.contoso.com", recorded())}, facts.GoesOn, "no SRV records", false},
		{"records", []facts.Answer{asked(facts.StepSRV, "_autodiscover._tcp.contoso.com", recorded(facts.ServiceRecord{Target: "mail.contoso.com", Port: 443})), asked(facts.StepSRV, mailURL, expr)}, facts.GivesSettings, "settings", true},
		{"records of another port", []facts.Answer{asked(facts.StepSRV, "_autodiscover._tcp.contoso.com", recorded(facts.ServiceRecord{Target: "mail.contoso.com", Port: 8443})), asked(facts.StepSRV, mailURL, skipped("a client asks port 443 alone"))}, facts.GoesOn, "443 alone", false},
		{"records, the first of which is dead", []facts.Answer{asked(facts.StepSRV, "_autodiscover._tcp.contoso.com", recorded(facts.ServiceRecord{Target: "a.test", Port: 443})), asked(facts.StepSRV, mailURL, dead), asked(facts.StepSRV, otherURL, expr)}, facts.GivesSettings, "settings", true},
		{"Microsoft 365 left out", []facts.Answer{asked(facts.StepMicrosoft365, cloudURL, skipped("left out"))}, facts.NotAsked, "left out", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			list := (&facts.Snapshot{Answers: test.answers}).LookUps()
			if len(list) != 1 || len(list[0].Steps) != 1 || len(list[0].Steps[0].Answers) != len(test.answers) {
				t.Fatalf("%+v", list)
			}
			step := list[0].Steps[0]
			if step.Outcome != test.want || !strings.Contains(step.Why, test.why) || (list[0].Wins == 0) != test.wins {
				t.Errorf("got %s, %q, wins %d; want %s, %q", step.Outcome, step.Why, list[0].Wins, test.want, test.why)
			}
		})
	}
}

func TestLookUpsNameTheStepThatWins(t *testing.T) {
	expr := settings(node("EXPR", "mail.contoso.com", "On", ""))
	point := func(dn string) func(*facts.Answer) { return func(a *facts.Answer) { a.Source = dn } }
	s := deployment()
	s.Answers = []facts.Answer{
		asked(facts.StepConnectionPoint, hostURL, point("CN=EX1"), dead),
		asked(facts.StepConnectionPoint, mailURL, point("CN=EX2"), status(401, "NTLM")),
		asked(facts.StepConnectionPoint, mailURL, point("CN=EX2"), view(facts.ViewMapi), status(401, "NTLM")),
		asked(facts.StepConnectionPoint, mailURL, point("CN=EX2"), over(facts.JSON)),
		asked(facts.StepRootDomain, rootURL),
		asked(facts.StepAutodiscoverHost, hostURL, expr),
		asked(facts.StepHTTPRedirect, plainURL, over(facts.Redirect)),
		asked(facts.StepSRV, "_autodiscover._tcp.contoso.com", recorded()),
		asked(facts.StepMicrosoft365, cloudURL, skipped("left out")),
		{Domain: "Fabrikam.com", Step: facts.StepRootDomain, Protocol: facts.Redirect, URL: "https://fabrikam.com/", Status: 405, Response: facts.Unknown[facts.Response]("HTTP 405")},
		{Step: facts.StepFile, URL: "saved.xml"},
	}
	brief := func() (lines []string) {
		for _, l := range s.LookUps() {
			line := l.Mailbox + " " + l.Domain + ":"
			for i, step := range l.Steps {
				line += " " + string(step.Outcome)
				if i == l.Wins {
					line += "!"
				}
			}
			lines = append(lines, line)
		}
		return lines
	}
	want := []string{"user@contoso.com contoso.com: next unknown next settings! next next skipped", " fabrikam.com: unknown"}
	if diff := cmp.Diff(want, brief()); diff != "" {
		t.Error(diff)
	}
	s.Answers[4] = asked(facts.StepRootDomain, rootURL, settings(node("EXPR", "mail.fabrikam.com", "On", ""))) // of another deployment, before the right one
	want[0] = "user@contoso.com contoso.com: next unknown stop settings next next skipped"
	if diff := cmp.Diff(want, brief()); diff != "" {
		t.Error(diff)
	}
}

// Evidence may come from anywhere: however its answers lead to each other, the trace
// is worked out in time.
func TestLookUpsEndWhateverLeadsWhere(t *testing.T) {
	s := &facts.Snapshot{Answers: []facts.Answer{asked(facts.StepAutodiscoverHost, hostURL, leads(hostURL))}}
	for n := range 5000 {
		for range 2 {
			s.Answers = append(s.Answers, asked(facts.StepAutodiscoverHost, hostURL, hop(n+1, hostURL), leads(hostURL)))
		}
	}
	if list := s.LookUps(); len(list) != 1 || list[0].Wins != -1 || len(list[0].Steps[0].Why) > 10_000 {
		t.Errorf("%d look-ups", len(list))
	}
}

func TestGapsOfALookUp(t *testing.T) {
	expr := settings(node("EXPR", "mail.contoso.com", "On", ""))
	for _, test := range []struct {
		name    string
		answers []facts.Answer
		want    []string
	}{
		{"settings at any step", []facts.Answer{asked(facts.StepRootDomain, rootURL, dead), asked(facts.StepSRV, mailURL, expr)}, nil},
		{"settings behind a redirect", []facts.Answer{asked(facts.StepAutodiscoverHost, hostURL, leads(mailURL)), asked(facts.StepAutodiscoverHost, mailURL, hop(1, hostURL), expr)}, nil},
		{"what was followed is no reason", []facts.Answer{asked(facts.StepAutodiscoverHost, hostURL, leads(mailURL)), asked(facts.StepAutodiscoverHost, mailURL, hop(1, hostURL), dead),
			asked(facts.StepHTTPRedirect, plainURL, over(facts.Redirect), dead), asked(facts.StepSRV, "_autodiscover._tcp.contoso.com", recorded()), asked(facts.StepAutodiscoverHost, hostURL, over(facts.JSON), dead),
			asked(facts.StepMicrosoft365, cloudURL, status(401, "Basic"))},
			[]string{"mailbox user@contoso.com: " + mailURL + ": the name does not exist in DNS"}},
		{"what is not followed is one", []facts.Answer{asked(facts.StepAutodiscoverHost, hostURL, leads(otherURL)), asked(facts.StepAutodiscoverHost, otherURL, hop(1, hostURL), skipped("a loop"))},
			[]string{"mailbox user@contoso.com: " + otherURL + ": a loop"}},
		{"a domain alone", []facts.Answer{{Domain: "contoso.com", Step: facts.StepRootDomain, Protocol: facts.Redirect, URL: rootURL}},
			[]string{"domain contoso.com: no mailbox was given whose settings would show what is published, and no directory was read"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, gaps := (&facts.Snapshot{Answers: test.answers}).Places()
			var got []string
			for _, g := range gaps {
				got = append(got, g.Kind+" "+g.Name+": "+g.Why)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	s := deployment()
	s.Answers = []facts.Answer{{Domain: "contoso.com", Step: facts.StepRootDomain, Protocol: facts.Redirect, URL: rootURL}}
	if _, gaps := s.Places(); len(gaps) != 0 {
		t.Errorf("with a directory a domain is a gap: %+v", gaps)
	}
}

func TestPlacesCountAnAnswerOnce(t *testing.T) {
	s := deployment()
	before, _ := s.Places()
	for _, step := range []string{facts.StepConnectionPoint, facts.StepSRV} {
		again := s.Answers[0]
		again.Step = step
		s.Answers = append(s.Answers, again)
	}
	after, _ := s.Places()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
}
