package autodiscover

import (
	"context"
	"strings"
	"sync"
)

// gate lets one account's credentials out. A wrong password counts against the
// account, and a look-up has many requests to send it with: so one request goes
// first, the others wait for what comes of it, and once a server has refused the
// credentials they go nowhere again, or, where another had taken them, not to that
// host again.
//
// Who goes first follows from the order of the steps and not from the network: a
// request waits for those of earlier steps, dead ones among them, until the
// credentials were taken or refused somewhere.
type gate struct {
	order   []string      // the keys of the requests in the order in which they may go first; whole before the first request
	first   chan struct{} // held by the request that tries
	decided chan struct{} // closed once a server has taken or refused the credentials

	mu      sync.Mutex
	taken   bool
	refused map[string]string // host → what became of them there
	refuser string            // what became of them where they were refused first of all
}

func newGate() *gate {
	return &gate{first: make(chan struct{}, 1), decided: make(chan struct{}), refused: map[string]string{}}
}

// authorizeOnce answers a 401 within the gate. Where the request has another one
// ahead, that is waited for in any case. held says why no credentials were sent
// although the server offers a scheme that they are for. read tells a document from
// what is none.
func (c *client) authorizeOnce(ctx context.Context, key, ahead string, x *exchange, refused reply, read reader) (r reply, sent, held string, err error) {
	offered := schemes(refused.header.Values("WWW-Authenticate"))
	back := func(why string) string {
		return "the server wants authentication (" + inList(offered) + "); credentials were held back: " + why
	}
	switch {
	case !c.signsIn():
		return refused, "", "", nil
	case c.chosen(offered) == "":
		return refused, "", "", c.lacking(offered)
	case x.refuses != "":
		return refused, "", back(x.refuses), nil
	}
	g := c.gate()
	if !g.turn(ctx, key, ahead, &c.shared.asked) {
		return refused, "", ended(ctx), nil
	}
	select {
	case g.first <- struct{}{}:
		select {
		case <-g.decided: // then nobody has to wait
			<-g.first
		default:
			defer func() { <-g.first }()
		}
	case <-g.decided:
	case <-ctx.Done():
		return refused, "", ended(ctx), nil
	}
	if held := g.holds(x.url.Host); held != "" {
		return refused, "", back(held), nil
	}
	r, sent, err = c.authorize(ctx, x, refused)
	document := false
	if err == nil && r.bodyErr == nil {
		_, unread := read(r.body)
		document = unread == nil
	}
	g.learn(x, verdictOf(sent, r, err, document, x.free))
	return r, sent, "", err
}

// turn waits until it is a request's turn. It is false where the context ends first.
func (g *gate) turn(ctx context.Context, key, ahead string, asked *memo[fetched]) bool {
	if ahead != "" {
		select {
		case <-asked.done(ahead):
		case <-ctx.Done():
			return false
		}
	}
	for _, earlier := range g.order {
		if earlier == key {
			break
		}
		select {
		case <-asked.done(earlier):
		case <-g.decided:
			return true
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// holds says why no credentials go to a host any more, or "".
func (g *gate) holds(host string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if why := g.refused[host]; why != "" || g.taken {
		return why
	}
	return g.refuser
}

// learn takes in what a server makes of the credentials. One that gave no
// usable answer may have refused them.
func (g *gate) learn(x *exchange, v verdict) {
	var why string
	switch v {
	case unsettled:
		return
	case denied:
		why = "they were refused at " + x.url.String() + ", and every refusal counts against the account"
	case doubtful:
		why = "they were sent to " + x.url.String() + " without a usable answer, and may have been refused, which counts against the account"
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if why != "" {
		g.refused[x.url.Host] = why
	}
	select {
	case <-g.decided:
		return
	default:
	}
	g.taken, g.refuser = v == accepted, why
	close(g.decided)
}

// openGate is the gate of the client's account, made where there is none yet.
func (c *client) openGate() *gate {
	key := strings.ToLower(c.options.User)
	if c.shared.gates[key] == nil {
		c.shared.gates[key] = newGate()
	}
	return c.shared.gates[key]
}

// gate is where the requests with this client's credentials pass.
func (c *client) gate() *gate { return c.shared.gates[strings.ToLower(c.options.User)] }
