package facts

import (
	"crypto/x509"
	"math/bits"
)

// signatures maps the octets of an object identifier to the algorithm. Unknown ones
// are written as their identifiers.
var signatures = map[string]x509.SignatureAlgorithm{
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02":                x509.MD2WithRSA,
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04":                x509.MD5WithRSA,
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05":                x509.SHA1WithRSA,
	"\x2b\x0e\x03\x02\x1d":                                x509.SHA1WithRSA, // an older identifier, 1.3.14.3.2.29, that makecert wrote
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b":                x509.SHA256WithRSA,
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c":                x509.SHA384WithRSA,
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d":                x509.SHA512WithRSA,
	"\x2a\x86\x48\xce\x38\x04\x03":                        x509.DSAWithSHA1,
	"\x60\x86\x48\x01\x65\x03\x04\x03\x02":                x509.DSAWithSHA256,
	"\x2a\x86\x48\xce\x3d\x04\x01":                        x509.ECDSAWithSHA1,
	"\x2a\x86\x48\xce\x3d\x04\x03\x02":                    x509.ECDSAWithSHA256,
	"\x2a\x86\x48\xce\x3d\x04\x03\x03":                    x509.ECDSAWithSHA384,
	"\x2a\x86\x48\xce\x3d\x04\x03\x04":                    x509.ECDSAWithSHA512,
	"\x2b\x65\x70":                                        x509.PureEd25519,
	signaturePSS + "\x60\x86\x48\x01\x65\x03\x04\x02\x01": x509.SHA256WithRSAPSS, // with the identifier of its digest
	signaturePSS + "\x60\x86\x48\x01\x65\x03\x04\x02\x02": x509.SHA384WithRSAPSS,
	signaturePSS + "\x60\x86\x48\x01\x65\x03\x04\x02\x03": x509.SHA512WithRSAPSS,
}

const signaturePSS = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a" // 1.2.840.113549.1.1.10

// signatureAlgorithm names an algorithm identifier.
func signatureAlgorithm(in der) (name string, known x509.SignatureAlgorithm) {
	kind, ok := in.take(tagOID)
	if !ok {
		return "", x509.UnknownSignatureAlgorithm
	}
	key := string(kind.body)
	if key == signaturePSS { // the digest is among the parameters (RFC 4055, 3.1)
		parameters, _ := in.take(tagSequence)
		inner := der(parameters.body)
		digest, _ := inner.take(tagContext | tagConstructed)
		inner = digest.body
		algorithm, _ := inner.take(tagSequence)
		inner = algorithm.body
		name, _ := inner.take(tagOID)
		key += string(name.body)
	}
	if known = signatures[key]; known != x509.UnknownSignatureAlgorithm {
		return known.String(), known
	}
	return identifier(kind.body).String(), known
}

const (
	keyRSA     = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" // 1.2.840.113549.1.1.1
	keyECDSA   = "\x2a\x86\x48\xce\x3d\x02\x01"         // 1.2.840.10045.2.1
	keyDSA     = "\x2a\x86\x48\xce\x38\x04\x01"         // 1.2.840.10040.4.1
	keyEd25519 = "\x2b\x65\x70"                         // 1.3.101.112
)

// curve is a named curve and the size of its field.
type curve struct {
	name string
	bits int
}

var curves = map[string]curve{
	"\x2b\x81\x04\x00\x21":             {"P-224", 224},
	"\x2a\x86\x48\xce\x3d\x03\x01\x07": {"P-256", 256},
	"\x2b\x81\x04\x00\x22":             {"P-384", 384},
	"\x2b\x81\x04\x00\x23":             {"P-521", 521},
}

