package world

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"exprobe/autodiscover/hosttest"
)

// nowhere is what an address without a listener leads to: nothing listens there.
const nowhere = "127.0.0.1:1"

// view is dns/<name>.zone: what one DNS server answers. Two of them are the inside
// and the outside of a company.
type view struct{ name, zone string }

// viewOf leads the name of each host to its addresses, and those of its servers each
// to its own.
func viewOf(hosts []host) view {
	var zone strings.Builder
	for _, h := range hosts {
		for _, name := range append([]string{h.name}, h.Names...) {
			for _, a := range h.addresses() {
				fmt.Fprintf(&zone, "%s %s %s\n", name, kindOf(a), a)
			}
		}
		for _, a := range h.Addresses {
			if ip, err := netip.ParseAddr(a.Address); err == nil {
				for _, name := range a.Names {
					fmt.Fprintf(&zone, "%s %s %s\n", name, kindOf(ip), ip)
				}
			}
		}
	}
	return view{zone: zone.String()}
}

// addresses are the host's, each once, whatever ports they serve.
func (h host) addresses() []netip.Addr {
	var list []netip.Addr
	for _, a := range h.Addresses {
		if ip, err := netip.ParseAddr(a.Address); err == nil && !slices.Contains(list, ip) {
			list = append(list, ip)
		}
	}
	return list
}

func kindOf(ip netip.Addr) string {
	if ip.Is4() {
		return "A"
	}
	return "AAAA"
}

// published are the addresses that a zone holds.
func (v view) published() []netip.Addr {
	var list []netip.Addr
	for line := range strings.Lines(v.zone) {
		line, _, _ = strings.Cut(line, ";")
		if fields := strings.Fields(line); len(fields) == 3 && (fields[1] == "A" || fields[1] == "AAAA") {
			if ip, err := netip.ParseAddr(fields[2]); err == nil {
				list = append(list, ip)
			}
		}
	}
	return list
}

// serveNames starts a server for each view. The first by name is the one that
// exprobe.yaml names, and each that has a name is in the environment.
func (w *World) serveNames(c contents) error {
	for i, v := range c.views {
		server, err := hosttest.ServeNames(v.zone, w.hearQuestion)
		if err != nil {
			return fmt.Errorf("serving dns/%s.zone: %w", v.name, err)
		}
		w.closers = append(w.closers, server)
		if i == 0 {
			w.set("dns-server", server.Addr())
		}
		if v.name != "" {
			w.environ = append(w.environ, "DNS_"+strings.ToUpper(v.name)+"="+server.Addr())
		}
	}
	return nil
}

// closeOthers leads every address that a name has, on every port that no host
// serves, to where nothing listens: so a world never touches a real network.
func (w *World) closeOthers(c contents) error {
	var all []netip.Addr
	for _, h := range c.hosts {
		all = append(all, h.addresses()...)
	}
	for _, v := range c.views {
		all = append(all, v.published()...)
	}
	slices.SortFunc(all, netip.Addr.Compare)
	for _, ip := range slices.Compact(all) {
		w.connectTo = append(w.connectTo, bracket(ip.String())+"::"+nowhere)
	}
	return nil
}
