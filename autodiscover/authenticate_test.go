package autodiscover

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/hosttest"
)

const host = "autodiscover.contoso.test"

var basicPair = base64.StdEncoding.EncodeToString([]byte(`CONTOSO\ada:` + secret))

// unmoved refuses everything, and offers what it is given.
func unmoved(offers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Www-Authenticate"] = offers
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// TestOnlyTheSchemeAskedForIsUsed is the matrix of what is asked for and what is
// offered. In every cell stands what arrives.
func TestOnlyTheSchemeAskedForIsUsed(t *testing.T) {
	offers := map[string][]string{
		"nothing":         nil,
		"Basic":           {`Basic realm="x"`},
		"NTLM":            {"NTLM"},
		"Negotiate":       {"Negotiate"},
		"Bearer":          {`Bearer client_id="x", trusted_issuers="y"`},
		"all, Basic last": {"Negotiate", "NTLM", "Bearer", `Basic realm="x"`},
		"all in one":      {`Basic realm="a, b",Bearer,NTLM, Negotiate`},
		"a look-alike":    {"BasicNTLMNegotiateBearer", `Digest realm="Basic, NTLM, Negotiate, Bearer"`},
	}
	ways := map[Auth]string{ // what arrives of each where it is offered
		"": "", AuthNone: "",
		AuthBasic:     "Basic " + basicPair,
		AuthNTLM:      "NTLM " + base64.StdEncoding.EncodeToString([]byte("hello")),
		AuthNegotiate: "Negotiate", // and a ticket, bound to the connection
		AuthBearer:    "Bearer " + bearerToken,
	}
	for name, offered := range offers {
		for way, message := range ways {
			t.Run(fmt.Sprintf("%s asked, %s offered", way, name), func(t *testing.T) {
				g := guard(t, map[string]http.Handler{host: unmoved(offered...)})
				r, sent, why := g.knock(t, g.as(way), host)
				has := way.scheme() != "" && (name == way.scheme() || strings.HasPrefix(name, "all"))
				var want []string
				switch {
				case has:
					want = []string{message}
				case way == AuthBearer:
					want = []string{"Bearer"} // a question without a token
				}
				got := g.seen()
				if way == AuthNegotiate && len(got) == 1 {
					got[0], _, _ = strings.Cut(got[0], " ")
				}
				if !slices.Equal(got, want) {
					t.Errorf("arrived %q, want %q", got, want)
				}
				proof := ""
				if has && way != AuthNTLM {
					proof = way.scheme()
				}
				if sent != proof || r.status != 401 || strings.Contains(why, ": ") != (way.scheme() != "") {
					t.Errorf("sent %q, want %q; status %d; %q", sent, proof, r.status, why)
				}
			})
		}
	}
}

func signIn(scheme string, accept func() hosttest.Acceptor) *hosttest.SignIn {
	return &hosttest.SignIn{Handler: answers(200, "in"), Offers: []string{scheme, "Basic"},
		Accept: map[string]func() hosttest.Acceptor{scheme: accept}}
}

// TestHandshakeIsBoundToTheConnection has a server that judges the channel binding.
func TestHandshakeIsBoundToTheConnection(t *testing.T) {
	for name, test := range map[string]struct {
		way      Auth
		acceptor toyAcceptor
		other    bool // the binding is of another certificate
		status   int
		proved   bool
		want     string
	}{
		"NTLM":                           {way: AuthNTLM, status: 200},
		"NTLM through somebody":          {way: AuthNTLM, other: true, status: 401, want: "the NTLM credentials were refused"},
		"Negotiate":                      {way: AuthNegotiate, status: 200, proved: true},
		"Negotiate through somebody":     {way: AuthNegotiate, other: true, status: 401, want: `setspn -Q HTTP/autodiscover.contoso.test`},
		"Negotiate, and no proof":        {way: AuthNegotiate, acceptor: toyAcceptor{silent: true}, status: 200},
		"Negotiate, and the wrong proof": {way: AuthNegotiate, acceptor: toyAcceptor{impostor: true}, status: 200, want: "the server proves nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			var g *gatehouse
			s := signIn(test.way.scheme(), func() hosttest.Acceptor {
				a := test.acceptor
				hash := sha256.Sum256(g.certificates[host].Raw)
				if test.other {
					hash[0]++
				}
				a.toy = toy{password: secret, ticket: test.way == AuthNegotiate, binding: append([]byte("tls-server-end-point:"), hash[:]...)}
				return &a
			})
			g = guard(t, map[string]http.Handler{host: s})
			r, sent, why := g.knock(t, g.as(test.way), host)
			if r.status != test.status || sent != test.way.scheme() || r.proved != test.proved || !strings.Contains(why, test.want) || (why == "") != (test.want == "") {
				t.Errorf("status %d, sent %q, proved %v, %q", r.status, sent, r.proved, why)
			}
			if kept := string(r.body) == "in"; kept != (why == "") {
				t.Errorf("the answer is %q", r.body)
			}
			if g.dials != 1 {
				t.Errorf("%d connections", g.dials)
			}
		})
	}
}

