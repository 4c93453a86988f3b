package ldapsrc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func srv(target string, port, priority, weight uint16) *net.SRV {
	return &net.SRV{Target: target, Port: port, Priority: priority, Weight: weight}
}

// zone answers for SRV records as a DNS server would: by absolute name.
type zone map[string][]*net.SRV

func (z zone) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	name = "_" + service + "._" + proto + "." + name
	if records, ok := z[name]; ok {
		return name, records, nil
	}
	return "", nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

const (
	allOfContoso   = "_ldap._tcp.dc._msdcs.contoso.com."
	tokyoOfContoso = "_ldap._tcp.tokyo._sites.dc._msdcs.contoso.com."
)

// responders are domain controllers that are pinged: by host, the datagram that each
// sends back. One that has no host here cannot be reached; one whose datagram is nil
// says nothing.
type responders struct {
	datagrams map[string][]byte

	mu    sync.Mutex
	asked []string // "udp dc1.contoso.com:389"
}

// Dial leads each connection to a socket on loopback, which answers one request.
func (r *responders) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	r.mu.Lock()
	r.asked = append(r.asked, network+" "+address)
	r.mu.Unlock()
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	datagram, ok := r.datagrams[host]
	if !ok {
		return nil, errors.New("no route to host")
	}
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		request := make([]byte, maxPingBytes)
		_, from, err := server.ReadFrom(request)
		if err == nil && datagram != nil {
			server.WriteTo(datagram, from)
		}
	}()
	conn, err := new(net.Dialer).DialContext(ctx, network, server.LocalAddr().String())
	if err != nil {
		server.Close()
		return nil, err
	}
	return &pinged{conn, server}, nil
}

// pinged takes its server away with it.
type pinged struct {
	net.Conn
	server net.PacketConn
}

func (p *pinged) Close() error { return errors.Join(p.Conn.Close(), p.server.Close()) }

func answering(domain, site string) []byte {
	return pongDatagram(pingID, 4, "Netlogon", string(pongFor(domain, site)))
}

