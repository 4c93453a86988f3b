package tlsprobe

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/idna"

	"exprobe/autodiscover/facts"
)

// distinct folds targets that are the same host. names holds for each host the
// form of its name that is resolved and sent.
func distinct(targets []Target) (hosts []facts.Host, names []string) {
	type key struct {
		name, node string
		port       int
	}
	seen := map[key]bool{}
	hosts = make([]facts.Host, 0, len(targets))
	for _, t := range targets {
		name := wireName(t.Name)
		if k := (key{name, wireName(t.Node), t.Port}); !seen[k] {
			seen[k] = true
			hosts = append(hosts, facts.Host{Name: strings.TrimSuffix(t.Name, "."), Port: t.Port, Node: strings.TrimSuffix(t.Node, ".")})
			names = append(names, name)
		}
	}
	return hosts, names
}

// wireName is a name as DNS and SNI want it: lower case, no trailing dot, A-labels;
// an IP address without brackets. A name that is not one stays as it is, and does
// not resolve.
func wireName(name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if inner, ok := strings.CutPrefix(name, "["); ok && strings.HasSuffix(inner, "]") {
		name = inner[:len(inner)-1]
	}
	for i := range len(name) {
		if name[i] >= 0x80 {
			if ascii, err := idna.Lookup.ToASCII(name); err == nil {
				return ascii
			}
			break
		}
	}
	return name
}

// sni is the server name to send: none for an IP address (RFC 6066, section 3).
func sni(name string) string {
	if _, err := netip.ParseAddr(name); err == nil {
		return ""
	}
	return name
}

// addresses resolves a name, sorts what it finds and drops repetitions. why is
// empty where there is at least one address.
func (p *prober) addresses(ctx context.Context, name string, port int) (found []netip.AddrPort, why string) {
	switch {
	case name == "":
		return nil, "the host name is empty"
	case port < 1 || port > 65535:
		return nil, fmt.Sprintf("%d is not a TCP port, so %s was not probed", port, name)
	}
	if err := ctx.Err(); err != nil {
		return nil, stopped(name, err)
	}
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	texts, err := p.resolve(limited, name, port)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, stopped(name, ctx.Err())
	case err != nil:
		return nil, resolveReason(err, name, port, p.timeout)
	}
	for _, text := range texts {
		address, err := netip.ParseAddrPort(text)
		if err != nil {
			return nil, fmt.Sprintf("resolving %s gave %q, which is not an address and a port", name, text)
		}
		found = append(found, netip.AddrPortFrom(address.Addr().Unmap(), address.Port()))
	}
	if len(found) == 0 {
		return nil, fmt.Sprintf("%s has no address; %s", name, resolveHint(name, port))
	}
	slices.SortFunc(found, netip.AddrPort.Compare)
	return slices.Compact(found), ""
}

func resolveBySystem(ctx context.Context, host string, port int) ([]string, error) {
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(found))
	for i, address := range found {
		texts[i] = netip.AddrPortFrom(address, uint16(port)).String()
	}
	return texts, nil
}
