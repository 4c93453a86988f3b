package source

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"exprobe/configs"
)

// network is where names lead: the operator's --connect-to and --resolve first, as
// curl applies them, then DNS, asked at --dns-server where there is one. A name is
// asked for under its own name whatever address it leads to. An entry of
// --connect-to may also name an address, so that one node behind a name can be
// reached through a tunnel.
type network struct {
	resolve   []configs.Resolve
	connectTo []configs.ConnectTo
	dns       resolver
	dialer    net.Dialer
}

// newNetwork takes the DNS server as "host:port"; "" means the machine's own.
func newNetwork(resolve []configs.Resolve, connectTo []configs.ConnectTo, dnsServer string) *network {
	dns := newResolver(dnsServer)
	return &network{resolve: resolve, connectTo: connectTo, dns: dns, dialer: net.Dialer{Resolver: dns.net}}
}

// LookupSRV finds SRV records as net.Resolver does.
func (n *network) LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error) {
	return n.dns.srv(ctx, service, proto, name)
}

// Addresses returns the addresses of a host and port as "address:port" texts.
func (n *network) Addresses(ctx context.Context, host string, port int) ([]string, error) {
	host, port = n.target(host, port)
	for _, r := range n.resolve {
		if r.Covers(host, port) {
			return texts(r.Addresses, port), nil
		}
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return texts([]netip.Addr{ip}, port), nil
	}
	found, err := n.dns.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	return texts(found, port), nil
}

// Dial connects to "name:port" or "address:port", trying a name's addresses in turn.
func (n *network) Dial(ctx context.Context, kind, address string) (net.Conn, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("reading the address %q: %w", address, err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("reading the port of %q: %w", address, err)
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return n.dialAddress(ctx, kind, host, port)
	}
	addresses, err := n.Addresses(ctx, host, port)
	if err != nil {
		return nil, err
	}
	var failures []error
	for i, each := range addresses {
		ip, err := netip.ParseAddrPort(each)
		if err != nil {
			return nil, fmt.Errorf("reading the address %q: %w", each, err)
		}
		limited, cancel := share(ctx, len(addresses)-i)
		conn, err := n.dialAddress(limited, kind, ip.Addr().String(), int(ip.Port()))
		cancel()
		if err == nil {
			return conn, nil
		}
		failures = append(failures, err)
	}
	return nil, errors.Join(failures...)
}

func (n *network) dialAddress(ctx context.Context, kind, ip string, port int) (net.Conn, error) {
	host, port := n.target(ip, port)
	return n.dialer.DialContext(ctx, kind, net.JoinHostPort(host, strconv.Itoa(port)))
}

// target is where connections for a host and port go: the first entry that covers
// them counts, once, as in curl.
func (n *network) target(host string, port int) (string, int) {
	for _, c := range n.connectTo {
		if c.Covers(host, port) {
			return c.Target(host, port)
		}
	}
	return host, port
}

func texts(addresses []netip.Addr, port int) []string {
	list := make([]string, len(addresses))
	for i, ip := range addresses {
		list[i] = netip.AddrPortFrom(ip.Unmap(), uint16(port)).String()
	}
	return list
}

// share is a context with an equal share of the time that is left, so that an
// address that does not answer leaves time for the others.
func share(ctx context.Context, parts int) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || parts < 2 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Until(deadline)/time.Duration(parts))
}
