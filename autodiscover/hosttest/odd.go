package hosttest

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
)

// Oddity is something that crypto/x509 cannot write, and mostly refuses to read,
// though certificates like it exist and Windows accepts many of them.
type Oddity string

// The oddities that an old or careless authority has put in certificates. Those
// up to TimeWithoutSeconds are refused by crypto/x509, and Garbled by everybody.
const (
	PrintableUnderscore Oddity = "printable-underscore"   // a PrintableString with "_"
	PrintableAt         Oddity = "printable-at"           // a PrintableString with "@"
	Universal           Oddity = "universal"              // a UniversalString
	Visible             Oddity = "visible"                // a VisibleString
	InvalidUTF8         Oddity = "invalid-utf8"           // a UTF8String in Latin-1
	SANNotASCII         Oddity = "san-not-ascii"          // a dNSName beyond ASCII
	SANShortIP          Oddity = "san-short-ip"           // an iPAddress of 5 octets
	SANBadURI           Oddity = "san-bad-uri"            // a URI that is none
	SANTwice            Oddity = "san-twice"              // the extension is there twice
	CriticalAKI         Oddity = "critical-aki"           // an authority key identifier that is critical
	KeyWithoutNull      Oddity = "key-without-null"       // an RSA key without the NULL of its parameters
	Trailing            Oddity = "trailing"               // octets after the end
	AlgorithmMismatch   Oddity = "algorithm-mismatch"     // two signature algorithms that disagree
	VersionFour         Oddity = "version-four"           // a version that does not exist
	EmptyConstraints    Oddity = "empty-constraints"      // name constraints without a name
	BadMask             Oddity = "bad-mask"               // name constraints with a mask of holes
	TimeWithoutSeconds  Oddity = "time-without-seconds"   // dates to the minute
	SerialZero          Oddity = "serial-zero"            // the serial number 0
	SerialLong          Oddity = "serial-long"            // a serial number of 40 octets
	PrintableStar       Oddity = "printable-star"         // a PrintableString with "*" and "&"
	BMP                 Oddity = "bmp"                    // a BMPString
	Teletex             Oddity = "teletex"                // a TeletexString in Latin-1
	VersionOne          Oddity = "version-one"            // extensions that the version does not have
	EmptySAN            Oddity = "san-empty"              // a dNSName of no octets
	LongCommonName      Oddity = "common-name-of-seventy" // six more than X.520 allows
	Garbled             Oddity = "garbled"                // octets that no parser can read
	OtherNames          Oddity = "other-names"            // alternative names of all further kinds
)

// Oddities are all of them.
func Oddities() []Oddity {
	return []Oddity{PrintableUnderscore, PrintableAt, Universal, Visible, InvalidUTF8, SANNotASCII, SANShortIP, SANBadURI, SANTwice,
		CriticalAKI, KeyWithoutNull, Trailing, AlgorithmMismatch, VersionFour, EmptyConstraints, BadMask, TimeWithoutSeconds,
		SerialZero, SerialLong, PrintableStar, BMP, Teletex, VersionOne, EmptySAN, LongCommonName, Garbled, OtherNames}
}

// The places of the parts in a certificate to be signed, where it has extensions.
const (
	partVersion = iota
	partSerial
	partAlgorithm
	partIssuer
	partDates
	partSubject
	partKey
	partExtensions
)

