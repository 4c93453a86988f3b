package tlsprobe_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/hosttest"
	"exprobe/autodiscover/tlsprobe"
)

// counting counts the connections that are opened.
func counting(n *atomic.Int64) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		n.Add(1)
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}

// probeOne probes one host at one address, and counts its connections.
func probeOne(t testing.TB, w world, address string, o tlsprobe.Options) (served facts.Observed[facts.Served], connections int64) {
	t.Helper()
	var n atomic.Int64
	o.Resolve, o.Dial, o.Roots, o.At = zone{"mail.contoso.com": {address}}.resolve, counting(&n), w.roots, at
	e := only(t, tlsprobe.Probe(t.Context(), targets("mail.contoso.com"), o))
	return e.Served, n.Load()
}

func thumbprint(c tls.Certificate) string { return facts.ParseCertificate(c.Certificate[0]).Thumbprint }

func TestBothCertificatesOfAServerAreSeen(t *testing.T) {
	w := newWorld(t)
	name := []string{"mail.contoso.com"}
	one := w.issue(t, hosttest.Spec{CommonNames: name, DNSNames: name, Key: hosttest.KeyP256})
	two := w.issue(t, hosttest.Spec{CommonNames: name, DNSNames: name, Key: hosttest.KeyRSA2048})
	edwards := w.issue(t, hosttest.Spec{CommonNames: name, DNSNames: name})
	for _, test := range []struct {
		name    string
		config  *tls.Config
		first   tls.Certificate
		offered map[string]tls.Certificate
		why     string
	}{
		{"both", &tls.Config{Certificates: []tls.Certificate{one, two}}, one, map[string]tls.Certificate{"RSA": two}, ""},
		{"both, the other first", &tls.Config{Certificates: []tls.Certificate{two, one}}, two, map[string]tls.Certificate{"ECDSA": one}, ""},
		{"RSA alone", &tls.Config{Certificates: []tls.Certificate{two}}, two, nil, ""},
		{"ECDSA alone", &tls.Config{Certificates: []tls.Certificate{one}}, one, nil, ""},
		{"Ed25519 alone", &tls.Config{Certificates: []tls.Certificate{edwards}}, edwards, nil, ""},
		{"TLS 1.3 alone", &tls.Config{Certificates: []tls.Certificate{one, two}, MinVersion: tls.VersionTLS13}, one, nil,
			"not asked"},
	} {
		t.Run(test.name, func(t *testing.T) {
			address := listenTLS(t, test.config)
			served, _ := probeOne(t, w, address, tlsprobe.Options{})
			if !served.Known || served.Value.Leaf().Thumbprint != thumbprint(test.first) || !served.Value.Proven {
				t.Fatalf("got %+v", served)
			}
			got := served.Value.Others
			if why := strings.ReplaceAll(got.Why, address, "ADDRESS"); got.Asked() && (why != test.why || !got.Known) || !got.Asked() && test.why != "not asked" {
				t.Errorf("others are %+v", got)
			}
			offered := map[string]string{}
			for _, other := range got.Value {
				offered[other.Offered] = other.Chain[0].Thumbprint
				if !other.Trust.Value.Trusted || len(other.Chain) != 2 {
					t.Errorf("the other chain is %+v", other)
				}
			}
			want := map[string]string{}
			for kind, certificate := range test.offered {
				want[kind] = thumbprint(certificate)
			}
			if diff := cmp.Diff(want, offered); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOldVersionsAreSeen(t *testing.T) {
	w := newWorld(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := mint(t, "mail.contoso.com", nil, key, leaf)
	certificates := []tls.Certificate{{Certificate: [][]byte{c.Raw}, PrivateKey: key}}
	for _, test := range []struct {
		name     string
		min, max uint16
		want     []string
	}{
		{"none", tls.VersionTLS12, 0, []string{}},
		{"none under TLS 1.3 alone", tls.VersionTLS13, 0, []string{}},
		{"both", tls.VersionTLS10, 0, []string{"TLS 1.1", "TLS 1.0"}},
		{"TLS 1.1", tls.VersionTLS11, 0, []string{"TLS 1.1"}},
		{"TLS 1.0 and nothing else", tls.VersionTLS10, tls.VersionTLS10, []string{"TLS 1.0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			served, _ := probeOne(t, w, listenTLS(t, &tls.Config{Certificates: certificates, MinVersion: test.min, MaxVersion: test.max}), tlsprobe.Options{})
			if diff := cmp.Diff(facts.Known(test.want), served.Value.OldVersions); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// canned answers every hello with the same bytes.
func canned(t testing.TB, answer []byte) string {
	return listen(t, func(conn net.Conn) {
		conn.Read(make([]byte, 4096))
		conn.Write(answer)
		conn.Read(make([]byte, 4096))
	})
}

// flightOf is a ServerHello and a Certificate message, in records of SSL 3.0 or later.
func flightOf(version, suite uint16, chain ...[]byte) []byte {
	length := func(b []byte, octets int) []byte {
		n := len(b)
		prefix := make([]byte, octets)
		for i := range octets {
			prefix[octets-1-i] = byte(n >> (8 * i))
		}
		return append(prefix, b...)
	}
	hello := append([]byte{byte(version >> 8), byte(version)}, make([]byte, 32)...)
	hello = append(hello, 0, byte(suite>>8), byte(suite), 0)
	var list []byte
	for _, der := range chain {
		list = append(list, length(der, 3)...)
	}
	messages := append(append([]byte{2}, length(hello, 3)...), append([]byte{11}, length(length(list, 3), 3)...)...)
	return append([]byte{22, byte(version >> 8), byte(version)}, length(messages, 2)...)
}

// A server of SSL 3.0 alone is refused by every modern client; its certificate is
// seen all the same, and its reason kept.
func TestServerThatNoModernClientTakesIsSeen(t *testing.T) {
	w := newWorld(t)
	chain := w.named(t, "mail.contoso.com").Certificate
	for _, test := range []struct {
		name           string
		version, suite uint16
		want, cipher   string
		old            []string
		unproven       string
	}{
		{"SSL 3.0", 0x0300, 0x0005, "SSLv3", "TLS_RSA_WITH_RC4_128_SHA", []string{"SSLv3"}, "ADDRESS speaks no version of TLS from 1.0 to 1.3; look at its certificate on the server"},
		{"a suite that crypto/tls does not have", 0x0303, 0x0039, "TLS 1.2", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", nil,
			"the TLS handshake with ADDRESS for mail.contoso.com ended early: tls: server chose an unconfigured cipher suite; look at its certificate on the server"},
	} {
		t.Run(test.name, func(t *testing.T) {
			address := canned(t, flightOf(test.version, test.suite, chain...))
			served, _ := probeOne(t, w, address, tlsprobe.Options{})
			if !served.Known {
				t.Fatal(served.Why)
			}
			s := served.Value
			if s.Version != test.want || s.Cipher != test.cipher || s.Proven || s.Leaf().CommonNames[0] != "mail.contoso.com" || !s.Trust.Value.Trusted {
				t.Errorf("got %+v", s)
			}
			if got := strings.ReplaceAll(s.Unproven, address, "ADDRESS"); got != test.unproven {
				t.Errorf("the reason is %q", got)
			}
			if test.old != nil {
				if diff := cmp.Diff(facts.Known(test.old), s.OldVersions); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestHelloModeSeesTheChainAndProvesNothing(t *testing.T) {
	w := newWorld(t)
	certificate := w.named(t, "mail.contoso.com")
	for _, test := range []struct {
		name        string
		config      *tls.Config
		proven      bool
		version     string
		connections int64
	}{
		{"TLS 1.2", &tls.Config{MinVersion: tls.VersionTLS10, NextProtos: []string{"h2"}}, false, "TLS 1.2", 1},
		{"TLS 1.3 alone, which hides its certificates", &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"h2"}}, true, "TLS 1.3", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.config.Certificates = []tls.Certificate{certificate}
			served, connections := probeOne(t, w, listenTLS(t, test.config), tlsprobe.Options{Probe: tlsprobe.ModeHello})
			s := served.Value
			if !served.Known || s.Proven != test.proven || s.Version != test.version || s.ALPN != "h2" || len(s.Chain) != 2 || !s.Trust.Value.Trusted {
				t.Errorf("got %+v", served)
			}
			if connections != test.connections || s.Others.Asked() || s.OldVersions.Asked() {
				t.Errorf("%d connections, others %+v, old versions %+v", connections, s.Others, s.OldVersions)
			}
		})
	}
}

// How many connections each address costs: one, three more where everything is
// asked, and nothing beyond one for nodes.
func TestDepthCostsWhatItSays(t *testing.T) {
	w := newWorld(t)
	address := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{w.issue(t, hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, Key: hosttest.KeyP256})}})
	node := tlsprobe.Target{Name: "mail.contoso.com", Port: 443, Node: "ex1.contoso.com"}
	client := tlsprobe.Target{Name: "mail.contoso.com", Port: 443}
	var many []tlsprobe.Target
	for i := range 65 {
		many = append(many, tlsprobe.Target{Name: "mail.contoso.com", Port: 443, Node: strings.Repeat("x", i+1)})
	}
	for _, test := range []struct {
		name    string
		targets []tlsprobe.Target
		depth   tlsprobe.Depth
		mode    tlsprobe.Mode
		want    int64
	}{
		{"a host", []tlsprobe.Target{client}, tlsprobe.DepthAuto, "", 3},
		{"a host and no more", []tlsprobe.Target{client}, tlsprobe.DepthChain, "", 1},
		{"a host, and all of it, by hellos", []tlsprobe.Target{client}, tlsprobe.DepthAll, tlsprobe.ModeHello, 3},
		{"a node", []tlsprobe.Target{node}, tlsprobe.DepthAll, "", 1},
		{"a host and its node, which are one address", []tlsprobe.Target{node, client, node}, tlsprobe.DepthAll, "", 3},
		{"many targets", append(many, client), tlsprobe.DepthAuto, "", 1},
		{"many targets, all of them", append(many, client), tlsprobe.DepthAll, "", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			var n atomic.Int64
			hosts := tlsprobe.Probe(t.Context(), test.targets, tlsprobe.Options{At: at, Roots: w.roots, Depth: test.depth, Probe: test.mode, Dial: counting(&n),
				Resolve: func(context.Context, string, int) ([]string, error) { return []string{address}, nil }})
			for _, h := range hosts {
				if s := h.Addresses.Value[0].Served; !s.Known || s.Value.Leaf().CommonNames[0] != "mail.contoso.com" {
					t.Errorf("%+v: %+v", h, s)
				}
			}
			if n.Load() != test.want {
				t.Errorf("%d connections, want %d", n.Load(), test.want)
			}
		})
	}
}

func TestNameIsResolvedOnce(t *testing.T) {
	var resolved atomic.Int64
	list := []tlsprobe.Target{{Name: "mail.contoso.com", Port: 443}, {Name: "MAIL.contoso.com", Port: 443, Node: "ex1.contoso.com"},
		{Name: "owa.contoso.com", Port: 443, Node: "EX1.contoso.com."}, {Name: "ex1.contoso.com", Port: 443}}
	tlsprobe.Probe(t.Context(), list, tlsprobe.Options{At: at, Dial: noRoute, Resolve: func(context.Context, string, int) ([]string, error) {
		resolved.Add(1)
		return []string{"192.0.2.1:443"}, nil
	}})
	if n := resolved.Load(); n != 2 {
		t.Errorf("%d names were resolved, want 2", n)
	}
}

// What is behind a hello that finds no answer must not hide why the handshake
// failed, and must not be waited for twice.
func TestServerThatIsSilentInTheHandshakeIsAskedOnce(t *testing.T) {
	address := listen(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
	served, connections := probeOne(t, newWorld(t), address, tlsprobe.Options{Timeout: 50 * time.Millisecond})
	if served.Known || connections != 1 {
		t.Errorf("%d connections, got %+v", connections, served)
	}
}

func TestTimeIsMeasuredWithTheClockThatIsGiven(t *testing.T) {
	w := newWorld(t)
	address := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{w.named(t, "mail.contoso.com")}})
	for _, test := range []struct {
		step time.Duration
		want int
	}{{0, 1}, {time.Microsecond, 1}, {1234 * time.Millisecond, 1234}} {
		var calls atomic.Int64
		now := func() time.Time { return at.Add(time.Duration(calls.Add(1)) * test.step) }
		served, _ := probeOne(t, w, address, tlsprobe.Options{Now: now, Depth: tlsprobe.DepthChain})
		if got := served.Value.Milliseconds; got != test.want {
			t.Errorf("steps of %v: %d ms, want %d", test.step, got, test.want)
		}
	}
	if served, _ := probeOne(t, w, address, tlsprobe.Options{}); served.Value.Milliseconds != 0 {
		t.Errorf("without a clock %d ms", served.Value.Milliseconds)
	}
}

func TestStapledResponseIsSeen(t *testing.T) {
	w := newWorld(t)
	certificate := w.named(t, "mail.contoso.com")
	certificate.OCSPStaple = []byte("a response")
	for _, mode := range []tlsprobe.Mode{tlsprobe.ModeFull, tlsprobe.ModeHello} {
		served, _ := probeOne(t, w, listenTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate}}), tlsprobe.Options{Probe: mode})
		if !served.Value.Stapled {
			t.Errorf("%q: not seen", mode)
		}
	}
}

func TestAServerWithoutTheKeyIsSeenAndProvesNothing(t *testing.T) {
	w := newWorld(t)
	stolen := w.issue(t, hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, DNSNames: []string{"mail.contoso.com"}, Key: hosttest.KeyP256})
	own := ecKey(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		address := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{{Certificate: stolen.Certificate, PrivateKey: own}}, MaxVersion: version})
		served, _ := probeOne(t, w, address, tlsprobe.Options{})
		if got := served.Value; !served.Known || got.Leaf().Thumbprint != thumbprint(stolen) || got.Proven || !strings.Contains(got.Unproven, "invalid signature") {
			t.Errorf("%s: %+v", tls.VersionName(version), served)
		}
	}
}
