package autodiscover

import (
	"context"
	"errors"
	"net/http"
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
	refused map[string]string // host → the URL at which it refused them
	refuser string            // the URL at which they were refused first of all
}

// errRefused is for authorize to wrap where somebody else than the server of the URL
// refused the credentials, as a Kerberos KDC does.
var errRefused = errors.New("the credentials were refused")

func newGate() *gate {
	return &gate{first: make(chan struct{}, 1), decided: make(chan struct{}), refused: map[string]string{}}
}

// authorizeOnce answers a 401 within the gate. Where the request has another one
// ahead, that is waited for in any case. held says why no credentials were sent
// although the server offers a scheme that they are for.
func (c *client) authorizeOnce(ctx context.Context, key, ahead string, x *exchange, refused reply) (r reply, sent, held string, err error) {
	if c.chosen(schemes(refused.header.Values("WWW-Authenticate"))) == "" {
		return refused, "", "", nil
	}
	if x.refuses != "" {
		return refused, "", x.refuses, nil
	}
	g := c.gate()
	if !g.turn(ctx, key, ahead, &c.shared.asked) {
		return refused, "", cutShort, nil
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
		return refused, "", cutShort, nil
	}
	if held := g.holds(x.url.Host); held != "" {
		return refused, "", held, nil
	}
	r, sent, err = c.authorize(ctx, x, refused)
	switch {
	case errors.Is(err, errRefused):
		g.learn(x, true)
	case sent != "" && err == nil:
		g.learn(x, r.status == http.StatusUnauthorized)
	}
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
	by := g.refused[host]
	if by == "" && !g.taken {
		by = g.refuser
	}
	if by == "" {
		return ""
	}
	return "they were refused at " + by + ", and every refusal counts against the account"
}

func (g *gate) learn(x *exchange, refused bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if refused {
		g.refused[x.url.Host] = x.url.String()
	}
	select {
	case <-g.decided:
		return
	default:
	}
	g.taken = !refused
	if refused {
		g.refuser = x.url.String()
	}
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
