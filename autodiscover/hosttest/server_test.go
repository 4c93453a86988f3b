package hosttest_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/hosttest"
)

// serve starts a host with one certificate and returns a client that trusts its
// root, finds it under any name and follows no redirect.
func serve(t *testing.T, handler http.Handler) *http.Client {
	t.Helper()
	root, issuing := authorities(t)
	certificate, err := issuing.Issue(hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, DNSNames: []string{"mail.contoso.com"}})
	if err != nil {
		t.Fatal(err)
	}
	server, err := hosttest.Serve(handler, certificate)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root.PEM())
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, Time: func() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) }},
		Dial:            func(network, _ string) (net.Conn, error) { return net.Dial(network, server.Addrs()[0]) },
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func TestAutodiscoverAnswers(t *testing.T) {
	mapi := http.Header{"X-Mapihttpcapability": {"1"}}
	basic := func(user, password string) http.Header {
		r := &http.Request{Header: http.Header{}}
		r.SetBasicAuth(user, password)
		return r.Header
	}
	type answer struct {
		Status      int
		ContentType string
		Schemes     []string
		Location    string
		Body        string
	}
	const xml, plain = "text/xml; charset=utf-8", "text/plain; charset=utf-8"
	defaultScheme := []string{`Basic realm="autodiscover"`}
	locked := hosttest.Autodiscover{RPC: "rpc", User: `CONTOSO\ann`, Password: "secret"}

	for _, test := range []struct {
		name    string
		handler hosttest.Autodiscover
		method  string
		path    string
		header  http.Header
		want    answer
	}{
		{name: "the RPC body without the capability header", handler: hosttest.Autodiscover{RPC: "rpc", Mapi: "mapi"},
			want: answer{Status: 200, ContentType: xml, Body: "rpc"}},
		{name: "the MAPI body with it", handler: hosttest.Autodiscover{RPC: "rpc", Mapi: "mapi"}, header: mapi,
			want: answer{Status: 200, ContentType: xml, Body: "mapi"}},
		{name: "the RPC body where there is no other", handler: hosttest.Autodiscover{RPC: "rpc"}, header: mapi,
			want: answer{Status: 200, ContentType: xml, Body: "rpc"}},
		{name: "any case of the path", handler: hosttest.Autodiscover{RPC: "rpc"}, path: "/Autodiscover/Autodiscover.xml",
			want: answer{Status: 200, ContentType: xml, Body: "rpc"}},
		{name: "no other path", handler: hosttest.Autodiscover{RPC: "rpc"}, path: "/owa/",
			want: answer{Status: 404, ContentType: plain, Body: "404 page not found\n"}},
		{name: "no other method", handler: hosttest.Autodiscover{RPC: "rpc"}, method: "GET",
			want: answer{Status: 405, ContentType: plain, Body: "method not allowed\n"}},
		{name: "a redirect", handler: hosttest.Autodiscover{Status: 302, ContentType: "text/html",
			Header: map[string]string{"Location": "https://mail.fabrikam.com/autodiscover/autodiscover.xml"}},
			want: answer{Status: 302, ContentType: "text/html", Location: "https://mail.fabrikam.com/autodiscover/autodiscover.xml"}},
		{name: "401 without credentials", handler: locked,
			want: answer{Status: 401, ContentType: plain, Schemes: defaultScheme, Body: "unauthorized\n"}},
		{name: "401 with the wrong password", handler: locked, header: basic(`CONTOSO\ann`, "guess"),
			want: answer{Status: 401, ContentType: plain, Schemes: defaultScheme, Body: "unauthorized\n"}},
		{name: "200 with the right one", handler: locked, header: basic(`CONTOSO\ann`, "secret"),
			want: answer{Status: 200, ContentType: xml, Body: "rpc"}},
		{name: "a 401 that nothing satisfies", handler: hosttest.Autodiscover{Status: 401, Schemes: []string{"Negotiate", "NTLM"}},
			want: answer{Status: 401, ContentType: xml, Schemes: []string{"Negotiate", "NTLM"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := serve(t, test.handler)
			if test.method == "" {
				test.method = "POST"
			}
			if test.path == "" {
				test.path = hosttest.Path
			}
			request, err := http.NewRequestWithContext(t.Context(), test.method, "https://mail.contoso.com"+test.path, strings.NewReader("<Autodiscover/>"))
			if err != nil {
				t.Fatal(err)
			}
			if test.header != nil {
				request.Header = test.header
			}
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			got := answer{Status: response.StatusCode, ContentType: response.Header.Get("Content-Type"),
				Schemes: response.Header.Values("WWW-Authenticate"), Location: response.Header.Get("Location"), Body: string(body)}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEachListenerShowsItsOwnCertificate(t *testing.T) {
	root, _ := authorities(t)
	var certificates []tls.Certificate
	for _, name := range []string{"one.contoso.com", "two.contoso.com"} {
		certificate, err := root.Issue(hosttest.Spec{CommonNames: []string{name}})
		if err != nil {
			t.Fatal(err)
		}
		certificates = append(certificates, certificate)
	}
	server, err := hosttest.Serve(http.NotFoundHandler(), certificates...)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for i, addr := range server.Addrs() {
		conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		shown := conn.ConnectionState().PeerCertificates[0].Raw
		conn.Close()
		if diff := cmp.Diff(certificates[i].Certificate[0], shown); diff != "" {
			t.Errorf("listener %d shows another certificate: %s", i, diff)
		}
	}
}

func TestClosedServerRefusesConnections(t *testing.T) {
	root, _ := authorities(t)
	certificate, err := root.Issue(hosttest.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	server, err := hosttest.Serve(http.NotFoundHandler(), certificate)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if conn, err := net.Dial("tcp", server.Addrs()[0]); err == nil {
		conn.Close()
		t.Error("the listener still takes connections")
	}
}
