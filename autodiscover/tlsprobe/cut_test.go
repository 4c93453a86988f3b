package tlsprobe

import (
	"crypto/ed25519"
	"crypto/x509"
	"math/big"
	"strings"
	"testing"
	"time"
)

func TestAChainThatWasCutIsNotCalledUntrusted(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []bool{false, true} {
		c := newChains(x509.NewCertPool(), template.NotAfter)
		trust := seen{chain: [][]byte{der}, cut: cut}.served(&c).Trust
		if trust.Known == cut || cut && !strings.HasPrefix(trust.Why, "the server sends more than 16 certificates") {
			t.Errorf("cut %t: %+v", cut, trust)
		}
	}
}
