package hosttest

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"net"
	"slices"
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
	IPAddresses []string // SAN iPAddress entries

	Key      Key      // what key it is for
	Purposes []string // extended key usages: server, client, any; nil: server; empty: no such extension
	Fetch    []string // where the issuer's certificate can be fetched
	CA       bool     // an authority's certificate, which no server should serve as its own
	Oddity   Oddity   // what crypto/x509 cannot write

	NotBefore, NotAfter time.Time // zero: 2020-01-01 and 2059-12-31 UTC

	SelfSigned bool // signed by its own key instead of the authority's
	OmitChain  bool // served without the intermediates
	WithRoot   bool // served with the root as well, which clients do not need
	Misordered bool // served with the chain after the leaf from its far end
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
	key, err := spec.Key.of(identity)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issuing a certificate to %q: %w", spec.CommonNames, err)
	}
	purposes, err := spec.purposes()
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issuing a certificate to %q: %w", spec.CommonNames, err)
	}
	addresses, err := spec.addresses()
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issuing a certificate to %q: %w", spec.CommonNames, err)
	}
	template := &x509.Certificate{
		SerialNumber:          serialOf(identity),
		Subject:               spec.subject(),
		DNSNames:              spec.DNSNames,
		EmailAddresses:        spec.SANEmails,
		NotBefore:             spec.NotBefore,
		NotAfter:              spec.NotAfter,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           purposes,
		IPAddresses:           addresses,
		IssuingCertificateURL: spec.Fetch,
		BasicConstraintsValid: true,
		IsCA:                  spec.CA,
		SubjectKeyId:          keyIDOf(key),
	}
	issuer, signer, chain := ca.certificate, crypto.Signer(ca.key), slices.Clone(ca.chain)
	if spec.WithRoot {
		chain = append(chain, ca.root)
	}
	if spec.Misordered {
		slices.Reverse(chain)
	}
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
	if spec.Oddity != "" {
		if der, err = spec.Oddity.spoil(der, spec, func(tbs []byte) ([]byte, error) { return signWith(signer, tbs) }); err != nil {
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
	identity := fmt.Sprintf("leaf of %q: cn %q email %q dns %q san-email %q from %d to %d self-signed %t unparsable %t",
		issuer, s.CommonNames, s.Emails, s.DNSNames, s.SANEmails,
		s.NotBefore.Unix(), s.NotAfter.Unix(), s.SelfSigned, s.Unparsable)
	for _, later := range []struct {
		zero  bool
		name  string
		value any
	}{
		{len(s.IPAddresses) == 0, "ip", s.IPAddresses},
		{s.Key == "", "key", s.Key},
		{s.Purposes == nil, "purposes", s.Purposes},
		{len(s.Fetch) == 0, "fetch", s.Fetch},
		{!s.CA, "ca", "true"},
		{s.Oddity == "", "oddity", s.Oddity},
	} {
		if !later.zero {
			identity += fmt.Sprintf(" %s %q", later.name, later.value)
		}
	}
	return identity
}

func (s Spec) purposes() ([]x509.ExtKeyUsage, error) {
	if s.Purposes == nil {
		return []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, nil
	}
	var usages []x509.ExtKeyUsage
	for _, purpose := range s.Purposes {
		usage, ok := map[string]x509.ExtKeyUsage{"server": x509.ExtKeyUsageServerAuth, "client": x509.ExtKeyUsageClientAuth, "any": x509.ExtKeyUsageAny}[purpose]
		if !ok {
			return nil, fmt.Errorf("there is no purpose %q", purpose)
		}
		usages = append(usages, usage)
	}
	return usages, nil
}

func (s Spec) addresses() (list []net.IP, err error) {
	for _, text := range s.IPAddresses {
		ip := net.ParseIP(text)
		if ip == nil {
			return nil, fmt.Errorf("%q is no IP address", text)
		}
		list = append(list, ip)
	}
	return list, nil
}

// signWith signs as crypto/x509 does: Ed25519 takes the message, the others its
// SHA-256 digest.
func signWith(signer crypto.Signer, tbs []byte) ([]byte, error) {
	if _, ok := signer.Public().(ed25519.PublicKey); ok {
		return signer.Sign(nil, tbs, crypto.Hash(0))
	}
	digest := sha256.Sum256(tbs)
	return signer.Sign(nil, digest[:], crypto.SHA256)
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
func negateSerial(der []byte, serial *big.Int, signer crypto.Signer) error {
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
	signature, err := signWith(signer, tbs)
	if err != nil {
		return err
	}
	copy(der[len(der)-len(signature):], signature) // it ends the certificate
	return nil
}
