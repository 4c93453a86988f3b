package tlsprobe_test

import (
	"crypto/tls"
	"sync"
	"testing"

	"exprobe/autodiscover/tlsprobe"
)

// A node is visited at its own addresses and asked for the published name; it is
// another view of the host than the one that clients have.
func TestNodeIsAskedForThePublishedName(t *testing.T) {
	w := newWorld(t)
	front, behind := w.named(t, "mail.contoso.com"), w.named(t, "ex1.contoso.com")
	var mu sync.Mutex
	asked := map[string]bool{}
	node := listenTLS(t, &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		mu.Lock()
		defer mu.Unlock()
		asked[hello.ServerName] = true
		return &behind, nil
	}})
	z := zone{"mail.contoso.com": serve(t, front), "ex1.contoso.com": {node}}
	list := []tlsprobe.Target{
		{Name: "mail.contoso.com", Port: 443},
		{Name: "mail.contoso.com", Port: 443, Node: "ex1.contoso.com"},
		{Name: "MAIL.contoso.com", Port: 443, Node: "EX1.contoso.com."}, // the same again
		{Name: "mail.contoso.com", Port: 443, Node: "ex2.contoso.com"},  // does not resolve
	}
	hosts := tlsprobe.Probe(t.Context(), list, tlsprobe.Options{Resolve: z.resolve, Roots: w.roots, At: at})
	if len(hosts) != 3 || hosts[0].Node != "" || hosts[1].Node != "ex1.contoso.com" || hosts[1].Name != "mail.contoso.com" {
		t.Fatalf("hosts are %+v", hosts)
	}
	names := func(i int) []string { return hosts[i].Addresses.Value[0].Served.Value.Leaf().CommonNames }
	if names(0)[0] != "mail.contoso.com" || names(1)[0] != "ex1.contoso.com" {
		t.Errorf("in front %q is served, behind %q", names(0), names(1))
	}
	if !asked["mail.contoso.com"] || len(asked) != 1 {
		t.Errorf("the node was asked for %v", asked)
	}
	if hosts[2].Addresses.Known {
		t.Error("a node that does not resolve has addresses")
	}
}
