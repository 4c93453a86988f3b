package autodiscover

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// instant is when the tests take place.
var instant = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// request is what a server of the tests saw.
type request struct {
	method, host, path, body string
	header                   http.Header
}

// world is a set of HTTPS hosts behind one listener, told apart by name.
type world struct {
	options Options
	mu      sync.Mutex
	seen    []request
	dialled []string
}

// site is one host: what it answers, and what is wrong with its certificate.
type site struct {
	handler   http.HandlerFunc
	names     []string // in its certificate; nil means its own name
	expired   bool
	untrusted bool
}

// serve makes a world of the sites; a name that is not among them does not resolve.
func serve(t *testing.T, sites map[string]site) *world {
	t.Helper()
	w := &world{}
	root, key := mint(t, nil, nil, site{names: []string{"Example Root"}})
	other, otherKey := mint(t, nil, nil, site{names: []string{"Another Root"}})
	certificates := map[string]*tls.Certificate{}
	for name, s := range sites {
		if s.names == nil {
			s.names = []string{name}
		}
		issuer, issuerKey := root, key
		if s.untrusted {
			issuer, issuerKey = other, otherKey
		}
		leaf, leafKey := mint(t, issuer, issuerKey, s)
		certificates[name] = &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: leafKey}
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		w.seen = append(w.seen, request{r.Method, r.Host, r.URL.Path, string(body), r.Header.Clone()})
		w.mu.Unlock()
		sites[r.TLS.ServerName].handler(rw, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		return certificates[hello.ServerName], nil
	}}
	server.StartTLS()
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(root)
	w.options = Options{Roots: pool, Timeout: time.Minute, Now: func() time.Time { return instant },
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			w.mu.Lock()
			w.dialled = append(w.dialled, address)
			w.mu.Unlock()
			host, port, _ := net.SplitHostPort(address)
			if _, ok := sites[host]; !ok || port != "443" {
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			}
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		}}
	return w
}

// requests are what the servers saw so far.
func (w *world) requests() []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]request(nil), w.seen...)
}

// withBasic are the world's options with credentials.
func (w *world) withBasic() Options {
	o := w.options
	o.Basic, o.User, o.Password = true, `CONTOSO\ada`, secret
	return o
}

const secret = "correct horse battery staple"

// mint makes a certificate: a root where there is no issuer, else a server's.
func mint(t *testing.T, issuer *x509.Certificate, issuerKey ed25519.PrivateKey, s site) (*x509.Certificate, ed25519.PrivateKey) {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, s.names[0])
	key := ed25519.NewKeyFromSeed(seed)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: s.names[0]},
		NotBefore: instant.AddDate(-1, 0, 0), NotAfter: instant.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: s.names,
	}
	if s.expired {
		template.NotAfter = instant.AddDate(0, 0, -1)
	}
	if issuer == nil {
		template.DNSNames, template.ExtKeyUsage = nil, nil
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
		issuer, issuerKey = template, key
	}
	der, err := x509.CreateCertificate(nil, template, issuer, key.Public(), issuerKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key
}
