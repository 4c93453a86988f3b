package ldapsrc

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/spnego"
	"github.com/jcmturner/gokrb5/v8/types"

	"exprobe/autodiscover/hosttest"
)

const webHost = "mail.contoso.com"

// webContext is a context whose ticket is there already, and the other end.
func webContext(t testing.TB, binding []byte) (SecurityContext, *acceptor) {
	t.Helper()
	tickets, err := NewTickets(Options{User: "alice@contoso.com", Password: "Password"})
	if err != nil {
		t.Fatal(err)
	}
	n, a := newNegotiation([16]byte{}, true)
	tickets.tgt = &outcome{}
	tickets.services["HTTP/"+webHost] = &outcome{ticket: n.service}
	return tickets.Negotiate(strings.ToUpper(webHost)+".", binding), a
}

// opens begins the handshake, and lets the acceptor read what is in SPNEGO, as
// gokrb5 understands that.
func opens(t *testing.T, s SecurityContext, a *acceptor) {
	t.Helper()
	first, done, err := s.Next(t.Context(), nil)
	if err != nil || done {
		t.Fatalf("done %v, error %v", done, err)
	}
	var token spnego.SPNEGOToken
	if err := token.Unmarshal(first); err != nil || !token.Init {
		t.Fatalf("%x: %v", first, err)
	}
	init := token.NegTokenInit
	if len(init.MechTypes) != 1 || init.MechTypes[0].String() != "1.2.840.113554.1.2.2" {
		t.Errorf("mechanisms %v, want Kerberos alone", init.MechTypes)
	}
	a.reads(t, init.MechTokenBytes)
}

// negResp is the server's answer.
func negResp(t testing.TB, state int, mechanism asn1.ObjectIdentifier, token []byte) []byte {
	t.Helper()
	b, err := asn1.MarshalWithParams(negTokenResp{State: asn1.Enumerated(state), Mechanism: mechanism, Token: token}, "explicit,tag:1")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNegotiateContext(t *testing.T) {
	binding := []byte("tls-server-end-point:0123456789abcdef")
	s, a := webContext(t, binding)
	opens(t, s, a)
	if sum := bindingSum(binding); !bytes.Equal(a.auth.Cksum.Checksum[4:20], sum[:]) {
		t.Errorf("the checksum %x does not hold the binding", a.auth.Cksum.Checksum)
	}
	if s.Proved() || !s.Ticket() {
		t.Error("the server has proved nothing yet, and a ticket went out")
	}
	reply, done, err := s.Next(t.Context(), negResp(t, negAcceptCompleted, kerberosOld, a.proves(t, a.auth.CTime, a.auth.Cusec)))
	if err != nil || !done || reply != nil || !s.Proved() {
		t.Errorf("reply %x, done %v, proved %v, error %v", reply, done, s.Proved(), err)
	}
	s.Close()
}

func TestNegotiateContextRefuses(t *testing.T) {
	ntlm := asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 2, 10}
	for name, test := range map[string]struct {
		answer     func(t *testing.T, a *acceptor) []byte
		want, hint string // none: no error, and no proof
	}{
		"another key": {func(t *testing.T, a *acceptor) []byte {
			a.session.KeyValue = bytes.Repeat([]byte{4}, 32)
			return negResp(t, negAcceptCompleted, kerberosMechanism, a.proves(t, a.auth.CTime, a.auth.Cusec))
		}, "could not prove that it has the key of HTTP/" + webHost, "setspn -Q HTTP/" + webHost},
		"another moment": {func(t *testing.T, a *acceptor) []byte {
			return negResp(t, negAcceptCompleted, kerberosMechanism, a.proves(t, a.auth.CTime, a.auth.Cusec+1))
		}, "could not prove", "setspn"},
		"a Kerberos error": {func(t *testing.T, a *acceptor) []byte {
			return negResp(t, negReject, kerberosMechanism, gssToken(t, tokenError, krbError(t, 41, nil)))
		}, "cannot read the ticket for HTTP/" + webHost, "setspn -Q HTTP/" + webHost},
		"another clock": {func(t *testing.T, a *acceptor) []byte {
			return negResp(t, negReject, kerberosMechanism, gssToken(t, tokenError, krbError(t, 37, nil)))
		}, "clock is too far", "time server"},
		"a rejection": {func(t *testing.T, a *acceptor) []byte {
			return negResp(t, negReject, nil, nil)
		}, "rejects Kerberos", "Extended Protection"},
		"a wish for NTLM": {func(t *testing.T, a *acceptor) []byte {
			return negResp(t, negRequestMIC, ntlm, nil)
		}, "another mechanism than Kerberos", "unasked"},
		"a challenge of NTLM": {func(t *testing.T, a *acceptor) []byte {
			return ntlmTestChallenge(t)
		}, "another mechanism than Kerberos", "unasked"},
		"a proof in no form": {func(t *testing.T, a *acceptor) []byte {
			return negResp(t, negAcceptCompleted, kerberosMechanism, []byte("believe me"))
		}, "Kerberos message is malformed", "NTLM"},
		"no SPNEGO": {func(t *testing.T, a *acceptor) []byte { return []byte("believe me") }, "answer to Negotiate is malformed", "NTLM"},
		"too much": {func(t *testing.T, a *acceptor) []byte {
			return negResp(t, negAcceptCompleted, kerberosMechanism, make([]byte, maxToken))
		}, "answer to Negotiate is malformed", "NTLM"},
		"no proof": {func(t *testing.T, a *acceptor) []byte { return negResp(t, negAcceptCompleted, kerberosMechanism, nil) }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, a := webContext(t, nil)
			opens(t, s, a)
			_, done, err := s.Next(t.Context(), test.answer(t, a))
			if s.Proved() {
				t.Error("it is believed")
			}
			if test.want == "" {
				if err != nil || !done {
					t.Errorf("done %v, error %v", done, err)
				}
				return
			}
			wantFailure(t, err, test.want, test.hint)
		})
	}
}

