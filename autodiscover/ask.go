package autodiscover

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
)

// maxLeaks bounds the headers that are kept of one answer.
const maxLeaks = 16

// question is one thing to ask: what makes two requests the same.
type question struct {
	protocol string
	view     facts.View // of POX
	url      *url.URL
	asked    string // the address in the request; "" in one that names none
	named    bool   // an SRV record of the mailbox's own domain names the host
	paired   bool   // the RPC/HTTP view of the same URL is asked beside this one
}

// key tells questions apart. The mailbox stands in it, because what may be sent, and
// as whom, depends on it.
func (q question) key(mailbox string) string {
	return strings.Join([]string{q.protocol, string(q.view), sameURL(q.url), strings.ToLower(q.asked), strings.ToLower(mailbox), fmt.Sprint(q.named)}, "\x00")
}

// ahead is the question whose credentials go first: the other view waits for the
// RPC/HTTP view, so that a wrong password costs each host one refusal. It is "" where
// nobody asks for that view, as where one view alone was redirected: waiting for it
// would never end.
func (q question) ahead(mailbox string) string {
	if q.protocol != facts.POX || q.view == facts.ViewRPC || !q.paired {
		return ""
	}
	q.view = facts.ViewRPC
	return q.key(mailbox)
}

// fetched is what came of a question: the answer without what belongs to the look-up
// and the step (see [walker.stamp]), and the text of a redirect.
type fetched struct {
	answer   facts.Answer
	location string // of an HTTP redirect, as it was sent
}

// ask asks a question, once for all steps that have it.
func (c *client) ask(ctx context.Context, s Subject, q question) fetched {
	q.named = q.named && c.signsIn() // else it makes no difference
	key := q.key(s.Mailbox)
	f := c.shared.asked.get(key, func() fetched {
		x := c.request(q)
		defer x.close()
		f := fetched{answer: facts.Answer{Protocol: q.protocol, View: q.view}}
		if q.asked != "" && !strings.EqualFold(q.asked, s.Mailbox) {
			f.answer.Asked = q.asked
		}
		c.converse(ctx, key, q.ahead(s.Mailbox), x, readers[q.protocol], &f)
		return f
	})
	f.answer.URL = printable(q.url.String()) // as this step spells it
	return f
}

// bare refuses credentials to what never has any: neither a look where a URL leads nor
// version 2 needs them.
const bare = "the request carries no credentials"

// request prepares the exchange for a question.
func (c *client) request(q question) *exchange {
	switch q.protocol {
	case facts.POX:
		return c.newExchange(http.MethodPost, q.url, requestHeader(q.asked, q.view), requestBody(q.asked), q.named)
	case facts.SOAP:
		return c.newExchange(http.MethodPost, q.url, soapHeader(), soapBody(q.url.String(), q.asked), q.named)
	}
	x := c.newExchange(http.MethodGet, q.url, http.Header{"User-Agent": {userAgent}}, nil, false)
	x.refuses = bare
	return x
}

// reader makes a document of the body of an answer.
type reader func([]byte) (facts.Response, error)

// readers are those of each protocol.
var readers = map[string]reader{
	facts.POX:  Parse,
	facts.SOAP: ParseUserSettings,
	facts.JSON: ParseEndpoint,
}

