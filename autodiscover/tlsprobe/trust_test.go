package tlsprobe_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/hosttest"
	"exprobe/autodiscover/tlsprobe"
)

// TestTrustLeavesDatesAndNamesOut goes over what hosts really serve.
func TestTrustLeavesDatesAndNamesOut(t *testing.T) {
	w := newWorld(t)
	stranger, err := hosttest.NewCA("Fabrikam Root CA")
	if err != nil {
		t.Fatal(err)
	}
	below, err := stranger.Intermediate("Fabrikam Issuing CA")
	if err != nil {
		t.Fatal(err)
	}
	name := []string{"mail.contoso.com"}
	day := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	trusted := w.trusted(t)
	for _, test := range []struct {
		name string
		ca   *hosttest.CA
		spec hosttest.Spec
		want facts.Trust
	}{
		{"healthy", w.issuing, hosttest.Spec{CommonNames: name, DNSNames: name}, trusted},
		{"issued by the root itself", w.root, hosttest.Spec{CommonNames: name}, trusted},
		{"another name", w.issuing, hosttest.Spec{CommonNames: []string{"www.fabrikam.com"}}, trusted},
		{"no name", w.issuing, hosttest.Spec{}, trusted},
		{"several names", w.issuing, hosttest.Spec{CommonNames: []string{"a.contoso.com", "b.contoso.com"}}, trusted},
		{"e-mail", w.issuing, hosttest.Spec{CommonNames: name, Emails: []string{"admin@contoso.com"}}, trusted},
		{"expired", w.issuing, hosttest.Spec{CommonNames: name, NotAfter: day(2025)}, trusted},
		{"not valid yet", w.issuing, hosttest.Spec{CommonNames: name, NotBefore: day(2030)}, trusted},
		{"ends before it begins", w.issuing, hosttest.Spec{CommonNames: name, NotBefore: day(2027), NotAfter: day(2025)},
			facts.Trust{Reason: "the certificate's dates contradict each other: it ends before it begins"}},
		{"self-signed", w.issuing, hosttest.Spec{CommonNames: []string{"EX01"}, SelfSigned: true},
			facts.Trust{Reason: "the certificate is self-signed"}},
		{"self-signed and expired", w.issuing, hosttest.Spec{CommonNames: []string{"EX01"}, SelfSigned: true, NotAfter: day(2025)},
			facts.Trust{Reason: "the certificate is self-signed"}},
		{"intermediate left out", w.issuing, hosttest.Spec{CommonNames: name, OmitChain: true, Fetch: []string{"http://pki.contoso.com/issuing.crt"}},
			facts.Trust{Reason: `the server did not send the certificate of the issuer, "Contoso Issuing CA", which is not a trusted root here: an intermediate certificate is missing, or the authority is not trusted`,
				Missing: "CN=Contoso Issuing CA", Fetch: []string{"http://pki.contoso.com/issuing.crt"}}},
		{"unknown root behind an intermediate", below, hosttest.Spec{CommonNames: name},
			facts.Trust{Reason: `the chain leads to "Fabrikam Root CA", which is not a trusted root here`}},
		{"unknown root itself", stranger, hosttest.Spec{CommonNames: name},
			facts.Trust{Reason: `the server did not send the certificate of the issuer, "Fabrikam Root CA", which is not a trusted root here: an intermediate certificate is missing, or the authority is not trusted`,
				Missing: "CN=Fabrikam Root CA"}},
		{"in the wrong order", w.issuing, hosttest.Spec{CommonNames: name, WithRoot: true, Misordered: true}, trusted},
		{"for clients alone", w.issuing, hosttest.Spec{CommonNames: name, Purposes: []string{"client"}},
			facts.Trust{Reason: "the certificate, or an authority above it, is not meant for servers: the extended key usage leaves server authentication out"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			certificate, err := test.ca.Issue(test.spec)
			if err != nil {
				t.Fatal(err)
			}
			z := zone{"mail.contoso.com": serve(t, certificate)}
			e := only(t, tlsprobe.Probe(t.Context(), targets("mail.contoso.com"), tlsprobe.Options{Resolve: z.resolve, Roots: w.roots, At: at}))
			if diff := cmp.Diff(facts.Known(test.want), e.Served.Value.Trust); diff != "" {
				t.Errorf("%s (%s)", diff, e.Served.Why)
			}
		})
	}
}

