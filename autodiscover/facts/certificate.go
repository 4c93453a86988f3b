package facts

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// longestReason caps what a hostile certificate can make of an error text, in bytes.
const longestReason = 300

// ParseCertificate reads a certificate. Two parsers look at it: crypto/x509, which
// is strict and refuses much that Windows accepts, says whether there is anything
// to remark (Lenient); a lenient reader of our own says what it holds. One that
// neither can read comes back with Unreadable set: it was seen, and nothing but
// its octets is known.
func ParseCertificate(octets []byte) Certificate {
	_, refused := x509.ParseCertificate(octets)
	return readCertificate(octets, refused)
}

// ReadCertificate is ParseCertificate for one that the strict parser has taken.
func ReadCertificate(parsed *x509.Certificate) Certificate {
	return readCertificate(parsed.Raw, nil)
}

func readCertificate(octets []byte, refused error) Certificate {
	thumbprint := sha1.Sum(octets)
	c := Certificate{DER: octets, Thumbprint: strings.ToUpper(hex.EncodeToString(thumbprint[:]))}
	read := c
	if err := read.read(octets); err != nil {
		if refused == nil {
			refused = err
		}
		c.Unreadable = reason(refused)
		return c
	}
	if refused != nil {
		read.Lenient = reason(refused)
	}
	return read
}

func reason(err error) string {
	why := err.Error()
	return strings.ToValidUTF8(why[:min(len(why), longestReason)], "")
}

// read fills the facts in, or says which part is malformed.
func (c *Certificate) read(octets der) error {
	whole, ok := octets.take(tagSequence)
	if !ok {
		return errors.New("this is no certificate")
	}
	certificate := der(whole.body)
	tbs, ok := certificate.take(tagSequence)
	if !ok {
		return errors.New("the certificate is malformed")
	}
	in := der(tbs.body)
	version := 0
	if e, ok := in.take(tagContext | tagConstructed); ok {
		inner := der(e.body)
		number, ok := inner.take(tagInteger)
		if !ok || len(number.body) != 1 {
			return errors.New("the version is malformed")
		}
		version = int(number.body[0])
	}
	serial, ok := in.take(tagInteger)
	if !ok || len(serial.body) == 0 {
		return errors.New("the serial number is malformed")
	}
	c.Serial = strings.ToUpper(hex.EncodeToString(serial.body))
	algorithm, ok := in.take(tagSequence)
	if !ok {
		return errors.New("the signature algorithm is malformed")
	}
	signature, known := signatureAlgorithm(algorithm.body)
	c.Signature = signature
	issuer, ok := in.take(tagSequence)
	if c.Issuer, _ = distinguishedName(issuer.body); !ok {
		return errors.New("the issuer is malformed")
	}
	validity, ok := in.take(tagSequence)
	if !ok || !c.dates(validity.body) {
		return errors.New("the dates are malformed")
	}
	subject, ok := in.take(tagSequence)
	if !ok || !c.subject(subject.body) {
		return errors.New("the subject is malformed")
	}
	c.Subject, _ = distinguishedName(subject.body)
	key, ok := in.take(tagSequence)
	if !ok || !c.publicKey(key.body) {
		return errors.New("the public key is malformed")
	}
	if version >= 2 { // version 3 is written as 2; the earlier ones have no extensions
		if err := c.extensions(in); err != nil {
			return err
		}
	}
	if bytes.Equal(issuer.raw, subject.raw) {
		c.SelfSigned = signs(key.raw, known, tbs.raw, certificate)
	}
	return nil
}

// signs says whether a key has signed what stands before its signature; rest is
// the algorithm and the signature.
func signs(key []byte, algorithm x509.SignatureAlgorithm, signed []byte, rest der) bool {
	_, ok := rest.take(tagSequence)
	bits, also := rest.take(tagBitString)
	if !ok || !also || len(bits.body) == 0 {
		return false
	}
	public, err := x509.ParsePKIXPublicKey(key)
	if err != nil {
		return false
	}
	holder := x509.Certificate{PublicKey: public}
	return holder.CheckSignature(algorithm, signed, bits.body[1:]) == nil
}

// dates reads the validity. RFC 5280, 4.1.2.5, allows the first two forms alone;
// the others were written by old authorities.
func (c *Certificate) dates(validity der) bool {
	from, ok := validity.next()
	to, also := validity.next()
	if !ok || !also {
		return false
	}
	c.NotBefore, ok = instant(from)
	c.NotAfter, also = instant(to)
	return ok && also
}

func instant(e element) (time.Time, bool) {
	var layouts []string
	switch e.tag {
	case tagUTCTime:
		layouts = []string{"060102150405Z0700", "0601021504Z0700"}
	case tagGeneralizedTime:
		layouts = []string{"20060102150405Z0700", "200601021504Z0700", "20060102150405"}
	}
	for _, layout := range layouts {
		t, err := time.Parse(layout, string(e.body))
		if err != nil {
			continue
		}
		if e.tag == tagUTCTime && t.Year() >= 2050 { // X.680: two digits mean 1950 to 2049
			t = t.AddDate(-100, 0, 0)
		}
		return t.UTC(), true
	}
	return time.Time{}, false
}

// extensions reads those that the audit needs. One that is there twice counts
// twice: its names are added.
func (c *Certificate) extensions(rest der) error {
	for len(rest) > 0 {
		e, ok := rest.next()
		if !ok {
			return errors.New("the extensions are malformed")
		}
		if e.tag != tagContext|tagConstructed|3 {
			continue
		}
		inner := der(e.body)
		list, ok := inner.take(tagSequence)
		if !ok {
			return errors.New("the extensions are malformed")
		}
		var err error
		if !der(list.body).each(func(e element) bool {
			err = c.extension(e.body)
			return err == nil
		}) && err == nil {
			err = errors.New("the extensions are malformed")
		}
		return err
	}
	return nil
}

// The extensions, as the octets of their object identifiers.
const (
	extensionKeyUsage         = "\x55\x1d\x0f"                     // 2.5.29.15
	extensionAlternativeNames = "\x55\x1d\x11"                     // 2.5.29.17
	extensionConstraints      = "\x55\x1d\x13"                     // 2.5.29.19
	extensionPolicies         = "\x55\x1d\x20"                     // 2.5.29.32
	extensionPurposes         = "\x55\x1d\x25"                     // 2.5.29.37
	extensionAccess           = "\x2b\x06\x01\x05\x05\x07\x01\x01" // 1.3.6.1.5.5.7.1.1
)

func (c *Certificate) extension(in der) error {
	kind, ok := in.take(tagOID)
	in.take(tagBoolean) // whether it is critical
	value, also := in.take(tagOctetString)
	if !ok || !also {
		return errors.New("an extension is malformed")
	}
	var read func(der) bool
	switch string(kind.body) {
	case extensionKeyUsage:
		read = c.keyUsage
	case extensionAlternativeNames:
		read = c.alternativeNames
	case extensionConstraints:
		read = c.constraints
	case extensionPolicies:
		read = c.policies
	case extensionPurposes:
		read = c.purposes
	case extensionAccess:
		read = c.access
	default:
		return nil
	}
	if !read(value.body) {
		return fmt.Errorf("the extension %v is malformed", identifier(kind.body))
	}
	return nil
}
