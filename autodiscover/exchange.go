package autodiscover

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"exprobe/autodiscover/facts"
)

// maxHeaders bounds the bytes of a response's header, which with all of
// Exchange's diagnostics stays far below it.
const maxHeaders = 64 << 10

// exchange is one conversation with one URL: a request, and where it is refused the
// same request again with credentials, on the same connection where the server keeps
// it, which some schemes need. It is a transport without an [http.Client] around it:
// so there are no redirects, no cookies, and no credentials that it was not given.
type exchange struct {
	method string
	url    *url.URL
	body   []byte
	header http.Header

	// refuses is why no credentials may go to the URL; "" lets them.
	refuses string

	// free says that what signs in is a ticket or a token, of which a wrong one does
	// not count against the account.
	free bool

	tls       *tls.ConnectionState // of the last reply; nil over http
	connected bool                 // the last request was written to a connection that stood, over https a verified one

	transport *http.Transport
	held      atomic.Bool
	timeout   time.Duration
	slots     chan struct{}
	address   atomic.Value                        // string; the last address that was connected to, "" through a proxy
	handshake atomic.Pointer[tls.ConnectionState] // of the last connection, though no reply came over it
}

// errConnectionLost says that a connection that was held is gone.
var errConnectionLost = errors.New("the connection was closed")

// newExchange prepares a conversation. named is as in [earned.refuses].
func (c *client) newExchange(method string, u *url.URL, header http.Header, body []byte, named bool) *exchange {
	x := &exchange{method: method, url: u, header: header, body: body, refuses: c.earned.refuses(u, named),
		timeout: c.timeout, slots: c.shared.slots}
	dial := c.options.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	x.transport = &http.Transport{
		Proxy: c.options.Proxy,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if x.held.Load() {
				return nil, errConnectionLost
			}
			conn, err := dial(ctx, network, address)
			if err == nil && address == hostPort(u) {
				x.address.Store(conn.RemoteAddr().String())
			}
			return conn, err
		},
		TLSClientConfig:        &tls.Config{RootCAs: c.options.Roots, Time: c.options.Now},
		MaxConnsPerHost:        1,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeaders,
	}
	return x
}

// hostPort is what a URL's host is dialled as.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// hold keeps the exchange on the connection that it has: where that is closed, send
// fails with errConnectionLost and opens no other.
func (x *exchange) hold() { x.held.Store(true) }

// close ends the conversation.
func (x *exchange) close() { x.transport.CloseIdleConnections() }

// reply is what came back to one request.
type reply struct {
	status  int
	header  http.Header
	body    []byte
	bodyErr error // why the body is not whole
	proved  bool  // beyond TLS, the sign-in proved to the client who the server is
}

// send makes the request once. authorization is the value of that header; there is
// none where it is "". One that the rule does not let go out never does: not to a
// URL that has not earned it, and not before a first reply came over a connection
// with a verified certificate.
func (x *exchange) send(ctx context.Context, authorization string) (reply, error) {
	x.connected = false
	if authorization != "" && (x.refuses != "" || x.tls == nil || len(x.tls.VerifiedChains) == 0) {
		return reply{}, errors.New("credentials were held back: " + x.refuses)
	}
	select {
	case x.slots <- struct{}{}:
		defer func() { <-x.slots }()
	case <-ctx.Done():
		return reply{}, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, x.timeout)
	defer cancel()
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { x.connected = true },
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			if err == nil {
				x.handshake.Store(&state)
			}
		},
	})
	request, err := http.NewRequestWithContext(traced, x.method, x.url.String(), bytes.NewReader(x.body))
	if err != nil {
		return reply{}, err
	}
	request.Header = x.header.Clone()
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := x.transport.RoundTrip(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	x.tls = response.TLS
	r := reply{status: response.StatusCode, header: response.Header}
	if r.status == http.StatusSwitchingProtocols {
		// Its body is the bare connection, which no context bounds.
		r.bodyErr = errors.New("the server switches to another protocol")
		return r, nil
	}
	r.body, r.bodyErr = io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	if ctx.Err() != nil {
		// Hanging up makes the server end the body in good order, which may still
		// arrive: a part would pass for the whole.
		r.bodyErr = ctx.Err()
	}
	return r, nil
}

// secured is what the last connection showed: the certificate that was verified, or
// the one that was refused.
func (x *exchange) secured(err error, why string) facts.Observed[facts.Secured] {
	address, _ := x.address.Load().(string)
	state := x.handshake.Load()
	var refused *tls.CertificateVerificationError
	switch {
	case x.url.Scheme != "https":
		return facts.Observed[facts.Secured]{}
	case errors.As(err, &refused) && len(refused.UnverifiedCertificates) > 0:
		return facts.Known(facts.Secured{Leaf: leaf(refused.UnverifiedCertificates), Why: why, Address: address})
	case state != nil && len(state.PeerCertificates) > 0:
		return facts.Known(facts.Secured{Leaf: leaf(state.PeerCertificates), Verified: true, Address: address})
	}
	return facts.Unknown[facts.Secured](why)
}

func leaf(chain []*x509.Certificate) facts.Certificate { return facts.ParseCertificate(chain[0].Raw) }
