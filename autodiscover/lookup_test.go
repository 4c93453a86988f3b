package autodiscover

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
)

const (
	mailbox  = "ada@contoso.test"
	firstURL = "https://autodiscover.contoso.test/autodiscover/autodiscover.xml"
	rootURL  = "https://contoso.test/autodiscover/autodiscover.xml"
)

func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// wantsBasic asks for credentials and answers with settings once it has them.
func wantsBasic(schemes ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); ok && user == `CONTOSO\ada` && password == secret {
			answers(http.StatusOK, sample("<Type>EXPR</Type>"))(w, r)
			return
		}
		w.Header()["WWW-Authenticate"] = schemes
		answers(http.StatusUnauthorized, "<html>no</html>")(w, r)
	}
}

const (
	errorDocument    = `<Autodiscover><Response><Error Id="7"><ErrorCode>600</ErrorCode><Message>Invalid Request</Message></Error></Response></Autodiscover>`
	redirectDocument = `<Autodiscover><Response><Account><Action>redirectAddr</Action><RedirectAddr>ada@fabrikam.test</RedirectAddr></Account></Response></Autodiscover>`
)

// outcome is one line about an answer.
func outcome(a facts.Answer) string {
	what := a.Response.Why
	if a.Response.Known {
		what = fmt.Sprintf("%d nodes", len(a.Response.Value.Nodes))
		if e := a.Response.Value.Error; e != nil {
			what = "error " + e.Code
		}
	}
	return fmt.Sprintf("%s %s %d: %s", a.Step, a.View, a.Status, what)
}

func outcomes(list []facts.Answer) []string {
	var lines []string
	for _, a := range list {
		lines = append(lines, outcome(a))
	}
	return lines
}

func TestLookUpAsksForBothViews(t *testing.T) {
	const odd = "o'brien&co@contoso.test"
	w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: answers(200, sample("<Type>EXPR</Type>"))}})
	list := LookUp(t.Context(), odd, w.options)
	want := []string{"https-autodiscover-host rpc-http 200: 1 nodes", "https-autodiscover-host mapi-http 200: 1 nodes"}
	if diff := cmp.Diff(want, outcomes(list)); diff != "" {
		t.Fatalf("answers (-want +got):\n%s", diff)
	}
	for _, a := range list {
		if a.Mailbox != odd || a.URL != firstURL || a.CredentialsSent != "" || a.Schemes != nil {
			t.Errorf("%+v", a)
		}
	}
	seen := w.requests()
	if len(seen) != 2 {
		t.Fatalf("%d requests", len(seen))
	}
	for i, r := range seen {
		if r.method != "POST" || r.host != "autodiscover.contoso.test" || r.path != "/autodiscover/autodiscover.xml" {
			t.Errorf("request %d: %s %s%s", i, r.method, r.host, r.path)
		}
		if !strings.Contains(r.body, "<EMailAddress>o&#39;brien&amp;co@contoso.test</EMailAddress>") ||
			!strings.Contains(r.body, "<AcceptableResponseSchema>"+responseSchema+"</AcceptableResponseSchema>") {
			t.Errorf("request %d: body %s", i, r.body)
		}
		var mapi string
		if i == 1 {
			mapi = odd
		}
		for name, want := range map[string]string{"Content-Type": "text/xml; charset=utf-8", "X-ClientCanHandle": "Negotiate, ExHttpInfo",
			"X-MapiHttpCapability": strings.Repeat("1", i), "X-AnchorMailbox": mapi, "Authorization": "", "Accept-Encoding": ""} {
			if got := r.header.Get(name); got != want {
				t.Errorf("request %d: %s: %q, want %q", i, name, got, want)
			}
		}
	}
}

