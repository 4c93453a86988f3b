package tlsprobe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"exprobe/autodiscover/facts"
)

// question is what is asked once: which chain an address serves for a name.
type question struct {
	door *door
	name string
}

// visits are the questions of one run, and what became of them.
type visits struct {
	mu    sync.Mutex
	known map[question]*visit
}

// visit is one question and its answer, which several hosts may share: one that is
// published, and a node that turned out to be the same address.
type visit struct {
	question

	mu   sync.Mutex
	over bool // served is there
	deep bool // more was asked, or will be

	served facts.Observed[facts.Served]
}

// visit has the question asked where nobody asked it yet, and the deeper ones where
// clients see the address.
func (p *prober) visit(ctx context.Context, name string, d *door, outside bool) *visit {
	p.visits.mu.Lock()
	key := question{d, name}
	v, known := p.visits.known[key]
	if !known {
		v = &visit{question: key}
		p.visits.known[key] = v
	}
	p.visits.mu.Unlock()
	v.mu.Lock()
	first := outside && p.deep && !v.deep
	v.deep = v.deep || first
	over := v.over
	v.mu.Unlock()
	switch {
	case !known:
		d.do(&p.crew, func() { p.answer(ctx, v) })
	case first && over:
		p.deepen(ctx, v)
	}
	return v
}

// answer asks for the chain.
func (p *prober) answer(ctx context.Context, v *visit) {
	served, err := p.serve(ctx, v.question)
	v.mu.Lock()
	v.served, v.over = facts.Known(served), true
	if err != nil {
		v.served = facts.Unknown[facts.Served](err.Error())
	}
	deep := v.deep
	v.mu.Unlock()
	if deep {
		p.deepen(ctx, v)
	}
}

// observed is the answer, in lists of its own: two endpoints must not share one.
// lent are the chains that somebody has already, by their first certificates.
func (v *visit) observed(lent map[*facts.Certificate]bool) facts.Observed[facts.Served] {
	served := v.served
	if chain := served.Value.Chain; len(chain) > 0 {
		if lent[&chain[0]] {
			served.Value.Chain = slices.Clone(chain)
		}
		lent[&chain[0]] = true
	}
	served.Value.Others.Value = slices.Clone(served.Value.Others.Value)
	served.Value.OldVersions.Value = slices.Clone(served.Value.OldVersions.Value)
	return served
}

// blind is that nothing could be seen, for a reason. err is what another kind of
// hello might not meet; it is nil where no other is worth trying.
type blind struct {
	why string
	err error
}

func (b blind) Error() string { return b.why }

func (b blind) Unwrap() error { return b.err }

// serve sees what an address serves for a name, by a full handshake or a hello
// alone, and by the other where that fails.
func (p *prober) serve(ctx context.Context, q question) (facts.Served, error) {
	if p.hello {
		served, err := p.glance(ctx, q, anything)
		if err != nil && another(err) { // a server of TLS 1.3 alone shows nothing to a hello
			if full, fullErr := p.full(ctx, q); fullErr == nil {
				return full, nil
			}
		}
		return served, err
	}
	served, err := p.full(ctx, q)
	unreadable := err == nil && served.Leaf().Unreadable != ""
	if !unreadable && (err == nil || !another(err)) {
		return served, err
	}
	glimpsed, glanceErr := p.glance(ctx, q, anything)
	switch {
	case glanceErr != nil, unreadable && !remarkable(glimpsed): // the latter is another chain, for older clients
		return served, err
	case err != nil:
		glimpsed.Unproven = err.Error()
	default:
		glimpsed.Unproven = "the handshake ended early, because a certificate that was sent could not be parsed: " + served.Leaf().Unreadable
	}
	return glimpsed, nil
}

// remarkable says that a chain has a certificate that the strict parser refuses.
func remarkable(served facts.Served) bool {
	return slices.ContainsFunc(served.Chain, func(c facts.Certificate) bool { return c.Lenient != "" || c.Unreadable != "" })
}

// another says whether a server that did not finish one kind of handshake may like
// another: it spoke TLS, or closed without a word.
func another(err error) bool {
	var b blind
	return errors.As(err, &b) && b.err != nil && !timedOut(b.err) && !errors.Is(b.err, errFlood) && !foreign(b.err)
}

// full completes a handshake.
func (p *prober) full(ctx context.Context, q question) (facts.Served, error) {
	return p.connect(ctx, q, func(ctx context.Context, conn net.Conn) (seen, error) { return p.handshake(ctx, conn, q.name) })
}

// glance ends at the certificates.
func (p *prober) glance(ctx context.Context, q question, o offer) (facts.Served, error) {
	return p.connect(ctx, q, func(ctx context.Context, conn net.Conn) (seen, error) { return greet(ctx, conn, q.name, o) })
}

// connect opens a connection, looks at what it shows, and judges that.
func (p *prober) connect(ctx context.Context, q question, look func(context.Context, net.Conn) (seen, error)) (facts.Served, error) {
	if err := ctx.Err(); err != nil {
		return facts.Served{}, blind{why: stopped(q.door.address, err)}
	}
	if why := q.door.shut(); why != "" {
		return facts.Served{}, blind{why: why}
	}
	began := p.clock()
	s, err := p.look(ctx, q, look)
	if err != nil {
		return facts.Served{}, err
	}
	took := p.clock().Sub(began)
	served := s.served(&p.chains)
	if p.now != nil { // any time at all is a millisecond, since none means not measured
		served.Milliseconds = max(1, int(took.Milliseconds()))
	}
	return served, nil
}

// look is one connection, within the time-out of one address.
func (p *prober) look(ctx context.Context, q question, look func(context.Context, net.Conn) (seen, error)) (seen, error) {
	address := q.door.address
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	conn, err := p.dial(limited, "tcp", address)
	switch {
	case err != nil && ctx.Err() != nil:
		return seen{}, blind{why: stopped(address, ctx.Err())}
	case err != nil:
		why := dialReason(err, address, p.timeout)
		q.door.close(why, err)
		return seen{}, blind{why: why}
	}
	defer conn.Close()
	s, err := look(limited, conn)
	switch {
	case err != nil && ctx.Err() != nil:
		return seen{}, blind{why: stopped(address, ctx.Err())}
	case err != nil:
		return seen{}, blind{handshakeReason(err, address, q.name, p.timeout), err}
	case s.broken != nil:
		s.unproven = fmt.Sprintf("%s asks for a client certificate and ends the handshake for %s where it is given none: %s", address, q.name, cause(s.broken))
	}
	return s, nil
}

func (p *prober) clock() time.Time {
	if p.now == nil {
		return time.Time{}
	}
	return p.now()
}
