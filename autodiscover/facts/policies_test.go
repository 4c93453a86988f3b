package facts_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"math/big"
	"slices"
	"testing"

	"exprobe/autodiscover/facts"
)

func TestParseCertificateReadsPolicies(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	for _, want := range [][]string{nil, {"2.23.140.1.2.2", "1.3.6.1.4.1.311.21.8.1"}} {
		template := &x509.Certificate{SerialNumber: big.NewInt(1)}
		for _, text := range want {
			policy, err := x509.ParseOID(text)
			if err != nil {
				t.Fatal(err)
			}
			template.Policies = append(template.Policies, policy)
		}
		der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		if got := facts.ParseCertificate(der); !slices.Equal(got.Policies, want) {
			t.Errorf("policies are %q, want %q", got.Policies, want)
		}
	}
}
