package ldapsrc

import (
	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/stored"
)

// tlsCertificateNameIn decodes an attribute that names a certificate.
func tlsCertificateNameIn(text facts.Observed[facts.Text]) facts.Observed[facts.TLSCertificateName] {
	return decode(text, func(t facts.Text) facts.TLSCertificateName {
		if !t.Present {
			return facts.TLSCertificateName{}
		}
		return stored.TLSCertificateName(t.Value)
	})
}
