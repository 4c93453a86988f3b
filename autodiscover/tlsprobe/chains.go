package tlsprobe

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"exprobe/autodiscover/facts"
)

// chains reads and judges every distinct chain once: a farm that serves one
// certificate from many addresses costs one verification.
type chains struct {
	roots *x509.CertPool
	at    time.Time

	mu   sync.Mutex
	seen map[fingerprint]func() facts.Served
}

type fingerprint [sha256.Size]byte

func (c *chains) served(chain []*x509.Certificate) facts.Served {
	key := fingerprintOf(chain)
	c.mu.Lock()
	read := c.seen[key]
	if read == nil {
		read = sync.OnceValue(func() facts.Served {
			served := facts.Served{Trust: judge(chain, c.roots, c.at)}
			for _, certificate := range chain {
				served.Chain = append(served.Chain, facts.ParseCertificate(certificate.Raw))
			}
			return served
		})
		c.seen[key] = read
	}
	c.mu.Unlock()
	served := read()
	served.Chain = slices.Clone(served.Chain) // two endpoints must not share one list
	return served
}

func fingerprintOf(chain []*x509.Certificate) fingerprint {
	hash := sha256.New()
	for _, certificate := range chain {
		hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(certificate.Raw))))
		hash.Write(certificate.Raw)
	}
	return fingerprint(hash.Sum(nil))
}