// publicKey reads the kind and the size of a key.
func (c *Certificate) publicKey(in der) bool {
	algorithm, ok := in.take(tagSequence)
	bitString, also := in.take(tagBitString)
	parameters := der(algorithm.body)
	kind, third := parameters.take(tagOID)
	if !ok || !also || !third || len(bitString.body) == 0 {
		return false
	}
	key := der(bitString.body[1:]) // after the number of unused bits
	switch string(kind.body) {
	case keyRSA:
		c.Key = "RSA"
		pair, _ := key.take(tagSequence)
		key = pair.body
		modulus, ok := key.take(tagInteger)
		c.KeyBits = bitLength(modulus.body)
		return ok
	case keyECDSA:
		c.Key = "ECDSA"
		if name, ok := parameters.take(tagOID); ok {
			found := curves[string(name.body)]
			c.Curve, c.KeyBits = found.name, found.bits
			if found.name == "" {
				c.Curve = identifier(name.body).String()
			}
		}
	case keyDSA:
		c.Key = "DSA"
		numbers, _ := parameters.take(tagSequence)
		parameters = numbers.body
		prime, _ := parameters.take(tagInteger)
		c.KeyBits = bitLength(prime.body)
	case keyEd25519:
		c.Key, c.KeyBits = "Ed25519", 256
	default:
		c.Key = identifier(kind.body).String()
	}
	return true
}

// bitLength is that of a big-endian number.
func bitLength(octets []byte) int {
	for len(octets) > 0 && octets[0] == 0 {
		octets = octets[1:]
	}
	if len(octets) == 0 {
		return 0
	}
	return 8*(len(octets)-1) + bits.Len8(octets[0])
}

// usages are the bits of a key usage, in order (RFC 5280, 4.2.1.3).
var usages = []string{"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
	"keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"}

func (c *Certificate) keyUsage(in der) bool {
	set, ok := in.take(tagBitString)
	if !ok || len(set.body) == 0 {
		return false
	}
	for i, name := range usages {
		if at := 1 + i/8; at < len(set.body) && set.body[at]&(0x80>>(i%8)) != 0 {
			c.KeyUsage = append(c.KeyUsage, name)
		}
	}
	return true
}

// The extended key usages that have names here, as the octets of their object
// identifiers; the others are written as those.
const (
	purposeAny    = "\x55\x1d\x25\x00"                 // 2.5.29.37.0
	purposeServer = "\x2b\x06\x01\x05\x05\x07\x03\x01" // 1.3.6.1.5.5.7.3.1
	purposeClient = "\x2b\x06\x01\x05\x05\x07\x03\x02" // 1.3.6.1.5.5.7.3.2
)

func (c *Certificate) policies(in der) bool {
	list, ok := in.take(tagSequence)
	return ok && der(list.body).each(func(e element) bool {
		inner := der(e.body)
		id, ok := inner.take(tagOID)
		c.Policies = append(c.Policies, identifier(id.body).String())
		return ok && len(id.body) > 0
	})
}

func (c *Certificate) purposes(in der) bool {
	list, ok := in.take(tagSequence)
	return ok && der(list.body).each(func(e element) bool {
		name := identifier(e.body).String()
		switch string(e.body) {
		case purposeAny:
			name = "any"
		case purposeServer:
			name = "serverAuth"
		case purposeClient:
			name = "clientAuth"
		}
		c.Purposes = append(c.Purposes, name)
		return e.tag == tagOID && name != ""
	})
}

func (c *Certificate) constraints(in der) bool {
	list, ok := in.take(tagSequence)
	inner := der(list.body)
	authority, present := inner.take(tagBoolean)
	c.Authority = c.Authority || present && len(authority.body) == 1 && authority.body[0] != 0
	return ok
}

// accessIssuer is the method that names the issuer's certificate: 1.3.6.1.5.5.7.48.2.
const accessIssuer = "\x2b\x06\x01\x05\x05\x07\x30\x02"

// access reads what it can: a malformed place to fetch from is no reason to know
// nothing of a certificate.
func (c *Certificate) access(in der) bool {
	list, _ := in.take(tagSequence)
	der(list.body).each(func(e element) bool {
		description := der(e.body)
		method, _ := description.take(tagOID)
		if where, ok := description.next(); ok && string(method.body) == accessIssuer && where.tag == sanURI {
			c.Fetch = append(c.Fetch, readable(where.body))
		}
		return true
	})
	return true
}