// converse makes a request, and once more with credentials where the first was
// refused and the rules allow it, and records all that is known then.
func (c *client) converse(ctx context.Context, key, ahead string, x *exchange, read reader, f *fetched) {
	a := &f.answer
	r, err := x.send(ctx, "")
	held := ""
	if err == nil && c.echoes(r) {
		a.Status, a.Secured = r.status, x.secured(nil, "")
		a.Response = facts.Unknown[facts.Response](fmt.Sprintf("HTTP %d: %s", r.status, echoed))
		return
	}
	if err == nil && r.status == http.StatusUnauthorized {
		a.Schemes = schemes(r.header.Values("WWW-Authenticate"))
		a.Status = r.status
		a.Capabilities = capabilities(r.header)
		if x.refuses != bare {
			r, a.CredentialsSent, held, err = c.authorizeOnce(ctx, key, ahead, x, r, read)
			a.ServerProved = r.proved
			if hintOf(err) != "" { // a server that answers, and whom nobody is signed in to
				held, err = c.explain(ctx, err), nil
			}
		}
	}
	if err != nil {
		why := c.explain(ctx, err)
		a.Secured = x.secured(err, why)
		a.Response = facts.Unknown[facts.Response](why)
		return
	}
	a.Status = r.status
	a.Secured = x.secured(nil, "")
	a.Capabilities = append(a.Capabilities, capabilities(r.header)...)
	slices.Sort(a.Capabilities)
	a.Capabilities = slices.Compact(a.Capabilities)
	a.Leaks = leaks(r.header)
	if isRedirect(r) {
		f.location = r.header.Get("Location")
		a.Location = location(x.url, f.location)
	}
	a.Response = c.read(ctx, r, a, held, read)
}

// isRedirect knows the statuses that clients follow (facts: spec 302; others take
// 301, 303, 307 and 308 too).
func isRedirect(r reply) bool {
	return slices.Contains([]int{301, 302, 303, 307, 308}, r.status) && r.header.Get("Location") != ""
}

// read makes a fact of a reply, by its content where it has any. held is why nobody
// is signed in although somebody could be.
func (c *client) read(ctx context.Context, r reply, a *facts.Answer, held string, parse reader) facts.Observed[facts.Response] {
	unknown := func(format string, args ...any) facts.Observed[facts.Response] {
		why := fmt.Sprintf(format, args...)
		if r.status != http.StatusOK {
			why = fmt.Sprintf("HTTP %d", r.status) + why
		} else {
			why = strings.TrimPrefix(why, ": ")
		}
		return facts.Unknown[facts.Response](why)
	}
	switch {
	case isRedirect(r):
		return unknown(" to %s", clean(a.Location))
	case r.bodyErr != nil:
		return unknown(": reading the answer: %s", c.explain(ctx, r.bodyErr))
	}
	err := fmt.Errorf("the request only looks where the URL leads, and it leads nowhere")
	if parse != nil {
		var response facts.Response
		if response, err = parse(r.body); err == nil {
			return facts.Known(response)
		}
	}
	switch {
	case held != "":
		return unknown(": %s", held)
	case r.status != http.StatusUnauthorized:
		return unknown(": %v", err)
	case len(a.Schemes) == 0:
		return unknown(": the server wants authentication and names no scheme")
	}
	return unknown(": the server wants authentication (%s)", strings.Join(a.Schemes, ", "))
}

// capabilities are the services that a server says it has, with a 200 or a 401 (the
// EWS Managed API reads them so).
func capabilities(h http.Header) []string {
	var list []string
	for _, name := range []string{"X-OAuth-Enabled", "X-SOAP-Enabled", "X-WSSecurity-Enabled"} {
		if strings.EqualFold(strings.TrimSpace(h.Get(name)), "true") {
			list = append(list, name)
		}
	}
	return list
}

// soapEnabled is the capability of the SOAP service.
const soapEnabled = "X-SOAP-Enabled"

// leaks are the headers that tell strangers about the inside: names of servers behind
// the balancer, and a cookie that holds a SID, of which the name alone is kept (a
// published Exchange 2016 answer of 2020 has them).
func leaks(h http.Header) []facts.Header {
	var list []facts.Header
	for _, name := range []string{"X-BEServer", "X-CalculatedBETarget", "X-DiagInfo", "X-FEServer"} {
		for _, value := range h.Values(name) {
			if len(list) < maxLeaks {
				list = append(list, facts.Header{Name: name, Value: clean(value)})
			}
		}
	}
	const cookie = "X-BackEndCookie"
	isCookie := func(line string) bool {
		name, _, _ := strings.Cut(line, "=")
		return strings.EqualFold(strings.TrimSpace(name), cookie)
	}
	if len(h.Values(cookie)) > 0 || slices.ContainsFunc(h.Values("Set-Cookie"), isCookie) {
		list = append(list, facts.Header{Name: cookie})
	}
	return list
}