func TestChannelBinding(t *testing.T) {
	for algorithm, size := range map[x509.SignatureAlgorithm]int{
		x509.SHA1WithRSA: 32, x509.ECDSAWithSHA256: 32, x509.SHA384WithRSA: 48, x509.SHA512WithRSAPSS: 64, x509.PureEd25519: -1,
	} {
		got := channelBinding(&x509.Certificate{Raw: []byte("a certificate"), SignatureAlgorithm: algorithm})
		if size < 0 && got == nil {
			continue
		}
		if hash, ok := strings.CutPrefix(string(got), "tls-server-end-point:"); !ok || len(hash) != size {
			t.Errorf("%v: %q", algorithm, got)
		}
	}
}

func TestBearer(t *testing.T) {
	takes := func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Authorization") {
		case "Bearer " + bearerToken:
			answers(200, "in")(w, r)
		case "Bearer":
			unmoved(`Bearer client_id="00000002-0000-0ff1-ce00-000000000000"`)(w, r)
		default:
			unmoved(`Basic Realm=""`, "Negotiate")(w, r)
		}
	}
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		arrived []string
		sent    string
		want    string
	}{
		"offered to who asks": {takes, []string{"Bearer", "Bearer " + bearerToken}, "Bearer", ""},
		"expired": {unmoved(`Negotiate, Bearer realm="x,y", error="invalid_token", error_description="The \"token\" expired", a=b`, "NTLM"),
			[]string{"Bearer " + bearerToken}, "Bearer",
			`the token was refused (invalid_token): it has expired, does not hold yet, was changed, or is for another service; ` +
				`the server says "The \"token\" expired": get a new one for the audience https://autodiscover.contoso.test`},
		"without enough rights": {unmoved(`Bearer error=insufficient_scope`), []string{"Bearer " + bearerToken}, "Bearer",
			"the token was refused (insufficient_scope): it does not give enough rights: get one with the scope EWS.AccessAsUser.All"},
		"refused without a word": {unmoved(`Bearer`), []string{"Bearer " + bearerToken}, "Bearer", "the token was refused: get a new one"},
		"a server that chokes on an empty one": {func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				w.WriteHeader(400)
				return
			}
			unmoved("Basic")(w, r)
		}, []string{"Bearer"}, "", "the server offers Basic, and not Bearer"},
	} {
		t.Run(name, func(t *testing.T) {
			g := guard(t, map[string]http.Handler{host: test.handler})
			r, sent, why := g.knock(t, g.as(AuthBearer), host)
			if diff := cmp.Diff(test.arrived, g.seen()); diff != "" {
				t.Errorf("arrived (-want +got):\n%s", diff)
			}
			if sent != test.sent || !strings.HasPrefix(why, test.want) || (test.want == "") != (r.status == 200 && why == "") {
				t.Errorf("status %d, sent %q: %s", r.status, sent, why)
			}
		})
	}
}

