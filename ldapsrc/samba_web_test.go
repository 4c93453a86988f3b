package ldapsrc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"exprobe/autodiscover/hosttest"
	"exprobe/ldapsrc"
	"exprobe/ldapsrc/sambatest"
)

const webHost = "mail.contoso.test"

// testSambaWeb signs in to a web server whose key only the controller and the
// server know, with every kind of account that Kerberos takes.
func testSambaWeb(t *testing.T, c *sambatest.Controller) {
	service, err := c.WebService(webHost)
	if err != nil {
		t.Fatal(err)
	}
	certificate, hash := webCertificate(t)
	service.Binding = append([]byte("tls-server-end-point:"), hash...)
	server, err := hosttest.Serve(&hosttest.SignIn{Offers: []string{"Negotiate"},
		Accept:  map[string]func() hosttest.Acceptor{"Negotiate": func() hosttest.Acceptor { return service }},
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}, certificate)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for name, change := range kerberosAccounts(c) {
		t.Run(name, func(t *testing.T) {
			o := kerberosOptions(c)
			o.Realm = c.Realm
			change(t, &o)
			tickets, err := ldapsrc.NewTickets(o)
			if err != nil {
				t.Fatal(err)
			}
			var work sync.WaitGroup
			for range 3 { // with one log-on
				work.Go(func() {
					status, proved, err := signIn(t, server, tickets.Negotiate(webHost, service.Binding))
					if status != 200 || !proved || err != nil {
						t.Errorf("status %d, proved %v, error %v", status, proved, err)
					}
				})
			}
			work.Wait()
		})
	}
	o := kerberosOptions(c)
	o.Realm = c.Realm
	t.Run("not through somebody", func(t *testing.T) {
		tickets, err := ldapsrc.NewTickets(o)
		if err != nil {
			t.Fatal(err)
		}
		status, proved, err := signIn(t, server, tickets.Negotiate(webHost, []byte("tls-server-end-point:another")))
		if status != 401 || proved || err != nil {
			t.Errorf("status %d, proved %v, error %v", status, proved, err)
		}
	})
	for name, test := range map[string]struct {
		change func(*ldapsrc.Options)
		host   string
		want   sambaFailure
	}{
		"a host without a service name": {func(*ldapsrc.Options) {}, "www.contoso.test",
			sambaFailure{"the domain knows no service HTTP/www.contoso.test (Kerberos error 7)", "alternate service account"}},
		"a wrong password": {func(o *ldapsrc.Options) { o.Password = "open sesame" }, webHost,
			sambaFailure{"the password of Alice@CONTOSO.TEST is wrong (Kerberos error 24)", "locked out"}},
		"an unknown user": {func(o *ldapsrc.Options) { o.User = "nobody" }, webHost,
			sambaFailure{"the domain has no account nobody@CONTOSO.TEST (Kerberos error 6)", "--auth-user"}},
		"a key distribution center that is down": {func(o *ldapsrc.Options) { o.KDC = net.JoinHostPort(c.Address, "1") }, webHost,
			sambaFailure{"the connection was refused", "NTLM needs none"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := o
			test.change(&o)
			tickets, err := ldapsrc.NewTickets(o)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				_, _, err = tickets.Negotiate(test.host, nil).Next(t.Context(), nil)
				checkSambaFailure(t, err, test.want, o)
			}
		})
	}
}

// signIn drives a context over a connection of its own.
func signIn(t *testing.T, server *hosttest.Server, s ldapsrc.SecurityContext) (status int, proved bool, err error) {
	defer s.Close()
	message, done, err := s.Next(t.Context(), nil)
	if err != nil || done {
		return 0, false, err
	}
	web := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // what is tested is the binding
	defer web.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), "GET", "https://"+server.Addrs()[0], nil)
	if err != nil {
		return 0, false, err
	}
	request.Header.Set("Authorization", "Negotiate "+base64.StdEncoding.EncodeToString(message))
	response, err := web.RoundTrip(request)
	if err != nil {
		return 0, false, err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0, false, err
	}
	if response.StatusCode == 200 {
		_, text, _ := strings.Cut(response.Header.Get("WWW-Authenticate"), " ")
		token, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return 0, false, err
		}
		if _, _, err := s.Next(t.Context(), token); err != nil {
			return 0, false, err
		}
	}
	return response.StatusCode, s.Proved(), nil
}

// webCertificate is one whose signature has a hash function, and its hash.
func webCertificate(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{webHost},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, hash[:]
}
