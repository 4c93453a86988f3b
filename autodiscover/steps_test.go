package autodiscover

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
)

// brief is one line about an answer, whatever its protocol.
func brief(a facts.Answer) string {
	line := fmt.Sprintf("%s %d %s", a.Step, a.Hop, a.Protocol)
	if a.View != "" {
		line += " " + string(a.View)
	}
	line += " " + a.URL
	if a.Asked != "" {
		line += " as " + a.Asked
	}
	r := a.Response.Value
	switch {
	case a.Skipped != "":
		line += ": skipped: " + a.Skipped
	case a.Protocol == facts.DNS:
		line += fmt.Sprintf(": %d records", len(a.Records.Value))
	case !a.Response.Known:
		line += ": " + a.Response.Why
	case r.Error != nil:
		line += ": error " + r.Error.Code
	case r.Redirected() != "":
		line += ": sent to " + r.Redirected()
	default:
		line += fmt.Sprintf(": %d nodes, %d settings", len(r.Nodes), len(r.Settings))
	}
	if a.CredentialsSent != "" {
		line += ", with " + a.CredentialsSent
	}
	return line
}

func briefs(list []facts.Answer) string {
	var b strings.Builder
	for _, a := range list {
		b.WriteString(brief(a) + "\n")
	}
	return b.String()
}

// goesTo redirects every request.
func goesTo(status int, to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Location"] = []string{to}
		w.WriteHeader(status)
	}
}

// byPath has a handler for each path; others are not found.
func byPath(handlers map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if h := handlers[r.URL.Path]; h != nil {
			h(w, r)
			return
		}
		answers(404, "<html>")(w, r)
	}
}

func sendsTo(address string) http.HandlerFunc {
	return answers(200, `<Autodiscover><Response><Account><Action>redirectAddr</Action><RedirectAddr>`+address+`</RedirectAddr></Account></Response></Autodiscover>`)
}

