package tlsprobe_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/hosttest"
	"exprobe/autodiscover/tlsprobe"
)

func TestEveryAddressIsSeenWithItsOwnCertificate(t *testing.T) {
	w := newWorld(t)
	one, two := w.named(t, "mail.contoso.com"), w.named(t, "owa.contoso.com")
	addrs := serve(t, one, two)
	z := zone{"mail.contoso.com": {addrs[1], addrs[0], addrs[1]}}
	hosts := tlsprobe.Probe(t.Context(), targets("mail.contoso.com"), tlsprobe.Options{Resolve: z.resolve, Roots: w.roots, At: at, Depth: tlsprobe.DepthChain})

	parsed := func(c tls.Certificate) (chain []facts.Certificate) {
		for _, der := range c.Certificate {
			chain = append(chain, facts.ParseCertificate(der))
		}
		return chain
	}
	seen := func(c tls.Certificate) facts.Observed[facts.Served] {
		return facts.Known(facts.Served{Chain: parsed(c), Trust: facts.Known(w.trusted(t)), Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Proven: true})
	}
	want := map[string]facts.Observed[facts.Served]{
		addrs[0]: seen(one),
		addrs[1]: seen(two),
	}
	got := map[string]facts.Observed[facts.Served]{}
	for _, e := range hosts[0].Addresses.Value {
		got[e.Address] = e.Served
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAddressesAreSortedAndDistinct(t *testing.T) {
	z := zone{"mail.contoso.com": {"192.0.2.10:443", "[2001:db8::1]:443", "192.0.2.9:443", "[::ffff:192.0.2.10]:443", "192.0.2.9:443"}}
	hosts := tlsprobe.Probe(t.Context(), targets("mail.contoso.com"), tlsprobe.Options{Resolve: z.resolve, Dial: noRoute, At: at})
	var got []string
	for _, e := range hosts[0].Addresses.Value {
		got = append(got, e.Address)
	}
	if diff := cmp.Diff([]string{"192.0.2.9:443", "192.0.2.10:443", "[2001:db8::1]:443"}, got); diff != "" {
		t.Error(diff)
	}
}

func noRoute(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("this test has no network")
}

func TestHostsKeepTheOrderOfTargetsAndFoldRepetitions(t *testing.T) {
	hosts := tlsprobe.Probe(t.Context(), []tlsprobe.Target{
		{Name: "owa.contoso.com", Port: 443},
		{Name: "Mail.Contoso.com", Port: 443},
		{Name: "mail.contoso.com", Port: 444},
		{Name: "mail.contoso.com.", Port: 443},
		{Name: "OWA.CONTOSO.COM", Port: 443},
		{Name: "bücher.example", Port: 443},
		{Name: "xn--bcher-kva.example", Port: 443},
	}, tlsprobe.Options{Resolve: zone{}.resolve, At: at})
	var got []string
	for _, h := range hosts {
		got = append(got, facts.HostPort(h.Name, h.Port))
	}
	want := []string{"owa.contoso.com:443", "Mail.Contoso.com:443", "mail.contoso.com:444", "bücher.example:443"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if hosts := tlsprobe.Probe(t.Context(), nil, tlsprobe.Options{}); hosts == nil || len(hosts) != 0 {
		t.Errorf("no targets give %#v, want an empty list", hosts)
	}
}

func TestNameIsAskedForAndAddressIsDialled(t *testing.T) {
	w := newWorld(t)
	certificate := w.named(t, "mail.contoso.com")
	for _, test := range []struct{ name, host, sni string }{
		{"a name in lower case without its dot", "Mail.Contoso.COM.", "mail.contoso.com"},
		{"an international name as A-labels", "Bücher.example", "xn--bcher-kva.example"},
		{"a single label", "EX01", "ex01"},
		{"no name for an IPv4 address", "192.0.2.10", ""},
		{"no name for an IPv6 address", "[2001:db8::1]", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked := make(chan string, 1)
			address := listenTLS(t, &tls.Config{
				Certificates: []tls.Certificate{certificate},
				GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
					asked <- hello.ServerName
					return nil, nil
				},
			})
			var mu sync.Mutex
			var dialled []string
			hosts := tlsprobe.Probe(t.Context(), targets(test.host), tlsprobe.Options{
				At: at, Depth: tlsprobe.DepthChain,
				Resolve: func(context.Context, string, int) ([]string, error) { return []string{address}, nil },
				Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
					mu.Lock()
					defer mu.Unlock()
					dialled = append(dialled, address)
					return new(net.Dialer).DialContext(ctx, network, address)
				},
			})
			if e := only(t, hosts); !e.Served.Known {
				t.Fatal(e.Served.Why)
			}
			if got := <-asked; got != test.sni {
				t.Errorf("asked for %q, want %q", got, test.sni)
			}
			if diff := cmp.Diff([]string{address}, dialled); diff != "" {
				t.Errorf("dialled: %s", diff)
			}
		})
	}
}

