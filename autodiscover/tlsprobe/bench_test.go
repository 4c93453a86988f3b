package tlsprobe_test

import (
	"crypto/tls"
	"fmt"
	"testing"

	"exprobe/autodiscover/hosttest"
	"exprobe/autodiscover/tlsprobe"
)

// BenchmarkProbe probes hosts on loopback, each with a listener and a certificate of
// its own; the servers share the machine.
func BenchmarkProbe(b *testing.B) {
	w := newWorld(b)
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("hosts=%d", n), func(b *testing.B) {
			var names []string
			var certificates []tls.Certificate
			for i := range n {
				name := fmt.Sprintf("host%d.contoso.com", i)
				names = append(names, name)
				certificates = append(certificates, w.issue(b, hosttest.Spec{CommonNames: []string{name}, DNSNames: []string{name}}))
			}
			z := zone{}
			for i, address := range serve(b, certificates...) {
				z[names[i]] = []string{address}
			}
			for b.Loop() {
				hosts := tlsprobe.Probe(b.Context(), targets(names...), tlsprobe.Options{Resolve: z.resolve, Roots: w.roots, At: at})
				for _, h := range hosts {
					if !h.Addresses.Value[0].Served.Value.Trust.Value.Trusted {
						b.Fatalf("%s: %+v", h.Name, h.Addresses.Value[0].Served)
					}
				}
			}
		})
	}
}
