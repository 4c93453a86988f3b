package facts_test

import (
	"crypto/sha1"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/hosttest"
)

func TestParseCertificateKeepsNamesAsTheyStand(t *testing.T) {
	ca, err := hosttest.NewCA("Contoso Root CA")
	if err != nil {
		t.Fatal(err)
	}
	var (
		start  = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		end    = time.Date(2059, 12, 31, 0, 0, 0, 0, time.UTC)
		issuer = "CN=Contoso Root CA"
	)
	for _, test := range []struct {
		name string
		spec hosttest.Spec
		want facts.Certificate
	}{
		{
			name: "one common name and its alternatives",
			spec: hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, DNSNames: []string{"mail.contoso.com", "*.Contoso.com"}},
			want: facts.Certificate{CommonNames: []string{"mail.contoso.com"}, DNSNames: []string{"mail.contoso.com", "*.Contoso.com"},
				Subject: "CN=mail.contoso.com", Issuer: issuer, NotBefore: start, NotAfter: end},
		},
		{
			name: "several common names, in order",
			spec: hosttest.Spec{CommonNames: []string{"mail.contoso.com", "owa.contoso.com", "mail.contoso.com"}},
			want: facts.Certificate{CommonNames: []string{"mail.contoso.com", "owa.contoso.com", "mail.contoso.com"},
				Issuer: issuer, NotBefore: start, NotAfter: end},
		},
		{
			name: "no common name",
			spec: hosttest.Spec{DNSNames: []string{"mail.contoso.com"}},
			want: facts.Certificate{DNSNames: []string{"mail.contoso.com"}, Issuer: issuer, NotBefore: start, NotAfter: end},
		},
		{
			name: "an empty common name is not none",
			spec: hosttest.Spec{CommonNames: []string{""}},
			want: facts.Certificate{CommonNames: []string{""}, Issuer: issuer, NotBefore: start, NotAfter: end},
		},
		{
			name: "e-mail addresses of the subject",
			spec: hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Emails: []string{"admin@contoso.com", "it@contoso.com"}},
			want: facts.Certificate{CommonNames: []string{"mail.contoso.com"}, SubjectEmails: []string{"admin@contoso.com", "it@contoso.com"},
				Issuer: issuer, NotBefore: start, NotAfter: end},
		},
		{
			name: "e-mail addresses among the alternatives",
			spec: hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, SANEmails: []string{"admin@contoso.com"}},
			want: facts.Certificate{CommonNames: []string{"mail.contoso.com"}, SANEmails: []string{"admin@contoso.com"},
				Subject: "CN=mail.contoso.com", Issuer: issuer, NotBefore: start, NotAfter: end},
		},
		{
			name: "a hostile common name, byte for byte",
			spec: hosttest.Spec{CommonNames: []string{"mail.contoso.com\x1b[2J\n\u202egpj"}},
			want: facts.Certificate{CommonNames: []string{"mail.contoso.com\x1b[2J\n\u202egpj"}, Issuer: issuer, NotBefore: start, NotAfter: end},
		},
		{
			name: "self-signed",
			spec: hosttest.Spec{CommonNames: []string{"EX01"}, SelfSigned: true},
			want: facts.Certificate{CommonNames: []string{"EX01"}, Subject: "CN=EX01", Issuer: "CN=EX01", SelfSigned: true, NotBefore: start, NotAfter: end},
		},
		{
			name: "issued under the issuer's own name, which is not self-signed",
			spec: hosttest.Spec{CommonNames: []string{"Contoso Root CA"}},
			want: facts.Certificate{CommonNames: []string{"Contoso Root CA"}, Subject: issuer, Issuer: issuer, NotBefore: start, NotAfter: end},
		},
		{
			name: "dates in UTC",
			spec: hosttest.Spec{CommonNames: []string{"mail.contoso.com"},
				NotBefore: time.Date(2026, 3, 1, 2, 0, 0, 0, time.FixedZone("", 2*60*60)), NotAfter: time.Date(2026, 9, 16, 23, 59, 59, 0, time.UTC)},
			want: facts.Certificate{CommonNames: []string{"mail.contoso.com"}, Subject: "CN=mail.contoso.com", Issuer: issuer,
				NotBefore: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 9, 16, 23, 59, 59, 0, time.UTC)},
		},
		{
			name: "unparsable",
			spec: hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Unparsable: true},
			want: facts.Certificate{Unreadable: "x509: negative serial number"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			issued, err := ca.Issue(test.spec)
			if err != nil {
				t.Fatal(err)
			}
			der := issued.Certificate[0]
			test.want.DER = der
			test.want.Thumbprint = fmt.Sprintf("%X", sha1.Sum(der))
			got := facts.ParseCertificate(der)
			if test.want.Subject == "" {
				got.Subject = "" // how crypto/x509 writes odd attributes is not the point here
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseCertificateOfGarbageIsUnreadable(t *testing.T) {
	for _, der := range [][]byte{nil, {0x30}, []byte("-----BEGIN CERTIFICATE-----")} {
		got := facts.ParseCertificate(der)
		if got.Unreadable == "" {
			t.Errorf("%q: no reason", der)
		}
		if got.CommonNames != nil || !got.NotAfter.IsZero() {
			t.Errorf("%q: something was read: %+v", der, got)
		}
	}
}
