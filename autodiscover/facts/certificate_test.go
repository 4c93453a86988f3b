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
			name: "refused by the strict parser for its serial number",
			spec: hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Unparsable: true},
			want: facts.Certificate{Lenient: "x509: negative serial number", CommonNames: []string{"mail.contoso.com"},
				Subject: "CN=mail.contoso.com", Issuer: issuer, NotBefore: start, NotAfter: end},
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
			test.want.Key, test.want.KeyBits, test.want.Signature = "Ed25519", 256, "Ed25519"
			test.want.KeyUsage, test.want.Purposes = []string{"digitalSignature"}, []string{"serverAuth"}
			got := facts.ParseCertificate(der)
			if len(got.Serial) != 32 {
				t.Errorf("serial number %q", got.Serial)
			}
			got.Serial = ""
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

func TestParseCertificateReadsKeysAndPurposes(t *testing.T) {
	ca, err := hosttest.NewCA("Contoso Root CA")
	if err != nil {
		t.Fatal(err)
	}
	place := "http://pki.contoso.com/root.crt"
	for _, test := range []struct {
		name string
		spec hosttest.Spec
		want facts.Certificate
	}{
		{"RSA", hosttest.Spec{Key: hosttest.KeyRSA1024}, facts.Certificate{Key: "RSA", KeyBits: 1024, Signature: "Ed25519", Purposes: []string{"serverAuth"}}},
		{"RSA that signs itself", hosttest.Spec{Key: hosttest.KeyRSA1024, SelfSigned: true},
			facts.Certificate{Key: "RSA", KeyBits: 1024, Signature: "SHA256-RSA", Purposes: []string{"serverAuth"}, SelfSigned: true}},
		{"a curve", hosttest.Spec{Key: hosttest.KeyP384, SelfSigned: true},
			facts.Certificate{Key: "ECDSA", KeyBits: 384, Curve: "P-384", Signature: "ECDSA-SHA384", Purposes: []string{"serverAuth"}, SelfSigned: true}},
		{"purposes", hosttest.Spec{Purposes: []string{"client", "any"}, Fetch: []string{place}},
			facts.Certificate{Key: "Ed25519", KeyBits: 256, Signature: "Ed25519", Purposes: []string{"clientAuth", "any"}, Fetch: []string{place}}},
		{"no purposes, and an authority", hosttest.Spec{Purposes: []string{}, CA: true},
			facts.Certificate{Key: "Ed25519", KeyBits: 256, Signature: "Ed25519", Authority: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			issued, err := ca.Issue(test.spec)
			if err != nil {
				t.Fatal(err)
			}
			got := facts.ParseCertificate(issued.Certificate[0])
			test.want.KeyUsage = []string{"digitalSignature"}
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(facts.Certificate{}, "DER", "Thumbprint", "Serial", "Subject", "Issuer", "NotBefore", "NotAfter")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What crypto/x509 refuses is read all the same,
// with the names that Windows would see.
func TestParseCertificateReadsWhatTheStrictParserRefuses(t *testing.T) {
	ca, err := hosttest.NewCA("Contoso Root CA")
	if err != nil {
		t.Fatal(err)
	}
	mail := []string{"mail.contoso.com"}
	for oddity, want := range map[hosttest.Oddity]facts.Certificate{
		hosttest.PrintableUnderscore: {Lenient: "x509: invalid RDNSequence: invalid attribute value: invalid PrintableString", CommonNames: []string{"mail_box.contoso.com"}},
		hosttest.PrintableAt:         {Lenient: "x509: invalid RDNSequence: invalid attribute value: invalid PrintableString", CommonNames: []string{"mail@contoso.com"}},
		hosttest.Universal:           {Lenient: "x509: invalid RDNSequence: invalid attribute value: unsupported string type: 28", CommonNames: mail},
		hosttest.Visible:             {Lenient: "x509: invalid RDNSequence: invalid attribute value: unsupported string type: 26", CommonNames: mail},
		hosttest.InvalidUTF8:         {Lenient: "x509: invalid RDNSequence: invalid attribute value: invalid UTF-8 string", CommonNames: []string{"bücher.contoso.com"}},
		hosttest.SANNotASCII:         {Lenient: "x509: SAN dNSName is malformed", CommonNames: mail, DNSNames: []string{"bücher.contoso.com"}},
		hosttest.SANShortIP:          {Lenient: "x509: cannot parse IP address of length 5", CommonNames: mail, DNSNames: mail, OtherNames: []string{"ip:#0a00000018"}},
		hosttest.SANBadURI: {Lenient: `x509: cannot parse URI "http://[contoso": parse "http://[contoso": missing ']' in host`,
			CommonNames: mail, DNSNames: mail, OtherNames: []string{"uri:http://[contoso"}},
		hosttest.SANTwice: {Lenient: `x509: certificate contains duplicate extension with OID "2.5.29.17"`, CommonNames: mail,
			DNSNames: []string{"mail.contoso.com", "owa.contoso.com"}},
		hosttest.CriticalAKI:        {Lenient: "x509: authority key identifier incorrectly marked critical", CommonNames: mail},
		hosttest.KeyWithoutNull:     {Lenient: "x509: RSA key missing NULL parameters", CommonNames: mail},
		hosttest.Trailing:           {Lenient: "x509: trailing data", CommonNames: mail},
		hosttest.AlgorithmMismatch:  {Lenient: "x509: inner and outer signature algorithm identifiers don't match", CommonNames: mail},
		hosttest.VersionFour:        {Lenient: "x509: invalid version", CommonNames: mail},
		hosttest.EmptyConstraints:   {Lenient: "x509: empty name constraints extension", CommonNames: mail},
		hosttest.BadMask:            {Lenient: "x509: IP constraint contained invalid mask ff00ff00", CommonNames: mail},
		hosttest.TimeWithoutSeconds: {Lenient: "x509: malformed GeneralizedTime", CommonNames: mail},
		hosttest.SerialZero:         {CommonNames: mail},
		hosttest.SerialLong:         {CommonNames: mail},
		hosttest.PrintableStar:      {CommonNames: []string{"*.contoso.com & sons"}},
		hosttest.BMP:                {CommonNames: mail},
		hosttest.Teletex:            {CommonNames: []string{"bücher.contoso.com"}},
		hosttest.VersionOne:         {CommonNames: mail},
		hosttest.EmptySAN:           {CommonNames: mail, DNSNames: []string{"", "mail.contoso.com\x00.fabrikam.com", "\x1b[2J\n"}},
		hosttest.LongCommonName:     {CommonNames: []string{"a-name-that-is-longer-than-sixty-four-characters.mail-eu.contoso.com."}},
		hosttest.Garbled:            {Unreadable: "x509: invalid RDNSequence"},
		hosttest.OtherNames: {CommonNames: mail, DNSNames: mail, OtherNames: []string{"other:1.3.6.1.4.1.311.20.2.3=ex1$@contoso.com", "directory:CN=Exchange",
			"uri:https://mail.contoso.com/owa", "id:1.2.3"}},
	} {
		t.Run(string(oddity), func(t *testing.T) {
			issued, err := ca.Issue(hosttest.Spec{CommonNames: mail, Oddity: oddity})
			if err != nil {
				t.Fatal(err)
			}
			got := facts.ParseCertificate(issued.Certificate[0])
			if got.Unreadable == "" && (got.Issuer != "CN=Contoso Root CA" || got.NotBefore.Year() != 2020 || got.NotAfter.Year() != 2059 || got.Serial == "") {
				t.Errorf("issuer %q, dates %v and %v, serial %q", got.Issuer, got.NotBefore, got.NotAfter, got.Serial)
			}
			shown := facts.Certificate{Unreadable: got.Unreadable, Lenient: got.Lenient, CommonNames: got.CommonNames, DNSNames: got.DNSNames, OtherNames: got.OtherNames}
			if diff := cmp.Diff(want, shown, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
