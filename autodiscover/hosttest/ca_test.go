package hosttest_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/hosttest"
)

var update = flag.Bool("update", false, "rewrite golden files")

type odd struct {
	name string
	spec hosttest.Spec
}

var oddities = append([]odd{
	{"plain", hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, DNSNames: []string{"mail.contoso.com", "autodiscover.contoso.com"}}},
	{"no common name", hosttest.Spec{DNSNames: []string{"mail.contoso.com"}}},
	{"no name at all", hosttest.Spec{}},
	{"two common names", hosttest.Spec{CommonNames: []string{"mail.contoso.com", "owa.contoso.com"}}},
	{"wildcard", hosttest.Spec{CommonNames: []string{"*.contoso.com"}, DNSNames: []string{"*.contoso.com"}}},
	{"e-mail in the subject", hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Emails: []string{"admin@contoso.com"}}},
	{"e-mail in the alternative names", hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, SANEmails: []string{"admin@contoso.com"}}},
	{"expired", hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, NotAfter: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}},
	{"self-signed", hosttest.Spec{CommonNames: []string{"EX01"}, SelfSigned: true}},
	{"unparsable", hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Unparsable: true}},
	{"unparsable and self-signed", hosttest.Spec{CommonNames: []string{"EX01"}, SelfSigned: true, Unparsable: true}},
	{"address", hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, IPAddresses: []string{"192.0.2.10", "2001:db8::1"}}},
	{"RSA of 1024 bits", hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Key: hosttest.KeyRSA1024}},
	{"RSA of 2048 bits, self-signed", hosttest.Spec{CommonNames: []string{"EX01"}, Key: hosttest.KeyRSA2048, SelfSigned: true}},
	{"P-256", hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Key: hosttest.KeyP256}},
	{"P-384, self-signed", hosttest.Spec{CommonNames: []string{"EX01"}, Key: hosttest.KeyP384, SelfSigned: true}},
	{"for clients", hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Purposes: []string{"client"}}},
	{"for nothing", hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Purposes: []string{}}},
	{"with a place to fetch its issuer from", hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Fetch: []string{"http://pki.contoso.com/issuing.crt"}}},
	{"an authority", hosttest.Spec{CommonNames: []string{"Contoso Sub CA"}, CA: true}},
}, spoiled()...)

func spoiled() (list []odd) {
	for _, oddity := range hosttest.Oddities() {
		list = append(list, odd{string(oddity), hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Oddity: oddity}})
	}
	return list
}

func authorities(t testing.TB) (root, issuing *hosttest.CA) {
	t.Helper()
	root, err := hosttest.NewCA("Contoso Root CA")
	if err != nil {
		t.Fatal(err)
	}
	issuing, err = root.Intermediate("Contoso Issuing CA")
	if err != nil {
		t.Fatal(err)
	}
	return root, issuing
}

func block(t testing.TB, text []byte) []byte {
	t.Helper()
	b, rest := pem.Decode(text)
	if b == nil || b.Type != "CERTIFICATE" || len(rest) > 0 {
		t.Fatalf("not one PEM certificate: %q", text)
	}
	return b.Bytes
}

func TestThumbprintsAreTheSameOnEveryRun(t *testing.T) {
	root, issuing := authorities(t)
	var got strings.Builder
	line := func(name string, der []byte) { fmt.Fprintf(&got, "%X %s\n", sha1.Sum(der), name) }
	line("root", block(t, root.PEM()))
	line("intermediate", block(t, issuing.PEM()))
	for _, o := range oddities {
		certificate, err := issuing.Issue(o.spec)
		if err != nil {
			t.Fatalf("%s: %v", o.name, err)
		}
		line(o.name, certificate.Certificate[0])
	}
	const golden = "testdata/thumbprints.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got.String()); diff != "" {
		t.Errorf("thumbprints have changed, and with them golden files elsewhere (-want +got):\n%s", diff)
	}
}

func TestSameSpecificationGivesSameBytes(t *testing.T) {
	_, one := authorities(t)
	_, two := authorities(t)
	for _, o := range oddities {
		a, err := one.Issue(o.spec)
		if err != nil {
			t.Fatal(err)
		}
		b, err := two.Issue(o.spec)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a.Certificate, b.Certificate); diff != "" {
			t.Errorf("%s: %s", o.name, diff)
		}
		o.spec.OmitChain = true
		c, err := one.Issue(o.spec)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Certificate) != 1 || !bytes.Equal(a.Certificate[0], c.Certificate[0]) {
			t.Errorf("%s: leaving the chain out changes the certificate", o.name)
		}
	}
}

