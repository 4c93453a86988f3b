package facts

import (
	"crypto/x509/pkix"
	"encoding/hex"
	"net/netip"
)

// The attributes of a Subject that are principals, as the octets of their object
// identifiers.
const (
	attributeCommonName = "\x55\x04\x03"                         // 2.5.4.3
	attributeEmail      = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01" // 1.2.840.113549.1.9.1
)

// subject fills the common names and e-mail addresses in, in their order. They are
// taken from the attributes themselves and not from pkix.Name, whose CommonName is
// the last of several.
func (c *Certificate) subject(name []byte) bool {
	return eachAttribute(name, func(kind []byte, value string) {
		switch string(kind) {
		case attributeCommonName:
			c.CommonNames = append(c.CommonNames, value)
		case attributeEmail:
			c.SubjectEmails = append(c.SubjectEmails, value)
		}
	}, nil)
}

// distinguishedName writes every attribute of a name; pkix.Name would write the
// last of several common names alone.
func distinguishedName(name []byte) (string, bool) {
	var sequence pkix.RDNSequence
	ok := eachAttribute(name, func(kind []byte, value string) {
		last := len(sequence) - 1
		sequence[last] = append(sequence[last], pkix.AttributeTypeAndValue{Type: identifier(kind), Value: value})
	}, func() { sequence = append(sequence, nil) })
	return sequence.String(), ok
}

// eachAttribute visits the attributes of a Name: a sequence of sets of pairs. set,
// where it is not nil, is called at the start of each set.
func eachAttribute(name der, attribute func(kind []byte, value string), set func()) bool {
	return name.each(func(e element) bool {
		if e.tag != tagSet {
			return false
		}
		if set != nil {
			set()
		}
		return der(e.body).each(func(e element) bool {
			pair := der(e.body)
			kind, ok := pair.take(tagOID)
			value, also := pair.next()
			if e.tag != tagSequence || !ok || !also || identifier(kind.body) == nil {
				return false
			}
			written, isText := text(value)
			if !isText {
				written = "#" + hex.EncodeToString(value.raw)
			}
			attribute(kind.body, written)
			return true
		})
	})
}

// The kinds of an alternative name (RFC 5280, 4.2.1.6).
const (
	sanOther     = tagContext | tagConstructed | 0
	sanEmail     = tagContext | 1
	sanDNS       = tagContext | 2
	sanDirectory = tagContext | tagConstructed | 4
	sanURI       = tagContext | 6
	sanIP        = tagContext | 7
	sanID        = tagContext | 8
)

// alternativeNames fills the entries of a subject alternative name in.
func (c *Certificate) alternativeNames(extension der) bool {
	list, ok := extension.take(tagSequence)
	return ok && der(list.body).each(func(e element) bool {
		switch e.tag {
		case sanEmail:
			c.SANEmails = append(c.SANEmails, readable(e.body))
		case sanDNS:
			c.DNSNames = append(c.DNSNames, readable(e.body))
		case sanIP:
			if address, ok := netip.AddrFromSlice(e.body); ok {
				c.IPAddresses = append(c.IPAddresses, address.Unmap().String())
				break
			}
			c.OtherNames = append(c.OtherNames, "ip:#"+hex.EncodeToString(e.body))
		default:
			c.OtherNames = append(c.OtherNames, otherName(e))
		}
		return true
	})
}

// otherName writes an alternative name that is no name of a host or mailbox.
func otherName(e element) string {
	inner := der(e.body)
	switch e.tag {
	case sanURI:
		return "uri:" + readable(e.body)
	case sanID:
		if oid := identifier(e.body); oid != nil {
			return "id:" + oid.String()
		}
	case sanDirectory:
		if name, ok := inner.take(tagSequence); ok {
			if written, ok := distinguishedName(name.body); ok {
				return "directory:" + written
			}
		}
	case sanOther: // such as a user principal name, which Windows puts there
		kind, ok := inner.take(tagOID)
		wrapped, also := inner.next()
		wrappedText := der(wrapped.body)
		value, third := wrappedText.next()
		if oid := identifier(kind.body); ok && also && third && oid != nil {
			if written, ok := text(value); ok {
				return "other:" + oid.String() + "=" + written
			}
			return "other:" + oid.String() + "=#" + hex.EncodeToString(value.raw)
		}
	}
	return "other:#" + hex.EncodeToString(e.raw)
}
