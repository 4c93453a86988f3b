package tlsprobe_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/hosttest"
	"exprobe/autodiscover/tlsprobe"
)

var at = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// world is a root, the authority below it that issues, and a pool that trusts the root.
type world struct {
	root, issuing *hosttest.CA
	roots         *x509.CertPool
}

func newWorld(t testing.TB) world {
	t.Helper()
	w := world{roots: x509.NewCertPool()}
	var err error
	if w.root, err = hosttest.NewCA("Contoso Root CA"); err != nil {
		t.Fatal(err)
	}
	if w.issuing, err = w.root.Intermediate("Contoso Issuing CA"); err != nil {
		t.Fatal(err)
	}
	w.roots.AppendCertsFromPEM(w.root.PEM())
	return w
}

// trusted is the trust of a chain that leads to the root.
func (w world) trusted(t testing.TB) facts.Trust {
	t.Helper()
	block, _ := pem.Decode(w.root.PEM())
	return facts.Trust{Trusted: true, Root: "CN=Contoso Root CA", RootThumbprint: fmt.Sprintf("%X", sha256.Sum256(block.Bytes))}
}

func (w world) issue(t testing.TB, spec hosttest.Spec) tls.Certificate {
	t.Helper()
	certificate, err := w.issuing.Issue(spec)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// named is a certificate for one host name.
func (w world) named(t testing.TB, name string) tls.Certificate {
	return w.issue(t, hosttest.Spec{CommonNames: []string{name}, DNSNames: []string{name}})
}

// serve starts one listener for each certificate.
func serve(t testing.TB, certificates ...tls.Certificate) []string {
	t.Helper()
	server, err := hosttest.Serve(http.NotFoundHandler(), certificates...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server.Addrs()
}

// listen runs handle for each connection to a listener of its own.
func listen(t testing.TB, handle func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				handle(conn)
			}()
		}
	}()
	return listener.Addr().String()
}

// listenTLS is a TLS server with any configuration.
func listenTLS(t testing.TB, config *tls.Config) string {
	return listen(t, func(conn net.Conn) { speak(conn, config) })
}

// speak completes a handshake and waits for the client's farewell.
func speak(conn net.Conn, config *tls.Config) {
	config = config.Clone()
	config.SessionTicketsDisabled = true // over a pipe an unread ticket would block
	server := tls.Server(conn, config)
	if server.Handshake() == nil {
		server.Read(make([]byte, 1))
	}
	conn.Close()
}

// zone resolves names from a list.
type zone map[string][]string

func (z zone) resolve(_ context.Context, host string, port int) ([]string, error) {
	if addresses, ok := z[host]; ok {
		return addresses, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

func targets(names ...string) []tlsprobe.Target {
	list := make([]tlsprobe.Target, len(names))
	for i, name := range names {
		list[i] = tlsprobe.Target{Name: name, Port: 443}
	}
	return list
}

// only is the single endpoint of the single host.
func only(t testing.TB, hosts []facts.Host) facts.Endpoint {
	t.Helper()
	if len(hosts) != 1 || !hosts[0].Addresses.Known || len(hosts[0].Addresses.Value) != 1 {
		t.Fatalf("not one host with one address: %+v", hosts)
	}
	return hosts[0].Addresses.Value[0]
}

// summary writes hosts as one line for each address, with ADDRESS for what differs
// between runs.
func summary(hosts []facts.Host) string {
	var b strings.Builder
	for _, h := range hosts {
		name := facts.HostPort(h.Name, h.Port)
		if !h.Addresses.Known {
			fmt.Fprintf(&b, "%s: unknown: %s\n", name, h.Addresses.Why)
		}
		for _, e := range h.Addresses.Value {
			if !e.Served.Known {
				fmt.Fprintf(&b, "%s: unknown: %s\n", name, strings.ReplaceAll(e.Served.Why, e.Address, "ADDRESS"))
				continue
			}
			fmt.Fprintf(&b, "%s: %q\n", name, e.Served.Value.Leaf().CommonNames)
		}
	}
	return b.String()
}

func newPool(pem []byte) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return pool
}
