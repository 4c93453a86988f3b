package ldaptest

import (
	"errors"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// Object identifiers.
const (
	oidPagedResults = "1.2.840.113556.1.4.319" // RFC 2696
	oidStartTLS     = "1.3.6.1.4.1.1466.20037" // RFC 4511 4.14
)

// Result codes (RFC 4511 appendix A).
const (
	success             = 0
	operationsError     = 1
	protocolError       = 2
	sizeLimitExceeded   = 4
	authNotSupported    = 7
	strongerAuth        = 8
	criticalUnavailable = 12
	noSuchObject        = 32
	invalidDNSyntax     = 34
	invalidCredentials  = 49
	unavailable         = 52
	unwillingToPerform  = 53
)

// Application tags (RFC 4511 4.2 to 4.14).
const (
	bindRequest      = 0
	bindResponse     = 1
	unbindRequest    = 2
	searchRequest    = 3
	searchEntry      = 4
	searchDone       = 5
	abandonRequest   = 16
	extendedRequest  = 23
	extendedResponse = 24
)

// Scopes of a search.
const (
	scopeBase    = 0
	scopeOne     = 1
	scopeSubtree = 2
)

var errMalformed = errors.New("a malformed request")

// result is an LDAPResult.
type result struct {
	code       int
	matched    string
	diagnostic string
}

// request is one LDAPMessage from the client.
type request struct {
	id       int64
	op       *ber.Packet
	controls []*ber.Packet
}

func parseRequest(p *ber.Packet) (request, error) {
	if len(p.Children) < 2 {
		return request{}, errMalformed
	}
	id, ok := p.Children[0].Value.(int64)
	if !ok || p.Children[1].ClassType != ber.ClassApplication {
		return request{}, errMalformed
	}
	r := request{id: id, op: p.Children[1]}
	if len(p.Children) > 2 {
		r.controls = p.Children[2].Children
	}
	return r, nil
}

// control is one control of a request.
type control struct {
	oid      string
	critical bool
	value    []byte
}

func parseControl(p *ber.Packet) (control, error) {
	if len(p.Children) == 0 {
		return control{}, errMalformed
	}
	c := control{oid: text(p.Children[0])}
	for _, child := range p.Children[1:] {
		switch child.Tag {
		case ber.TagBoolean:
			c.critical, _ = child.Value.(bool)
		case ber.TagOctetString:
			c.value = child.Data.Bytes()
		}
	}
	return c, nil
}

// reply is a response that ends an operation.
func (r request) reply(tag ber.Tag, res result, controls ...*ber.Packet) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, res.code, ""))
	op.AppendChild(octets(res.matched))
	op.AppendChild(octets(res.diagnostic))
	return r.message(op, controls...)
}

func (r request) message(op *ber.Packet, controls ...*ber.Packet) *ber.Packet {
	m := ber.NewSequence("")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, r.id, ""))
	m.AppendChild(op)
	if len(controls) > 0 {
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		for _, c := range controls {
			list.AppendChild(c)
		}
		m.AppendChild(list)
	}
	return m
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}
