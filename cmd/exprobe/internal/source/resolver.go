package source

import (
	"context"
	"errors"
	"net"
	"net/netip"
)

// resolver looks names up, at the operator's --dns-server alone or as the machine
// does. Either way the machine's hosts file comes first: to ask for another address
// is what --resolve is for.
type resolver struct {
	net    *net.Resolver
	server string // "host:port"; "" means the machine's
}

func newResolver(server string) resolver {
	if server == "" {
		return resolver{net: net.DefaultResolver}
	}
	dial := func(ctx context.Context, kind, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, kind, server)
	}
	return resolver{net: &net.Resolver{PreferGo: true, Dial: dial}, server: server}
}

func (r resolver) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	found, err := r.net.LookupNetIP(ctx, "ip", host)
	return found, r.asked(err)
}

func (r resolver) srv(ctx context.Context, service, proto, name string) (string, []*net.SRV, error) {
	cname, records, err := r.net.LookupSRV(ctx, service, proto, name)
	return cname, records, r.asked(err)
}

// asked makes an error name the server that was asked: package net names the
// machine's, to which it would have gone by itself.
func (r resolver) asked(err error) error {
	var dns *net.DNSError
	if r.server == "" || !errors.As(err, &dns) {
		return err
	}
	mended := *dns
	mended.Server = r.server
	return &mended
}
