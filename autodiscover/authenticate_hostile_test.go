package autodiscover

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"
)

// then answers the first message of a handshake with one handler, and what comes
// after it with another. Until it begins the server offers NTLM.
func then(first, later http.HandlerFunc) http.HandlerFunc {
	hello := "NTLM " + base64.StdEncoding.EncodeToString([]byte("hello"))
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Authorization") {
		case "":
			unmoved("NTLM")(w, r)
		case hello:
			first(w, r)
		default:
			later(w, r)
		}
	}
}

// closing answers and closes the connection, with or without saying so.
func closing(says bool, offer string) http.HandlerFunc {
	line := ""
	if says {
		line = "Connection: close\r\n"
	}
	return raw("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n"+line+"WWW-Authenticate: "+offer+"\r\n\r\n", "")
}

// TestBrokenHandshakes has servers, and things between, that do it wrong. The
// password stays where it is unless the server has it already, nobody is asked
// twice, and the reason comes with a next step.
func TestBrokenHandshakes(t *testing.T) {
	challenge := "NTLM " + base64.StdEncoding.EncodeToString([]byte("challenge"))
	tooLong := "NTLM " + strings.Repeat("A", 45_000)
	const either = "?" // whether the client wrote before it saw the end
	const proxy = "audit the server itself with --connect-to"
	for name, test := range map[string]struct {
		handler    http.HandlerFunc
		endless    bool
		most       int // messages that arrive
		sent       string
		want, hint string
	}{
		"a 401 that closes": {closing(true, "NTLM"), false, 0, "", "the connection was closed in the NTLM handshake", "keep connections alive"},
		"a 401 that closes without a word": {closing(false, "NTLM"), false, 0, "",
			"the connection was closed in the NTLM handshake", "keep connections alive"},
		"a challenge that closes": {then(closing(true, challenge), nil), false, 1, "",
			"the connection was closed in the NTLM handshake", "keep connections alive"},
		"a challenge that closes without a word": {then(closing(false, challenge), nil), false, 1, either,
			"the connection was closed in the NTLM handshake", "keep connections alive"},
		"no answer to the proof": {then(unmoved(challenge), raw("", "")), false, 2, "NTLM",
			"the connection was closed in the NTLM handshake", "keep connections alive"},
		"no challenge": {then(unmoved("NTLM", "Basic"), nil), false, 1, "", "does not answer its first message with a challenge (it offers NTLM, Basic)", proxy},
		"another challenge in the end": {then(unmoved(challenge), unmoved(challenge)), false, 2, "NTLM",
			"answers the last message of the NTLM handshake with a new challenge", "give it affinity"},
		"a question without end": {unmoved(challenge), true, maxRounds, "", "did not end after 4 rounds", proxy},
		"a token that is none":   {then(unmoved("NTLM ?!*"), nil), false, 1, "", "with a token that is not base64", proxy},
		"half a token":           {then(unmoved("NTLM TlRMTVNTU"), nil), false, 1, "", "with a token that is not base64", proxy},
		"a long token":           {then(unmoved(tooLong), nil), false, 1, "", "with a token of more than 32768 bytes", proxy},
		"a token of a megabyte":  {then(unmoved("NTLM "+strings.Repeat("A", 1<<20)), nil), false, 1, "", "a header of more than 65536 bytes", proxy},
		"a challenge that cannot be used": {then(unmoved("NTLM bm8="), unmoved("NTLM")), false, 2, "NTLM",
			"the NTLM credentials were refused", "DOMAIN\\user"},
		"a page without end": {then(raw("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: "+challenge+"\r\n\r\n", strings.Repeat("a", 1024)), nil), false, 1, "",
			"the connection was closed in the NTLM handshake", "keep connections alive"},
	} {
		t.Run(name, func(t *testing.T) {
			g := guard(t, map[string]http.Handler{host: test.handler})
			o := g.as(AuthNTLM)
			var made *toy
			o.NTLM = func(_ string, binding []byte) SecurityContext {
				made = &toy{password: secret, binding: binding, endless: test.endless}
				return made
			}
			_, sent, why := g.knock(t, o, host)
			if !strings.Contains(why, test.want) || !strings.Contains(why, test.hint) || sent != test.sent && test.sent != either {
				t.Errorf("sent %q, %q\nwant %q and %q", sent, why, test.want, test.hint)
			}
			if got := len(g.seen()); got > test.most {
				t.Errorf("%d messages arrived, want at most %d", got, test.most)
			}
			if g.dials != 1 {
				t.Errorf("%d connections", g.dials)
			}
			if made == nil || !made.closed {
				t.Error("the context was not closed")
			}
		})
	}
}

