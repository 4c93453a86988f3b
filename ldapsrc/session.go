package ldapsrc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// grace is by how much go-ldap's own timer, whose error has no type, comes after
// the one of within. It only bounds what go-ldap waits for on its own.
const grace = time.Minute

// session is a connection to one directory server.
type session struct {
	server  endpoint
	wire    *wire
	layer   *layer // between the wire and conn where a Kerberos bind has no TLS
	intake  *intake
	conn    client
	timeout time.Duration
	secret  string      // the password, which no error may hold
	secure  bool        // TLS is on
	stop    func() bool // ends the watch over the context

	mu   sync.Mutex
	dead error // why nothing more can be asked
}

// client is go-ldap's connection. It does not see the TLS below the intake.
type client struct {
	*ldap.Conn
	tls *tls.Conn // nil without TLS
}

// TLSConnectionState takes the place of go-ldap's.
func (c client) TLSConnectionState() (state tls.ConnectionState, ok bool) {
	if c.tls == nil {
		return tls.ConnectionState{}, false
	}
	return c.tls.ConnectionState(), true
}

// connect dials a directory server and, where it is told to, makes TLS of it.
// Nothing of go-ldap knows a context, so a context that ends closes the wire.
func connect(ctx context.Context, o Options, server endpoint) (*session, error) {
	opening, cancel := context.WithTimeout(ctx, o.timeout())
	defer cancel()
	raw, err := o.dialer()(opening, "tcp", server.address())
	if err != nil {
		return nil, explainNetwork(errors.Join(context.Cause(opening), err), stageDial)
	}
	s := &session{server: server, wire: newWire(raw), timeout: o.timeout(), secret: o.Password}
	s.stop = context.AfterFunc(ctx, func() { raw.Close() })

	verify := &verifier{host: server.host, options: o}
	var encrypted *tls.Conn
	switch {
	case server.tls || o.StartTLS:
		if o.StartTLS {
			stop := context.AfterFunc(opening, func() { raw.Close() })
			err = s.askForTLS()
			stop()
		}
		if err == nil {
			encrypted = tls.Client(s.wire, verify.config())
			err = encrypted.HandshakeContext(opening)
		}
		if err != nil {
			s.stop()
			raw.Close()
			if o.StartTLS {
				return nil, server.explainPort(explainStartTLS(firstOf(verify.err, explainOpening(opening, err))))
			}
			return nil, server.explainPort(explainNetwork(firstOf(verify.err, context.Cause(opening), err), stageTLS))
		}
		s.start(encrypted, encrypted)
	case o.Bind == BindKerberos:
		s.layer = &layer{Conn: s.wire, fail: s.wire.ended}
		s.start(s.layer, nil)
	default:
		s.start(s.wire, nil)
	}
	return s, nil
}

// startTLS is the request of that name (RFC 4511 4.14.1). go-ldap has one too, which
// puts TLS where the intake would be below it.
const startTLS = "\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"

// askForTLS has a server begin TLS. Of its answer no byte too many is read: what comes
// behind it in clear is the handshake's to refuse.
func (s *session) askForTLS() error {
	if _, err := io.WriteString(s.wire, startTLS); err != nil {
		return err
	}
	answer, err := ber.ReadPacket(s.wire)
	if err != nil {
		return err
	}
	return ldap.GetLDAPError(answer)
}

// explainOpening says why StartTLS failed.
func explainOpening(opening context.Context, err error) error {
	if r, ok := resultOf(err); ok {
		return r
	}
	return explainNetwork(firstOf(context.Cause(opening), err), stageTLS)
}

func (s *session) start(conn net.Conn, encrypted *tls.Conn) {
	s.intake = newIntake(conn, s.wire.ended)
	s.secure = encrypted != nil
	s.conn = client{ldap.NewConn(s.intake, s.secure), encrypted}
	s.conn.SetTimeout(s.timeout + grace)
	s.conn.Start()
}

func (s *session) close() {
	s.stop()
	s.wire.Close() // first, so that go-ldap cannot hang in a write
	s.conn.Close()
}

// within runs one request, and closes the wire when its time is up: a server that
// does not answer in time is not asked again.
func (s *session) within(ctx context.Context, request func() error) error {
	if err := s.lost(); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	stop := context.AfterFunc(limited, func() { s.wire.Close() })
	defer stop()
	err := request()
	if err == nil {
		return nil
	}
	if r, ok := resultOf(err); ok {
		r.forget(s.secret)
		return r
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead == nil { // of requests that run at once, the first to fail knows why
		s.dead = explainNetwork(firstOf(context.Cause(ctx), context.Cause(limited), s.wire.why(), err), stageRequest)
	}
	return s.dead
}

// lost is why nothing more can be asked, or nil.
func (s *session) lost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dead
}

// bind authenticates the connection.
func (s *session) bind(ctx context.Context, o Options) error {
	switch o.Bind {
	case BindAnonymous:
		if err := s.within(ctx, func() error { return s.conn.UnauthenticatedBind("") }); err != nil {
			return fmt.Errorf("binding anonymously: %w", s.explainBind(err, o.Bind))
		}
		return nil
	case BindKerberos:
		return s.bindKerberos(ctx, o)
	case BindNTLM:
		return s.bindNTLM(ctx, o)
	case BindSSPI:
		return s.bindSSPI(ctx, o)
	}
	if err := s.within(ctx, func() error { return s.conn.Bind(o.User, o.Password) }); err != nil {
		return fmt.Errorf("binding as %s: %w", printable(o.User), s.explainBind(err, o.Bind))
	}
	return nil
}

// verifier checks the server's certificate in crypto/tls's place, as its
// documentation shows for VerifyConnection, and keeps the error: the reason decides
// what to advise.
type verifier struct {
	host    string
	options Options
	err     error
}

func (v *verifier) config() *tls.Config {
	config := &tls.Config{
		ServerName:         v.host,
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // verify does it, unless the operator said not to
	}
	if !v.options.Insecure {
		config.VerifyConnection = v.verify
	}
	return config
}

func (v *verifier) verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("the server sent no certificate")
	}
	opts := x509.VerifyOptions{
		Roots:         v.options.Roots,
		DNSName:       v.host,
		Intermediates: x509.NewCertPool(),
	}
	if v.options.Now != nil {
		opts.CurrentTime = v.options.Now()
	}
	for _, cert := range state.PeerCertificates[1:] {
		opts.Intermediates.AddCert(cert)
	}
	_, v.err = state.PeerCertificates[0].Verify(opts)
	return v.err
}

// firstOf is the first error that is not nil: the one that knows the cause.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
