package autodiscover

import (
	"context"
	"crypto"
	_ "crypto/sha256" // for channelBinding
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
)

const (
	// maxRounds is how often a server may ask during one handshake. NTLM has two
	// rounds, Kerberos one.
	maxRounds = 4

	// maxServerToken is the longest token of a server that is decoded, in bytes. An
	// NTLM challenge has some three hundred, Kerberos' proof two hundred.
	maxServerToken = 32 << 10
)

var (
	errTokenText = errors.New("a token that is not base64")
	errTokenLong = fmt.Errorf("a token of more than %d bytes", maxServerToken)
)

// handshake signs in over the very connection that the refusal came over: NTLM and
// Negotiate sign in a connection and not a request (RFC 4559 6), and are bound to
// the certificate that was seen on it. sent names the scheme once something went out
// that proves who the client is.
func (c *client) handshake(ctx context.Context, x *exchange, scheme string, s SecurityContext, refused reply) (r reply, sent string, err error) {
	x.hold()
	host := x.tls.ServerName
	r = refused
	var token []byte
	for range maxRounds {
		message, done, err := s.Next(ctx, token)
		if err != nil {
			return r, sent, contextFailed(scheme, host, err)
		}
		if len(message) == 0 {
			return r, sent, outOfStep(scheme)
		}
		var next reply
		if text := base64.StdEncoding.EncodeToString(message); done || s.Ticket() {
			next, sent, err = c.sendSecret(ctx, x, scheme, text)
		} else {
			next, err = x.send(ctx, scheme+" "+text)
		}
		if err != nil {
			if errors.Is(err, errEchoed) {
				r = next
			}
			return r, sent, broken(ctx, scheme, err)
		}
		r = next
		offers := r.header.Values("WWW-Authenticate")
		token, err = serverToken(offers, scheme)
		if err != nil {
			return reply{status: r.status}, sent, badToken(scheme, err)
		}
		if r.status != http.StatusUnauthorized {
			return c.signedIn(ctx, host, scheme, s, r, token, done, sent)
		}
		switch {
		case token != nil && done:
			return r, sent, newChallenge(scheme)
		case token == nil && sent == "":
			return r, sent, noChallenge(scheme, schemes(offers))
		case token == nil && s.Ticket():
			return r, sent, ticketRefused(host)
		case token == nil:
			return r, sent, credentialsRefused(scheme)
		}
	}
	return r, sent, tooManyRounds(scheme)
}

// signedIn gives the server's last token to the context, where one came that it
// waits for. A server that then cannot prove itself is not believed.
func (c *client) signedIn(ctx context.Context, host, scheme string, s SecurityContext, r reply, token []byte, done bool, sent string) (reply, string, error) {
	if token != nil && !done {
		if _, _, err := s.Next(ctx, token); err != nil {
			return reply{status: r.status}, sent, contextFailed(scheme, host, err)
		}
	}
	r.proved = s.Proved()
	return r, sent, nil
}

// serverToken is the token that a server sends with a scheme, or nil. One header may
// hold several challenges (see schemes).
func serverToken(headers []string, scheme string) ([]byte, error) {
	for _, header := range headers {
		for _, item := range splitUnquoted(header) {
			name, text, _ := strings.Cut(item, " ")
			text = strings.TrimSpace(text)
			if !strings.EqualFold(name, scheme) || text == "" {
				continue
			}
			if len(text) > base64.StdEncoding.EncodedLen(maxServerToken) {
				return nil, errTokenLong
			}
			token, err := base64.StdEncoding.DecodeString(text)
			if err != nil || len(token) == 0 {
				return nil, errTokenText
			}
			return token, nil
		}
	}
	return nil, nil
}

// channelBinding is the application data of the channel binding
// tls-server-end-point: the certificate's hash by the hash function of its own
// signature, and by SHA-256 in place of MD5 and SHA-1 (RFC 5929 4.1). It is nil
// where the signature has no such function, as Ed25519.
func channelBinding(cert *x509.Certificate) []byte {
	var function crypto.Hash
	switch cert.SignatureAlgorithm {
	case x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1,
		x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.DSAWithSHA256, x509.ECDSAWithSHA256:
		function = crypto.SHA256
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		function = crypto.SHA384
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		function = crypto.SHA512
	default:
		return nil
	}
	h := function.New()
	h.Write(cert.Raw)
	return h.Sum([]byte("tls-server-end-point:"))
}

// connectionLost says that an error is the end of a connection, and not of time.
func connectionLost(err error) bool {
	return errors.Is(err, errConnectionLost) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