func TestAHandshakeThatDripsEndsInTime(t *testing.T) {
	release := make(chan struct{})
	g := guard(t, map[string]http.Handler{host: then(func(w http.ResponseWriter, r *http.Request) { <-release }, nil)})
	t.Cleanup(func() { close(release) })
	c, x := g.meet(t, g.as(AuthNTLM), host)
	r, err := x.send(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	x.timeout = time.Millisecond
	if _, _, err := c.authorize(t.Context(), x, r); err == nil || !strings.Contains(c.explain(t.Context(), err), "no whole answer came within") {
		t.Errorf("%v", err)
	}
}

// TestNothingIsSentWithoutAVerifiedCertificate asks the law at the last door, behind
// the one of the transport.
func TestNothingIsSentWithoutAVerifiedCertificate(t *testing.T) {
	for _, way := range []Auth{AuthBasic, AuthNTLM, AuthNegotiate, AuthBearer} {
		g := guard(t, map[string]http.Handler{host: unmoved("Basic, NTLM, Negotiate, Bearer")})
		c, x := g.meet(t, g.as(way), host)
		r, err := x.send(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		x.tls.VerifiedChains = nil
		if _, sent, err := c.authorize(t.Context(), x, r); sent != "" || err == nil || !strings.Contains(err.Error(), "is not verified") {
			t.Errorf("%s: sent %q, %v", way, sent, err)
		}
		x.tls = nil
		if _, sent, err := c.authorize(t.Context(), x, r); sent != "" || err == nil {
			t.Errorf("%s over http: sent %q, %v", way, sent, err)
		}
		if got := g.seen(); len(got) != 0 {
			t.Errorf("%s: arrived %q", way, got)
		}
		x.close()
	}
}

// TestAnswersThatRepeatCredentials has a server that sends them back in one way of
// writing after another.
func TestAnswersThatRepeatCredentials(t *testing.T) {
	const password = `pa&ss "wörd" +/?`
	wide := func(s string) string {
		var b strings.Builder
		for _, unit := range utf16.Encode([]rune(s)) {
			b.WriteByte(byte(unit))
			b.WriteByte(byte(unit >> 8))
		}
		return b.String()
	}
	pair := base64.StdEncoding.EncodeToString([]byte("ada:" + password))
	for name, r := range map[string]reply{
		"the password":                  {body: []byte("<Server>" + password + "</Server>")},
		"in XML":                        {body: []byte("pa&amp;ss &#34;wörd&#34; +/?")},
		"in HTML":                       {body: []byte(html.EscapeString(password))},
		"in JSON":                       {body: []byte(`{"p":"pa\u0026ss \"wörd\" +/?"}`)},
		"in a URL":                      {header: http.Header{"Location": {"https://evil.test/?p=" + url.QueryEscape(password)}}},
		"in a path":                     {header: http.Header{"Location": {"https://evil.test/" + url.PathEscape(password)}}},
		"in a header":                   {header: http.Header{"X-Diagnostics": {password}}},
		"in the name of a header":       {header: http.Header{"X-" + pair: {""}}},
		"in a challenge":                {header: http.Header{"Www-Authenticate": {`Basic realm="` + pair + `"`}}},
		"as it was sent":                {body: []byte("Authorization: Basic " + pair)},
		"in base64":                     {body: []byte(base64.StdEncoding.EncodeToString([]byte(password)))},
		"in base64 inside another text": {body: []byte(base64.StdEncoding.EncodeToString([]byte("1234" + password + "567")))},
		"in base64 of URLs":             {body: []byte(base64.RawURLEncoding.EncodeToString([]byte("12" + password + "567")))},
		"in hexadecimal":                {body: []byte(hex.EncodeToString([]byte(password)))},
		"the token":                     {body: []byte("x" + bearerToken + "x")},
		"the token in UTF-16":           {body: []byte(wide("<a>" + bearerToken + "</a>"))},
		"a message of a handshake":      {body: []byte("VGhpcyBpcyBhIHByb29m")},
	} {
		c := newClient(Options{User: "ada", Password: password, Token: bearerToken}, Subject{}, "", newShared())
		c.shared.vault.add("VGhpcyBpcyBhIHByb29m")
		if !c.echoes(r) {
			t.Errorf("%s is kept", name)
		}
	}
	c := newClient(Options{User: "ada", Password: "secret"}, Subject{}, "", newShared())
	if c.echoes(reply{body: []byte("the secret of a good answer, for ada@contoso.test")}) {
		t.Error("a short password is found by chance")
	}
}

// TestEchoesEndTheSignIn has servers that repeat what they were sent, each in its
// own place.
func TestEchoesEndTheSignIn(t *testing.T) {
	for name, echo := range map[string]http.HandlerFunc{
		"in a body": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Header.Get("Authorization")) },
		"in a redirect": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://evil.test/?"+url.QueryEscape(r.Header.Get("Authorization")))
			w.WriteHeader(302)
		},
		"in a refusal": func(w http.ResponseWriter, r *http.Request) {
			_, sent, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			unmoved(fmt.Sprintf(`Bearer error="invalid_token", error_description=%q`, sent), "Basic", "NTLM "+sent, "Negotiate "+sent)(w, r)
		},
		"in a line that is none": func(w http.ResponseWriter, r *http.Request) {
			_, sent, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			raw("HTTP/1.1 "+sent+strings.Repeat("x", maxQuote)+"\r\n\r\n", "")(w, r)
		},
	} {
		for _, way := range []Auth{AuthBasic, AuthNTLM, AuthNegotiate, AuthBearer} {
			t.Run(name+" "+string(way), func(t *testing.T) {
				g := guard(t, map[string]http.Handler{host: func() http.HandlerFunc {
					hello := "NTLM " + base64.StdEncoding.EncodeToString([]byte("hello"))
					return func(w http.ResponseWriter, r *http.Request) {
						switch r.Header.Get("Authorization") {
						case "":
							unmoved("Basic", "NTLM", "Negotiate", "Bearer")(w, r)
						case hello:
							unmoved("NTLM Y2hhbGxlbmdl")(w, r)
						default:
							echo(w, r)
						}
					}
				}()})
				r, sent, why := g.knock(t, g.as(way), host)
				if sent != way.scheme() || !strings.Contains(why, "repeats the credentials") {
					t.Errorf("sent %q, %q", sent, why)
				}
				seen := g.seen()
				_, message, _ := strings.Cut(seen[len(seen)-1], " ")
				if text := fmt.Sprint(r, string(r.body), why); strings.Contains(text, message[:20]) || strings.Contains(text, secret) {
					t.Errorf("the credentials stand in %s", text)
				}
			})
		}
	}
}

