package tlsprobe

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"exprobe/autodiscover/facts"
)

const (
	// maxHandshakeBytes is twice what crypto/tls takes for the largest Certificate
	// message; a real handshake is a few KiB.
	maxHandshakeBytes = 512 << 10

	// maxGlance is that for the first flight alone, with the largest Certificate
	// message.
	maxGlance = maxMessage + 64<<10

	// maxChain is how many certificates of a chain are kept and judged; real chains
	// have five at most.
	maxChain = 16
)

var errFlood = errors.New("more bytes than any handshake needs")

// handshake completes a TLS handshake in the name of a host, which proves that the
// server holds the certificate's key.
func (p *prober) handshake(ctx context.Context, conn net.Conn, name string) (seen, error) {
	defer bound(ctx, conn)()
	asked := false
	client := tls.Client(&capped{Conn: conn, left: maxHandshakeBytes}, &tls.Config{
		ServerName: sni(name),

		// Every certificate is to be seen, the wrong ones most of all, so nothing is
		// refused here; trust, names and dates are judged afterwards. It gives
		// nothing away: no request and no credential follows this handshake.
		InsecureSkipVerify: true,
		MinVersion:         tls.VersionTLS10, // Exchange 2010 and 2013 on old Windows speak nothing newer
		CipherSuites:       p.suites,
		NextProtos:         protocols,

		// No ML-KEM key share: it would take a fifth to a third of the time and split
		// the hello in two packets. The last two cost nothing until a server asks.
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},

		// A TLS 1.2 server that insists on a client certificate breaks off after this,
		// but has been seen.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = true
			return new(tls.Certificate), nil
		},
	})
	err := client.Handshake() // with a context it would cost a goroutine
	state := client.ConnectionState()
	if err == nil {
		client.Close() // with a farewell, so that the server logs no broken connection
	}
	if why, ok := unreadable(err); ok {
		return seen{version: state.Version, asks: asked, unreadable: why}, nil
	}
	if err != nil && !asked || len(state.PeerCertificates) == 0 {
		return seen{}, cmp.Or(err, errNoCertificate)
	}
	s := seen{version: state.Version, suite: state.CipherSuite, alpn: state.NegotiatedProtocol, stapled: len(state.OCSPResponse) > 0,
		asks: asked, leaf: state.PeerCertificates[0]}
	for _, certificate := range state.PeerCertificates[:min(len(state.PeerCertificates), maxChain)] {
		s.chain = append(s.chain, certificate.Raw)
	}

	// The request for a client certificate comes after the server has signed the
	// exchange; the old RSA key exchange alone has no signature, and proves the key
	// with its last message.
	s.cut = len(state.PeerCertificates) > maxChain
	s.proven = err == nil || !strings.HasPrefix(suiteName(s.suite), "TLS_RSA_")
	s.broken = err
	return s, nil
}

// seen is what a handshake, or a hello, showed: not judged yet, since the connection
// should not wait for that.
type seen struct {
	version, suite        uint16
	alpn                  string
	stapled, asks, proven bool
	cut                   bool              // the chain was longer
	chain                 [][]byte          // as sent, cut after maxChain
	unproven              string            // broken in words
	leaf                  *x509.Certificate // the first of the chain, where it was parsed already
	broken                error             // why the handshake did not come to its end after a client certificate was asked for
	unreadable            string            // why the chain could not be parsed, where nothing else is known of it
}

// served judges what was seen.
func (s seen) served(c *chains) facts.Served {
	served := facts.Served{Version: versionName(s.version), ALPN: s.alpn, Proven: s.proven, Stapled: s.stapled, AsksForOwn: s.asks, Unproven: s.unproven}
	if s.unreadable != "" {
		served.Chain = []facts.Certificate{{Unreadable: s.unreadable}}
		served.Trust = facts.Unknown[facts.Trust]("a certificate that was sent could not be parsed: " + s.unreadable)
		return served
	}
	served.Cipher = suiteName(s.suite)
	found := c.judge(s.chain, s.leaf)
	served.Chain, served.Trust = found.chain, found.trust
	if s.cut && served.Trust.Known && !served.Trust.Value.Trusted { // with the rest it might be
		served.Trust = facts.Unknown[facts.Trust](fmt.Sprintf("the server sends more than %d certificates, of which only the first %d were looked at", maxChain, maxChain))
	}
	return served
}

// greet sends a hello and reads up to the certificates.
func greet(ctx context.Context, conn net.Conn, name string, o offer) (seen, error) {
	defer bound(ctx, conn)()
	if _, err := conn.Write(o.clientHello(sni(name))); err != nil {
		return seen{}, err
	}
	s, err := readFlight(&capped{Conn: conn, left: maxGlance}, o.version)
	if err == nil {
		conn.Write(farewell) // that it did not arrive is nobody's loss
	}
	return s, err
}

// bound ends what waits at a connection when a context ends. It is not the deadline
// of the connection, which could pass a moment before the context knows of it.
func bound(ctx context.Context, conn net.Conn) (stop func() bool) {
	return context.AfterFunc(ctx, func() { conn.SetDeadline(longAgo) })
}

// longAgo as a deadline ends all that waits at a connection.
var longAgo = time.Unix(1, 0)

// farewell is the alert that ends a connection in good order, so that the server
// logs no broken one.
var farewell = []byte{recordAlert, 3, 1, 0, 2, 1, 0}

// unreadable says why crypto/tls could not parse a certificate of the chain. It
// parses all of them before any call-back runs, so nothing else is known of them.
func unreadable(err error) (why string, ok bool) {
	if err == nil {
		return "", false
	}
	_, why, ok = strings.Cut(err.Error(), "failed to parse certificate from server: ")
	return short(why), ok
}

func versionName(version uint16) string {
	if version == 0 {
		return ""
	}
	return tls.VersionName(version)
}

// allSuites are all that crypto/tls can speak, those that it does not offer by
// itself included: old Windows servers know no others.
func allSuites() []uint16 {
	var ids []uint16
	for _, suites := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, suite := range suites {
			ids = append(ids, suite.ID)
		}
	}
	return ids
}

// capped is a connection that ends when its peer has sent too much.
type capped struct {
	net.Conn
	left int
}

func (c *capped) Read(b []byte) (int, error) {
	if c.left <= 0 {
		return 0, errFlood
	}
	n, err := c.Conn.Read(b[:min(len(b), c.left)])
	c.left -= n
	return n, err
}
