package facts_test

import (
	"crypto/dsa"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/hosttest"
)

// What crypto/x509 accepts, it and our reader read alike.

// asGoReads is the certificate with all that crypto/x509 can say of it.
func asGoReads(c *x509.Certificate) facts.Certificate {
	want := facts.Certificate{SANEmails: c.EmailAddresses, DNSNames: c.DNSNames, NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(),
		Authority: c.IsCA, Fetch: c.IssuingCertificateURL}
	for _, attribute := range c.Subject.Names {
		switch attribute.Type.String() {
		case "2.5.4.3":
			want.CommonNames = append(want.CommonNames, attribute.Value.(string))
		case "1.2.840.113549.1.9.1":
			want.SubjectEmails = append(want.SubjectEmails, attribute.Value.(string))
		}
	}
	for _, ip := range c.IPAddresses {
		want.IPAddresses = append(want.IPAddresses, ip.String())
	}
	if c.SignatureAlgorithm != x509.UnknownSignatureAlgorithm {
		want.Signature = c.SignatureAlgorithm.String()
	}
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		want.Key, want.KeyBits = "RSA", key.N.BitLen()
	case *ecdsa.PublicKey:
		want.Key, want.KeyBits, want.Curve = "ECDSA", key.Params().BitSize, key.Params().Name
	case *dsa.PublicKey:
		want.Key, want.KeyBits = "DSA", key.P.BitLen()
	}
	for i, name := range []string{"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
		"keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"} {
		if c.KeyUsage&(1<<i) != 0 {
			want.KeyUsage = append(want.KeyUsage, name)
		}
	}
	for _, usage := range c.ExtKeyUsage {
		want.Purposes = append(want.Purposes, usage.OID().String())
	}
	for _, oid := range c.UnknownExtKeyUsage {
		want.Purposes = append(want.Purposes, oid.String())
	}
	return want
}

// checkAgainstGo compares our reading with that of crypto/x509 where there is one.
func checkAgainstGo(t testing.TB, der []byte) (readable bool) {
	t.Helper()
	got := facts.ParseCertificate(der)
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		if got.Unreadable == "" && got.Lenient == "" {
			t.Errorf("crypto/x509 refuses %x (%v), and nothing is said of it", der, err)
		}
		if got.Unreadable != "" && (got.Subject != "" || got.Serial != "" || got.CommonNames != nil || !got.NotAfter.IsZero()) {
			t.Errorf("%x is unreadable, and something was read: %+v", der, got)
		}
		return got.Unreadable == ""
	}
	if diff := cmp.Diff(got, facts.ReadCertificate(parsed)); diff != "" {
		t.Errorf("parsed before it reads otherwise:\n%s", diff)
	}
	if got.Unreadable != "" || got.Lenient != "" {
		t.Fatalf("crypto/x509 reads %x, and we do not: %s%s", der, got.Unreadable, got.Lenient)
	}
	want := asGoReads(parsed)
	if want.Signature == "" {
		got.Signature = ""
	}
	if want.Key == "" {
		got.Key, got.KeyBits = "", 0
	}
	for i, purpose := range got.Purposes {
		got.Purposes[i] = strings.NewReplacer("serverAuth", "1.3.6.1.5.5.7.3.1", "clientAuth", "1.3.6.1.5.5.7.3.2", "any", "2.5.29.37.0").Replace(purpose)
	}
	for _, policy := range parsed.Policies {
		want.Policies = append(want.Policies, policy.String())
	}
	slices.Sort(got.Purposes) // Go splits them into two lists
	slices.Sort(want.Purposes)
	got.DER, got.Thumbprint, got.Serial, got.SelfSigned, got.Subject, got.Issuer, got.OtherNames = nil, "", "", false, "", "", nil
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("of %x (-crypto/x509 +ours):\n%s", der, diff)
	}
	return true
}

// collected are the certificates in files of PEM or DER.
func collected(t testing.TB, patterns ...string) (list [][]byte) {
	t.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			octets, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, ".crt") && len(octets) > 0 && octets[0] == 0x30 {
				list = append(list, octets)
				continue
			}
			for block, rest := pem.Decode(octets); block != nil; block, rest = pem.Decode(rest) {
				if block.Type == "CERTIFICATE" {
					list = append(list, block.Bytes)
				}
			}
		}
	}
	return list
}

// The certificates that come with Go, NIST's suite for path validation among them,
// and those that this system trusts.
func TestOurReaderAgreesWithGo(t *testing.T) {
	testdata := filepath.Join(runtime.GOROOT(), "src", "crypto", "x509", "testdata")
	patterns := []string{filepath.Join(testdata, "nist-pkits", "certs", "*.crt"), filepath.Join(testdata, "*.pem"), "/etc/ssl/certs/*.pem"}
	if more := os.Getenv("EXPROBE_CERTIFICATES"); more != "" { // a glob of further PEM files
		patterns = append(patterns, more)
	}
	list := collected(t, patterns...)
	if len(list) == 0 {
		t.Skip("this Go came without its test data")
	}
	refused, unreadable := 0, 0
	for _, der := range list {
		if _, err := x509.ParseCertificate(der); err != nil {
			refused++
		}
		if !checkAgainstGo(t, der) {
			unreadable++
		}
	}
	t.Logf("of %d certificates crypto/x509 refuses %d, and our reader %d", len(list), refused, unreadable)
}

func FuzzParseCertificate(f *testing.F) {
	ca, err := hosttest.NewCA("Contoso Root CA")
	if err != nil {
		f.Fatal(err)
	}
	name := []string{"mail.contoso.com"}
	for _, spec := range []hosttest.Spec{{}, {CommonNames: name, DNSNames: name}, {CommonNames: name, Emails: []string{"admin@contoso.com"}},
		{CommonNames: name, SelfSigned: true}, {CommonNames: name, Unparsable: true}} {
		issued, err := ca.Issue(spec)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(issued.Certificate[0])
	}
	for i, der := range collected(f, filepath.Join(runtime.GOROOT(), "src", "crypto", "x509", "testdata", "nist-pkits", "certs", "*.crt")) {
		if i%25 == 0 {
			f.Add(der)
		}
	}
	f.Fuzz(func(t *testing.T, der []byte) { checkAgainstGo(t, der) })
}

func ExampleParseCertificate() {
	c := facts.ParseCertificate([]byte("not a certificate"))
	fmt.Println(c.Unreadable)
	// Output: x509: malformed certificate
}