// TestNegTokenResp reads what other programs write.
func TestNegTokenResp(t *testing.T) {
	for text, want := range map[string]negTokenResp{
		// accept-completed with Kerberos and no token, as MIT Kerberos writes it
		"a1143012a0030a0100a10b06092a864886f712010202": {State: negAcceptCompleted, Mechanism: kerberosMechanism},
		// with the mechanism as Windows writes it, and a token
		"a11a 3018 a0030a0101 a10b06092a864882f712010202 a204 04026869": {
			State: 1, Mechanism: kerberosOld, Token: []byte("hi")},
		"a1053003a0010a":     {},                 // half a state
		"a1073005a0030a0109": {},                 // a state that is none
		"a1023000":           {State: negUnsaid}, // nothing said
		"a102300000":         {},                 // and something after it
	} {
		got, err := parseNegTokenResp(fromHex(t, text))
		if diff := cmp.Diff(want, got); diff != "" || (err == nil) == cmp.Equal(want, negTokenResp{}) {
			t.Errorf("%s: %v\n%s", text, err, diff)
		}
	}
}

func TestContextsForHostsThatHaveNone(t *testing.T) {
	tickets, err := NewTickets(Options{User: "alice@contoso.com", Password: "Password"})
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"", "192.0.2.1", "2001:db8::1", "a b", "mail.contoso.com/x"} {
		if tickets.Negotiate(host, nil) != nil {
			t.Errorf("there is a context for %q", host)
		}
	}
	if NewNTLMContext(Options{User: "alice"}, nil) != nil {
		t.Error("there is a context without a password")
	}
}

func TestTicketsNeedAnAccount(t *testing.T) {
	for _, test := range []struct {
		options    Options
		want, hint string
	}{
		{Options{}, "needs a user with a password or a keytab", "--auth-user"},
		{Options{User: "alice", Password: "Password"}, "realm is not known", "--bind-realm"},
		{Options{User: `CONTOSO\alice`, Password: "Password"}, "realm is not known", "user@domain"},
		{Options{User: "alice@contoso.com", Keytab: "/nowhere"}, "the keytab /nowhere", "--auth-user"},
	} {
		_, err := NewTickets(test.options)
		wantFailure(t, err, test.want, test.hint)
	}
}

// TestAWrongKerberosPasswordIsTriedOnce has many connections that want a ticket at
// the same time, and a key distribution center that has an answer for one of them.
func TestAWrongKerberosPasswordIsTriedOnce(t *testing.T) {
	aes256 := types.ETypeInfo2Entry{EType: etypeID.AES256_CTS_HMAC_SHA1_96, Salt: "CONTOSO.COMalice"}
	tickets, err := NewTickets(Options{User: "alice@contoso.com", Password: "Password",
		Dial: kdcDial(t, framed(demand(t, aes256)), framed(krbError(t, 24, nil)), framed(demand(t, aes256)), framed(krbError(t, 6, nil)))})
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			_, _, err := tickets.Negotiate(webHost, nil).Next(t.Context(), nil)
			if err == nil || !strings.Contains(err.Error(), "the password of alice@CONTOSO.COM is wrong (Kerberos error 24)") || !RefusedCredentials(err) {
				t.Errorf("%v", err)
			}
		})
	}
	work.Wait()
}