// spoil rewrites a certificate and signs it again.
func (o Oddity) spoil(der []byte, spec Spec, sign func([]byte) ([]byte, error)) ([]byte, error) {
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	var parts []asn1.RawValue
	if _, err := asn1.Unmarshal(parsed.RawTBSCertificate, &parts); err != nil {
		return nil, err
	}
	if len(parts) != partExtensions+1 {
		return nil, errors.New("the certificate has other parts than expected")
	}
	raw := make([][]byte, len(parts))
	for i, part := range parts {
		raw[i] = part.FullBytes
	}
	extensions, err := inner(parts[partExtensions].Bytes)
	if err != nil {
		return nil, err
	}
	outer, after := raw[partAlgorithm], []byte(nil)
	cn := "mail.contoso.com"
	if len(spec.CommonNames) > 0 {
		cn = spec.CommonNames[0]
	}
	san := func(entries ...[]byte) {
		extensions = append(extensions, extension(extensionSAN, false, tlv(0x30, entries...))...)
	}
	switch o {
	case PrintableUnderscore:
		raw[partSubject] = subject(0x13, "mail_box.contoso.com")
	case PrintableAt:
		raw[partSubject] = subject(0x13, "mail@contoso.com")
	case Universal:
		raw[partSubject] = subject(0x1c, broad(cn, 4))
	case Visible:
		raw[partSubject] = subject(0x1a, cn)
	case InvalidUTF8:
		raw[partSubject] = subject(0x0c, "b\xfccher.contoso.com")
	case SANNotASCII:
		san(tlv(0x82, []byte("bücher.contoso.com")))
	case SANShortIP:
		san(tlv(0x82, []byte(cn)), tlv(0x87, []byte{10, 0, 0, 0, 24}))
	case SANBadURI:
		san(tlv(0x82, []byte(cn)), tlv(0x86, []byte("http://[contoso")))
	case SANTwice:
		san(tlv(0x82, []byte(cn)))
		san(tlv(0x82, []byte("owa.contoso.com")))
	case CriticalAKI:
		extensions = append(without(extensions, extensionAKI), extension(extensionAKI, true, tlv(0x30, tlv(0x80, make([]byte, 20))))...)
	case KeyWithoutNull:
		key := tlv(0x03, []byte{0}, tlv(0x30, tlv(0x02, append([]byte{0, 0xc1}, make([]byte, 255)...)), tlv(0x02, []byte{1, 0, 1})))
		raw[partKey] = tlv(0x30, tlv(0x30, tlv(0x06, []byte(keyRSA))), key)
	case Trailing:
		after = []byte{0, 0}
	case AlgorithmMismatch:
		outer = tlv(0x30, tlv(0x06, []byte("\x2b\x65\x71"))) // Ed448
	case VersionFour:
		raw[partVersion] = tlv(0xa0, tlv(0x02, []byte{3}))
	case VersionOne:
		raw[partVersion] = nil
	case EmptyConstraints:
		extensions = append(extensions, extension(extensionConstraints, true, tlv(0x30, tlv(0xa0)))...)
	case BadMask:
		tree := tlv(0x30, tlv(0x87, []byte{10, 0, 0, 0, 255, 0, 255, 0}))
		extensions = append(extensions, extension(extensionConstraints, true, tlv(0x30, tlv(0xa0, tree)))...)
	case TimeWithoutSeconds:
		raw[partDates] = tlv(0x30, tlv(0x17, []byte("2001010000Z")), tlv(0x18, []byte("205912312359Z")))
	case SerialZero:
		raw[partSerial] = tlv(0x02, []byte{0})
	case SerialLong:
		long := make([]byte, 40)
		long[0] = 0x5a
		raw[partSerial] = tlv(0x02, long)
	case PrintableStar:
		raw[partSubject] = subject(0x13, "*.contoso.com & sons")
	case BMP:
		raw[partSubject] = subject(0x1e, broad(cn, 2))
	case Teletex:
		raw[partSubject] = subject(0x14, "b\xfccher.contoso.com")
	case EmptySAN:
		san(tlv(0x82), tlv(0x82, []byte("mail.contoso.com\x00.fabrikam.com")), tlv(0x82, []byte("\x1b[2J\n")))
	case LongCommonName:
		raw[partSubject] = subject(0x0c, "a-name-that-is-longer-than-sixty-four-characters.mail-eu.contoso.com.")
	case Garbled:
		raw[partSubject] = tlv(0x30, []byte{0x31, 0x7f})
	case OtherNames:
		upn := tlv(0xa0, tlv(0x06, []byte("\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03")), tlv(0xa0, tlv(0x0c, []byte("ex1$@contoso.com"))))
		directory := tlv(0xa4, subject(0x0c, "Exchange"))
		san(tlv(0x82, []byte(cn)), upn, directory, tlv(0x86, []byte("https://mail.contoso.com/owa")), tlv(0x88, []byte{0x2a, 0x03}))
	default:
		return nil, fmt.Errorf("there is no oddity %q", o)
	}
	raw[partExtensions] = tlv(0xa3, tlv(0x30, extensions))
	tbs := tlv(0x30, raw...)
	signature, err := sign(tbs)
	if err != nil {
		return nil, err
	}
	return append(tlv(0x30, tbs, outer, tlv(0x03, []byte{0}, signature)), after...), nil
}

// The object identifiers that are written, as octets.
const (
	attributeCN          = "\x55\x04\x03"
	keyRSA               = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
	extensionSAN         = "\x55\x1d\x11"
	extensionAKI         = "\x55\x1d\x23"
	extensionConstraints = "\x55\x1d\x1e"
)

// tlv is one element of DER.
func tlv(tag byte, parts ...[]byte) []byte {
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	out := []byte{tag}
	switch {
	case size < 0x80:
		out = append(out, byte(size))
	case size < 0x100:
		out = append(out, 0x81, byte(size))
	default:
		out = append(out, 0x82, byte(size>>8), byte(size))
	}
	for _, part := range parts {
		out = append(out, part...)
	}
	return out
}

// subject is a name of one common name, in a string of a certain type.
func subject(tag byte, cn string) []byte {
	return tlv(0x30, tlv(0x31, tlv(0x30, tlv(0x06, []byte(attributeCN)), tlv(tag, []byte(cn)))))
}

// broad writes ASCII with so many octets a character.
func broad(text string, octets int) string {
	out := make([]byte, 0, len(text)*octets)
	for i := range len(text) {
		out = append(append(out, make([]byte, octets-1)...), text[i])
	}
	return string(out)
}

func extension(oid string, critical bool, value []byte) []byte {
	if critical {
		return tlv(0x30, tlv(0x06, []byte(oid)), tlv(0x01, []byte{0xff}), tlv(0x04, value))
	}
	return tlv(0x30, tlv(0x06, []byte(oid)), tlv(0x04, value))
}

// inner is what a sequence holds.
func inner(der []byte) ([]byte, error) {
	var sequence asn1.RawValue
	if _, err := asn1.Unmarshal(der, &sequence); err != nil {
		return nil, err
	}
	return sequence.Bytes, nil
}

// without drops an extension from a list of them.
func without(list []byte, oid string) (kept []byte) {
	for len(list) > 0 {
		var e asn1.RawValue
		rest, err := asn1.Unmarshal(list, &e)
		if err != nil {
			return kept
		}
		if string(e.Bytes[:2+len(oid)]) != "\x06"+string(rune(len(oid)))+oid {
			kept = append(kept, e.FullBytes...)
		}
		list = rest
	}
	return kept
}
