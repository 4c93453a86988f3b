package hosttest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"
)

var (
	oidCommonName = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidEmail      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
)

// Spec says what a server certificate is to be. The zero value is a certificate
// without any name.
type Spec struct {
	CommonNames []string // the CNs of the Subject, in order; none is allowed
	Emails      []string // e-mail attributes of the Subject, after the CNs
	DNSNames    []string // SAN dNSName entries; may hold wildcards
	SANEmails   []string // SAN rfc822Name entries

	NotBefore, NotAfter time.Time // zero: 2020-01-01 and 2059-12-31 UTC

	SelfSigned bool // signed by its own key instead of the authority's
	OmitChain  bool // served without the intermediates
	Unparsable bool // with a negative serial number, which crypto/x509 refuses to read
}

// Issue makes a certificate and its key: the same for the same specification, to
// the byte. OmitChain changes what is served and not the certificate.
func (ca *CA) Issue(spec Spec) (tls.Certificate, error) {
	if spec.NotBefore.IsZero() {
		spec.NotBefore = notBefore
	}
	if spec.NotAfter.IsZero() {
		spec.NotAfter = notAfter
	}
	identity := spec.identity(ca.path)
	key := keyOf(identity)
	template := &x509.Certificate{
		SerialNumber:          serialOf(identity),
		Subject:               spec.subject(),
		DNSNames:              spec.DNSNames,
		EmailAddresses:        spec.SANEmails,
		NotBefore:             spec.NotBefore,
		NotAfter:              spec.NotAfter,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		SubjectKeyId:          keyIDOf(key),
	}
	issuer, signer, chain := ca.certificate, ca.key, ca.chain
	if spec.SelfSigned {
		issuer, signer, chain = template, key, nil
	}
	der, err := x509.CreateCertificate(nil, template, issuer, key.Public(), signer)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issuing a certificate to %q: %w", spec.CommonNames, err)
	}
	if spec.Unparsable {
		if err := negateSerial(der, template.SerialNumber, signer); err != nil {
			return tls.Certificate{}, fmt.Errorf("spoiling the certificate of %q: %w", spec.CommonNames, err)
		}
	}
	served := [][]byte{der}
	if !spec.OmitChain {
		served = append(served, chain...)
	}
	return tls.Certificate{Certificate: served, PrivateKey: key}, nil
}

// identity is the text that key and serial number are derived from. A field that
// is added to Spec later must leave no trace here while it is zero.
func (s Spec) identity(issuer []string) string {
	return fmt.Sprintf("leaf of %q: cn %q email %q dns %q san-email %q from %d to %d self-signed %t unparsable %t",
		issuer, s.CommonNames, s.Emails, s.DNSNames, s.SANEmails,
		s.NotBefore.Unix(), s.NotAfter.Unix(), s.SelfSigned, s.Unparsable)
}

func (s Spec) subject() pkix.Name {
	var name pkix.Name
	for _, cn := range s.CommonNames {
		name.ExtraNames = append(name.ExtraNames, pkix.AttributeTypeAndValue{Type: oidCommonName, Value: cn})
	}
	for _, email := range s.Emails {
		// PKCS #9 wants an IA5String, where encoding/asn1 would choose UTF8String.
		value := asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(email)}
		name.ExtraNames = append(name.ExtraNames, pkix.AttributeTypeAndValue{Type: oidEmail, Value: value})
	}
	return name
}

// negateSerial sets the sign bit of the serial number and signs again. By hand,
// since x509.CreateCertificate refuses to write what x509.ParseCertificate refuses
// to read.
func negateSerial(der []byte, serial *big.Int, signer ed25519.PrivateKey) error {
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	start := bytes.Index(der, parsed.RawTBSCertificate)
	at := bytes.Index(der, serial.Bytes())
	if start < 0 || at < start {
		return errors.New("the serial number is not where it should be")
	}
	der[at] |= 0x80
	tbs := der[start : start+len(parsed.RawTBSCertificate)]
	copy(der[len(der)-ed25519.SignatureSize:], ed25519.Sign(signer, tbs)) // the signature ends the certificate
	return nil
}