func TestLookUpTakesEveryStepInOutlooksOrder(t *testing.T) {
	settings := answers(200, sample("<Type>EXPR</Type>"))
	w := serve(t, map[string]site{
		"ex1.contoso.test":                 {handler: byPath(map[string]http.HandlerFunc{"/Autodiscover/Autodiscover.xml": settings})},
		"ex2.contoso.test":                 {handler: answers(503, "")},
		"contoso.test":                     {handler: answers(200, "<html>our shop</html>")},
		"autodiscover.contoso.test":        {handler: byPath(map[string]http.HandlerFunc{pathPOX: settings, pathJSON: answers(200, `{"Protocol":"AutodiscoverV1","Url":"https://autodiscover.contoso.test/autodiscover/autodiscover.xml"}`)})},
		"http://autodiscover.contoso.test": {handler: goesTo(302, "https://mail.contoso.test/autodiscover/autodiscover.xml")},
		"mail.contoso.test":                {handler: byPath(map[string]http.HandlerFunc{pathPOX: settings, pathSOAP: answers(200, soapSample("NoError", "", `<UserSettings><UserSetting><Name>ExternalMailboxServer</Name><Value>mail.contoso.test</Value></UserSetting></UserSettings>`))})},
		"autodiscover-s.outlook.com":       {handler: wantsBasic("Basic")},
		"outlook.office365.com":            {handler: goesTo(302, "https://autodiscover.contoso.test/autodiscover/autodiscover.json?Email=ada%40contoso.test")},
	})
	w.records["contoso.test"] = []*net.SRV{{Target: "ex2.contoso.test.", Port: 443, Priority: 10}, {Target: "mail.contoso.test.", Port: 443, Priority: 5}, {Target: "mail.contoso.test.", Port: 8443, Priority: 7}}
	w.options.NoMicrosoft365 = false
	w.options.Site = "Berlin"
	w.options.Points = []Point{
		{URL: "https://gone.contoso.test/Autodiscover/Autodiscover.xml", Source: "CN=FAR", Sites: []string{"Tokyo"}},
		{URL: "https://ex2.contoso.test/Autodiscover/Autodiscover.xml", Source: "CN=EX2"},
		{URL: "http://plain.contoso.test/Autodiscover/Autodiscover.xml", Source: "CN=PLAIN"},
		{URL: "https://EX1.contoso.test/Autodiscover/Autodiscover.xml", Source: "CN=EX1", Sites: []string{"Paris", "BERLIN"}},
		{URL: "https://ex1.contoso.test/autodiscover/autodiscover.xml", Source: "CN=TWIN", Sites: []string{"Berlin"}},
	}
	list := w.lookUp(t, w.options)
	const page = "parsing the Autodiscover answer: it is an HTML page, perhaps a sign-in form or an error of a proxy"
	const noJSON = "parsing the Autodiscover v2 answer: it is no JSON of this kind; it begins with \"<html>\""
	want := `scp 0 pox rpc-http https://ex1.contoso.test/Autodiscover/Autodiscover.xml: 1 nodes, 0 settings
scp 0 pox mapi-http https://ex1.contoso.test/Autodiscover/Autodiscover.xml: 1 nodes, 0 settings
scp 0 soap https://ex1.contoso.test/autodiscover/autodiscover.svc: HTTP 404: ` + page + `
scp 0 json https://ex1.contoso.test/autodiscover/autodiscover.json?Email=ada%40contoso.test&Protocol=AutodiscoverV1: HTTP 404: ` + noJSON + `
scp 0 pox rpc-http https://ex2.contoso.test/Autodiscover/Autodiscover.xml: HTTP 503: parsing the Autodiscover answer: it is empty
scp 0 pox mapi-http https://ex2.contoso.test/Autodiscover/Autodiscover.xml: HTTP 503: parsing the Autodiscover answer: it is empty
scp 0 json https://ex2.contoso.test/autodiscover/autodiscover.json?Email=ada%40contoso.test&Protocol=AutodiscoverV1: HTTP 503: parsing the Autodiscover v2 answer: it is empty
scp 0 pox http://plain.contoso.test/Autodiscover/Autodiscover.xml: skipped: the connection point leads nowhere: it leads to http, where nothing proves who answers
scp 0 pox rpc-http https://gone.contoso.test/Autodiscover/Autodiscover.xml: the name gone.contoso.test does not exist in DNS
scp 0 pox mapi-http https://gone.contoso.test/Autodiscover/Autodiscover.xml: the name gone.contoso.test does not exist in DNS
scp 0 json https://gone.contoso.test/autodiscover/autodiscover.json?Email=ada%40contoso.test&Protocol=AutodiscoverV1: the name gone.contoso.test does not exist in DNS
https-root-domain 0 pox rpc-http https://contoso.test/autodiscover/autodiscover.xml: ` + page + `
https-root-domain 0 pox mapi-http https://contoso.test/autodiscover/autodiscover.xml: ` + page + `
https-autodiscover-host 0 pox rpc-http https://autodiscover.contoso.test/autodiscover/autodiscover.xml: 1 nodes, 0 settings
https-autodiscover-host 0 pox mapi-http https://autodiscover.contoso.test/autodiscover/autodiscover.xml: 1 nodes, 0 settings
https-autodiscover-host 0 soap https://autodiscover.contoso.test/autodiscover/autodiscover.svc: HTTP 404: ` + page + `
https-autodiscover-host 0 json https://autodiscover.contoso.test/autodiscover/autodiscover.json?Email=ada%40contoso.test&Protocol=AutodiscoverV1: 0 nodes, 0 settings
http-redirect 0 redirect http://autodiscover.contoso.test/autodiscover/autodiscover.xml: HTTP 302 to https://mail.contoso.test/autodiscover/autodiscover.xml
http-redirect 1 pox rpc-http https://mail.contoso.test/autodiscover/autodiscover.xml: 1 nodes, 0 settings
http-redirect 1 pox mapi-http https://mail.contoso.test/autodiscover/autodiscover.xml: 1 nodes, 0 settings
http-redirect 1 soap https://mail.contoso.test/autodiscover/autodiscover.svc: 0 nodes, 1 settings
srv 0 dns _autodiscover._tcp.contoso.test: 3 records
srv 0 pox rpc-http https://mail.contoso.test/autodiscover/autodiscover.xml: 1 nodes, 0 settings
srv 0 pox mapi-http https://mail.contoso.test/autodiscover/autodiscover.xml: 1 nodes, 0 settings
srv 0 soap https://mail.contoso.test/autodiscover/autodiscover.svc: 0 nodes, 1 settings
srv 0 pox https://mail.contoso.test:8443/autodiscover/autodiscover.xml: skipped: a client asks port 443 alone, and the record names 8443
srv 0 pox rpc-http https://ex2.contoso.test/autodiscover/autodiscover.xml: HTTP 503: parsing the Autodiscover answer: it is empty
srv 0 pox mapi-http https://ex2.contoso.test/autodiscover/autodiscover.xml: HTTP 503: parsing the Autodiscover answer: it is empty
microsoft-365 0 pox rpc-http https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml: HTTP 401: the server wants authentication (Basic)
microsoft-365 0 pox mapi-http https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml: HTTP 401: the server wants authentication (Basic)
microsoft-365 0 pox rpc-http https://outlook.office365.com/autodiscover/autodiscover.xml: HTTP 302 to https://autodiscover.contoso.test/autodiscover/autodiscover.json?Email=ada%40contoso.test
microsoft-365 0 pox mapi-http https://outlook.office365.com/autodiscover/autodiscover.xml: HTTP 302 to https://autodiscover.contoso.test/autodiscover/autodiscover.json?Email=ada%40contoso.test
microsoft-365 1 pox rpc-http https://autodiscover.contoso.test/autodiscover/autodiscover.json?Email=ada%40contoso.test: parsing the Autodiscover answer: it is an Autodiscover v2 (JSON) answer, which carries no Outlook Anywhere settings: protocol AutodiscoverV1 is at https://autodiscover.contoso.test/autodiscover/autodiscover.xml
microsoft-365 1 pox mapi-http https://autodiscover.contoso.test/autodiscover/autodiscover.json?Email=ada%40contoso.test: parsing the Autodiscover answer: it is an Autodiscover v2 (JSON) answer, which carries no Outlook Anywhere settings: protocol AutodiscoverV1 is at https://autodiscover.contoso.test/autodiscover/autodiscover.xml
microsoft-365 0 json https://outlook.office365.com/autodiscover/autodiscover.json?Email=ada%40contoso.test&Protocol=AutodiscoverV1: HTTP 302 to https://autodiscover.contoso.test/autodiscover/autodiscover.json?Email=ada%40contoso.test
`
	if diff := cmp.Diff(want, briefs(list)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, a := range list {
		if a.Mailbox != mailbox || a.Step == facts.StepConnectionPoint && !strings.HasPrefix(a.Source, "CN=") || a.Step == facts.StepSRV && a.Source != "_autodiscover._tcp.contoso.test" {
			t.Errorf("%+v", a)
		}
	}
	if posts := w.to("mail.contoso.test", pathPOX); len(posts) != 2 {
		t.Errorf("two steps lead to one URL, which was asked %d times", len(posts))
	}
	again := w.lookUp(t, w.options)
	if diff := cmp.Diff(briefs(list), briefs(again)); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
}

func TestLookUpOfADomainNamesNoMailbox(t *testing.T) {
	w := serve(t, map[string]site{
		"contoso.test":                     {handler: goesTo(301, "/autodiscover/other.xml")},
		"autodiscover.contoso.test":        {handler: wantsBasic("NTLM", "Basic")},
		"http://autodiscover.contoso.test": {handler: goesTo(302, "https://autodiscover.contoso.test/autodiscover/autodiscover.xml")},
	})
	o := w.withBasic()
	o.NoMicrosoft365 = false
	list := LookUp(t.Context(), []Subject{{Domain: "Contoso.test"}}, o)
	got := briefs(list)
	want := `https-root-domain 0 redirect https://contoso.test/autodiscover/autodiscover.xml: HTTP 301 to https://contoso.test/autodiscover/other.xml
https-root-domain 1 redirect https://contoso.test/autodiscover/other.xml: HTTP 301 to https://contoso.test/autodiscover/other.xml
https-root-domain 2 redirect https://contoso.test/autodiscover/other.xml: skipped: the redirect leads in a loop: this URL was asked before
https-autodiscover-host 0 redirect https://autodiscover.contoso.test/autodiscover/autodiscover.xml: HTTP 401: the server wants authentication (NTLM, Basic)
http-redirect 0 redirect http://autodiscover.contoso.test/autodiscover/autodiscover.xml: HTTP 302 to https://autodiscover.contoso.test/autodiscover/autodiscover.xml
http-redirect 1 redirect https://autodiscover.contoso.test/autodiscover/autodiscover.xml: HTTP 401: the server wants authentication (NTLM, Basic)
srv 0 dns _autodiscover._tcp.contoso.test: 0 records
microsoft-365 0 pox https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml: skipped: the endpoints of Microsoft 365 are asked for a mailbox, and none was given
microsoft-365 0 pox https://outlook.office365.com/autodiscover/autodiscover.xml: skipped: the endpoints of Microsoft 365 are asked for a mailbox, and none was given
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, r := range w.requests() {
		if r.method != http.MethodGet || r.body != "" || r.header.Get("Authorization") != "" {
			t.Errorf("%+v", r)
		}
	}
	for _, a := range list {
		if a.Mailbox != "" || a.Domain != "Contoso.test" {
			t.Errorf("%+v", a)
		}
	}
}

func TestARedirectKeepsThePost(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		w := serve(t, map[string]site{
			"autodiscover.contoso.test": {handler: goesTo(status, "https://other.test/autodiscover/autodiscover.xml")},
			"other.test":                {handler: answers(200, sample("<Type>EXPR</Type>"))},
		})
		list := w.lookUp(t, w.withBasic())
		for _, r := range w.to("other.test", pathPOX) {
			if r.method != http.MethodPost || !strings.Contains(r.body, mailbox) || r.header.Get("Content-Type") != "text/xml; charset=utf-8" {
				t.Errorf("HTTP %d: %+v", status, r)
			}
		}
		follow := pick(list, func(a facts.Answer) bool { return a.Hop == 1 && a.Protocol == facts.POX })
		if len(follow) != 2 || follow[0].From != firstURL || !follow[0].Response.Known || own(list)[0].Location != follow[0].URL {
			t.Errorf("HTTP %d: %s", status, briefs(list))
		}
	}
	for _, status := range []int{300, 304, 399} {
		w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: goesTo(status, "https://other.test/")}})
		if list := pick(w.lookUp(t, w.options), func(a facts.Answer) bool { return a.Hop > 0 }); len(list) > 0 {
			t.Errorf("HTTP %d: %s", status, briefs(list))
		}
	}
}

func TestRedirectsEnd(t *testing.T) {
	var n atomic.Int32
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		last    string
		hops    int
	}{
		"a loop": {goesTo(302, firstURL), "in a loop", 1},
		"a loop over two": {func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".xml") {
				goesTo(302, "/b")(w, r)
			} else {
				goesTo(302, pathPOX)(w, r)
			}
		}, "in a loop", 2},
		"without end": {func(w http.ResponseWriter, r *http.Request) {
			goesTo(302, r.URL.Path+"x")(w, r)
		}, "more than 10 redirects", 11},
		"in documents without end": {func(w http.ResponseWriter, r *http.Request) {
			answers(200, `<Autodiscover><Response><Account><Action>redirectUrl</Action><RedirectURL>https://autodiscover.contoso.test`+r.URL.Path+`x</RedirectURL></Account></Response></Autodiscover>`)(w, r)
		}, "more than 10 redirects", 11},
		"an address that was asked for": {sendsTo("ADA@contoso.test"), "in a loop", 1},
		"addresses without end": {func(w http.ResponseWriter, r *http.Request) {
			sendsTo(fmt.Sprintf("ada%d@contoso.test", n.Add(1)))(w, r)
		}, "more than 10 redirects", 11},
		"an address that is none":         {sendsTo("nobody"), "want user@domain", 1},
		"an address of everybody":         {sendsTo("ada@co.uk"), "public suffix", 1},
		"a URL of everybody":              {goesTo(302, "https://autodiscover.com/"), "public suffix", 1},
		"to http":                         {goesTo(302, "http://autodiscover.contoso.test/"), "it leads to http", 1},
		"to another scheme":               {goesTo(302, "ldap://autodiscover.contoso.test/"), "no https URL", 1},
		"to a user":                       {goesTo(302, "https://contoso.test:pass@evil.test/"), "disguises the host", 1},
		"to nowhere":                      {goesTo(302, "https://%zz"), "cannot be read", 1},
		"to a port that there is not":     {goesTo(302, "https://autodiscover.contoso.test:99999/"), "impossible port", 1},
		"to invisible characters":         {goesTo(302, "https://autodiscover.contoso.test/\u202e"), "cannot be read", 1},
		"to somewhere far, far, far away": {goesTo(302, "https://autodiscover.contoso.test/"+strings.Repeat("a", maxURL)), "more than 2048 bytes", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: func(rw http.ResponseWriter, r *http.Request) { test.handler(rw, r) }}})
			list := pick(w.lookUp(t, w.options), func(a facts.Answer) bool { return a.Step == facts.StepAutodiscoverHost })
			if !slices.ContainsFunc(list, func(a facts.Answer) bool { return strings.Contains(a.Skipped, test.last) && a.Hop == test.hops }) {
				t.Errorf("want %q at hop %d:\n%s", test.last, test.hops, briefs(list))
			}
			for _, a := range list {
				if a.Hop > 11 || strings.Contains(a.URL+a.Location, "pass") {
					t.Errorf("%s", brief(a))
				}
			}
		})
	}
}

