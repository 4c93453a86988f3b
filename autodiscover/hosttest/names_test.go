package hosttest_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/hosttest"
)

const zone = `
; split by nothing
mail.contoso.test                A     192.0.2.10
mail.contoso.test                A     192.0.2.11
mail.contoso.test                AAAA  2001:db8::10
Autodiscover.contoso.test.       CNAME mail.contoso.test.  ; an alias
far.contoso.test                 CNAME autodiscover.contoso.test
gone.contoso.test                CNAME nowhere.fabrikam.test
round.contoso.test               CNAME round.contoso.test
broken.contoso.test              SERVFAIL
_autodiscover._tcp.contoso.test  SRV   10 5 8443 mail.contoso.test
_autodiscover._tcp.contoso.test  SRV   0 0 443 autodiscover.contoso.test
`

// names starts a name server and returns a resolver that asks it alone.
func names(t *testing.T, zone string, asked func(kind, name string)) *net.Resolver {
	t.Helper()
	server, err := hosttest.ServeNames(zone, asked)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Addr())
	}}
}

func lookUp(t *testing.T, resolver *net.Resolver, host string) ([]string, error) {
	t.Helper()
	found, err := resolver.LookupNetIP(t.Context(), "ip", host)
	texts := make([]string, len(found))
	slices.SortFunc(found, netip.Addr.Compare)
	for i, ip := range found {
		texts[i] = ip.String()
	}
	return texts, err
}

func TestNamesLeadToTheirAddresses(t *testing.T) {
	resolver := names(t, zone, nil)
	all := []string{"192.0.2.10", "192.0.2.11", "2001:db8::10"}
	for _, host := range []string{"mail.contoso.test", "MAIL.contoso.test.", "autodiscover.contoso.test", "far.contoso.test"} {
		got, err := lookUp(t, resolver, host)
		if diff := cmp.Diff(all, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", host, err, diff)
		}
	}
	cname, err := resolver.LookupCNAME(t.Context(), "far.contoso.test")
	if err != nil || cname != "mail.contoso.test." {
		t.Errorf("the canonical name is %q (%v)", cname, err)
	}
}

func TestServiceRecordsKeepTheirNumbers(t *testing.T) {
	_, got, err := names(t, zone, nil).LookupSRV(t.Context(), "autodiscover", "tcp", "contoso.test")
	want := []*net.SRV{
		{Target: "autodiscover.contoso.test.", Port: 443},
		{Target: "mail.contoso.test.", Port: 8443, Priority: 10, Weight: 5},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestNamesThatDoNotLeadAnywhere(t *testing.T) {
	resolver := names(t, zone, nil)
	for _, test := range []struct {
		name, host string
		notFound   bool
	}{
		{"a name of nobody", "www.contoso.test", true},
		{"a name above others", "contoso.test", true},
		{"an alias of nothing", "gone.contoso.test", true},
		{"a name that fails", "broken.contoso.test", false},
		{"an alias of itself", "round.contoso.test", false},
	} {
		_, err := lookUp(t, resolver, test.host)
		var dns *net.DNSError
		if !errors.As(err, &dns) || dns.IsNotFound != test.notFound {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestALongAnswerComesOverTCP(t *testing.T) {
	var zone strings.Builder
	var want []string
	for i := range 60 {
		fmt.Fprintf(&zone, "pool.contoso.test A 192.0.2.%d\n", i+100)
		want = append(want, fmt.Sprintf("192.0.2.%d", i+100))
	}
	got, err := lookUp(t, names(t, zone.String(), nil), "pool.contoso.test")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestQuestionsAreHeard(t *testing.T) {
	var mutex sync.Mutex
	var heard []string
	resolver := names(t, zone, func(kind, name string) {
		mutex.Lock()
		defer mutex.Unlock()
		heard = append(heard, kind+" "+name)
	})
	resolver.LookupSRV(t.Context(), "autodiscover", "tcp", "contoso.test")
	lookUp(t, resolver, "mail.contoso.test.")
	mutex.Lock()
	defer mutex.Unlock()
	slices.Sort(heard)
	want := []string{"A mail.contoso.test", "AAAA mail.contoso.test", "SRV _autodiscover._tcp.contoso.test"}
	if diff := cmp.Diff(want, heard); diff != "" {
		t.Error(diff)
	}
}

func TestZonesThatAreNone(t *testing.T) {
	for _, test := range []struct{ zone, want string }{
		{"mail.contoso.test", "not NAME TYPE DATA"},
		{"\n\nmail.contoso.test MX 10 mail", "line 3 of the zone: MX of mail.contoso.test: the type is not"},
		{"mail.contoso.test A", "0 fields of data, where 1 are expected"},
		{"mail.contoso.test A 2001:db8::1", "not its kind of address"},
		{"mail.contoso.test AAAA 192.0.2.1", "not its kind of address"},
		{"_a._tcp.contoso.test SRV 0 0 65536 mail", "not a number up to 65535"},
		{"a.test SERVFAIL\na.test A 192.0.2.1", "has records and fails"},
		{"a.test A 192.0.2.1\na.test SERVFAIL", "has records and fails"},
		{strings.Repeat("a", 256) + " A 192.0.2.1", "is not a name"},
	} {
		server, err := hosttest.ServeNames(test.zone, nil)
		if err == nil {
			server.Close()
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q in it", test.zone, err, test.want)
		}
	}
}

// Close must not wait for a client that holds its connection open.
func TestACloseDoesNotWaitForClients(t *testing.T) {
	server, err := hosttest.ServeNames(zone, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}
