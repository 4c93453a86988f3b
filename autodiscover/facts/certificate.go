package facts

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"strings"
)

var (
	oidCommonName = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidEmail      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
)

// longestReason caps what a hostile certificate can make of an error text, in bytes.
const longestReason = 300

// ParseCertificate reads the names and dates of a certificate. One that cannot be
// parsed comes back with Unreadable set: it was seen, and nothing is known of it.
//
// Common names and e-mail addresses are taken from the Subject's own attributes
// and not from pkix.Name, whose CommonName is the last of several.
func ParseCertificate(der []byte) Certificate {
	thumbprint := sha1.Sum(der)
	c := Certificate{DER: der, Thumbprint: strings.ToUpper(hex.EncodeToString(thumbprint[:]))}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		c.Unreadable = err.Error()[:min(len(err.Error()), longestReason)]
		return c
	}
	for _, attribute := range parsed.Subject.Names {
		text, ok := attribute.Value.(string)
		if !ok {
			text = fmt.Sprint(attribute.Value)
		}
		switch {
		case attribute.Type.Equal(oidCommonName):
			c.CommonNames = append(c.CommonNames, text)
		case attribute.Type.Equal(oidEmail):
			c.SubjectEmails = append(c.SubjectEmails, text)
		}
	}
	c.SANEmails = parsed.EmailAddresses
	c.DNSNames = parsed.DNSNames
	for _, ip := range parsed.IPAddresses {
		c.IPAddresses = append(c.IPAddresses, ip.String())
	}
	for _, policy := range parsed.Policies {
		c.Policies = append(c.Policies, policy.String())
	}
	c.Subject = distinguishedName(parsed.RawSubject)
	c.Issuer = distinguishedName(parsed.RawIssuer)
	c.SelfSigned = bytes.Equal(parsed.RawSubject, parsed.RawIssuer) &&
		parsed.CheckSignature(parsed.SignatureAlgorithm, parsed.RawTBSCertificate, parsed.Signature) == nil
	c.NotBefore, c.NotAfter = parsed.NotBefore.UTC(), parsed.NotAfter.UTC()
	return c
}

// distinguishedName writes every attribute of a name; pkix.Name would write the
// last of several common names alone.
func distinguishedName(raw []byte) string {
	var name pkix.RDNSequence
	if rest, err := asn1.Unmarshal(raw, &name); err != nil || len(rest) > 0 {
		return ""
	}
	return name.String()
}
