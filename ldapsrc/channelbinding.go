package ldapsrc

import (
	"crypto"
	"crypto/md5"
	_ "crypto/sha256" // for endpointHash
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/binary"
)

// bindingHash is the channel binding that Kerberos and NTLM send over TLS, or all
// zeros where there is none. It ties the bind to the certificate of the server
// that this end of the TLS connection saw, so that nobody between can use it.
//
// It is the MD5 of a gss_channel_bindings_struct (RFC 4121 4.1.1.2, MS-NLMP
// 2.2.2.1) whose addresses are empty and whose application data is
// tls-server-end-point (RFC 5929 4), the type that Active Directory knows (MS-ADTS
// 5.1.2.2).
func bindingHash(cert *x509.Certificate) [md5.Size]byte {
	hash, ok := endpointHash(cert)
	if !ok {
		return [md5.Size]byte{}
	}
	return bindingSum(append([]byte("tls-server-end-point:"), hash...))
}

// bindingSum is the binding of application data that bears the prefix of its type;
// of none it is all zeros.
func bindingSum(data []byte) [md5.Size]byte {
	if len(data) == 0 {
		return [md5.Size]byte{}
	}
	addresses := make([]byte, 4*4) // type and length of the initiator's and the acceptor's
	b := binary.LittleEndian.AppendUint32(addresses, uint32(len(data)))
	return md5.Sum(append(b, data...))
}

// endpointHash hashes a certificate with the hash function of its own signature,
// and with SHA-256 in place of MD5 and SHA-1 (RFC 5929 4.1). Where the signature has
// no such function, as Ed25519, the binding is not defined.
func endpointHash(cert *x509.Certificate) ([]byte, bool) {
	if cert == nil {
		return nil, false
	}
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
		return nil, false
	}
	h := function.New()
	h.Write(cert.Raw)
	return h.Sum(nil), true
}
