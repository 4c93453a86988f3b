package ldapsrc_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exprobe/ldapsrc"
	"exprobe/ldapsrc/sambatest"
)

// The domain controller is found through its own DNS and its own answer to an LDAP
// ping, and then read.
func testSambaDiscovery(t *testing.T, c *sambatest.Controller) {
	dns := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort(c.Address, "53"))
	}}
	var asked []string
	o := ldapsrc.DiscoverOptions{
		Domain: "contoso.test", TLS: true, Dial: c.Dial, Timeout: time.Minute,
		LookupSRV: func(ctx context.Context, service, proto, name string) (string, []*net.SRV, error) {
			asked = append(asked, name)
			return dns.LookupSRV(ctx, service, proto, name)
		},
	}
	found, err := ldapsrc.Discover(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ldaps://" + c.Host}, found); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"dc._msdcs.contoso.test.", "default-first-site-name._sites.dc._msdcs.contoso.test."}, asked); diff != "" {
		t.Error("the names asked for:", diff)
	}

	read := sambaOptions(c, c.Alice)
	read.URLs = found
	org, err := ldapsrc.Read(t.Context(), read)
	if err != nil || org.Name.Value != "Contoso" {
		t.Errorf("reading what was found: %q, %v", org.Name.Value, err)
	}

	o.Domain = "fabrikam.test"
	_, err = ldapsrc.Discover(t.Context(), o)
	checkSambaFailure(t, err, sambaFailure{"fabrikam.test", "--dns-server"}, ldapsrc.Options{})
}
