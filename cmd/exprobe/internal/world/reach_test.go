package world

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

const split = `
-- deployment.yaml --
mailbox: user@contoso.com
-- dns/outside.zone --
autodiscover.contoso.com         A     198.51.100.20
mail.contoso.com                 A     198.51.100.20
-- dns/inside.zone --
mail.contoso.com                 A     192.0.2.10
mail.contoso.com                 AAAA  2001:db8::10
autodiscover.contoso.com         CNAME mail.contoso.com
away.contoso.com                 A     203.0.113.1
_autodiscover._tcp.contoso.com   SRV   0 0 8443 mail.contoso.com
-- hosts/inside.yaml --
addresses:
  - {address: 192.0.2.10, certificate: {dnsNames: [mail.contoso.com]}}
  - {address: 192.0.2.10, port: 8443, certificate: {dnsNames: [srv.contoso.com]}}
  - {address: "2001:db8::10", dead: true}
answers:
  - {path: /autodiscover/autodiscover.xml, method: POST, authenticate: true, schemes: [NTLM, 'Basic realm="x"'], body: a.xml}
  - {path: /moved, redirect: https://mail.contoso.com/autodiscover/autodiscover.xml, status: 308}
http:
  - {redirect: https://mail.contoso.com/autodiscover/autodiscover.xml}
-- hosts/outside.yaml --
addresses:
  - {address: 198.51.100.20}
http:
  - {status: 200, header: {X-Powered-By: wordpress}, body: page.html}
-- a.xml --
<a/>
-- page.html --
<html>
`

// reach is a client in the world: it asks the DNS server that it is given, and
// connects as --connect-to says. It follows no redirect.
type reach struct {
	t        *testing.T
	world    *World
	resolver *net.Resolver
}

func (r reach) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	found, err := r.resolver.LookupNetIP(ctx, "ip4", host)
	if err != nil {
		return nil, err
	}
	for _, entry := range r.world.connectTo {
		for _, prefix := range []string{found[0].String() + ":" + port + ":", found[0].String() + "::"} {
			if to, ok := strings.CutPrefix(entry, prefix); ok {
				return new(net.Dialer).DialContext(ctx, network, to)
			}
		}
	}
	return nil, errors.New(found[0].String() + " leads to a real network")
}

func (r reach) get(method, url, authorization string) (status, location, kind, body string) {
	r.t.Helper()
	pem, err := os.ReadFile(r.world.file("ca.pem"))
	if err != nil {
		r.t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := &http.Transport{DialContext: r.dial, DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{RootCAs: roots, Time: func() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) }}}
	request, err := http.NewRequestWithContext(r.t.Context(), method, url, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response.Status[:3], response.Header.Get("Location"), response.Header.Get("Content-Type"), string(data)
}

// in starts a world and returns clients that ask its DNS servers, by view.
func in(t *testing.T, archive string) (*World, map[string]reach) {
	t.Helper()
	w, err := Start(txtar.Parse([]byte(archive)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	views := map[string]reach{}
	for _, entry := range w.Environ() {
		if name, server, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "DNS_") {
			views[name] = reach{t, w, &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, server)
			}}}
		}
	}
	return w, views
}

func TestViewsDiffer(t *testing.T) {
	w, views := in(t, split)
	inside, outside := views["DNS_INSIDE"], views["DNS_OUTSIDE"]
	if inside.world == nil || outside.world == nil {
		t.Fatalf("the environment is %s", w.Environ())
	}
	if at := slices.Index(w.Flags(), "--dns-server"); !slices.Contains(w.Environ(), "DNS_INSIDE="+w.Flags()[at+1]) {
		t.Errorf("exprobe does not ask inside: %s", w.Flags())
	}
	status, location, _, _ := inside.get("GET", "http://autodiscover.contoso.com/autodiscover/autodiscover.xml", "")
	if status != "302" || location != "https://mail.contoso.com/autodiscover/autodiscover.xml" {
		t.Errorf("inside: %s to %q", status, location)
	}
	status, _, kind, body := outside.get("GET", "http://autodiscover.contoso.com/autodiscover/autodiscover.xml", "")
	if status != "200" || kind != "text/html; charset=utf-8" || body != "<html>\n" {
		t.Errorf("outside: %s, %s, %q", status, kind, body)
	}
	_, records, err := inside.resolver.LookupSRV(t.Context(), "autodiscover", "tcp", "contoso.com")
	if err != nil || len(records) != 1 || records[0].Port != 8443 {
		t.Errorf("the records are %v (%v)", records, err)
	}
	if _, _, err := outside.resolver.LookupSRV(t.Context(), "autodiscover", "tcp", "contoso.com"); err == nil {
		t.Error("there are records outside")
	}
}

func TestAnswersWantCredentials(t *testing.T) {
	w, views := in(t, split)
	inside := views["DNS_INSIDE"]
	const url = "https://mail.contoso.com/autodiscover/autodiscover.xml"
	right := &http.Request{Header: http.Header{}}
	right.SetBasicAuth("user@contoso.com", password)
	for _, test := range []struct{ authorization, want string }{
		{"", "401 unauthorized\n"},
		{"Basic Z3Vlc3M6Z3Vlc3M=", "401 unauthorized\n"},
		{right.Header.Get("Authorization"), "200 <a/>\n"},
		{"Bearer " + token, "200 <a/>\n"},
	} {
		status, _, _, body := inside.get("POST", url, test.authorization)
		if got := status + " " + body; got != test.want {
			t.Errorf("with %q: %q, want %q", test.authorization, got, test.want)
		}
	}
	if status, location, _, _ := inside.get("POST", "https://mail.contoso.com/moved", ""); status != "308" || location != url {
		t.Errorf("moved: %s to %q", status, location)
	}

	log, err := os.ReadFile(w.file("requests.log"))
	if err != nil {
		t.Fatal(err)
	}
	want := `inside POST https://mail.contoso.com/autodiscover/autodiscover.xml -
inside POST https://mail.contoso.com/autodiscover/autodiscover.xml Basic
inside POST https://mail.contoso.com/autodiscover/autodiscover.xml Basic
inside POST https://mail.contoso.com/autodiscover/autodiscover.xml Bearer
inside POST https://mail.contoso.com/moved -
`
	if diff := cmp.Diff(want, string(log)); diff != "" {
		t.Error(diff)
	}
}

func TestAWorldTouchesNoRealNetwork(t *testing.T) {
	w, views := in(t, split)
	for _, address := range []string{"away.contoso.com:443", "mail.contoso.com:25"} {
		conn, err := views["DNS_INSIDE"].dial(t.Context(), "tcp", address)
		if err == nil {
			conn.Close()
		}
		var op *net.OpError
		if !errors.As(err, &op) || op.Addr.String() != nowhere {
			t.Errorf("%s: %v", address, err)
		}
	}
	_, err := views["DNS_INSIDE"].dial(t.Context(), "tcp", "www.fabrikam.com:443")
	var dns *net.DNSError
	if !errors.As(err, &dns) || !dns.IsNotFound {
		t.Errorf("a name of nobody: %v", err)
	}
	log, err := os.ReadFile(w.file("names.log"))
	if err != nil || !strings.Contains(string(log), "A www.fabrikam.com\n") {
		t.Errorf("the questions are %q (%v)", log, err)
	}
}