func TestDifferentSpecificationsGiveDifferentKeysAndSerials(t *testing.T) {
	root, issuing := authorities(t)
	spec := oddities[0].spec
	serials := map[string]bool{}
	keys := map[string]bool{}
	add := func(ca *hosttest.CA, spec hosttest.Spec) {
		certificate, err := ca.Issue(spec)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(certificate.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		serials[leaf.SerialNumber.String()] = true
		keys[fmt.Sprint(leaf.PublicKey)] = true
	}
	add(issuing, spec)
	add(root, spec)
	renewed := spec
	renewed.NotBefore = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	add(issuing, renewed)
	if len(serials) != 3 || len(keys) != 3 {
		t.Errorf("%d serial numbers and %d keys for three certificates", len(serials), len(keys))
	}
}

func TestLeafLeadsToRootThroughServedChain(t *testing.T) {
	root, issuing := authorities(t)
	lower, err := issuing.Intermediate("Contoso Lower CA")
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := lower.Issue(oddities[0].spec)
	if err != nil {
		t.Fatal(err)
	}
	if len(certificate.Certificate) != 3 {
		t.Fatalf("%d certificates are served, want the leaf and two intermediates", len(certificate.Certificate))
	}
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM(root.PEM())
	var leaf *x509.Certificate
	for i, der := range certificate.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			leaf = c
		} else {
			intermediates.AddCert(c)
		}
	}
	_, err = leaf.Verify(x509.VerifyOptions{DNSName: "mail.contoso.com", Roots: roots, Intermediates: intermediates,
		CurrentTime: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Error(err)
	}
}

func TestUnparsableIsRefusedForItsSerialAlone(t *testing.T) {
	_, issuing := authorities(t)
	certificate, err := issuing.Issue(hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Unparsable: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = x509.ParseCertificate(certificate.Certificate[0])
	if err == nil || !strings.Contains(err.Error(), "negative serial number") {
		t.Errorf("got error %v, want a negative serial number", err)
	}
}

func TestAuthorityWithoutNameIsRefused(t *testing.T) {
	if _, err := hosttest.NewCA(""); err == nil {
		t.Error("no error")
	}
}

func TestServedChainCanBeMisorderedAndTooLong(t *testing.T) {
	_, issuing := authorities(t)
	lower, err := issuing.Intermediate("Contoso Lower CA")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		spec hosttest.Spec
		want []string
	}{
		{hosttest.Spec{}, []string{"Contoso Lower CA", "Contoso Issuing CA"}},
		{hosttest.Spec{WithRoot: true}, []string{"Contoso Lower CA", "Contoso Issuing CA", "Contoso Root CA"}},
		{hosttest.Spec{Misordered: true}, []string{"Contoso Issuing CA", "Contoso Lower CA"}},
		{hosttest.Spec{OmitChain: true, WithRoot: true}, nil},
	} {
		issued, err := lower.Issue(test.spec)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, der := range issued.Certificate[1:] {
			c, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, c.Subject.CommonName)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%+v: %s", test.spec, diff)
		}
	}
}

func TestUnknownWordsAreRefused(t *testing.T) {
	root, _ := authorities(t)
	for _, spec := range []hosttest.Spec{{Key: "rsa-17"}, {Purposes: []string{"mail"}}, {IPAddresses: []string{"contoso"}}, {Oddity: "odd"}} {
		if _, err := root.Issue(spec); err == nil {
			t.Errorf("%+v: no error", spec)
		}
	}
}

// Each oddity is signed by its issuer, so that nothing but itself is wrong with it.
func TestOdditiesAreSignedByTheirIssuer(t *testing.T) {
	root, _ := authorities(t)
	issuer, err := x509.ParseCertificate(block(t, root.PEM()))
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, oddity := range hosttest.Oddities() {
		issued, err := root.Issue(hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Oddity: oddity})
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(issued.Certificate[0])
		if err != nil {
			refused++
			continue
		}
		if err := c.CheckSignatureFrom(issuer); err != nil {
			t.Errorf("%s: %v", oddity, err)
		}
	}
	if refused != 18 {
		t.Errorf("crypto/x509 refuses %d of them, want 18", refused)
	}
}