func TestSystemResolverIsTheDefault(t *testing.T) {
	w := newWorld(t)
	_, port, err := net.SplitHostPort(serve(t, w.named(t, "mail.contoso.com"))[0])
	if err != nil {
		t.Fatal(err)
	}
	target := tlsprobe.Target{Name: "127.0.0.1"}
	fmt.Sscan(port, &target.Port)
	hosts := tlsprobe.Probe(t.Context(), []tlsprobe.Target{target}, tlsprobe.Options{Roots: w.roots, At: at})
	if diff := cmp.Diff(fmt.Sprintf("127.0.0.1:%s: [\"mail.contoso.com\"]\n", port), summary(hosts)); diff != "" {
		t.Error(diff)
	}
}

// crypto/tls refuses a chain with a certificate that crypto/x509 refuses, and shows
// nothing of it. The chain is seen all the same.
func TestCertificateThatGoRefusesIsSeen(t *testing.T) {
	w := newWorld(t)
	certificate := w.issue(t, hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Unparsable: true})
	z := zone{"mail.contoso.com": serve(t, certificate)}
	e := only(t, tlsprobe.Probe(t.Context(), targets("mail.contoso.com"), tlsprobe.Options{Resolve: z.resolve, Roots: w.roots, At: at, Depth: tlsprobe.DepthChain}))
	want := facts.Known(facts.Served{
		Chain:    []facts.Certificate{facts.ParseCertificate(certificate.Certificate[0]), facts.ParseCertificate(certificate.Certificate[1])},
		Trust:    facts.Unknown[facts.Trust](`the certificate of "CN=mail.contoso.com" cannot be verified here, because a strict parser refuses it: x509: negative serial number`),
		Version:  "TLS 1.2",
		Cipher:   "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
		Unproven: "the handshake ended early, because a certificate that was sent could not be parsed: x509: negative serial number",
	})
	if diff := cmp.Diff(want, e.Served); diff != "" {
		t.Error(diff)
	}
	if names := e.Served.Value.Leaf().CommonNames; len(names) != 1 || names[0] != "mail.contoso.com" {
		t.Errorf("the names are %q", names)
	}
}

// Under TLS 1.3 certificates are encrypted, and nothing can be seen of one that Go
// does not take.
func TestCertificateThatGoRefusesIsUnreadableUnderTLS13Alone(t *testing.T) {
	w := newWorld(t)
	certificate := w.issue(t, hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Unparsable: true})
	z := zone{"mail.contoso.com": {listenTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13})}}
	for _, mode := range []tlsprobe.Mode{tlsprobe.ModeFull, tlsprobe.ModeHello} {
		e := only(t, tlsprobe.Probe(t.Context(), targets("mail.contoso.com"), tlsprobe.Options{Resolve: z.resolve, Roots: w.roots, At: at, Depth: tlsprobe.DepthChain, Probe: mode}))
		want := facts.Known(facts.Served{
			Chain:   []facts.Certificate{{Unreadable: "x509: negative serial number"}},
			Trust:   facts.Unknown[facts.Trust]("a certificate that was sent could not be parsed: x509: negative serial number"),
			Version: "TLS 1.3",
		})
		if diff := cmp.Diff(want, e.Served); diff != "" {
			t.Errorf("%q: %s", mode, diff)
		}
	}
}

func TestEndpointsThatServeOneChainShareNoList(t *testing.T) {
	w := newWorld(t)
	certificate := w.named(t, "mail.contoso.com")
	z := zone{"mail.contoso.com": serve(t, certificate, certificate)}
	hosts := tlsprobe.Probe(t.Context(), targets("mail.contoso.com"), tlsprobe.Options{Resolve: z.resolve, Roots: w.roots, At: at})
	a, b := hosts[0].Addresses.Value[0].Served.Value, hosts[0].Addresses.Value[1].Served.Value
	if diff := cmp.Diff(a, b); diff != "" {
		t.Fatal(diff)
	}
	a.Chain[0].Subject = "changed"
	if b.Chain[0].Subject == "changed" {
		t.Error("a change to one endpoint's chain changes the other's")
	}
}

func TestAddressesBeyondTheLimitAreNotTakenForSeen(t *testing.T) {
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprintf("192.0.2.%d:443", i))
	}
	z := zone{"mail.contoso.com": many}
	hosts := tlsprobe.Probe(t.Context(), targets("mail.contoso.com"), tlsprobe.Options{Resolve: z.resolve, Dial: noRoute, At: at})
	endpoints := hosts[0].Addresses.Value
	if len(endpoints) != 65 {
		t.Fatalf("%d endpoints, want 64 and one for the rest", len(endpoints))
	}
	if last := endpoints[64].Served; last.Known || !strings.Contains(last.Why, "100 addresses, of which 64 were probed") {
		t.Errorf("the one for the rest says %+v", last)
	}
}

func TestLongChainIsCut(t *testing.T) {
	w := newWorld(t)
	certificate := w.named(t, "mail.contoso.com")
	for range 40 {
		certificate.Certificate = append(certificate.Certificate, certificate.Certificate[1])
	}
	z := zone{"mail.contoso.com": serve(t, certificate)}
	e := only(t, tlsprobe.Probe(t.Context(), targets("mail.contoso.com"), tlsprobe.Options{Resolve: z.resolve, Roots: w.roots, At: at}))
	if n := len(e.Served.Value.Chain); n != 16 {
		t.Errorf("%d certificates are kept, want 16", n)
	}
	if !e.Served.Value.Trust.Value.Trusted {
		t.Errorf("not trusted: %+v", e.Served.Value.Trust)
	}
}
