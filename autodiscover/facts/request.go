package facts

import "errors"

// The attributes of a request that hold the extensions it asks for, as the octets of
// their object identifiers: extensionRequest (RFC 2985, 5.4.2) and what Windows wrote
// before it (szOID_RSA_certExtensions and szOID_CERT_EXTENSIONS).
const (
	attributeExtensions        = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e" // 1.2.840.113549.1.9.14
	attributeWindowsExtensions = "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0e"
)

// ParseRequest reads a request for a certificate (PKCS #10, RFC 2986) as the
// certificate that it asks for. What only the authority knows stays empty: issuer,
// serial number, dates, thumbprint and signature. No signature is verified: a request
// is judged by what it asks for.
func ParseRequest(octets []byte) (Certificate, error) {
	whole := der(octets)
	outer, ok := whole.take(tagSequence)
	inside := der(outer.body)
	info, also := inside.take(tagSequence)
	in := der(info.body)
	version, third := in.take(tagInteger)
	if !ok || !also || !third || len(version.body) != 1 {
		return Certificate{}, errors.New("this is no request for a certificate")
	}
	c := Certificate{DER: octets}
	subject, ok := in.take(tagSequence)
	if !ok || !c.subject(subject.body) {
		return Certificate{}, errors.New("the subject of the request is malformed")
	}
	c.Subject, _ = distinguishedName(subject.body)
	key, ok := in.take(tagSequence)
	if !ok || !c.publicKey(key.body) {
		return Certificate{}, errors.New("the public key of the request is malformed")
	}
	attributes, _ := in.take(tagContext | tagConstructed)
	var err error
	if !der(attributes.body).each(func(e element) bool {
		pair := der(e.body)
		kind, ok := pair.take(tagOID)
		values, also := pair.take(tagSet)
		if !ok || !also {
			return false
		}
		if oid := string(kind.body); oid == attributeExtensions || oid == attributeWindowsExtensions {
			err = c.requested(values.body)
		}
		return err == nil
	}) && err == nil {
		err = errors.New("the attributes of the request are malformed")
	}
	if err != nil {
		return Certificate{}, err
	}
	return c, nil
}

// requested reads the extensions that a request asks for.
func (c *Certificate) requested(in der) error {
	list, ok := in.take(tagSequence)
	if !ok {
		return errors.New("the extensions of the request are malformed")
	}
	var err error
	if !der(list.body).each(func(e element) bool {
		err = c.extension(e.body)
		return err == nil
	}) && err == nil {
		err = errors.New("the extensions of the request are malformed")
	}
	return err
}