func TestAMovedMailboxIsHandedOver(t *testing.T) {
	const moved = "ada@contoso.mail.onmicrosoft.com"
	w := serve(t, map[string]site{
		"autodiscover.contoso.test":                        {handler: sendsTo(moved)},
		"http://autodiscover.contoso.mail.onmicrosoft.com": {handler: goesTo(307, "https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml")},
		"autodiscover-s.outlook.com":                       {handler: wantsBasic("Basic")},
	})
	list := pick(w.lookUp(t, w.withBasic()), func(a facts.Answer) bool {
		return a.Step == facts.StepAutodiscoverHost && a.View != facts.ViewMapi && a.Protocol != facts.JSON
	})
	want := `https-autodiscover-host 0 pox rpc-http https://autodiscover.contoso.test/autodiscover/autodiscover.xml: sent to ada@contoso.mail.onmicrosoft.com
https-autodiscover-host 0 soap https://autodiscover.contoso.test/autodiscover/autodiscover.svc: parsing the Autodiscover answer: it is not a SOAP answer: its root element is <Autodiscover>
https-autodiscover-host 1 pox rpc-http https://contoso.mail.onmicrosoft.com/autodiscover/autodiscover.xml as ada@contoso.mail.onmicrosoft.com: the name contoso.mail.onmicrosoft.com does not exist in DNS
https-autodiscover-host 1 pox rpc-http https://autodiscover.contoso.mail.onmicrosoft.com/autodiscover/autodiscover.xml as ada@contoso.mail.onmicrosoft.com: the name autodiscover.contoso.mail.onmicrosoft.com does not exist in DNS; that is normal for a tenant's name in Exchange Online, where the HTTP redirect leads on
https-autodiscover-host 1 redirect http://autodiscover.contoso.mail.onmicrosoft.com/autodiscover/autodiscover.xml: HTTP 307 to https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml
https-autodiscover-host 2 pox rpc-http https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml as ada@contoso.mail.onmicrosoft.com: HTTP 401: the server wants authentication (Basic); credentials were held back: neither the directory nor the mailbox's own domain publishes autodiscover-s.outlook.com:443, and the operator does not allow it
https-autodiscover-host 1 dns _autodiscover._tcp.contoso.mail.onmicrosoft.com: 0 records
`
	if diff := cmp.Diff(want, briefs(list)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	o := w.withBasic()
	o.AllowHosts = []string{"autodiscover-s.outlook.com"}
	allowed := pick(w.lookUp(t, o), func(a facts.Answer) bool { return a.Hop == 2 && a.Protocol == facts.POX })
	if len(allowed) != 2 || allowed[0].CredentialsSent != "Basic" || !allowed[0].Response.Known || allowed[1].CredentialsSent != "Basic" {
		t.Errorf("with the operator's leave:\n%s", briefs(allowed))
	}
}

// What a step leads to stays in the step, wherever that is.
func TestEveryAnswerNamesItsStep(t *testing.T) {
	w := serve(t, map[string]site{
		"mail.contoso.test":                 {handler: sendsTo("ada@fabrikam.test")},
		"mail.fabrikam.test":                {handler: answers(200, sample("<Type>EXPR</Type>"))},
		"http://autodiscover.fabrikam.test": {handler: goesTo(302, "https://mail.fabrikam.test/")},
	})
	w.records["contoso.test"] = []*net.SRV{{Target: "mail.contoso.test.", Port: 443}}
	w.records["fabrikam.test"] = []*net.SRV{{Target: "mail.fabrikam.test.", Port: 443}}
	w.options.Points = []Point{{URL: "https://mail.contoso.test/autodiscover/autodiscover.xml", Source: "CN=EX1"}, {URL: "https://gone.contoso.test/", Source: "CN=EX2"}}
	s := &facts.Snapshot{Answers: w.lookUp(t, w.options)}
	var got []string
	for _, l := range s.LookUps() {
		for i, step := range l.Steps {
			line := fmt.Sprintf("%s %s %s: %s", step.Kind, step.Source, step.URL, step.Outcome)
			if i == l.Wins {
				line += ", wins"
			}
			got = append(got, line)
		}
	}
	want := []string{
		"scp CN=EX1 https://mail.contoso.test/autodiscover/autodiscover.xml: prompt, wins",
		"scp CN=EX2 https://gone.contoso.test/: next",
		"https-root-domain  https://contoso.test/autodiscover/autodiscover.xml: next",
		"https-autodiscover-host  https://autodiscover.contoso.test/autodiscover/autodiscover.xml: next",
		"http-redirect  http://autodiscover.contoso.test/autodiscover/autodiscover.xml: next",
		"srv _autodiscover._tcp.contoso.test _autodiscover._tcp.contoso.test: prompt",
		"microsoft-365  https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml: skipped",
		"microsoft-365  https://outlook.office365.com/autodiscover/autodiscover.xml: skipped",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, briefs(s.Answers))
	}
}