func TestLookUpGoesOnUntilOneIsUsable(t *testing.T) {
	settings := site{handler: answers(200, sample("<Type>EXPR</Type>"))}
	const notFound = `the name autodiscover.contoso.test does not exist in DNS`
	for _, test := range []struct {
		name  string
		first site
		gone  bool
		want  []string
	}{
		{"settings end it", settings, false, []string{"200: 1 nodes", "200: 1 nodes"}},
		{"an error does not", site{handler: answers(200, errorDocument)}, false, []string{"200: error 600", "200: error 600", "200: 1 nodes", "200: 1 nodes"}},
		{"a redirect does not", site{handler: answers(200, redirectDocument)}, false, []string{"200: 0 nodes", "200: 0 nodes", "200: 1 nodes", "200: 1 nodes"}},
		{"a web page does not", site{handler: answers(404, "<html>")}, false, []string{
			"404: HTTP 404: parsing the Autodiscover answer: it is an HTML page, perhaps a sign-in form or an error of a proxy",
			"404: HTTP 404: parsing the Autodiscover answer: it is an HTML page, perhaps a sign-in form or an error of a proxy",
			"200: 1 nodes", "200: 1 nodes"}},
		{"a name that does not exist costs one try", site{}, true, []string{"0: " + notFound,
			"0: not asked, because the first request had no answer: " + notFound, "200: 1 nodes", "200: 1 nodes"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			sites := map[string]site{"contoso.test": settings}
			if !test.gone {
				sites["autodiscover.contoso.test"] = test.first
			}
			var want []string
			for i, line := range test.want {
				step := []string{"https-autodiscover-host", "https-root-domain"}[i/2]
				want = append(want, step+[]string{" rpc-http ", " mapi-http "}[i%2]+line)
			}
			list := LookUp(t.Context(), mailbox, serve(t, sites).options)
			if diff := cmp.Diff(want, outcomes(list)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(list) == 4 && list[2].URL != rootURL {
				t.Errorf("second address %s", list[2].URL)
			}
		})
	}
}

func TestLookUpSendsNothingForAMailboxThatIsRefused(t *testing.T) {
	w := serve(t, nil)
	for _, wrong := range []string{"ada", "ada@co.uk", "ada@corp", "ada@192.0.2.1"} {
		list := LookUp(t.Context(), wrong, w.options)
		if len(list) != 1 || list[0].Mailbox != wrong || !strings.HasPrefix(list[0].Response.Why, "checking mailbox") {
			t.Errorf("%s: %+v", wrong, list)
		}
	}
	if len(w.dialled) != 0 {
		t.Errorf("dialled %v", w.dialled)
	}
}

func TestLookUpNeverAsksUnderATopLevelDomain(t *testing.T) {
	w := serve(t, nil)
	LookUp(t.Context(), "ada@a.b.contoso.test", w.options)
	want := []string{"autodiscover.a.b.contoso.test:443", "a.b.contoso.test:443"}
	if diff := cmp.Diff(want, w.dialled); diff != "" {
		t.Errorf("dialled (-want +got):\n%s", diff)
	}
}

func TestBasic(t *testing.T) {
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		wanted  bool
		want    string // outcome of the first answer
		sent    string
		schemes []string
	}{
		{"sent after a 401 that offers it", wantsBasic("Negotiate", "NTLM", `Basic realm="x"`), true,
			"200: 1 nodes", "Basic", []string{"Negotiate", "NTLM", "Basic"}},
		{"offered in a list", wantsBasic(`Negotiate, basic realm="x, y"`), true, "200: 1 nodes", "Basic", []string{"Negotiate", "basic"}},
		{"not offered", wantsBasic("Negotiate", "NTLM"), true, "401: HTTP 401: the server offers Negotiate, NTLM, and not Basic", "", []string{"Negotiate", "NTLM"}},
		{"not wanted", wantsBasic(`Basic realm="x"`), false, "401: HTTP 401: the server wants authentication (Basic)", "", []string{"Basic"}},
		{"no scheme named", wantsBasic(), true, "401: HTTP 401: the server wants authentication and names no scheme", "", nil},
		{"not asked for", answers(200, sample("<Type>EXPR</Type>")), true, "200: 1 nodes", "", nil},
		{"asked for with a 403", answers(403, "<html>"), true,
			"403: HTTP 403: parsing the Autodiscover answer: it is an HTML page, perhaps a sign-in form or an error of a proxy", "", nil},
		{"refused", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(401)
		}, true, "401: HTTP 401: the Basic credentials were refused", "Basic", []string{"Basic"}},
		{"a 401 that carries an answer", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("WWW-Authenticate", "NTLM")
			answers(401, errorDocument)(w, r)
		}, true, "401: error 600", "", []string{"NTLM"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: test.handler}})
			o := w.options
			if test.wanted {
				o = w.withBasic()
			}
			first := LookUp(t.Context(), mailbox, o)[0]
			if got := outcome(first); got != "https-autodiscover-host rpc-http "+test.want {
				t.Errorf("got %s", got)
			}
			if first.CredentialsSent != test.sent || !cmp.Equal(first.Schemes, test.schemes) {
				t.Errorf("sent %q, schemes %q", first.CredentialsSent, first.Schemes)
			}
			seen := w.requests()
			if seen[0].header.Get("Authorization") != "" {
				t.Error("the first request carried credentials")
			}
			went := len(seen) > 1 && seen[1].header.Get("Authorization") != ""
			if went != (test.sent != "") {
				t.Errorf("credentials on the wire: %t, recorded: %q", went, test.sent)
			}
		})
	}
}

