package tlsprobe

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"exprobe/autodiscover/facts"
)

// chains reads and judges every distinct chain once: a farm that serves one
// certificate from many addresses costs one verification. The certificates of
// authorities, which a thousand chains share, are read once and kept once.
type chains struct {
	roots *x509.CertPool
	at    time.Time

	mu          sync.Mutex
	seen        map[fingerprint]func() judged
	authorities map[fingerprint]func() read
}

type fingerprint [sha256.Size]byte

// judged is a chain and whether it is trusted.
type judged struct {
	chain []facts.Certificate
	trust facts.Observed[facts.Trust]
}

// read is a certificate as both parsers read it; strict is nil where the strict one
// refuses it.
type read struct {
	facts  facts.Certificate
	strict *x509.Certificate
}

func newChains(roots *x509.CertPool, at time.Time) chains {
	return chains{roots: roots, at: at, seen: map[fingerprint]func() judged{}, authorities: map[fingerprint]func() read{}}
}

// judge reads a chain as it was sent, leaf first. leaf, where it is not nil, is its
// first certificate, parsed. The list that comes back is shared.
func (c *chains) judge(chain [][]byte, leaf *x509.Certificate) judged {
	key := fingerprintOf(chain)
	c.mu.Lock()
	once := c.seen[key]
	if once == nil {
		once = sync.OnceValue(func() judged { return c.first(chain, leaf) })
		c.seen[key] = once
	}
	c.mu.Unlock()
	return once()
}

// first is judge for a chain that was not seen before.
func (c *chains) first(chain [][]byte, leaf *x509.Certificate) judged {
	var (
		result judged
		strict []*x509.Certificate
		blind  string
	)
	for i, der := range chain {
		var one read
		switch {
		case i > 0:
			one = c.authority(der)
		case leaf != nil:
			one = read{facts.ReadCertificate(leaf), leaf}
			one.facts.DER = bytes.Clone(der) // which is a part of the whole message
		default:
			one = readStrictly(der)
		}
		result.chain = append(result.chain, one.facts)
		switch {
		case one.strict != nil && (i == 0 || len(strict) > 0):
			strict = append(strict, one.strict)
		case one.strict == nil && blind == "":
			blind = refusal(one.facts)
		}
	}
	if len(strict) == 0 {
		result.trust = facts.Unknown[facts.Trust](blind)
		return result
	}
	result.trust = c.trust(strict)
	if len(strict) < len(chain) {
		result.trust.Value.Path = nil // its positions are others; the names lead as well
	}
	if blind != "" && result.trust.Known && !result.trust.Value.Trusted {
		result.trust = facts.Unknown[facts.Trust](blind) // with the one that was refused it might be
	}
	return result
}

// refusal is why a chain with a certificate cannot be verified.
func refusal(c facts.Certificate) string {
	if c.Unreadable != "" {
		return "a certificate that was sent could not be parsed: " + c.Unreadable
	}
	return fmt.Sprintf("the certificate of %q cannot be verified here, because a strict parser refuses it: %s", short(c.Subject), c.Lenient)
}

func (c *chains) authority(der []byte) read {
	key := fingerprint(sha256.Sum256(der))
	c.mu.Lock()
	once := c.authorities[key]
	if once == nil {
		once = sync.OnceValue(func() read { return readStrictly(bytes.Clone(der)) })
		c.authorities[key] = once
	}
	c.mu.Unlock()
	return once()
}

func readStrictly(der []byte) read {
	strict, err := x509.ParseCertificate(der)
	if err != nil {
		return read{facts.ParseCertificate(der), nil}
	}
	return read{facts.ReadCertificate(strict), strict}
}

func fingerprintOf(chain [][]byte) fingerprint {
	hash := sha256.New()
	var length [8]byte
	for _, der := range chain {
		binary.BigEndian.PutUint64(length[:], uint64(len(der)))
		hash.Write(length[:])
		hash.Write(der)
	}
	return fingerprint(hash.Sum(nil))
}
