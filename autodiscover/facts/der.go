package facts

import (
	"encoding/asn1"
	"math"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The tags of DER that stand in certificates (X.690, 8.1.2, and RFC 5280).
const (
	tagBoolean         = 0x01
	tagInteger         = 0x02
	tagBitString       = 0x03
	tagOctetString     = 0x04
	tagOID             = 0x06
	tagUTF8String      = 0x0c
	tagPrintableString = 0x13
	tagBMPString       = 0x1e
	tagUniversalString = 0x1c
	tagUTCTime         = 0x17
	tagGeneralizedTime = 0x18
	tagSequence        = 0x30
	tagSet             = 0x31
	tagContext         = 0x80 // with the number in the low bits
	tagConstructed     = 0x20
)

// element is one element of DER: its tag, what it holds, and all of its octets.
type element struct {
	tag       byte
	body, raw []byte
}

// der is a run of elements.
type der []byte

// next takes the first element away. It is laxer than DER on purpose: a length may
// have more octets than it needs. Tags of several octets and indefinite lengths
// stand in no certificate.
func (d *der) next() (e element, ok bool) {
	in := *d
	if len(in) < 2 || in[0]&0x1f == 0x1f {
		return element{}, false
	}
	length, header := int(in[1]), 2
	if length >= 0x80 {
		octets := length & 0x7f
		if octets == 0 || octets > 3 || len(in) < 2+octets { // three octets are 16 MiB
			return element{}, false
		}
		header += octets
		length = 0
		for _, b := range in[2:header] {
			length = length<<8 | int(b)
		}
	}
	if length > len(in)-header {
		return element{}, false
	}
	end := header + length
	*d = in[end:]
	return element{in[0], in[header:end], in[:end]}, true
}

// take is next where the element must have a certain tag.
func (d *der) take(tag byte) (e element, ok bool) {
	rest := *d
	if e, ok = rest.next(); !ok || e.tag != tag {
		return element{}, false
	}
	*d = rest
	return e, true
}

// each calls visit for every element, and says whether all could be read and
// visit liked them all.
func (d der) each(visit func(element) bool) bool {
	for len(d) > 0 {
		e, ok := d.next()
		if !ok || !visit(e) {
			return false
		}
	}
	return true
}

// identifier decodes the body of an object identifier; nil where it is malformed
// or has a number that encoding/asn1 could not hold either.
func identifier(body []byte) asn1.ObjectIdentifier {
	var oid asn1.ObjectIdentifier
	number := 0
	for i, b := range body {
		if number > math.MaxInt32>>7 {
			return nil
		}
		number = number<<7 | int(b&0x7f)
		switch {
		case b&0x80 != 0 && i == len(body)-1:
			return nil
		case b&0x80 != 0:
			continue
		case oid == nil:
			first := min(number/40, 2)
			oid = append(oid, first, number-40*first)
		default:
			oid = append(oid, number)
		}
		number = 0
	}
	return oid
}

// text decodes a string of any of the types that names hold, and of any octets:
// what is not what its type promises is read as Latin-1, so that nothing is lost.
// ok is false for what is no string.
func text(e element) (string, bool) {
	switch e.tag {
	case tagUTF8String:
		return readable(e.body), true
	case tagBMPString:
		if len(e.body)%2 == 0 {
			return utf16Text(e.body), true
		}
	case tagUniversalString:
		if len(e.body)%4 == 0 {
			return utf32Text(e.body), true
		}
	case 0x14: // TeletexString: in practice Latin-1, as crypto/x509 reads it
		return latin1(e.body), true
	case tagPrintableString, 0x12, 0x16, 0x19, 0x1a, 0x1b: // Numeric, IA5, Graphic, Visible, General
		return readable(e.body), true
	default:
		return "", false
	}
	return latin1(e.body), true
}

// readable is UTF-8, or Latin-1 where it is not.
func readable(octets []byte) string {
	if utf8.Valid(octets) {
		return string(octets)
	}
	return latin1(octets)
}

func latin1(octets []byte) string {
	var b strings.Builder
	for _, octet := range octets {
		b.WriteRune(rune(octet))
	}
	return b.String()
}

func utf16Text(octets []byte) string {
	units := make([]uint16, 0, len(octets)/2)
	for i := 0; i < len(octets); i += 2 {
		units = append(units, uint16(octets[i])<<8|uint16(octets[i+1]))
	}
	if n := len(units); n > 0 && units[n-1] == 0 { // a terminator, which crypto/x509 drops too
		units = units[:n-1]
	}
	return string(utf16.Decode(units))
}

func utf32Text(octets []byte) string {
	var b strings.Builder
	for i := 0; i < len(octets); i += 4 {
		point := uint32(octets[i])<<24 | uint32(octets[i+1])<<16 | uint32(octets[i+2])<<8 | uint32(octets[i+3])
		b.WriteRune(rune(min(point, utf8.MaxRune+1))) // beyond the last it becomes U+FFFD
	}
	return b.String()
}