func TestCertificateMustBeVerified(t *testing.T) {
	for _, test := range []struct {
		name string
		site site
		want string
	}{
		{"not trusted", site{untrusted: true}, "the certificate is not trusted: its issuer is not among the trusted roots"},
		{"another name", site{names: []string{"www.contoso.test", "contoso.test"}},
			"the certificate does not name autodiscover.contoso.test: it names www.contoso.test, contoso.test"},
		{"many other names", site{names: []string{"a.test", "b.test", "c.test", "d.test", "e.test", "f.test", "g.test"}},
			"it names a.test, b.test, c.test, d.test, e.test and 2 more"},
		{"expired", site{expired: true}, "the certificate has expired or is not yet valid: it runs from 2025-11-22 to 2026-11-21"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.site.handler = wantsBasic("Basic")
			w := serve(t, map[string]site{"autodiscover.contoso.test": test.site})
			first := LookUp(t.Context(), mailbox, w.withBasic())[0]
			if !strings.Contains(first.Response.Why, test.want) || first.Status != 0 || first.CredentialsSent != "" {
				t.Errorf("got %+v\nwant %s", first, test.want)
			}
			if seen := w.requests(); len(seen) != 0 {
				t.Errorf("%d requests were sent to a host that was not verified", len(seen))
			}
		})
	}
}

// TestCredentialsNeedAVerifiedSecondConnection has a host that is genuine until it
// is asked for credentials.
func TestCredentialsNeedAVerifiedSecondConnection(t *testing.T) {
	genuine := serve(t, map[string]site{"autodiscover.contoso.test": {handler: wantsBasic("Basic")}})
	impostor := serve(t, map[string]site{"autodiscover.contoso.test": {handler: wantsBasic("Basic"), untrusted: true}})
	o, dials := genuine.withBasic(), 0
	o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials++
		if dials%2 == 0 {
			return impostor.options.Dial(ctx, network, address)
		}
		return genuine.options.Dial(ctx, network, address)
	}
	first := LookUp(t.Context(), mailbox, o)[0]
	if !strings.HasPrefix(first.Response.Why, "the certificate is not trusted") || first.CredentialsSent != "" || first.Status != 401 {
		t.Errorf("%+v", first)
	}
	if len(impostor.requests()) != 0 {
		t.Error("the impostor was sent a request")
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		w := serve(t, map[string]site{
			"evil.test": {handler: answers(200, sample("<Type>EXPR</Type>"))},
			"autodiscover.contoso.test": {handler: func(w http.ResponseWriter, r *http.Request) {
				if _, _, ok := r.BasicAuth(); !ok {
					wantsBasic("Basic")(w, r)
					return
				}
				w.Header().Set("Location", "https://evil.test/autodiscover/autodiscover.xml")
				w.WriteHeader(status)
			}},
		})
		first := LookUp(t.Context(), mailbox, w.withBasic())[0]
		want := fmt.Sprintf("HTTP %d to https://evil.test/autodiscover/autodiscover.xml: redirects are not followed", status)
		if first.Response.Why != want || first.Status != status || first.CredentialsSent != "Basic" {
			t.Errorf("got %+v, want %s", first, want)
		}
		for _, address := range w.dialled {
			if strings.HasPrefix(address, "evil") {
				t.Errorf("HTTP %d was followed", status)
			}
		}
	}
}

// TestSecretsDoNotComeBack has servers that repeat the credentials wherever they can.
func TestSecretsDoNotComeBack(t *testing.T) {
	token := base64.StdEncoding.EncodeToString([]byte(`CONTOSO\ada:` + secret))
	for name, handler := range map[string]http.HandlerFunc{
		"in an error document": func(w http.ResponseWriter, r *http.Request) {
			answers(200, strings.ReplaceAll(errorDocument, "Invalid Request", r.Header.Get("Authorization")))(w, r)
		},
		"in a node": func(w http.ResponseWriter, r *http.Request) {
			_, password, _ := r.BasicAuth()
			answers(200, sample("<Server>"+password+"</Server>"))(w, r)
		},
		"in a page": func(w http.ResponseWriter, r *http.Request) {
			answers(500, r.Header.Get("Authorization"))(w, r)
		},
		"in a redirect": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://evil.test/?"+r.Header.Get("Authorization"))
			w.WriteHeader(302)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: func(w http.ResponseWriter, r *http.Request) {
				if _, _, ok := r.BasicAuth(); !ok {
					wantsBasic("Basic")(w, r)
					return
				}
				handler(w, r)
			}}})
			list := LookUp(t.Context(), mailbox, w.withBasic())
			text, err := json.Marshal(list)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), secret) || strings.Contains(string(text), token) {
				t.Errorf("the credentials stand in %s", text)
			}
			if list[0].CredentialsSent != "Basic" || !strings.Contains(list[0].Response.Why, "repeats the credentials") {
				t.Errorf("%+v", list[0])
			}
		})
	}
}