func TestMailboxesAreLookedUpInTheirOrder(t *testing.T) {
	w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: answers(200, sample("<Type>EXPR</Type>"))}})
	list := LookUp(t.Context(), []Subject{{Mailbox: "bob@contoso.test"}, {Domain: "fabrikam.test"}, {Mailbox: "ada@contoso.test"}}, w.options)
	var order []string
	for _, a := range list {
		order = append(order, a.Mailbox+a.Domain)
	}
	if diff := cmp.Diff([]string{"bob@contoso.test", "fabrikam.test", "ada@contoso.test"}, slices.Compact(order)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatAHopTells(t *testing.T) {
	w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-SOAP-Enabled"], h["X-WSSecurity-Enabled"], h["X-OAuth-Enabled"] = []string{"True"}, []string{"False"}, []string{"true"}
		h["X-FEServer"], h["X-CalculatedBETarget"] = []string{"EX1"}, []string{"ex2.contoso.test" + strings.Repeat("x", 300)}
		h["Set-Cookie"] = []string{"ClientId=1", "X-BackEndCookie=S-1-5-21-1-2-3-500=rest; path=/"}
		h["WWW-Authenticate"] = []string{"Negotiate", "NTLM"}
		answers(401, "")(w, r)
	}}})
	list := w.lookUp(t, w.options)
	a := own(list)[0]
	if diff := cmp.Diff([]string{"X-OAuth-Enabled", "X-SOAP-Enabled"}, a.Capabilities); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, h := range a.Leaks {
		names = append(names, h.Name)
		if len(h.Value) > maxQuote+len("…") || strings.Contains(h.Value, "S-1-5") {
			t.Errorf("%+v", h)
		}
	}
	if diff := cmp.Diff([]string{"X-CalculatedBETarget", "X-FEServer", "X-BackEndCookie"}, names); diff != "" {
		t.Error(diff)
	}
	soap := pick(list, func(a facts.Answer) bool { return a.Protocol == facts.SOAP })
	if len(soap) != 1 || !slices.Equal(soap[0].Schemes, []string{"Negotiate", "NTLM"}) {
		t.Errorf("a 401 that offers SOAP: %s", briefs(soap))
	}
}

