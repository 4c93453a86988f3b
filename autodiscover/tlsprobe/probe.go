package tlsprobe

import (
	"cmp"
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"sync"
	"time"

	"exprobe/autodiscover/facts"
)

const (
	defaultTimeout     = 10 * time.Second
	defaultConcurrency = 64

	// maxPerAddress keeps a farm behind one address from feeling a crowd.
	maxPerAddress = 4

	// maxAddresses is far above any real farm; a hostile DNS answer over TCP can
	// hold some four thousand.
	maxAddresses = 64
)

// Target is a published host.
type Target struct {
	Name string // host name or IP address
	Port int

	// Node is a host whose addresses are visited in the place of Name's, still asking
	// for Name: one server behind a load balancer. "" visits Name's own.
	Node string
}

// Options say how to probe. The zero value is the default everywhere but at At.
type Options struct {
	// Resolve finds the addresses of a host, as texts like "192.0.2.10:443"; their
	// port need not be the target's. It is given the name in lower case, without a
	// trailing dot, as A-labels. Nil means net.DefaultResolver.
	Resolve func(ctx context.Context, host string, port int) ([]string, error)

	// Dial opens a connection to an address; nil means a net.Dialer. Like Resolve
	// it must heed its context, or it holds the probe up.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	Roots *x509.CertPool // the trusted roots; nil means the system's

	// At is the instant as of which trust is judged: the snapshot's. The zero time
	// lies before every certificate, so it judges each chain as of its leaf's first
	// instant; it never means now.
	At time.Time

	// Timeout bounds the resolution of a name, and again the connection and
	// handshake with each address; 0 means 10 s.
	Timeout time.Duration

	// Concurrency is how many names and addresses are worked on at once; 0 means 64.
	Concurrency int
}

// Probe visits every address of every target, side by side. The hosts come back in
// the order of the targets; targets that differ only in the case of their names or
// in a trailing dot are one host.
func Probe(ctx context.Context, targets []Target, o Options) []facts.Host {
	p := newProber(o)
	hosts, names := distinct(targets)
	var work sync.WaitGroup
	for i := range hosts {
		work.Go(func() { hosts[i].Addresses = p.host(ctx, names[i], wireName(hosts[i].Node), hosts[i].Port) })
	}
	work.Wait()
	return hosts
}

// prober is one run of Probe.
type prober struct {
	resolve func(context.Context, string, int) ([]string, error)
	dial    func(context.Context, string, string) (net.Conn, error)
	timeout time.Duration
	suites  []uint16
	slots   chan struct{} // held by whoever uses the network
	doors   doors
	chains  chains
}

func newProber(o Options) *prober {
	p := &prober{
		resolve: o.Resolve,
		dial:    o.Dial,
		timeout: o.Timeout,
		suites:  allSuites(),
		doors:   doors{known: map[netip.AddrPort]*door{}},
		chains:  chains{roots: o.Roots, at: o.At, seen: map[fingerprint]func() facts.Served{}},
	}
	if p.resolve == nil {
		p.resolve = resolveBySystem
	}
	if p.dial == nil {
		p.dial = new(net.Dialer).DialContext
	}
	if p.timeout <= 0 {
		p.timeout = defaultTimeout
	}
	if o.Concurrency <= 0 {
		o.Concurrency = defaultConcurrency
	}
	p.slots = make(chan struct{}, o.Concurrency)
	return p
}

// host resolves a name once, or the node in its place, and visits all its addresses.
func (p *prober) host(ctx context.Context, name, node string, port int) facts.Observed[[]facts.Endpoint] {
	addresses, why := p.addresses(ctx, cmp.Or(node, name), port)
	if why != "" {
		return facts.Unknown[[]facts.Endpoint](why)
	}
	visited := addresses[:min(len(addresses), maxAddresses)]
	endpoints := make([]facts.Endpoint, len(visited))
	var work sync.WaitGroup
	for i, address := range visited {
		endpoints[i].Address = address.String()
		work.Go(func() { endpoints[i].Served = p.served(ctx, name, p.doors.at(address)) })
	}
	work.Wait()
	if len(addresses) > maxAddresses {
		// One stands for all the rest, so that they are not taken for seen.
		endpoints = append(endpoints, facts.Endpoint{
			Address: addresses[maxAddresses].String(),
			Served:  facts.Unknown[facts.Served](tooMany(name, len(addresses))),
		})
	}
	return facts.Known(endpoints)
}

// served visits one address in the name of a host.
func (p *prober) served(ctx context.Context, name string, d *door) facts.Observed[facts.Served] {
	// The door first: whoever queues at a slow address must not hold a slot that
	// another host could use.
	if err := enter(ctx, d.slots); err != nil {
		return facts.Unknown[facts.Served](stopped(d.address, err))
	}
	defer leave(d.slots)
	if err := enter(ctx, p.slots); err != nil {
		return facts.Unknown[facts.Served](stopped(d.address, err))
	}
	defer leave(p.slots)
	if why := d.shut(); why != "" {
		return facts.Unknown[facts.Served](why)
	}

	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	conn, err := p.dial(limited, "tcp", d.address)
	switch {
	case err != nil && ctx.Err() != nil:
		return facts.Unknown[facts.Served](stopped(d.address, ctx.Err()))
	case err != nil:
		why := dialReason(err, d.address, p.timeout)
		d.close(why, err)
		return facts.Unknown[facts.Served](why)
	}
	served, err := p.handshake(limited, conn, name)
	switch {
	case err != nil && ctx.Err() != nil:
		return facts.Unknown[facts.Served](stopped(d.address, ctx.Err()))
	case err != nil:
		return facts.Unknown[facts.Served](handshakeReason(err, d.address, name, p.timeout))
	}
	return facts.Known(served)
}

func enter(ctx context.Context, slots chan struct{}) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func leave(slots chan struct{}) { <-slots }