// TestAWrongPasswordIsTriedOnce visits many hosts at once.
func TestAWrongPasswordIsTriedOnce(t *testing.T) {
	hosts := func(handler func() http.Handler) map[string]http.Handler {
		all := map[string]http.Handler{}
		for i := range 8 {
			all[fmt.Sprintf("mail%d.contoso.test", i)] = handler()
		}
		return all
	}
	right := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Basic "+basicPair {
			answers(200, "in")(w, r)
			return
		}
		unmoved("Basic")(w, r)
	}
	hangsUp := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			raw("", "")(w, r)
			return
		}
		unmoved("Basic")(w, r)
	}
	forbids := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			w.WriteHeader(403)
			return
		}
		unmoved("Basic")(w, r)
	}
	then := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				w.Header().Set("Location", "/login")
				answers(status, "<html>Who are you?")(w, r)
				return
			}
			unmoved("Basic", "Bearer")(w, r)
		}
	}
	for name, test := range map[string]struct {
		way     Auth
		handler http.HandlerFunc
		tries   int // -1: as many as there are hosts
		want    string
	}{
		"a password that is refused":      {AuthBasic, unmoved("Basic"), 1, "they were refused at https://mail"},
		"a password that is forbidden":    {AuthBasic, forbids, 1, "they were refused at https://mail"},
		"a password that nobody answers":  {AuthBasic, hangsUp, 1, "without a usable answer, and may have been refused"},
		"a password and a login page":     {AuthBasic, then(200), 1, "without a usable answer, and may have been refused"},
		"a password and a way to one":     {AuthBasic, then(302), 1, "without a usable answer, and may have been refused"},
		"a password and nothing there":    {AuthBasic, then(404), 1, "without a usable answer, and may have been refused"},
		"a password that breaks a server": {AuthBasic, then(500), 1, "without a usable answer, and may have been refused"},
		"a token and a login page":        {AuthBearer, then(200), -1, ""},
		"a password that is right":        {AuthBasic, right, -1, ""},
		"a token, which locks nobody out": {AuthBearer, unmoved("Bearer"), -1, "the token was refused"},
		"a ticket, as well":               {AuthNegotiate, unmoved("Negotiate"), -1, "the server refused the Kerberos ticket"},
	} {
		t.Run(name, func(t *testing.T) {
			all := hosts(func() http.Handler { return test.handler })
			g := guard(t, all)
			o := g.as(test.way)
			whys := make(chan string, len(all))
			var work sync.WaitGroup
			for each := range all {
				work.Go(func() {
					_, sent, why := g.knock(t, o, each)
					if sent == "" || test.tries < 0 {
						whys <- why
					}
				})
			}
			work.Wait()
			close(whys)
			tries := test.tries
			if tries < 0 {
				tries = len(all)
			}
			if got := g.seen(); len(got) != tries {
				t.Errorf("%d tries, want %d", len(got), tries)
			}
			for why := range whys {
				if !strings.Contains(why, test.want) || (why == "") != (test.want == "") {
					t.Errorf("%q, want %q", why, test.want)
				}
			}
			before := len(g.seen())
			if _, sent, why := g.knock(t, o, "mail0.contoso.test"); test.tries == 1 && (sent != "" || !strings.Contains(why, test.want) || len(g.seen()) != before) {
				t.Errorf("later: sent %q, %q", sent, why)
			}
			o.User = otherUser
			if _, sent, _ := g.knock(t, o, "mail1.contoso.test"); sent == "" {
				t.Error("another account has to pay for it")
			}
		})
	}
}

func TestAWrongNTLMPasswordIsTriedOnce(t *testing.T) {
	accept := func() hosttest.Acceptor { return &toyAcceptor{toy: toy{password: "another one"}} }
	first, second := signIn("NTLM", accept), signIn("NTLM", accept)
	g := guard(t, map[string]http.Handler{"a.contoso.test": first, "b.contoso.test": second})
	for _, each := range []string{"a.contoso.test", "a.contoso.test", "b.contoso.test"} {
		if r, _, why := g.knock(t, g.as(AuthNTLM), each); r.status != 401 || !strings.Contains(why, "refused") {
			t.Errorf("%s: status %d, %q", each, r.status, why)
		}
	}
	if first.Refusals() != 1 || second.Refusals() != 0 {
		t.Errorf("refused %d and %d times", first.Refusals(), second.Refusals())
	}
}

func TestCheckAuth(t *testing.T) {
	for want, o := range map[string]Options{
		"needs a user and a password":                        {Auth: AuthBasic, User: "ada"},
		"holds a colon":                                      {Auth: AuthBasic, User: "a:b", Password: secret},
		"signing in with NTLM is not possible here":          {Auth: AuthNTLM},
		"signing in with Negotiate is not possible here":     {Auth: AuthNegotiate},
		"needs a token":                                      {Auth: AuthBearer},
		"characters that no bearer token has":                {Auth: AuthBearer, Token: bearerToken + "\r\nX: y"},
		`"kerberos" is not known: none, basic, ntlm, negoti`: {Auth: "kerberos"},
	} {
		err := o.CheckAuth()
		if err == nil || !strings.Contains(err.Error(), want) || o.Password != "" && strings.Contains(err.Error(), o.Password) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := (Options{}).CheckAuth(); err != nil {
		t.Error(err)
	}
}
