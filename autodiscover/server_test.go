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
	"strings"
	"sync"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
)

// instant is when the tests take place.
var instant = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// request is what a server of the tests saw.
type request struct {
	method, host, path, body string
	header                   http.Header
	secure                   bool
}

// world is a set of hosts behind two listeners, one of them secure, told apart by
// name, and by port where a site's name has one. "http://" before a name is a host
// on port 80. records are the SRV records of domains.
type world struct {
	options Options
	records map[string][]*net.SRV
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
func serve(t testing.TB, sites map[string]site) *world {
	t.Helper()
	w := &world{records: map[string][]*net.SRV{}}
	root, key := mint(t, nil, nil, site{names: []string{"Example Root"}})
	other, otherKey := mint(t, nil, nil, site{names: []string{"Another Root"}})
	certificates := map[string]*tls.Certificate{}
	for name, s := range sites {
		host, _, _ := strings.Cut(name, ":")
		if s.names == nil {
			s.names = []string{host}
		}
		issuer, issuerKey := root, key
		if s.untrusted {
			issuer, issuerKey = other, otherKey
		}
		leaf, leafKey := mint(t, issuer, issuerKey, s)
		certificates[host] = &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: leafKey}
	}
	answer := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		w.seen = append(w.seen, request{r.Method, r.Host, r.URL.Path, string(body), r.Header.Clone(), r.TLS != nil})
		w.mu.Unlock()
		name := r.Host
		if r.TLS == nil {
			name = "http://" + name
		}
		sites[name].handler(rw, r)
	})
	secure, plain := httptest.NewUnstartedServer(answer), httptest.NewUnstartedServer(answer)
	secure.TLS = &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		return certificates[hello.ServerName], nil
	}}
	for _, server := range []*httptest.Server{secure, plain} {
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		t.Cleanup(server.Close)
	}
	secure.StartTLS()
	plain.Start()
	pool := x509.NewCertPool()
	pool.AddCert(root)
	w.options = Options{Roots: pool, Timeout: time.Minute, NoMicrosoft365: true, Now: func() time.Time { return instant },
		LookupSRV: func(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
			if found := w.records[name]; found != nil && service == "autodiscover" && proto == "tcp" {
				return "", found, nil
			}
			return "", nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
		},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			w.mu.Lock()
			w.dialled = append(w.dialled, address)
			w.mu.Unlock()
			host, port, _ := net.SplitHostPort(address)
			listener, name := secure.Listener, host
			switch port {
			case "443":
			case "80":
				listener, name = plain.Listener, "http://"+host
			default:
				name = address
			}
			if _, ok := sites[name]; !ok {
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			}
			return (&net.Dialer{}).DialContext(ctx, network, listener.Addr().String())
		}}
	return w
}

// lookUp looks the mailbox up.
func (w *world) lookUp(t testing.TB, o Options) []facts.Answer {
	t.Helper()
	return LookUp(t.Context(), []Subject{{Mailbox: mailbox}}, o)
}

// own are the answers of the mailbox's autodiscover host, of its first URL.
func own(list []facts.Answer) []facts.Answer {
	return pick(list, func(a facts.Answer) bool {
		return a.Step == facts.StepAutodiscoverHost && a.Protocol == facts.POX && a.Hop == 0
	})
}

func pick(list []facts.Answer, take func(facts.Answer) bool) []facts.Answer {
	var kept []facts.Answer
	for _, a := range list {
		if take(a) {
			kept = append(kept, a)
		}
	}
	return kept
}

// to are the requests that a host of the tests saw for a path; "" is any.
func (w *world) to(host, path string) []request {
	var kept []request
	for _, r := range w.requests() {
		if r.host == host && (path == "" || r.path == path) {
			kept = append(kept, r)
		}
	}
	return kept
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
	o.Auth, o.User, o.Password = AuthBasic, `CONTOSO\ada`, secret
	return o
}

const secret = "correct horse battery staple"

// mint makes a certificate: a root where there is no issuer, else a server's.
func mint(t testing.TB, issuer *x509.Certificate, issuerKey ed25519.PrivateKey, s site) (*x509.Certificate, ed25519.PrivateKey) {
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
