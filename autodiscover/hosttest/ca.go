package hosttest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// The validity of authorities, and of leaves that do not say otherwise: long
// enough that no test meets its end by accident.
var (
	notBefore = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	notAfter  = time.Date(2059, 12, 31, 0, 0, 0, 0, time.UTC)
)

// CA is a certificate authority whose key and certificate follow from its name
// alone.
type CA struct {
	path        []string // the root's name, then each intermediate's: what keys are derived from
	certificate *x509.Certificate
	key         ed25519.PrivateKey
	root        []byte   // the certificate at the top
	chain       [][]byte // what a server sends after its leaf: the intermediates, lowest first
}

// NewCA makes a root authority, valid from 2020-01-01 to 2059-12-31 UTC.
func NewCA(name string) (*CA, error) {
	return newCA(nil, name)
}

// Intermediate makes an authority that ca has issued. Its leaves are served with
// its certificate and without the root's.
func (ca *CA) Intermediate(name string) (*CA, error) {
	return newCA(ca, name)
}

// PEM is the certificate of the authority.
func (ca *CA) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.certificate.Raw})
}

// newCA makes an authority below parent, or a root where parent is nil.
func newCA(parent *CA, name string) (*CA, error) {
	if name == "" {
		return nil, errors.New("making an authority: it has no name")
	}
	ca := &CA{path: []string{name}}
	if parent != nil {
		ca.path = append(parent.path[:len(parent.path):len(parent.path)], name)
	}
	identity := fmt.Sprintf("authority %q", ca.path)
	ca.key = keyOf(identity)
	template := &x509.Certificate{
		SerialNumber:          serialOf(identity),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             notBefore,
		NotAfter:              notAfter,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		SubjectKeyId:          keyIDOf(ca.key),
	}
	issuer, signer := template, ca.key
	if parent != nil {
		issuer, signer = parent.certificate, parent.key
	}
	der, err := x509.CreateCertificate(nil, template, issuer, ca.key.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("making the authority %q: %w", name, err)
	}
	if ca.certificate, err = x509.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("reading the authority %q: %w", name, err)
	}
	ca.root = ca.certificate.Raw
	if parent != nil {
		ca.root = parent.root
		ca.chain = append([][]byte{der}, parent.chain...)
	}
	return ca, nil
}

// serialOf derives a positive serial number of 16 octets.
func serialOf(identity string) *big.Int {
	sum := sha256.Sum256([]byte("exprobe hosttest serial: " + identity))
	serial := sum[:16]
	serial[0] = serial[0]&0x3f | 0x40 // positive, and no leading zero
	return new(big.Int).SetBytes(serial)
}
