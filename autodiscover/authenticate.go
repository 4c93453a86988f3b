package autodiscover

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Auth is how a client signs in. It is one way and never a list of them: where a
// server does not offer it, nothing is sent, so that nobody can lead a client from
// Negotiate or NTLM down to Basic.
type Auth string

// The ways to sign in. The zero value is AuthNone.
const (
	AuthNone      Auth = "none"
	AuthBasic     Auth = "basic"     // RFC 7617
	AuthNTLM      Auth = "ntlm"      // MS-NTHT
	AuthNegotiate Auth = "negotiate" // RFC 4559
	AuthBearer    Auth = "bearer"    // RFC 6750
)

// scheme is the name in HTTP, or "" of AuthNone and of one that is not known.
func (a Auth) scheme() string {
	switch a {
	case AuthBasic:
		return "Basic"
	case AuthNTLM:
		return "NTLM"
	case AuthNegotiate:
		return "Negotiate"
	case AuthBearer:
		return "Bearer"
	}
	return ""
}

// SecurityContext is the client's side of one sign-in over one connection. Its
// errors hold no secret; one that has a next step has a method Hint() string.
type SecurityContext interface {
	// Next takes the server's token, nil at first, and gives the next one. done says
	// that none is expected after it.
	Next(ctx context.Context, token []byte) (reply []byte, done bool, err error)

	// Ticket says that what is sent proves a ticket and not a password: then a
	// refusal does not count against the account.
	Ticket() bool

	// Proved says that the server has proved who it is.
	Proved() bool

	Close()
}

// CheckAuth finds mistakes of usage in how to sign in, before anything is sent.
func (o Options) CheckAuth() error {
	switch o.Auth {
	case "", AuthNone:
	case AuthBasic:
		switch {
		case o.User == "" || o.Password == "":
			return &refusal{what: "Basic authentication needs a user and a password", hint: "give both"}
		case strings.Contains(o.User, ":"):
			return &refusal{what: "the user holds a colon, which Basic authentication cannot send (RFC 7617 2)",
				hint: `write the user as DOMAIN\user or user@domain`}
		}
	case AuthNTLM, AuthNegotiate:
		if o.contexts() == nil {
			return &refusal{what: "signing in with " + o.Auth.scheme() + " is not possible here",
				hint: "choose another way to sign in"}
		}
	case AuthBearer:
		switch {
		case o.Token == "":
			return &refusal{what: "bearer authentication needs a token", hint: "give one by a file or by the environment"}
		case strings.ContainsFunc(o.Token, func(r rune) bool { return !isToken68(r) }):
			return &refusal{what: "the token holds characters that no bearer token has (RFC 6750 2.1)",
				hint: "check that the file holds the token alone, on one line"}
		}
	default:
		return fmt.Errorf("the way to sign in %q is not known: none, basic, ntlm, negotiate or bearer", clean(string(o.Auth)))
	}
	return nil
}

func isToken68(r rune) bool {
	return r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~+/=", r)
}

func (o Options) contexts() func(host string, binding []byte) SecurityContext {
	if o.Auth == AuthNTLM {
		return o.NTLM
	}
	return o.Negotiate
}

// signsIn says whether there are credentials at all.
func (c *client) signsIn() bool { return c.options.Auth.scheme() != "" }

// chosen is the scheme to answer a 401 with: the one asked for, where it is offered;
// or "". Exchange offers Bearer only to who asks (see bearer).
func (c *client) chosen(offered []string) string {
	scheme := c.options.Auth.scheme()
	if c.options.Auth == AuthBearer || offers(offered, scheme) {
		return scheme
	}
	return ""
}

// lacking says why nothing is chosen.
func (c *client) lacking(offered []string) error {
	if !c.signsIn() {
		return notAsked(offered)
	}
	return notOffered(c.options.Auth.scheme(), offered)
}

// authorize answers a 401: it repeats the request on the same connection in the way
// that was asked for, where the server offers that. sent names the scheme whose
// credentials went out, "" where none did. The error says why nobody is signed in;
// then r is the last answer that there was. It is called where the rule lets
// credentials go to the URL, one call at a time until a server has taken them, and
// not again after a server has refused them (see verdictOf).
func (c *client) authorize(ctx context.Context, x *exchange, refused reply) (r reply, sent string, err error) {
	offered := schemes(refused.header.Values("WWW-Authenticate"))
	scheme := c.chosen(offered)
	if scheme == "" {
		return refused, "", c.lacking(offered)
	}
	if err := c.options.CheckAuth(); err != nil {
		return refused, "", err
	}
	if x.tls == nil || len(x.tls.VerifiedChains) == 0 {
		return refused, "", errNotVerified
	}
	switch c.options.Auth {
	case AuthBasic:
		pair := c.options.User + ":" + c.options.Password
		return c.present(ctx, x, scheme, base64.StdEncoding.EncodeToString([]byte(pair)), refused)
	case AuthBearer:
		x.free = true
		r, sent, err = c.bearer(ctx, x, scheme, refused, offered)
		return r, sent, free(err)
	}
	host := x.tls.ServerName
	s := c.options.contexts()(host, channelBinding(x.tls.PeerCertificates[0]))
	if s == nil {
		return refused, "", noContext(scheme, host)
	}
	defer s.Close()
	r, sent, err = c.handshake(ctx, x, scheme, s, refused)
	if s.Ticket() {
		x.free, err = true, free(err)
	}
	return r, sent, err
}

// sendSecret sends credentials, and keeps no answer that repeats them. sent names
// the scheme once they were on their way.
func (c *client) sendSecret(ctx context.Context, x *exchange, scheme, credentials string) (r reply, sent string, err error) {
	c.shared.vault.add(credentials)
	r, err = x.send(ctx, scheme+" "+credentials)
	if x.connected {
		sent = scheme
	}
	if err == nil && c.echoes(r) {
		return reply{status: r.status}, sent, errEchoed
	}
	return r, sent, err
}

// present sends credentials that are whole in one request.
func (c *client) present(ctx context.Context, x *exchange, scheme, credentials string, refused reply) (reply, string, error) {
	r, sent, err := c.sendSecret(ctx, x, scheme, credentials)
	switch {
	case errors.Is(err, errEchoed):
		return r, sent, err
	case err != nil:
		return refused, sent, err
	case r.status == http.StatusUnauthorized && c.options.Auth == AuthBearer:
		return r, sent, tokenRefused(x.tls.ServerName, r.header.Values("WWW-Authenticate"))
	case r.status == http.StatusUnauthorized:
		return r, sent, credentialsRefused(scheme)
	}
	return r, sent, nil
}

// bearer sends the token. Exchange offers Bearer only to a client that first sends
// an empty Bearer header (MS-XOAUTH 3.2.5.4), so a server that does not offer it is
// asked with one.
func (c *client) bearer(ctx context.Context, x *exchange, scheme string, refused reply, offered []string) (reply, string, error) {
	if !offers(offered, scheme) {
		r, err := x.send(ctx, scheme)
		if err != nil {
			return refused, "", err
		}
		if r.status != http.StatusUnauthorized || !offers(schemes(r.header.Values("WWW-Authenticate")), scheme) {
			return refused, "", notOffered(scheme, offered)
		}
	}
	return c.present(ctx, x, scheme, c.options.Token, refused)
}
