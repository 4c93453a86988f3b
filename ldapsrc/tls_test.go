package ldapsrc

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"exprobe/ldapsrc/ldaptest"
)

// instant is when every test of this package takes place.
func instant() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// authority is a certification authority made for one test.
type authority struct {
	cert *x509.Certificate
	key  ed25519.PrivateKey
}

func seededKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(append(make([]byte, ed25519.SeedSize-1), seed))
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	ca := authority{key: seededKey(1), cert: &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Contoso Root CA"},
		NotBefore:             instant().AddDate(-1, 0, 0),
		NotAfter:              instant().AddDate(9, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}}
	der, err := x509.CreateCertificate(nil, ca.cert, ca.cert, ca.key.Public(), ca.key)
	if err != nil {
		t.Fatal(err)
	}
	if ca.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return ca
}

func (ca authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	return pool
}

// server issues a certificate for the name, and the configuration that serves it.
func (ca authority) server(t *testing.T, name string, notAfter time.Time) *tls.Config {
	t.Helper()
	key := seededKey(2)
	der, err := x509.CreateCertificate(nil, &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		NotBefore:    instant().AddDate(0, -6, 0),
		NotAfter:     notAfter,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, ca.cert, key.Public(), ca.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func TestTLS(t *testing.T) {
	ca := newAuthority(t)
	later, past := instant().AddDate(1, 0, 0), instant().AddDate(0, -1, 0)
	good := ca.server(t, "dc1.contoso.com", later)
	tests := []struct {
		name     string
		serve    *tls.Config
		options  Options
		insecure string // what a reading that succeeds says of the connection
		want     string // in the error
		hint     string // in its hint
	}{
		{name: "a trusted certificate", serve: good, options: Options{Roots: ca.pool()}},
		{name: "an unknown authority", serve: good, options: Options{Roots: x509.NewCertPool()},
			want: "signed by an unknown authority", hint: "--ldap-ca-file"},
		{name: "an unknown authority that the operator accepts", serve: good,
			options: Options{Roots: x509.NewCertPool(), Insecure: true}, insecure: "TLS not verified"},
		{name: "another name", serve: ca.server(t, "dc7.contoso.com", later), options: Options{Roots: ca.pool()},
			want: "is not for dc1.contoso.com, but for dc7.contoso.com", hint: "the domain controller's own name"},
		{name: "expired", serve: ca.server(t, "dc1.contoso.com", past), options: Options{Roots: ca.pool()},
			want: "valid only from 2025-12-01 to 2026-05-01", hint: "renew"},
	}
	for _, test := range tests {
		for _, startTLS := range []bool{false, true} {
			name, url := test.name+" over LDAPS", "ldaps://dc1.contoso.com"
			if startTLS {
				name, url = test.name+" after StartTLS", "ldap://dc1.contoso.com"
			}
			t.Run(name, func(t *testing.T) {
				server := serveFile(t, "testdata/two_servers.ldif", ldaptest.Options{
					TLS: test.serve, StartTLS: startTLS, RequireSigning: true,
				})
				o := test.options
				o.URLs, o.StartTLS, o.Now, o.Dial = []string{url}, startTLS, instant, dialTo(server)
				o.User, o.Password = "alice@contoso.com", "secret"
				org, err := Read(t.Context(), o)
				if test.want != "" {
					wantFailure(t, err, test.want, test.hint)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if org.Insecure != test.insecure || org.Provider("EXPR") == nil {
					t.Errorf("insecure %q, want %q; providers %+v", org.Insecure, test.insecure, org.Providers)
				}
			})
		}
	}
}

func TestServerWithoutTLS(t *testing.T) {
	server := serveFile(t, "testdata/two_servers.ldif", ldaptest.Options{})
	o := Options{User: "alice@contoso.com", Password: "secret", Dial: dialTo(server), Now: instant}

	o.URLs, o.StartTLS = []string{"ldap://dc1.contoso.com"}, true
	_, err := Read(t.Context(), o)
	wantFailure(t, err, "refused StartTLS: LDAP result 52", "may have no certificate")

	o.URLs, o.StartTLS = []string{"ldaps://dc1.contoso.com"}, false
	_, err = Read(t.Context(), o)
	wantFailure(t, err, "closed the connection during the TLS handshake", "may have no certificate")
}
