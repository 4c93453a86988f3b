package autodiscover

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"exprobe/autodiscover/facts"
)

// OfferTarget is a URL that the directory publishes, and the service that it is of.
type OfferTarget struct {
	URL     string
	Service string // facts.ServiceRPC and its like
}

// Offers asks each URL, without credentials, what a client may sign in with: the
// schemes of the 401. Of a URL that asks for nothing, or answers with something else,
// they are not known, and the reason says what came instead. The order is that of the
// targets; a URL that two of them share is asked once.
func Offers(ctx context.Context, targets []OfferTarget, o Options) []facts.Offer {
	c := newClient(o, Subject{}, "", newShared())
	var answers memo[facts.Offer]
	return sideBySide(targets, func(t OfferTarget) facts.Offer {
		u, refused := redirectTarget(nil, t.URL)
		if refused != "" {
			return facts.Offer{URL: location(nil, t.URL), Service: t.Service, Schemes: facts.Unknown[[]string]("the URL is not asked: " + refused)}
		}
		offer := answers.get(sameURL(u), func() facts.Offer {
			port, err := strconv.Atoi(u.Port())
			if err != nil {
				port = 443
			}
			x := c.newExchange(http.MethodGet, u, http.Header{"User-Agent": {userAgent}}, nil, false)
			defer x.close()
			return facts.Offer{Host: u.Hostname(), Port: port, Schemes: c.offered(ctx, x)}
		})
		offer.URL, offer.Service = printable(u.String()), t.Service
		return offer
	})
}

// offered reads what one URL offers.
func (c *client) offered(ctx context.Context, x *exchange) facts.Observed[[]string] {
	unknown := func(format string, args ...any) facts.Observed[[]string] {
		return facts.Unknown[[]string](fmt.Sprintf(format, args...))
	}
	r, err := x.send(ctx, "")
	switch {
	case err != nil:
		return unknown("%s", c.explain(ctx, err))
	case r.status == http.StatusUnauthorized:
		return facts.Known(append([]string{}, schemes(r.header.Values("WWW-Authenticate"))...))
	case r.status == http.StatusProxyAuthRequired:
		return unknown("HTTP 407: a proxy wants authentication of its own")
	case isRedirect(r):
		return unknown("HTTP %d to %s: it signs in with a form, or is somewhere else", r.status, clean(location(x.url, r.header.Get("Location"))))
	case r.status >= 200 && r.status < 300:
		return unknown("HTTP %d: it asks for no authentication here", r.status)
	}
	return unknown("%s", strings.TrimSpace(fmt.Sprintf("HTTP %d %s: it refuses before it asks for authentication", r.status, http.StatusText(r.status))))
}