func TestTicketsEndWithTheirContext(t *testing.T) {
	tickets, err := NewTickets(Options{User: "alice@contoso.com", Password: "Password", Dial: kdcDial(t)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := tickets.Negotiate(webHost, nil).Next(ctx, nil); err != context.Canceled {
		t.Errorf("%v", err)
	}
	if tickets.tgt != nil {
		t.Error("that is remembered for good")
	}
}

// TestNTLMContext signs in to a server that verifies every part of NTLMv2.
func TestNTLMContext(t *testing.T) {
	config, roots := signed(t)
	leaf := config.Certificates[0].Certificate[0]
	bound := sha256.Sum256(leaf)
	right := append([]byte("tls-server-end-point:"), bound[:]...)
	for name, test := range map[string]struct {
		user, password string
		binding        []byte
		status         int
	}{
		"with the binding":    {`contoso\ALICE`, "Password", right, 200},
		"without a binding":   {`CONTOSO\alice`, "Password", nil, 401},
		"with another":        {`CONTOSO\alice`, "Password", []byte("tls-server-end-point:x"), 401},
		"with a wrong secret": {`CONTOSO\alice`, "password", right, 401},
		"as somebody else":    {`CONTOSO\bob`, "Password", right, 401},
	} {
		for _, scheme := range []string{"NTLM", "Negotiate"} { // the messages are the same
			t.Run(name+" under "+scheme, func(t *testing.T) {
				domain := hosttest.NTLM{Users: map[string][]byte{`CONTOSO\alice`: fromHex(t, passwordHash)}, Certificate: leaf, RequireBinding: true}
				door := &hosttest.SignIn{Offers: []string{scheme}, Accept: map[string]func() hosttest.Acceptor{scheme: domain.Acceptor},
					Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})}
				server, err := hosttest.Serve(door, config.Certificates[0])
				if err != nil {
					t.Fatal(err)
				}
				defer server.Close()
				web := func() *http.Transport {
					return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "dc1.contoso.com", Time: instant}, MaxConnsPerHost: 1}
				}
				s := NewNTLMContext(Options{User: test.user, Password: test.password, Now: instant}, test.binding)
				mine := web()
				status := signInOver(t, mine, "https://"+server.Addrs()[0], scheme, s)
				if status != test.status || s.Ticket() || s.Proved() {
					t.Errorf("status %d, want %d", status, test.status)
				}
				if refused := 0; status == 401 {
					if refused = door.Refusals(); refused != 1 {
						t.Errorf("refused %d times", refused)
					}
					return
				}
				for connection, want := range map[*http.Transport]int{mine: 200, web(): 401} {
					if status := ask(t, connection, "https://"+server.Addrs()[0], ""); status.StatusCode != want {
						t.Errorf("status %d, want %d: a connection is signed in, and not its neighbour", status.StatusCode, want)
					}
				}
			})
		}
	}
}

// signInOver drives a context over a transport, and gives the last status.
func signInOver(t *testing.T, web *http.Transport, url, scheme string, s SecurityContext) int {
	t.Helper()
	var token []byte
	for range 3 {
		message, done, err := s.Next(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		response := ask(t, web, url, scheme+" "+base64.StdEncoding.EncodeToString(message))
		_, text, _ := strings.Cut(response.Header.Get("WWW-Authenticate"), " ")
		if token, err = base64.StdEncoding.DecodeString(text); err != nil {
			t.Fatal(err)
		}
		if done || response.StatusCode != 401 {
			return response.StatusCode
		}
	}
	return 0
}

func ask(t *testing.T, web *http.Transport, url, authorization string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := web.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil { // an unread one would cost the connection
		t.Fatal(err)
	}
	return response
}

func TestNTLMContextRefuses(t *testing.T) {
	s := NewNTLMContext(Options{User: `CONTOSO\alice`, Password: "Pässwörd \U0001f511"}, nil)
	if _, _, err := s.Next(t.Context(), ntlmTestChallenge(t)); err == nil {
		t.Error("it answers before it began")
	}
	if _, _, err := s.Next(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.Next(t.Context(), []byte("NTLMSSP\x00nonsense"))
	wantFailure(t, err, "the server's NTLM challenge cannot be used", "--auth")
	if _, _, err := s.Next(t.Context(), ntlmTestChallenge(t)); err == nil {
		t.Error("it goes on after that")
	}
	// MD4 of the UTF-16 of the password, made with another program.
	if got := s.(*ntlmContext).hash; got != passwordHashUnicode {
		t.Errorf("hash %s", got)
	}
}

// passwordHashUnicode is of a password with letters beyond ASCII and beyond 16 bits.
const passwordHashUnicode = "93ee79f24cced65cd4ad901a92c10569"

func FuzzNegotiateAnswer(f *testing.F) {
	s, _ := webContext(f, nil)
	if _, _, err := s.Next(f.Context(), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(negResp(f, negAcceptCompleted, kerberosMechanism, gssToken(f, tokenAPRep, []byte("message"))))
	f.Add(negResp(f, negReject, kerberosOld, nil))
	f.Add(ntlmTestChallenge(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, _ := webContext(t, nil)
		if _, _, err := s.Next(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		reply, done, err := s.Next(t.Context(), b)
		if s.Proved() || reply != nil || done && err != nil {
			t.Errorf("nobody with the key said %x: proved %v, reply %x, error %v", b, s.Proved(), reply, err)
		}
	})
}

func FuzzNTLMContext(f *testing.F) {
	f.Add(ntlmTestChallenge(f))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := NewNTLMContext(Options{User: `CONTOSO\alice`, Password: "Password", Now: instant}, []byte("tls-server-end-point:x"))
		if _, _, err := s.Next(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		message, done, err := s.Next(t.Context(), raw)
		sum := bindingSum([]byte("tls-server-end-point:x"))
		if !done || err == nil && !bytes.Contains(message, sum[:]) || bytes.Contains(message, []byte(hex.EncodeToString(fromHex(t, passwordHash)))) {
			t.Errorf("%x: done %v, %x, %v", raw, done, message, err)
		}
	})
}