func TestSeveralViewsMayBeSentToSeveralPlaces(t *testing.T) {
	w := serve(t, map[string]site{
		"autodiscover.contoso.test": {handler: func(w http.ResponseWriter, r *http.Request) {
			goesTo(302, map[string]string{"": "https://a.test/", "1": "https://b.test/"}[r.Header.Get("X-MapiHttpCapability")])(w, r)
		}},
		"a.test": {handler: answers(200, sample("<Type>EXPR</Type>"))},
		"b.test": {handler: sendsTo("ada@fabrikam.test")},
	})
	list := pick(w.lookUp(t, w.options), func(a facts.Answer) bool {
		return a.Step == facts.StepAutodiscoverHost && a.Hop > 0 && a.Protocol == facts.POX
	})
	want := `https-autodiscover-host 1 pox rpc-http https://a.test/: 1 nodes, 0 settings
https-autodiscover-host 1 pox mapi-http https://b.test/: sent to ada@fabrikam.test
https-autodiscover-host 2 pox rpc-http https://fabrikam.test/autodiscover/autodiscover.xml as ada@fabrikam.test: the name fabrikam.test does not exist in DNS
https-autodiscover-host 2 pox mapi-http https://fabrikam.test/autodiscover/autodiscover.xml as ada@fabrikam.test: the name fabrikam.test does not exist in DNS
https-autodiscover-host 2 pox rpc-http https://autodiscover.fabrikam.test/autodiscover/autodiscover.xml as ada@fabrikam.test: the name autodiscover.fabrikam.test does not exist in DNS
https-autodiscover-host 2 pox mapi-http https://autodiscover.fabrikam.test/autodiscover/autodiscover.xml as ada@fabrikam.test: the name autodiscover.fabrikam.test does not exist in DNS
`
	if diff := cmp.Diff(want, briefs(list)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