// authority is what hosttest cannot make: any template, any key.
type authority struct {
	*x509.Certificate
	key crypto.Signer
}

func ecKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// mint signs a certificate that is valid from 2020 to 2059 unless it says otherwise;
// without an issuer it signs itself.
func mint(t testing.TB, cn string, issuer *authority, key crypto.Signer, change func(*x509.Certificate)) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: cn},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2059, 12, 31, 0, 0, 0, 0, time.UTC),
		BasicConstraintsValid: true, IsCA: true, MaxPathLen: -1,
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.Certificate, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{certificate, key}
}

func leaf(c *x509.Certificate) { c.IsCA = false }

func TestJudgeTellsFaultsOfChainsApart(t *testing.T) {
	root := mint(t, "Root", nil, ecKey(t), nil)
	otherRoot := mint(t, "Other Root", nil, ecKey(t), nil)
	good := mint(t, "Good", root, ecKey(t), nil)
	old := mint(t, "Old", root, ecKey(t), func(c *x509.Certificate) { c.NotAfter = time.Date(2025, 6, 30, 0, 0, 0, 0, time.UTC) })
	early := mint(t, "Early", root, ecKey(t), func(c *x509.Certificate) { c.NotBefore = time.Date(2030, 6, 30, 0, 0, 0, 0, time.UTC) })
	mail := mint(t, "Mail Only", root, ecKey(t), func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
	})
	namesake := mint(t, "Good", root, ecKey(t), nil)
	plain := mint(t, "Not An Authority", root, ecKey(t), leaf)
	foreign := mint(t, "Foreign", otherRoot, ecKey(t), nil)
	nameless := mint(t, "", otherRoot, ecKey(t), nil)
	escape := mint(t, "\x1b[2J", otherRoot, ecKey(t), nil)
	issued := func(issuer *authority, change func(*x509.Certificate)) *x509.Certificate {
		return mint(t, "mail.contoso.com", issuer, ecKey(t), func(c *x509.Certificate) {
			c.IsCA = false
			if change != nil {
				change(c)
			}
		}).Certificate
	}
	standalone := mint(t, "EX01", nil, ecKey(t), leaf).Certificate
	usage := func(usages ...x509.ExtKeyUsage) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.ExtKeyUsage = usages }
	}

	trusted := func(root *authority, path ...int) facts.Trust {
		return facts.Trust{Trusted: true, Root: root.Subject.String(), RootThumbprint: fmt.Sprintf("%X", sha256.Sum256(root.Raw)), Path: path}
	}
	roots := x509.NewCertPool()
	roots.AddCert(root.Certificate)
	pinned := roots.Clone()
	pinned.AddCert(standalone)

	for _, test := range []struct {
		name  string
		chain []*x509.Certificate
		roots *x509.CertPool
		at    time.Time
		want  facts.Trust
	}{
		{name: "healthy", chain: []*x509.Certificate{issued(good, nil), good.Certificate}, want: trusted(root)},
		{name: "any order, and the root as well", chain: []*x509.Certificate{issued(good, nil), root.Certificate, otherRoot.Certificate, good.Certificate}, want: trusted(root, 0, 3, 1)},
		{name: "at no instant", chain: []*x509.Certificate{issued(good, nil), good.Certificate}, at: time.Time{}.Add(-time.Hour), want: trusted(root)},
		{name: "self-signed and trusted as it is", chain: []*x509.Certificate{standalone}, roots: pinned, want: trusted(&authority{Certificate: standalone})},
		{name: "self-signed", chain: []*x509.Certificate{standalone}, want: facts.Trust{Reason: "the certificate is self-signed"}},
		{name: "expired intermediate", chain: []*x509.Certificate{issued(old, nil), old.Certificate},
			want: facts.Trust{Reason: `the certificate of the authority "Old" expired on 2025-06-30`}},
		{name: "intermediate that was valid as long as the expired leaf", at: at,
			chain: []*x509.Certificate{issued(old, func(c *x509.Certificate) { c.NotAfter = time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC) }), old.Certificate},
			want:  trusted(root)},
		{name: "expired intermediate beside its successor", chain: []*x509.Certificate{issued(good, nil),
			mint(t, "Good", root, good.key, func(c *x509.Certificate) { c.NotAfter = at.AddDate(-1, 0, 0) }).Certificate, good.Certificate}, want: trusted(root, 0, 2)},
		{name: "intermediate of the future", chain: []*x509.Certificate{issued(early, nil), early.Certificate},
			want: facts.Trust{Reason: `the certificate of the authority "Early" is not valid before 2030-06-30`}},
		{name: "server authentication", chain: []*x509.Certificate{issued(good, usage(x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth)), good.Certificate}, want: trusted(root)},
		{name: "any usage", chain: []*x509.Certificate{issued(good, usage(x509.ExtKeyUsageAny)), good.Certificate}, want: trusted(root)},
		{name: "client authentication alone", chain: []*x509.Certificate{issued(good, usage(x509.ExtKeyUsageClientAuth)), good.Certificate},
			want: facts.Trust{Reason: "the certificate, or an authority above it, is not meant for servers: the extended key usage leaves server authentication out"}},
		{name: "an authority for mail alone", chain: []*x509.Certificate{issued(mail, nil), mail.Certificate},
			want: facts.Trust{Reason: "the certificate, or an authority above it, is not meant for servers: the extended key usage leaves server authentication out"}},
		{name: "missing intermediate", chain: []*x509.Certificate{issued(good, nil)},
			want: facts.Trust{Missing: "CN=Good", Reason: `the server did not send the certificate of the issuer, "Good", which is not a trusted root here: an intermediate certificate is missing, or the authority is not trusted`}},
		{name: "wrong intermediate of the right name", chain: []*x509.Certificate{issued(good, nil), namesake.Certificate},
			want: facts.Trust{Reason: `"mail.contoso.com" was not issued by the certificate of "Good" that was sent`}},
		{name: "issued by what is no authority", chain: []*x509.Certificate{issued(plain, nil), plain.Certificate},
			want: facts.Trust{Reason: `"mail.contoso.com" was issued by "Not An Authority", whose certificate is not that of an authority: its basic constraints leave that out`}},
		{name: "unknown root, sent", chain: []*x509.Certificate{issued(foreign, nil), foreign.Certificate, otherRoot.Certificate},
			want: facts.Trust{Reason: `the chain leads to "Other Root", which is not a trusted root here`}},
		{name: "unknown root, not sent", chain: []*x509.Certificate{issued(foreign, nil), foreign.Certificate},
			want: facts.Trust{Reason: `the chain leads to "Other Root", which is not a trusted root here`}},
		{name: "issuer without a name", chain: []*x509.Certificate{issued(nameless, nil)},
			want: facts.Trust{Missing: "an authority without a name", Reason: `the server did not send the certificate of the issuer, an authority without a name, which is not a trusted root here: an intermediate certificate is missing, or the authority is not trusted`}},
		{name: "issuer with a hostile name", chain: []*x509.Certificate{issued(escape, nil)},
			want: facts.Trust{Missing: "CN=\x1b[2J", Reason: `the server did not send the certificate of the issuer, "\x1b[2J", which is not a trusted root here: an intermediate certificate is missing, or the authority is not trusted`}},
		{name: "name constraints", chain: func() []*x509.Certificate {
			narrow := mint(t, "Narrow", root, ecKey(t), func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"fabrikam.com"} })
			return []*x509.Certificate{issued(narrow, func(c *x509.Certificate) { c.DNSNames = []string{"mail.contoso.com"} }), narrow.Certificate}
		}(), want: facts.Trust{Reason: `the chain is not accepted: a root or intermediate certificate is not authorized to sign for this name: DNS name "mail.contoso.com" is not permitted by any constraint`}},
		{name: "nothing", want: facts.Trust{Reason: "there is no certificate"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.roots == nil {
				test.roots = roots
			}
			if test.at.IsZero() {
				test.at = at
			}
			if diff := cmp.Diff(test.want, tlsprobe.Judge(test.chain, test.roots, test.at)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSHA1SignatureIsNamed(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	root := mint(t, "Old Root", nil, key, nil)
	roots := x509.NewCertPool()
	roots.AddCert(root.Certificate)
	issued := mint(t, "mail.contoso.com", root, ecKey(t), leaf)

	// crypto/x509 signs with SHA-1 no more; the algorithm identifiers of SHA-256 and
	// SHA-1 with RSA differ in one octet, and the verifier looks at that first.
	sha256RSA := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b}
	sha1RSA := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05}
	old, err := x509.ParseCertificate(bytes.ReplaceAll(issued.Raw, sha256RSA, sha1RSA))
	if err != nil {
		t.Fatal(err)
	}
	want := facts.Trust{Reason: `"mail.contoso.com" is signed with SHA1-RSA, which is no longer accepted`}
	for name, chain := range map[string][]*x509.Certificate{"root sent": {old, root.Certificate}, "root not sent": {old}} {
		if diff := cmp.Diff(want, tlsprobe.Judge(chain, roots, at)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestOldAndDemandingServersAreSeen(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		key     crypto.Signer
		config  *tls.Config
		version string
		cipher  string
	}{
		{"TLS 1.0", ecKey(t), &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, "TLS 1.0", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
		{"TLS 1.1", rsaKey, &tls.Config{MinVersion: tls.VersionTLS11, MaxVersion: tls.VersionTLS11}, "TLS 1.1", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
		{"RSA key exchange", rsaKey, &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}}, "TLS 1.2", "TLS_RSA_WITH_AES_128_CBC_SHA"},
		{"3DES", rsaKey, &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}}, "TLS 1.2", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
		{"P-384 alone", ecKey(t), &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP384}}, "TLS 1.3", "TLS_AES_128_GCM_SHA256"},
		{"a client certificate wanted, TLS 1.2", ecKey(t), &tls.Config{MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert}, "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
		{"a client certificate wanted, TLS 1.3", ecKey(t), &tls.Config{ClientAuth: tls.RequireAnyClientCert}, "TLS 1.3", "TLS_AES_128_GCM_SHA256"},
		{"a client certificate wanted, RSA key exchange", rsaKey, &tls.Config{MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert,
			CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}}, "TLS 1.2", "TLS_RSA_WITH_AES_128_CBC_SHA"},
		{"ALPN", ecKey(t), &tls.Config{NextProtos: []string{"h2"}}, "TLS 1.3", "TLS_AES_128_GCM_SHA256"},
	} {
		t.Run(test.name, func(t *testing.T) {
			certificate := mint(t, "mail.contoso.com", nil, test.key, leaf)
			test.config.Certificates = []tls.Certificate{{Certificate: [][]byte{certificate.Raw}, PrivateKey: test.key}}
			z := zone{"mail.contoso.com": {listenTLS(t, test.config)}}
			e := only(t, tlsprobe.Probe(t.Context(), targets("mail.contoso.com"), tlsprobe.Options{Resolve: z.resolve, Roots: x509.NewCertPool(), At: at, Depth: tlsprobe.DepthChain}))
			want := facts.Known(facts.Served{
				Chain:      []facts.Certificate{facts.ParseCertificate(certificate.Raw)},
				Trust:      facts.Known(facts.Trust{Reason: "the certificate is self-signed"}),
				Version:    test.version,
				Cipher:     test.cipher,
				AsksForOwn: strings.Contains(test.name, "client certificate"),
				Proven:     test.name != "a client certificate wanted, RSA key exchange", // the proof is the last message, which does not come
			})
			if want.Value.AsksForOwn && test.config.MaxVersion == tls.VersionTLS12 { // TLS 1.3 breaks off behind the handshake
				want.Value.Unproven = e.Address + " asks for a client certificate and ends the handshake for mail.contoso.com where it is given none: tls: handshake failure"
			}
			if test.config.NextProtos != nil {
				want.Value.ALPN = "h2"
			}
			if diff := cmp.Diff(want, e.Served); diff != "" {
				t.Error(diff)
			}
		})
	}
}
