package source

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"math/big"
	"net"
	"testing"
	"time"

	"exprobe/autodiscover"
	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/hosttest"
	"exprobe/ldapsrc"
	"exprobe/ldapsrc/sambatest"
)

const (
	signInHost = "autodiscover.contoso.test"
	settings   = `<Autodiscover><Response><Account><Protocol><Type>EXPR</Type></Protocol></Account></Response></Autodiscover>`
)

// exchangeServer signs in whoever an acceptor takes, and shows its certificate,
// which has a channel binding.
func exchangeServer(t *testing.T, scheme string, accept func(certificate []byte) func() hosttest.Acceptor) autodiscover.Options {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{signInHost}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	server, err := hosttest.Serve(&hosttest.SignIn{Offers: []string{"Negotiate", "NTLM", `Basic realm="x"`},
		Accept:  map[string]func() hosttest.Acceptor{scheme: accept(der)},
		Handler: hosttest.Autodiscover{RPC: settings}}, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return autodiscover.Options{Roots: roots, Timeout: time.Minute,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if host, _, _ := net.SplitHostPort(address); host != signInHost {
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			}
			return new(net.Dialer).DialContext(ctx, network, server.Addrs()[0])
		}}
}

// TestSignIn joins the look-up and the security contexts of the directory, as the
// audit does.
func TestSignIn(t *testing.T) {
	signedIn := func(t *testing.T, o autodiscover.Options, scheme string, proved bool) {
		t.Helper()
		o.NoMicrosoft365 = true
		o.LookupSRV = func(context.Context, string, string, string) (string, []*net.SRV, error) {
			return "", nil, &net.DNSError{Err: "no such host", IsNotFound: true}
		}
		signed := 0
		for _, a := range autodiscover.LookUp(t.Context(), []autodiscover.Subject{{Mailbox: "alice@contoso.test"}}, o) {
			if a.Step != facts.StepAutodiscoverHost || a.Protocol != facts.POX {
				continue
			}
			signed++
			if !a.Response.Known || a.CredentialsSent != scheme || a.ServerProved != proved {
				t.Errorf("%+v", a)
			}
		}
		if signed != 2 { // both views
			t.Errorf("%d answers", signed)
		}
	}
	t.Run("NTLM", func(t *testing.T) {
		hash, err := hex.DecodeString("a4f49c406510bdcab6824ee7c30fd852") // of "Password" (MS-NLMP 4.2.2.1.1)
		if err != nil {
			t.Fatal(err)
		}
		o := exchangeServer(t, "NTLM", func(certificate []byte) func() hosttest.Acceptor {
			return hosttest.NTLM{Users: map[string][]byte{`CONTOSO\alice`: hash}, Certificate: certificate, RequireBinding: true}.Acceptor
		})
		account := ldapsrc.Options{User: `CONTOSO\alice`, Password: "Password"}
		o.Auth, o.User, o.Password = autodiscover.AuthNTLM, account.User, account.Password
		o.NTLM = func(_ string, binding []byte) autodiscover.SecurityContext {
			return ldapsrc.NewNTLMContext(account, binding)
		}
		signedIn(t, o, "NTLM", false)
	})
	t.Run("Negotiate", func(t *testing.T) {
		controller := sambatest.Start(t, sambatest.Options{WithoutExchange: true})
		service, err := controller.WebService(signInHost)
		if err != nil {
			t.Fatal(err)
		}
		o := exchangeServer(t, "Negotiate", func(certificate []byte) func() hosttest.Acceptor {
			hash := sha256.Sum256(certificate)
			service.Binding = bytes.Join([][]byte{[]byte("tls-server-end-point:"), hash[:]}, nil)
			return func() hosttest.Acceptor { return service }
		})
		account := ldapsrc.Options{User: controller.Alice.User, Password: controller.Alice.Password,
			URLs: []string{"ldaps://" + controller.Host}, Timeout: time.Minute, Dial: controller.Dial}
		tickets, err := ldapsrc.NewTickets(account)
		if err != nil {
			t.Fatal(err)
		}
		o.Auth, o.User, o.Password = autodiscover.AuthNegotiate, account.User, account.Password
		o.Negotiate = func(host string, binding []byte) autodiscover.SecurityContext {
			return tickets.Negotiate(host, binding)
		}
		signedIn(t, o, "Negotiate", true)
	})
}