func TestDiscoverOrder(t *testing.T) {
	var hundred []*net.SRV
	for i := range 100 {
		hundred = append(hundred, srv(fmt.Sprintf("dc%02d.contoso.com.", 99-i), 389, 0, 100))
	}
	tests := []struct {
		name    string
		options DiscoverOptions
		records []*net.SRV
		want    []string
	}{
		{"one", DiscoverOptions{}, []*net.SRV{srv("dc1.contoso.com.", 389, 0, 100)}, []string{"ldap://dc1.contoso.com"}},
		{"TLS is on another port", DiscoverOptions{TLS: true}, []*net.SRV{srv("dc1.contoso.com.", 389, 0, 100)}, []string{"ldaps://dc1.contoso.com"}},
		{"the lowest priority, then the highest weight, then the name", DiscoverOptions{},
			[]*net.SRV{srv("b.contoso.com.", 389, 0, 0), srv("d.contoso.com.", 389, 10, 900), srv("a.contoso.com.", 389, 0, 0), srv("c.contoso.com.", 389, 0, 100)},
			[]string{"ldap://c.contoso.com", "ldap://a.contoso.com", "ldap://b.contoso.com", "ldap://d.contoso.com"}},
		{"ports are kept", DiscoverOptions{}, []*net.SRV{srv("dc1.contoso.com.", 1389, 0, 0)}, []string{"ldap://dc1.contoso.com:1389"}},
		{"ports that were chosen are kept with TLS", DiscoverOptions{TLS: true}, []*net.SRV{srv("dc1.contoso.com.", 1636, 0, 0)}, []string{"ldaps://dc1.contoso.com:1636"}},
		{"the same twice", DiscoverOptions{}, []*net.SRV{srv("dc1.contoso.com.", 389, 5, 0), srv("DC1.Contoso.COM", 389, 0, 0)}, []string{"ldap://dc1.contoso.com"}},
		{"what is no service, no host name, no LDAP port or not of the domain is left out", DiscoverOptions{},
			[]*net.SRV{nil, srv(".", 0, 0, 0), srv("192.0.2.1.", 389, 0, 0), srv("a b.contoso.com.", 389, 0, 0), srv("dc1.contoso.com/x@evil.example", 389, 0, 0),
				srv("dc1.contoso.com.", 0, 0, 0), srv("gc.contoso.com.", 3268, 0, 0), srv("dc1.contoso.com.evil.example.", 389, 0, 0),
				srv("evilcontoso.com.", 389, 0, 0), srv("\u212ayoto.contoso.com.", 389, 0, 0), srv("dc2.contoso.com.", 389, 9, 0)},
			[]string{"ldap://dc2.contoso.com"}},
		{"the domain as the user writes it", DiscoverOptions{Domain: "Contoso.COM."}, []*net.SRV{srv("dc1.contoso.com.", 389, 0, 0)}, []string{"ldap://dc1.contoso.com"}},
		{"no more than can be tried", DiscoverOptions{}, hundred, []string{
			"ldap://dc00.contoso.com", "ldap://dc01.contoso.com", "ldap://dc02.contoso.com", "ldap://dc03.contoso.com",
			"ldap://dc04.contoso.com", "ldap://dc05.contoso.com", "ldap://dc06.contoso.com", "ldap://dc07.contoso.com",
			"ldap://dc08.contoso.com", "ldap://dc09.contoso.com", "ldap://dc10.contoso.com", "ldap://dc11.contoso.com",
			"ldap://dc12.contoso.com", "ldap://dc13.contoso.com", "ldap://dc14.contoso.com", "ldap://dc15.contoso.com"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := test.options
			if o.Domain == "" {
				o.Domain = "contoso.com"
			}
			o.LookupSRV = zone{allOfContoso: test.records}.LookupSRV
			pings := &responders{}
			o.Dial = pings.Dial
			got, err := Discover(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			for _, url := range got {
				if _, err := parseURL(url); err != nil {
					t.Errorf("%s: %v", url, err)
				}
			}
			if len(pings.asked) > maxPings {
				t.Errorf("%d domain controllers were pinged", len(pings.asked))
			}
		})
	}
}

func TestDiscoverAsksTheNearestSiteFirst(t *testing.T) {
	contoso := zone{
		allOfContoso:   {srv("dc1.contoso.com.", 389, 0, 100), srv("dc2.contoso.com.", 389, 0, 100), srv("dc3.contoso.com.", 389, 0, 100)},
		tokyoOfContoso: {srv("dc3.contoso.com.", 389, 0, 100), srv("rodc.contoso.com.", 389, 0, 100)},
		"_ldap._tcp.osaka._sites.dc._msdcs.contoso.com.": {srv("dc3.evil.example.", 389, 0, 100)},
	}
	near := []string{"ldap://dc3.contoso.com", "ldap://rodc.contoso.com", "ldap://dc1.contoso.com", "ldap://dc2.contoso.com"}
	flat := []string{"ldap://dc1.contoso.com", "ldap://dc2.contoso.com", "ldap://dc3.contoso.com"}
	tests := []struct {
		name      string
		datagrams map[string][]byte
		want      []string
	}{
		{"all know it", map[string][]byte{"dc1.contoso.com": answering("contoso.com", "Tokyo"), "dc2.contoso.com": answering("contoso.com", "Tokyo"),
			"dc3.contoso.com": answering("contoso.com", "Tokyo")}, near},
		{"one knows it, one is silent, one is down", map[string][]byte{"dc1.contoso.com": nil, "dc3.contoso.com": answering("CONTOSO.COM", "Tokyo")}, near},
		{"one knows it, one answers garbage", map[string][]byte{"dc1.contoso.com": []byte("\x30\x84\x7f\xff\xff\xff"),
			"dc3.contoso.com": answering("contoso.com", "tokyo")}, near},
		{"none can be reached", nil, flat},
		{"none answers", map[string][]byte{"dc1.contoso.com": nil, "dc2.contoso.com": nil, "dc3.contoso.com": nil}, flat},
		{"the subnet has no site", map[string][]byte{"dc1.contoso.com": answering("contoso.com", "")}, flat},
		{"the site has no records", map[string][]byte{"dc1.contoso.com": answering("contoso.com", "Kyoto")}, flat},
		{"the site's records cannot be used", map[string][]byte{"dc1.contoso.com": answering("contoso.com", "Osaka")}, flat},
		{"the site is no label", map[string][]byte{"dc1.contoso.com": answering("contoso.com", "tokyo.evil")}, flat},
		{"the answer is for another domain", map[string][]byte{"dc1.contoso.com": answering("fabrikam.com", "Tokyo")}, flat},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pings := &responders{datagrams: test.datagrams}
			o := DiscoverOptions{Domain: "contoso.com", LookupSRV: contoso.LookupSRV, Dial: pings.Dial, Timeout: time.Hour}
			if test.name == "none answers" {
				o.Timeout = 100 * time.Millisecond // of which the pings get a part; nothing here is so slow that it could fail
			}
			got, err := Discover(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			for _, address := range pings.asked {
				if !strings.HasPrefix(address, "udp ") || !strings.HasSuffix(address, ".contoso.com:389") {
					t.Errorf("pinged %s", address)
				}
			}
		})
	}
}

