package tlsprobe

import (
	"cmp"
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"runtime"
	"time"

	"exprobe/autodiscover/facts"
)

const (
	defaultTimeout = 10 * time.Second

	// What keeps a processor busy while servers some 100 ms away are waited for: it
	// finishes some 1,200 handshakes a second, and twice as many hellos with their
	// judgement. More at once costs memory and gains nothing; so does more than the
	// last in any case.
	handshakesPerProcessor = 128
	hellosPerProcessor     = 256
	maxConcurrency         = 1024

	// maxPerAddress keeps a farm behind one address from feeling a crowd.
	maxPerAddress = 4

	// maxAddresses is far above any real farm; a hostile DNS answer over TCP can
	// hold some four thousand.
	maxAddresses = 64

	// fewTargets is how many hosts DepthAuto asks everything of: more than most
	// organizations publish, and a few hundred connections.
	fewTargets = 64
)

// Mode is how far a probe goes.
type Mode string

// The modes. A full handshake proves that the server holds the key of its
// certificate, and tells what a modern client negotiates. One that ends after the
// certificates costs a third of the time and proves nothing: it is for thousands of
// hosts. Each falls back on the other where it cannot see a server.
const (
	ModeFull  Mode = "" // the default
	ModeHello Mode = "hello"
)

// Depth is how much is asked of an address beyond the chain that it serves to a
// modern client. Each further question is a connection.
type Depth int

// The depths. Auto is All for at most 64 targets with full handshakes, and Chain
// for more. What a balancer's nodes would answer is never asked beyond Chain, since
// no client sees it.
const (
	DepthAuto  Depth = iota
	DepthChain       // nothing
	DepthAll         // chains for clients of other abilities, and old versions
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

	// Dial opens a connection to an address; nil means a net.Dialer without keep-alive
	// messages. Like Resolve
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

	// Concurrency is how many names and addresses are worked on at once; 0 means 128
	// for each processor, 256 with ModeHello, 1,024 at most, and fewer where the limit
	// of open files says so. Never more than there are names or addresses to ask.
	Concurrency int

	Probe Mode
	Depth Depth

	// Now measures how long each handshake takes; nil leaves that out.
	Now func() time.Time
}

// Probe visits every address of every target, side by side. The hosts come back in
// the order of the targets; targets that differ only in the case of their names or
// in a trailing dot are one host. An address is asked once for each name, however
// many targets lead to both, and a name is resolved once.
func Probe(ctx context.Context, targets []Target, o Options) []facts.Host {
	hosts, names := distinct(targets)
	p := newProber(o, len(hosts))
	groups := map[lookup][]int{}
	var order []lookup
	for i, h := range hosts {
		key := lookup{cmp.Or(wireName(h.Node), names[i]), h.Port}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], i)
	}
	views := make([]view, len(hosts))
	for _, key := range order {
		p.crew.do(func() {
			addresses, why := p.addresses(ctx, key.name, key.port)
			for _, i := range groups[key] {
				views[i] = p.view(ctx, names[i], hosts[i].Node == "", addresses, why)
			}
		})
	}
	p.crew.done.Wait()
	lent := map[*facts.Certificate]bool{}
	for i := range hosts {
		hosts[i].Addresses = views[i].observed(names[i], lent)
	}
	return hosts
}

// lookup is a name to resolve.
type lookup struct {
	name string
	port int
}

// prober is one run of Probe.
type prober struct {
	resolve func(context.Context, string, int) ([]string, error)
	dial    func(context.Context, string, string) (net.Conn, error)
	now     func() time.Time
	timeout time.Duration
	hello   bool // chains alone
	deep    bool
	suites  []uint16
	crew    crew
	doors   doors
	visits  visits
	chains  chains
}

func newProber(o Options, targets int) *prober {
	p := &prober{
		resolve: o.Resolve,
		dial:    o.Dial,
		now:     o.Now,
		timeout: o.Timeout,
		hello:   o.Probe == ModeHello,
		suites:  allSuites(),
		doors:   doors{known: map[netip.AddrPort]*door{}},
		visits:  visits{known: map[question]*visit{}},
		chains:  newChains(o.Roots, o.At),
	}
	p.deep = o.Depth == DepthAll || o.Depth == DepthAuto && !p.hello && targets <= fewTargets
	if p.resolve == nil {
		p.resolve = resolveBySystem
	}
	if p.dial == nil {
		p.dial = (&net.Dialer{KeepAlive: -1}).DialContext // which would be four calls of the system for a connection of milliseconds
	}
	if p.timeout <= 0 {
		p.timeout = defaultTimeout
	}
	p.crew.most = o.Concurrency
	if p.crew.most <= 0 {
		perProcessor := handshakesPerProcessor
		if p.hello {
			perProcessor = hellosPerProcessor
		}
		p.crew.most = max(1, min(perProcessor*runtime.GOMAXPROCS(0), maxConcurrency, openFiles()))
	}
	return p
}

// view is what became of the addresses of a host.
type view struct {
	why     string // why there is none
	visits  []*visit
	beyond  string // the first that was not visited, as too many are there
	hasMany int
}

// view sets out to all addresses of a name. outside says that clients see it so.
func (p *prober) view(ctx context.Context, name string, outside bool, addresses []netip.AddrPort, why string) view {
	v := view{why: why}
	for i, address := range addresses {
		if i == maxAddresses {
			v.beyond, v.hasMany = address.String(), len(addresses)
			break
		}
		v.visits = append(v.visits, p.visit(ctx, name, p.doors.at(address), outside))
	}
	return v
}

// observed is what was seen, once all visits are over.
func (v view) observed(name string, lent map[*facts.Certificate]bool) facts.Observed[[]facts.Endpoint] {
	if v.why != "" {
		return facts.Unknown[[]facts.Endpoint](v.why)
	}
	endpoints := make([]facts.Endpoint, 0, len(v.visits)+1)
	for _, one := range v.visits {
		endpoints = append(endpoints, facts.Endpoint{Address: one.door.address, Served: one.observed(lent)})
	}
	if v.beyond != "" {
		// One stands for all the rest, so that they are not taken for seen.
		endpoints = append(endpoints, facts.Endpoint{Address: v.beyond, Served: facts.Unknown[facts.Served](tooMany(name, v.hasMany))})
	}
	return facts.Known(endpoints)
}
