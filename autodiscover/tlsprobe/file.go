package tlsprobe

import (
	"crypto/x509"
	"fmt"
	"time"

	"exprobe/autodiscover/facts"
)

// FromFile is what a host would serve if it had the certificates of a file, leaf
// first, judged for trust like a handshake's. whole says that the file could hold
// the issuers as well: where it could not, that they are missing means nothing. Nil
// roots are the system's.
func FromFile(file string, chain []facts.Certificate, whole bool, roots *x509.CertPool, at time.Time) facts.Observed[facts.Served] {
	if len(chain) == 0 {
		return facts.Unknown[facts.Served](fmt.Sprintf("%s holds no certificate", file))
	}
	ders := make([][]byte, 0, maxChain)
	for _, c := range chain[:min(len(chain), maxChain)] {
		ders = append(ders, c.DER)
	}
	c := newChains(roots, at)
	found := c.judge(ders, nil)
	if !whole && found.trust.Value.Missing != "" {
		found.trust = facts.Unknown[facts.Trust](fmt.Sprintf("%s holds the server's certificate alone, and not that of its issuer, %s; "+
			"name a file with the whole chain (.p7b, .pfx or PEM), or the issuer's certificate with --ca-file", file, short(found.trust.Value.Missing)))
	}
	return facts.Known(facts.Served{Chain: found.chain, Trust: found.trust, File: file})
}
