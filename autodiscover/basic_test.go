package autodiscover

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
		{"no scheme named", wantsBasic(), true, "401: HTTP 401: the server offers no scheme, and not Basic", "", nil},
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
			first := own(w.lookUp(t, o))[0]
			if got := outcome(first); !strings.HasPrefix(got, "https-autodiscover-host rpc-http "+test.want) {
				t.Errorf("got %s", got)
			}
			if first.CredentialsSent != test.sent || !cmp.Equal(first.Schemes, test.schemes) {
				t.Errorf("sent %q, schemes %q", first.CredentialsSent, first.Schemes)
			}
			seen := w.to("autodiscover.contoso.test", pathPOX)
			if seen[0].header.Get("Authorization") != "" {
				t.Error("the first request carried credentials")
			}
			went := slices.ContainsFunc(seen, func(r request) bool { return r.header.Get("Authorization") != "" })
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
			first := own(w.lookUp(t, w.withBasic()))[0]
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
// has asked for credentials, and then hangs up.
func TestCredentialsNeedAVerifiedSecondConnection(t *testing.T) {
	var asked atomic.Bool
	genuine := serve(t, map[string]site{"autodiscover.contoso.test": {handler: func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.Header.Get("X-MapiHttpCapability") == "" {
			asked.Store(true)
		}
		w.Header().Set("Connection", "close")
		wantsBasic("Basic")(w, r)
	}}})
	impostor := serve(t, map[string]site{"autodiscover.contoso.test": {handler: wantsBasic("Basic"), untrusted: true}})
	o := genuine.withBasic()
	o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if asked.Load() {
			return impostor.options.Dial(ctx, network, address)
		}
		return genuine.options.Dial(ctx, network, address)
	}
	first := own(genuine.lookUp(t, o))[0]
	if !strings.HasPrefix(first.Response.Why, "the certificate is not trusted") || first.CredentialsSent != "" || first.Status != 401 {
		t.Errorf("%+v", first)
	}
	if first.Secured.Value.Verified {
		t.Error("the certificate of the impostor passes for verified")
	}
	if len(impostor.requests()) != 0 {
		t.Error("the impostor was sent a request")
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
			list := own(w.lookUp(t, w.withBasic()))
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
