package autodiscover

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/hosttest"
)

// gatehouse is a set of hosts that sign clients in, each with a server of its own.
type gatehouse struct {
	options      Options
	certificates map[string]*x509.Certificate
	common       *shared

	mu      sync.Mutex
	dials   int
	arrived []string // Authorization values
}

// guard starts the hosts. Their certificates are signed with ECDSA and SHA-256: those
// of Ed25519 have no channel binding.
func guard(t *testing.T, hosts map[string]http.Handler) *gatehouse {
	t.Helper()
	g := &gatehouse{certificates: map[string]*x509.Certificate{}, common: newShared()}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pool, addresses := x509.NewCertPool(), map[string]string{}
	for name, handler := range hosts {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
			NotBefore: instant.AddDate(-1, 0, 0), NotAfter: instant.AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		if g.certificates[name], err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		pool.AddCert(g.certificates[name])
		server, err := hosttest.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if value := r.Header.Get("Authorization"); value != "" {
				g.mu.Lock()
				g.arrived = append(g.arrived, value)
				g.mu.Unlock()
			}
			handler.ServeHTTP(w, r)
		}), tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Close() })
		addresses[name] = server.Addrs()[0]
	}
	g.options = Options{User: `CONTOSO\ada`, Password: secret, Token: bearerToken, Roots: pool, Timeout: time.Minute,
		Now: func() time.Time { return instant },
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			g.mu.Lock()
			g.dials++
			g.mu.Unlock()
			host, _, _ := net.SplitHostPort(address)
			return new(net.Dialer).DialContext(ctx, network, addresses[host])
		}}
	g.options.NTLM = func(_ string, binding []byte) SecurityContext { return &toy{password: secret, binding: binding} }
	g.options.Negotiate = func(_ string, binding []byte) SecurityContext {
		return &toy{password: secret, binding: binding, ticket: true}
	}
	for _, user := range []string{g.options.User, otherUser} {
		newClient(Options{User: user}, Subject{}, "", g.common).openGate()
	}
	return g
}

const otherUser = `CONTOSO\bob`

const bearerToken = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"

// as are the options for a way to sign in.
func (g *gatehouse) as(way Auth) Options {
	o := g.options
	o.Auth = way
	return o
}

// seen are the Authorization values that arrived so far.
func (g *gatehouse) seen() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string{}, g.arrived...)
}

// knock asks a host, and signs in where it wants that. held says why nobody is.
func (g *gatehouse) knock(t *testing.T, o Options, host string) (r reply, sent, held string) {
	t.Helper()
	c, x := g.meet(t, o, host)
	defer x.close()
	r, err := x.send(t.Context(), "")
	if err != nil {
		t.Errorf("the first request to %s: %v", host, err)
		return r, "", ""
	}
	if r.status != http.StatusUnauthorized {
		return r, "", ""
	}
	r, sent, held, err = c.authorizeOnce(t.Context(), host, "", x, r, func(body []byte) (facts.Response, error) {
		if string(body) != "in" {
			return facts.Response{}, errors.New("no document")
		}
		return facts.Response{}, nil
	})
	if err != nil {
		held = c.explain(t.Context(), err)
	}
	return r, sent, held
}

// meet prepares to ask a host that may have credentials.
func (g *gatehouse) meet(t *testing.T, o Options, host string) (*client, *exchange) {
	t.Helper()
	c := newClient(o, Subject{Mailbox: mailbox}, "contoso.test", g.common)
	u, err := url.Parse("https://" + host + "/autodiscover/autodiscover.xml")
	if err != nil {
		t.Fatal(err)
	}
	x := c.newExchange(http.MethodPost, u, requestHeader(mailbox, facts.ViewRPC), requestBody(mailbox), false)
	x.refuses = ""
	return c, x
}

// toy is a mechanism of the tests: a hello, a challenge and its answer, which is
// keyed with the password and bound to the connection. With a ticket it is over
// after the first message, which the server answers with a proof of itself.
type toy struct {
	password string
	binding  []byte
	ticket   bool
	endless  bool // it has an answer to everything
	steps    int
	proved   bool
	closed   bool
}

func (m *toy) Next(_ context.Context, token []byte) ([]byte, bool, error) {
	m.steps++
	switch {
	case m.endless:
		return []byte("and?"), false, nil
	case m.ticket && m.steps == 1:
		return m.answer([]byte("ticket")), false, nil
	case m.ticket:
		if !bytes.Equal(token, m.answer([]byte("proof"))) {
			return nil, false, errors.New("the server proves nothing")
		}
		m.proved = true
		return nil, true, nil
	case m.steps == 1:
		return []byte("hello"), false, nil
	case m.steps == 2:
		return m.answer(token), true, nil
	}
	return nil, true, errors.New("the handshake is over")
}

func (m *toy) answer(challenge []byte) []byte {
	h := hmac.New(sha256.New, []byte(m.password))
	h.Write(challenge)
	h.Write(m.binding)
	return h.Sum(nil)
}

func (m *toy) Ticket() bool { return m.ticket }
func (m *toy) Proved() bool { return m.proved }
func (m *toy) Close()       { m.closed = true }

// toyAcceptor is the server's side.
type toyAcceptor struct {
	toy
	challenged bool
	silent     bool // it proves nothing of itself
	impostor   bool
}

func (a *toyAcceptor) Accept(token []byte) ([]byte, bool, error) {
	switch {
	case a.ticket && hmac.Equal(token, a.answer([]byte("ticket"))):
		if a.silent {
			return nil, true, nil
		}
		if a.impostor {
			return []byte("believe me"), true, nil
		}
		return a.answer([]byte("proof")), true, nil
	case !a.ticket && !a.challenged && string(token) == "hello":
		a.challenged = true
		return []byte("challenge"), false, nil
	case !a.ticket && a.challenged && hmac.Equal(token, a.answer([]byte("challenge"))):
		return nil, true, nil
	}
	return nil, false, errors.New("refused")
}
