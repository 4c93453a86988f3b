package ldaptest

import (
	"crypto/subtle"
	"crypto/tls"
	"net"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// Diagnostics as domain controllers word them; clients match on the result code
// and on the word after "data".
const (
	diagnosticSigning = "00002028: LdapErr: DSID-0C090256, comment: The server requires binds to turn on " +
		"integrity checking if SSL\\TLS are not already active on the connection, data 0, v3839"
	diagnosticPassword = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1"
	diagnosticNoTLS    = "00000000: LdapErr: DSID-0C090E17, comment: Error initializing SSL/TLS, data 0, v3839"
)

// client is one connection.
type client struct {
	server    *Server
	conn      net.Conn
	secure    bool
	anonymous bool

	negotiate, challenge []byte // of an NTLM bind
}

// answer answers one request; it is false where the connection ends.
func (c *client) answer(r request) bool {
	switch r.op.Tag {
	case bindRequest:
		return c.send(r.reply(bindResponse, c.bind(r.op)))
	case searchRequest:
		return c.send(c.server.search(r, c.anonymous)...)
	case abandonRequest: // requests are answered in turn: there is nothing to abandon
		return true
	case extendedRequest:
		return c.extended(r)
	case unbindRequest:
		return false
	}
	return c.send(r.reply(r.op.Tag+1, result{code: unwillingToPerform, diagnostic: "this directory is read only"}))
}

func (c *client) send(packets ...*ber.Packet) bool {
	for _, p := range packets {
		if _, err := c.conn.Write(p.Bytes()); err != nil {
			return false
		}
	}
	return true
}

func (c *client) bind(op *ber.Packet) result {
	c.anonymous = true
	if len(op.Children) < 3 {
		return result{code: protocolError, diagnostic: errMalformed.Error()}
	}
	name, auth := text(op.Children[1]), op.Children[2]
	if c.server.options.NTLM != nil && auth.ClassType == ber.ClassContext && (auth.Tag == sicilyNegotiate || auth.Tag == sicilyResponse) {
		return c.sicily(auth)
	}
	if auth.Tag != 0 || auth.ClassType != ber.ClassContext {
		return result{code: authNotSupported, diagnostic: "only simple binds are served"}
	}
	password := text(auth)
	o := c.server.options
	switch {
	case name == "" && password == "":
		return result{}
	case o.RequireSigning && !c.secure:
		return result{code: strongerAuth, diagnostic: diagnosticSigning}
	case password == "": // RFC 4513 5.1.2: an unauthenticated bind should be refused
		return result{code: unwillingToPerform, diagnostic: "a bind with a name and no password"}
	}
	if o.Refuse != nil {
		if code, diagnostic := o.Refuse(name); code != success {
			return result{code: code, diagnostic: diagnostic}
		}
	}
	if o.Users != nil && !o.knows(name, password) {
		return result{code: invalidCredentials, diagnostic: diagnosticPassword}
	}
	c.anonymous = false
	return result{}
}

func (o Options) knows(name, password string) bool {
	for user, secret := range o.Users {
		if strings.EqualFold(user, name) {
			return subtle.ConstantTimeCompare([]byte(secret), []byte(password)) == 1
		}
	}
	return false
}

// extended answers an extended request, of which StartTLS is the only one known.
func (c *client) extended(r request) bool {
	if len(r.op.Children) == 0 || text(r.op.Children[0]) != oidStartTLS {
		return c.send(r.reply(extendedResponse, result{code: protocolError, diagnostic: "this extended operation is not known"}))
	}
	switch {
	case c.secure:
		return c.send(r.reply(extendedResponse, result{code: operationsError, diagnostic: "TLS is on already"}))
	case !c.server.options.StartTLS:
		return c.send(r.reply(extendedResponse, result{code: unavailable, diagnostic: diagnosticNoTLS}))
	}
	if !c.send(r.reply(extendedResponse, result{})) {
		return false
	}
	c.conn, c.secure, c.anonymous = tls.Server(c.conn, c.server.options.TLS), true, true
	return true
}
