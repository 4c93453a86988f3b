package facts_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"exprobe/autodiscover/facts"
)

// request mints a request; windows puts its extensions where older Windows did.
func request(t testing.TB, windows bool, commonName string, names ...string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.CertificateRequest{DNSNames: names}
	if commonName != "" {
		template.Subject = pkix.Name{CommonName: commonName, Organization: []string{"Contoso"}}
	}
	if windows {
		var san []asn1.RawValue
		for _, name := range names {
			san = append(san, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 2, Bytes: []byte(name)})
		}
		value, err := asn1.Marshal(san)
		if err != nil {
			t.Fatal(err)
		}
		template.DNSNames = nil
		template.Attributes = []pkix.AttributeTypeAndValueSET{{Type: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 1, 14},
			Value: [][]pkix.AttributeTypeAndValue{{{Type: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: value}}}}}
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestParseRequestReadsWhatIsAskedFor(t *testing.T) {
	for _, test := range []struct {
		name string
		der  []byte
		want facts.Certificate
	}{
		{"with a common name", request(t, false, "mail.contoso.com", "mail.contoso.com", "autodiscover.contoso.com"),
			facts.Certificate{CommonNames: []string{"mail.contoso.com"}, DNSNames: []string{"mail.contoso.com", "autodiscover.contoso.com"},
				Subject: "CN=mail.contoso.com,O=Contoso", Key: "ECDSA", KeyBits: 256, Curve: "P-256"}},
		{"without a common name", request(t, false, "", "mail.contoso.com"),
			facts.Certificate{DNSNames: []string{"mail.contoso.com"}, Key: "ECDSA", KeyBits: 256, Curve: "P-256"}},
		{"with the names where older Windows writes them", request(t, true, "mail.contoso.com", "mail.contoso.com"),
			facts.Certificate{CommonNames: []string{"mail.contoso.com"}, DNSNames: []string{"mail.contoso.com"},
				Subject: "CN=mail.contoso.com,O=Contoso", Key: "ECDSA", KeyBits: 256, Curve: "P-256"}},
		{"without names", request(t, false, "mail.contoso.com"),
			facts.Certificate{CommonNames: []string{"mail.contoso.com"}, Subject: "CN=mail.contoso.com,O=Contoso", Key: "ECDSA", KeyBits: 256, Curve: "P-256"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := facts.ParseRequest(test.der)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(facts.Certificate{}, "DER")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, not := range [][]byte{nil, {0x30, 0}, []byte("request"), request(t, false, "x")[:60]} {
		if c, err := facts.ParseRequest(not); err == nil {
			t.Errorf("%x is taken for a request: %+v", not, c)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add(request(f, false, "mail.contoso.com", "mail.contoso.com"))
	f.Add(request(f, true, "mail.contoso.com", "mail.contoso.com"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		c, err := facts.ParseRequest(octets)
		if err == nil && (c.Key == "" || !c.NotAfter.IsZero() || c.Thumbprint != "") {
			t.Errorf("a request with %+v", c)
		}
	})
}
