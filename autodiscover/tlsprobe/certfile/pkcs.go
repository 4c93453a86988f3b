package certfile

import (
	"encoding/asn1"
	"errors"
	"fmt"

	"exprobe/autodiscover/facts"

	"software.sslmate.com/src/go-pkcs12"
)

// maxIterations caps how long the derivation of a key may take: Windows writes
// 2,000, OpenSSL 2,048, and careful people 600,000, which is half a second.
const maxIterations = 2_000_000

type kind int

const (
	kindOther kind = iota
	kindPKCS7
	kindPKCS12
)

var (
	oidData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
)

// kindOf tells by its first parts what a file of DER is.
func kindOf(data []byte) kind {
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(data, &outer); err != nil || !outer.IsCompound {
		if len(data) > 2 && data[1] == 0x80 { // BER of indefinite length: only the PKCS files are ever written so
			return kindPKCS7
		}
		return kindOther
	}
	var oid asn1.ObjectIdentifier
	rest, err := asn1.Unmarshal(outer.Bytes, &oid)
	if err == nil && oid.Equal(oidSignedData) {
		return kindPKCS7
	}
	version := 0
	if rest, err = asn1.Unmarshal(outer.Bytes, &version); err != nil || version != 3 {
		return kindOther
	}
	var inner struct {
		Kind    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(rest, &inner); err == nil && (inner.Kind.Equal(oidData) || inner.Kind.Equal(oidSignedData)) {
		return kindPKCS12
	}
	return kindOther
}

// pkcs7 lists the certificates of a SignedData (RFC 2315, 9.1), in the order of the
// file, which means nothing: they are a set. No signature is looked at.
func pkcs7(data []byte) ([][]byte, error) {
	malformed := errors.New("the PKCS #7 file is malformed, or in an encoding other than DER; convert it with: openssl pkcs7 -print_certs, or export it again")
	var outer struct {
		Kind    asn1.ObjectIdentifier
		Content asn1.RawValue // [0], around a SignedData
	}
	if _, err := asn1.Unmarshal(data, &outer); err != nil || !outer.Kind.Equal(oidSignedData) {
		return nil, malformed
	}
	var signed asn1.RawValue
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &signed); err != nil {
		return nil, malformed
	}
	parts, ok := elements(signed.Bytes)
	if !ok {
		return nil, malformed
	}
	var list [][]byte
	for _, part := range parts {
		if part.Class != asn1.ClassContextSpecific || part.Tag != 0 {
			continue
		}
		certificates, ok := elements(part.Bytes)
		if !ok {
			return nil, malformed
		}
		for _, one := range certificates {
			if one.Class == asn1.ClassUniversal && one.Tag == asn1.TagSequence { // the others are kinds that nobody uses
				list = append(list, one.FullBytes)
			}
		}
	}
	return list, nil
}

// elements are those that stand one after the other.
func elements(der []byte) (list []asn1.RawValue, ok bool) {
	for len(der) > 0 {
		var e asn1.RawValue
		rest, err := asn1.Unmarshal(der, &e)
		if err != nil {
			return list, false
		}
		list, der = append(list, e), rest
	}
	return list, true
}

// first is the first element of DER, without what follows it.
func first(der []byte) []byte {
	var e asn1.RawValue
	if _, err := asn1.Unmarshal(der, &e); err != nil {
		return der
	}
	return e.FullBytes
}

// readPKCS12 reads the certificates of a file with a key. The key says which of them
// is the leaf, and is dropped.
func readPKCS12(data []byte, password string) (Contents, error) {
	if !patient(data, 0) {
		return Contents{}, fmt.Errorf("the PKCS #12 file asks for more than %d iterations to derive its key; export it again", maxIterations)
	}
	_, leaf, list, err := pkcs12.DecodeChain(data, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && password == "":
		return Contents{}, errors.New("the PKCS #12 file is protected by a password; give it in a file")
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return Contents{}, errors.New("the password is not that of the PKCS #12 file; look for a blank in its file, or export the certificate without its key, as .cer or .p7b")
	case err != nil:
		return Contents{}, fmt.Errorf("reading the PKCS #12 file: %.200s; export the certificate without its key, as .cer or .p7b", err.Error())
	}
	authorities := make([]facts.Certificate, 0, len(list))
	for _, c := range list {
		authorities = append(authorities, facts.ReadCertificate(c))
	}
	return Contents{Chain: chainFrom(facts.ReadCertificate(leaf), authorities), Whole: true, Sealed: true}, nil
}

// maxNesting is how deep the walk below goes; real files have some ten levels.
const maxNesting = 24

// patient says whether no count of iterations that stands in clear is too large:
// each is an integer that follows a salt. What is encrypted comes after a check of
// the whole with the password, so that only who knows it could be hostile there.
func patient(der []byte, depth int) bool {
	list, _ := elements(der)
	salted := false
	for _, e := range list {
		count := 0
		if salted && e.Class == asn1.ClassUniversal && e.Tag == asn1.TagInteger {
			if _, err := asn1.Unmarshal(e.FullBytes, &count); err != nil || count > maxIterations {
				return false
			}
		}
		salted = e.Class == asn1.ClassUniversal && e.Tag == asn1.TagOctetString
		if nested := e.IsCompound || salted; nested && depth < maxNesting && !patient(e.Bytes, depth+1) {
			return false
		}
	}
	return true
}
