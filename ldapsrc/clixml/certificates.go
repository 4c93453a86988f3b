package clixml

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"exprobe/autodiscover/facts"
)

// maxCertificates is far above what the servers of an organization hold.
const maxCertificates = 10000

// certificates are those that Get-ExchangeCertificate lists, each once: RawData is
// the certificate as DER (confirmed). Its private key is no part of the object.
func (x *exports) certificates() facts.Observed[[]facts.Certificate] {
	e := x.of(getCertificates)
	list := []facts.Certificate{}
	seen := map[string]bool{}
	broken := 0
	for _, o := range e.objects {
		der, err := base64.StdEncoding.AppendDecode(nil, bytes.Join(bytes.Fields([]byte(o.plain("RawData"))), nil))
		if err != nil || len(der) == 0 {
			broken++
			continue
		}
		c := facts.ParseCertificate(der)
		if seen[c.Thumbprint] {
			continue
		}
		seen[c.Thumbprint] = true
		if len(list) == maxCertificates {
			e.why = append(e.why, fmt.Sprintf("more than %d certificates were exported", maxCertificates))
			break
		}
		list = append(list, c)
	}
	if broken > 0 {
		e.why = append(e.why, fmt.Sprintf("%s shows %d certificates without their RawData", getCertificates, broken))
	}
	return observed(list, e.why)
}
