package hosttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"math/big"
)

// Key says what key a certificate is for. All of them follow from their owner's
// name, and are as secret as that: they are for tests.
type Key string

// The kinds of keys. The zero value is Ed25519, which is the fastest, and which
// Windows does not take for TLS.
const (
	KeyEd25519 Key = ""
	KeyRSA1024 Key = "rsa-1024"
	KeyRSA2048 Key = "rsa-2048"
	KeyP256    Key = "p-256"
	KeyP384    Key = "p-384"
)

// keyOf derives a private key from whose it is.
func keyOf(identity string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("exprobe hosttest key: " + identity))
	return ed25519.NewKeyFromSeed(seed[:])
}

// of derives a key of the kind from whose it is.
func (k Key) of(identity string) (crypto.Signer, error) {
	switch k {
	case KeyEd25519:
		return keyOf(identity), nil
	case KeyRSA1024:
		return rsaKey(identity, 1024)
	case KeyRSA2048:
		return rsaKey(identity, 2048)
	case KeyP256:
		return ecdsaKey(identity, elliptic.P256())
	case KeyP384:
		return ecdsaKey(identity, elliptic.P384())
	}
	return nil, fmt.Errorf("there is no kind of key %q", k)
}

// stream is as many octets as are wanted, the same for the same seed.
func stream(seed string, octets int) (out []byte) {
	for i := uint64(0); len(out) < octets; i++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("exprobe hosttest stream: "+seed), i))
		out = append(out, sum[:]...)
	}
	return out[:octets]
}

func ecdsaKey(identity string, curve elliptic.Curve) (crypto.Signer, error) {
	octets := stream(identity, (curve.Params().BitSize+7)/8)
	octets[0] &= 0x7f // below the order of the curve
	return ecdsa.ParseRawPrivateKey(curve, octets)
}

// rsaKey searches primes by itself, because those of crypto/rsa differ on every run.
func rsaKey(identity string, size int) (crypto.Signer, error) {
	one, e := big.NewInt(1), big.NewInt(65537)
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{E: 65537}}
	p, q := prime(identity+" p", size/2), prime(identity+" q", size/2)
	totient := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key.N = new(big.Int).Mul(p, q)
	key.D = new(big.Int).ModInverse(e, totient)
	key.Primes = []*big.Int{p, q}
	if key.D == nil {
		return nil, fmt.Errorf("making an RSA key for %s: the exponent has no inverse", identity)
	}
	key.Precompute()
	if err := key.Validate(); err != nil {
		return nil, fmt.Errorf("making an RSA key for %s: %w", identity, err)
	}
	return key, nil
}

// prime is the first at or after a number that follows from the seed, with its two
// highest bits set, so that the product of two has all the bits that it should.
func prime(seed string, size int) *big.Int {
	octets := stream(seed, size/8)
	octets[0] |= 0xc0
	octets[len(octets)-1] |= 1
	candidate, two := new(big.Int).SetBytes(octets), big.NewInt(2)
	for !candidate.ProbablyPrime(10) {
		candidate.Add(candidate, two)
	}
	return candidate
}

// keyIDOf is set by hand because the one that crypto/x509 computes has changed
// from one Go version to another.
func keyIDOf(key crypto.Signer) []byte {
	if ed, ok := key.Public().(ed25519.PublicKey); ok {
		sum := sha256.Sum256(ed)
		return sum[:20]
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil
	}
	sum := sha256.Sum256(der)
	return sum[:20]
}
