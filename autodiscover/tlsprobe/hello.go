package tlsprobe

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"strings"
)

// offer is what a hello says the client can do.
type offer struct {
	version uint16 // the highest; nothing above TLS 1.2, which hides certificates

	// kind is the one kind of key that the certificate may have, RSA or ECDSA; ""
	// takes both.
	kind string
}

// anything is the offer that every server of the last twenty years can take up.
var anything = offer{version: tls.VersionTLS12}

const versionSSL30 = 0x0300 // crypto/tls deprecates the name

// suite is a cipher suite that a hello offers; this client never goes so far as to
// use one, so it can offer what nobody should use.
type suite struct {
	id   uint16
	name string // in the registry of IANA
}

// ecdsaSuites and rsaSuites are in the order of preference: what crypto/tls
// prefers first, and what servers of 2003 could do last.
var (
	ecdsaSuites = []suite{
		{0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}, {0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
		{0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"}, {0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
		{0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"}, {0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"},
		{0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"}, {0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"},
		{0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"},
	}
	rsaSuites = []suite{
		{0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}, {0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
		{0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"}, {0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
		{0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"}, {0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"},
		{0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"},
		{0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"}, {0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
		{0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"}, {0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"},
		{0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"}, {0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"},
		{0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"}, {0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"},
		{0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"}, {0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"},
		{0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"}, {0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256"},
		{0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"}, {0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"},
		{0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"}, {0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"},
		{0x0005, "TLS_RSA_WITH_RC4_128_SHA"}, {0x0004, "TLS_RSA_WITH_RC4_128_MD5"}, {0x0009, "TLS_RSA_WITH_DES_CBC_SHA"},
	}
)

// suiteName is the name that IANA gives a suite; its number where it was not
// offered by this package.
func suiteName(id uint16) string {
	for _, list := range [][]suite{ecdsaSuites, rsaSuites} {
		for _, s := range list {
			if s.id == id {
				return s.name
			}
		}
	}
	return tls.CipherSuiteName(id)
}

// The signatures that a server may answer with, SHA-1 among them, since old ones
// know nothing else. 0x0807 is Ed25519, which goes with the suites of ECDSA.
var (
	ecdsaSignatures = []uint16{0x0403, 0x0503, 0x0603, 0x0807, 0x0203}
	rsaSignatures   = []uint16{0x0804, 0x0401, 0x0805, 0x0501, 0x0806, 0x0601, 0x0201}
)

// The extensions of a hello, by their numbers at IANA.
const (
	extServerName      = 0
	extStatusRequest   = 5
	extGroups          = 10
	extPointFormats    = 11
	extSignatures      = 13
	extALPN            = 16
	extExtendedSecret  = 23
	extRenegotiation   = 0xff01
	recordAlert        = 21
	recordHandshake    = 22
	messageServerHello = 2
	messageCertificate = 11
)

// protocols are what clients of Exchange speak; a probe asks for them as they do.
var protocols = []string{"h2", "http/1.1"}

// clientHello is one TLS record with a hello for a name; "" sends none.
func (o offer) clientHello(name string) []byte {
	b := make([]byte, 0, 512)
	b = append(b, recordHandshake, 3, min(1, byte(o.version)), 0, 0) // as of TLS 1.0: old servers want no higher
	b = append(b, 1, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, o.version)
	random := len(b)
	b = b[:random+32]
	rand.Read(b[random:]) // never fails (crypto/rand)
	b = append(b, 0)      // no session to resume
	suites := len(b)
	b = append(b, 0, 0)
	signatures := make([]uint16, 0, 16)
	if o.kind != "RSA" {
		b = appendSuites(b, ecdsaSuites)
		signatures = append(signatures, ecdsaSignatures...)
	}
	if o.kind != "ECDSA" {
		b = appendSuites(b, rsaSuites)
		signatures = append(signatures, rsaSignatures...)
	}
	b = append(b, 0x00, 0xff) // says as much as the renegotiation extension, and SSL 3.0 knows it too
	fill(b, suites, 2)
	b = append(b, 1, 0) // no compression
	if o.version > versionSSL30 {
		b = o.appendExtensions(b, name, signatures)
	}
	fill(b, 6, 3)
	fill(b, 3, 2)
	return b
}

func (o offer) appendExtensions(b []byte, name string, signatures []uint16) []byte {
	start := len(b)
	b = append(b, 0, 0)
	if name = strings.TrimSuffix(name, "."); name != "" && len(name) <= 255 {
		at := len(b)
		b = append(b, 0, extServerName, 0, 0, 0, 0, 0, 0, 0)
		b = append(b, name...)
		fill(b, at+7, 2)
		fill(b, at+4, 2)
		fill(b, at+2, 2)
	}
	b = append(b, 0, extStatusRequest, 0, 5, 1, 0, 0, 0, 0)
	b = append(b, 0, extGroups, 0, 10, 0, 8, 0, 29, 0, 23, 0, 24, 0, 25) // X25519, P-256, P-384, P-521
	b = append(b, 0, extPointFormats, 0, 2, 1, 0)
	if o.version >= tls.VersionTLS12 {
		at := len(b)
		b = append(b, 0, extSignatures, 0, 0, 0, 0)
		for _, id := range signatures {
			b = binary.BigEndian.AppendUint16(b, id)
		}
		fill(b, at+4, 2)
		fill(b, at+2, 2)
	}
	at := len(b)
	b = append(b, 0, extALPN, 0, 0, 0, 0)
	for _, protocol := range protocols {
		b = append(append(b, byte(len(protocol))), protocol...)
	}
	fill(b, at+4, 2)
	fill(b, at+2, 2)
	b = append(b, 0, extExtendedSecret, 0, 0)
	fill(b, start, 2)
	return b
}

func appendSuites(b []byte, list []suite) []byte {
	for _, s := range list {
		b = binary.BigEndian.AppendUint16(b, s.id)
	}
	return b
}

// fill writes how much follows a length of so many octets into that length.
func fill(b []byte, at, octets int) {
	length := len(b) - at - octets
	for i := range octets {
		b[at+octets-1-i] = byte(length >> (8 * i))
	}
}