func FuzzServerToken(f *testing.F) {
	f.Add("NTLM TlRMTVNTUAACAAAA")
	f.Add(`Basic realm="a, NTLM bm8=",NTLM , ntlm bm8=`)
	f.Add(`Bearer realm="x\"y", error=invalid_token,error_description="z"`)
	f.Fuzz(func(t *testing.T, header string) {
		token, err := serverToken([]string{header}, "NTLM")
		if len(token) > maxServerToken || err != nil && token != nil {
			t.Errorf("%d bytes, %v", len(token), err)
		}
		if token != nil && !offers(schemes([]string{header}), "NTLM") {
			t.Errorf("a token of a scheme that %q does not offer", header)
		}
		for name, value := range parametersOf([]string{header}, "Bearer") {
			if !isToken(name) || len(value) > len(header) {
				t.Errorf("%q: parameter %q is %q", header, name, value)
			}
		}
	})
}

// TestCredentialsThatAreRepeatedLater has a server that keeps what it was sent, and
// writes it into the answer to a request that carried nothing.
func TestCredentialsThatAreRepeatedLater(t *testing.T) {
	var mu sync.Mutex
	kept, sent := "", make(chan struct{})
	w := serve(t, map[string]site{host: {handler: func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" && r.Header.Get("X-MapiHttpCapability") != "" {
			select { // the two views are asked at once: the one without credentials comes after the other's
			case <-sent:
			case <-r.Context().Done():
			}
		}
		mu.Lock()
		defer mu.Unlock()
		switch credentials := r.Header.Get("Authorization"); {
		case credentials != "":
			if kept == "" {
				close(sent)
			}
			_, kept, _ = strings.Cut(credentials, " ")
			answers(200, sample("<Type>EXPR</Type>"))(w, r)
		case kept != "":
			answers(200, sample("<Type>EXPR</Type><Server>"+kept+"</Server>"))(w, r)
		default:
			unmoved("Basic")(w, r)
		}
	}}})
	list := own(w.lookUp(t, w.withBasic()))
	if len(list) != 2 || list[0].CredentialsSent != "Basic" || !list[0].Response.Known {
		t.Fatalf("%+v", list)
	}
	if text := fmt.Sprintf("%+v", list); kept == "" || strings.Contains(text, kept) || !strings.Contains(list[1].Response.Why, "repeats the credentials") {
		t.Errorf("%q in %s", kept, text)
	}
}
