package tlsprobe_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/tlsprobe"
)

func TestNameThatCannotBeResolvedSaysWhy(t *testing.T) {
	for _, test := range []struct {
		name    string
		target  tlsprobe.Target
		resolve func(context.Context, string, int) ([]string, error)
		want    string
	}{
		{"unknown", tlsprobe.Target{Name: "mail.contoso.com", Port: 443}, zone{}.resolve,
			"mail.contoso.com does not resolve here: no such host; give its address with --resolve mail.contoso.com:443:ADDRESS"},
		{"without address", tlsprobe.Target{Name: "mail.contoso.com", Port: 443}, zone{"mail.contoso.com": nil}.resolve,
			"mail.contoso.com has no address; give its address with --resolve mail.contoso.com:443:ADDRESS"},
		{"server fault", tlsprobe.Target{Name: "mail.contoso.com", Port: 444},
			func(context.Context, string, int) ([]string, error) {
				return nil, &net.DNSError{Err: "server misbehaving", Name: "mail.contoso.com", Server: "127.0.0.53:53"}
			},
			"resolving mail.contoso.com: server misbehaving; give its address with --resolve mail.contoso.com:444:ADDRESS"},
		{"other fault", tlsprobe.Target{Name: "mail.contoso.com", Port: 443},
			func(context.Context, string, int) ([]string, error) {
				return nil, errors.New(strings.Repeat("ü", 1000))
			},
			"resolving mail.contoso.com: " + strings.Repeat("ü", 150) + "…; give its address with --resolve mail.contoso.com:443:ADDRESS"},
		{"no answer", tlsprobe.Target{Name: "mail.contoso.com", Port: 443},
			func(ctx context.Context, _ string, _ int) ([]string, error) { <-ctx.Done(); return nil, ctx.Err() },
			"mail.contoso.com could not be resolved within 20ms; raise --timeout, or give its address with --resolve mail.contoso.com:443:ADDRESS"},
		{"not an address", tlsprobe.Target{Name: "mail.contoso.com", Port: 443}, zone{"mail.contoso.com": {"owa.contoso.com:443"}}.resolve,
			`resolving mail.contoso.com gave "owa.contoso.com:443", which is not an address and a port`},
		{"no name", tlsprobe.Target{Name: ".", Port: 443}, zone{}.resolve, "the host name is empty"},
		{"no port", tlsprobe.Target{Name: "mail.contoso.com", Port: 65536}, zone{}.resolve,
			"65536 is not a TCP port, so mail.contoso.com was not probed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			hosts := tlsprobe.Probe(t.Context(), []tlsprobe.Target{test.target}, tlsprobe.Options{Resolve: test.resolve, Dial: noRoute, At: at, Timeout: 20 * time.Millisecond})
			if diff := cmp.Diff(facts.Unknown[[]facts.Endpoint](test.want), hosts[0].Addresses); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEndpointThatCannotBeSeenSaysWhy(t *testing.T) {
	w := newWorld(t)
	certificate := w.named(t, "mail.contoso.com")
	hello := func(conn net.Conn) { conn.Read(make([]byte, 4096)) } // the client's, whole
	for _, test := range []struct {
		name    string
		address string
		want    string
	}{
		{"nothing listens", closedPort(t),
			"ADDRESS refuses connections: nothing listens there; check address and port, or name another address with --resolve"},
		{"plain HTTP", listen(t, func(conn net.Conn) {
			hello(conn)
			io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
		}), "ADDRESS answers in plain HTTP and not in TLS; check the port and the binding"},
		{"another protocol", listen(t, func(conn net.Conn) {
			io.WriteString(conn, "220 mail.contoso.com ESMTP\r\n")
			hello(conn)
		}), "ADDRESS does not speak TLS: its first bytes are no TLS record; check the port"},
		{"no certificate for the name", listenTLS(t, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }}),
			`ADDRESS refused the TLS handshake for mail.contoso.com with the alert "unrecognized name"; it has no certificate for this name: check the binding`},
		{"no protocol in common", listen(t, alert(70)),
			`ADDRESS refused the TLS handshake for mail.contoso.com with the alert "protocol version not supported"; it speaks no version of TLS from 1.0 to 1.3`},
		{"no cipher suite in common", listen(t, alert(40)),
			`ADDRESS refused the TLS handshake for mail.contoso.com with the alert "handshake failure"; it shares no cipher suite with this program, or has no certificate for this name`},
		{"another alert", listen(t, alert(80)),
			`ADDRESS refused the TLS handshake for mail.contoso.com with the alert "internal error"; look at the log of the server`},
		{"SSL 3.0", listen(t, func(conn net.Conn) {
			hello(conn)
			body := append([]byte{3, 0}, make([]byte, 32)...) // version and random
			body = append(body, 0, 0, 5, 0)                   // session, suite, compression
			conn.Write(append([]byte{22, 3, 0, 0, byte(len(body) + 4), 2, 0, 0, byte(len(body))}, body...))
		}), "ADDRESS speaks no version of TLS from 1.0 to 1.3; look at its certificate on the server"},
		{"closed without a word", listen(t, hello),
			"ADDRESS closed the connection in the TLS handshake for mail.contoso.com; servers do so that have no certificate for the name: check the binding"},
		{"reset", listen(t, func(conn net.Conn) { hello(conn); conn.(*net.TCPConn).SetLinger(0) }),
			"ADDRESS closed the connection in the TLS handshake for mail.contoso.com; servers do so that have no certificate for the name: check the binding"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			// Beside it a healthy host, which must not notice.
			z := zone{"mail.contoso.com": {test.address}, "owa.contoso.com": serve(t, certificate)}
			hosts := tlsprobe.Probe(t.Context(), targets("mail.contoso.com", "owa.contoso.com"),
				tlsprobe.Options{Resolve: z.resolve, Roots: w.roots, At: at, Timeout: time.Minute})
			want := "mail.contoso.com:443: unknown: " + test.want + "\nowa.contoso.com:443: [\"mail.contoso.com\"]\n"
			if diff := cmp.Diff(want, summary(hosts)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestListenerThatNeverSpeaksCostsItsTimeout(t *testing.T) {
	address := listen(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
	hosts := tlsprobe.Probe(t.Context(), targets("mail.contoso.com"), tlsprobe.Options{
		Resolve: zone{"mail.contoso.com": {address}}.resolve, At: at, Timeout: 50 * time.Millisecond})
	if e := only(t, hosts); e.Served.Known || !strings.Contains(e.Served.Why, "within 50ms") {
		t.Errorf("got %+v, want a time-out", e.Served)
	}
}

func alert(code byte) func(net.Conn) {
	return func(conn net.Conn) {
		conn.Read(make([]byte, 4096))
		conn.Write([]byte{21, 3, 3, 0, 2, 2, code}) // a fatal alert
		conn.Read(make([]byte, 1))
	}
}

// closedPort is an address at which nothing listens any more.
func closedPort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// counted counts what a connection reads.
type counted struct {
	net.Conn
	read *int
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	*c.read += n
	return n, err
}

func TestFloodEndsEarly(t *testing.T) {
	for name, flood := range map[string][]byte{
		"zeros":             make([]byte, 16<<10),
		"handshake records": append([]byte{22, 3, 3, 0x40, 0, 2, 0, 0xff, 0xff}, make([]byte, 16<<10-4)...),
		"warnings":          {21, 3, 3, 0, 2, 1, 90},
		"empty records":     {22, 3, 3, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			read := 0
			address := listen(t, func(conn net.Conn) {
				for {
					if _, err := conn.Write(flood); err != nil {
						return
					}
				}
			})
			hosts := tlsprobe.Probe(t.Context(), targets("mail.contoso.com"), tlsprobe.Options{
				Resolve: zone{"mail.contoso.com": {address}}.resolve,
				At:      at,
				Timeout: time.Minute,
				Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
					conn, err := new(net.Dialer).DialContext(ctx, network, address)
					return counted{conn, &read}, err
				},
			})
			e := only(t, hosts)
			if e.Served.Known || strings.Contains(e.Served.Why, "within") {
				t.Errorf("got %+v, want an early end", e.Served)
			}
			if read > 512<<10 {
				t.Errorf("read %d bytes", read)
			}
		})
	}
}