func TestDiscoverFailures(t *testing.T) {
	fails := func(err error, records ...*net.SRV) func(context.Context, string, string, string) (string, []*net.SRV, error) {
		return func(context.Context, string, string, string) (string, []*net.SRV, error) { return "", records, err }
	}
	tests := []struct {
		name       string
		domain     string
		lookup     func(context.Context, string, string, string) (string, []*net.SRV, error)
		want, hint string
	}{
		{"no domain", "", nil, `"" is not the DNS name of a domain`, "--ldap-domain contoso.com"},
		{"a URL for a domain", "ldap://contoso.com", nil, "is not the DNS name of a domain", "--ldap-domain contoso.com"},
		{"an address for a domain", "192.0.2.1", nil, "is not the DNS name of a domain", "--ldap-domain contoso.com"},
		{"a long domain", strings.Repeat("a.", 127) + "com", nil, "is not the DNS name of a domain", "--ldap-domain contoso.com"},
		{"no records", "contoso.com", zone{}.LookupSRV,
			"finding the domain controllers of contoso.com: there are no SRV records _ldap._tcp.dc._msdcs.contoso.com", "--dns-server"},
		{"records that deny the service", "contoso.com", fails(nil, srv(".", 0, 0, 0)), "there are no SRV records", "--dns-server"},
		{"an empty answer", "contoso.com", fails(nil), "there are no SRV records", "contoso.com, not CONTOSO"},
		{"silence", "contoso.com", fails(&net.DNSError{Err: "i/o timeout", IsTimeout: true}), "did not answer in time", "--timeout"},
		{"a time-out of the context", "contoso.com", fails(context.DeadlineExceeded), "did not answer in time", "--dns-server"},
		{"an interruption", "contoso.com", fails(context.Canceled), "canceled", ""},
		{"a refusal", "contoso.com", fails(&net.DNSError{Err: "server misbehaving\x1b[2J", Server: "192.0.2.53:53", IsTemporary: true}),
			"no answer that can be used: lookup  on 192.0.2.53:53: server misbehaving?[2J", "--dns-server"},
		{"hosts of other domains", "contoso.com", fails(nil, srv("dc1.evil.example.", 389, 0, 0)),
			`no LDAP server of the domain contoso.com: "dc1.evil.example.:389"`, "--ldap-url"},
		{"names that are no host names", "contoso.com",
			fails(nil, srv("a\x1b[2J.", 389, 0, 0), srv("b c.", 389, 0, 0), srv("192.0.2.1.", 389, 0, 0), srv("e", 389, 0, 0), srv("f", 389, 0, 0)),
			`"192.0.2.1.:389", "a?[2J.:389", "b c.:389" and 2 more`, "--ldap-url"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pings := &responders{}
			got, err := Discover(t.Context(), DiscoverOptions{Domain: test.domain, LookupSRV: test.lookup, Dial: pings.Dial})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %q and error %v, want one with %q", got, err, test.want)
			}
			var hinted interface{ Hint() string }
			if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), test.hint) {
				t.Errorf("the hint of %v is not one with %q", err, test.hint)
			}
			if len(pings.asked) > 0 {
				t.Errorf("pinged %s", pings.asked)
			}
		})
	}
}

func TestDiscoverKeepsTheGoodRecordsBesideAnError(t *testing.T) {
	lookup := func(context.Context, string, string, string) (string, []*net.SRV, error) {
		return "", []*net.SRV{srv("dc1.contoso.com.", 389, 0, 0)}, &net.DNSError{Err: "DNS response contained records which contain invalid names"}
	}
	got, err := Discover(t.Context(), DiscoverOptions{Domain: "contoso.com", LookupSRV: lookup, Dial: new(responders).Dial})
	if diff := cmp.Diff([]string{"ldap://dc1.contoso.com"}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func FuzzHostName(f *testing.F) {
	for _, seed := range []string{"dc1.contoso.com.", "DC_1.contoso.com", ".", "", "192.0.2.1", "-a.b", "a..b", "\u212a.com", "a/b.com", "dc1:389", "2001:db8::1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, ok := hostName(text)
		if !ok {
			return
		}
		if again, ok := hostName(name); !ok || again != name {
			t.Fatalf("%q became %q and then %q, %t", text, name, again, ok)
		}
		for _, tls := range []bool{false, true} {
			e, err := parseURL(DiscoverOptions{TLS: tls}.url(name, 389))
			if err != nil || e.host != name || e.tls != tls || net.ParseIP(e.host) != nil {
				t.Fatalf("%q leads to %+v, %v", name, e, err)
			}
		}
	})
}
