package autodiscover

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"exprobe/autodiscover/facts"
)

// Options say how to ask. The zero value asks without credentials, with the
// system's roots, resolver and clock.
type Options struct {
	Basic    bool           // send Basic credentials where a server asks for them
	User     string         // for Basic
	Password string         // for Basic; never in an error or a fact
	Roots    *x509.CertPool // whom to trust; nil means the system's roots
	Timeout  time.Duration  // for each request; 0 means 10 seconds

	// Dial opens connections; nil means a [net.Dialer]. The host of the URL stays
	// the name that is asked for in TLS and in the Host header.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Now is the instant as of which certificates are verified; nil means
	// crypto/tls's own clock.
	Now func() time.Time
}

const basic = "Basic"

// place is one address of the look-up order.
type place struct{ step, host string }

func (p place) url() string { return "https://" + p.host + "/autodiscover/autodiscover.xml" }

// places lists where to ask for a domain. Outlook asks the root domain first
// (KB2212902); here it comes last, because it mostly is a web site that has nothing
// to say, and must not see credentials that the first host was meant for.
func places(domain string) []place {
	return []place{
		{facts.StepAutodiscoverHost, "autodiscover." + domain},
		{facts.StepRootDomain, domain},
	}
}

// LookUp asks for the settings of a mailbox, at each address for both views, until
// one shows nodes in the RPC/HTTP view. It never fails as a whole: each answer
// carries its own failure, and a mailbox that [CheckMailbox] refuses has one answer,
// for which nothing was sent.
func LookUp(ctx context.Context, mailbox string, o Options) []facts.Answer {
	domain, err := domainOf(mailbox)
	if err != nil {
		return []facts.Answer{{Mailbox: mailbox, Step: facts.StepAutodiscoverHost,
			Response: facts.Unknown[facts.Response](err.Error())}}
	}
	c := newClient(o)
	defer c.transport.CloseIdleConnections()
	var answers []facts.Answer
	for _, p := range places(domain) {
		rpc := c.ask(ctx, mailbox, p, facts.ViewRPC)
		mapi := facts.Answer{Mailbox: mailbox, Step: p.step, URL: p.url(), View: facts.ViewMapi}
		if rpc.Status == 0 {
			// A host that does not answer costs one timeout, not two.
			mapi.Response = facts.Unknown[facts.Response]("not asked, because the first request had no answer: " + rpc.Response.Why)
		} else {
			mapi = c.ask(ctx, mailbox, p, facts.ViewMapi)
		}
		answers = append(answers, rpc, mapi)
		if usable(rpc) {
			break
		}
	}
	return answers
}

// usable says that an answer ends the search. An error or a redirect does not: the
// next address may know the mailbox (MS-OXDSCLI 3.1.5).
func usable(a facts.Answer) bool {
	return a.Response.Known && a.Response.Value.Error == nil && len(a.Response.Value.Nodes) > 0
}

// ask makes one request, and a second one with credentials where the first was
// refused and the rules allow it.
func (c *client) ask(ctx context.Context, mailbox string, p place, view facts.View) facts.Answer {
	answer := facts.Answer{Mailbox: mailbox, Step: p.step, URL: p.url(), View: view}
	r, _, err := c.post(ctx, p.url(), mailbox, view, false)
	if err == nil && r.status == http.StatusUnauthorized {
		answer.Schemes = schemes(r.header.Values("WWW-Authenticate"))
		answer.Status = r.status
		if c.options.Basic && r.verified && offers(answer.Schemes, basic) {
			var sent bool
			r, sent, err = c.post(ctx, p.url(), mailbox, view, true)
			if sent {
				answer.CredentialsSent = basic
			}
		}
	}
	if err != nil {
		answer.Response = facts.Unknown[facts.Response](c.explain(ctx, err))
		return answer
	}
	answer.Status = r.status
	answer.Response = c.read(ctx, r, &answer)
	return answer
}

// read makes a fact of a reply, by its content where it has any.
func (c *client) read(ctx context.Context, r reply, a *facts.Answer) facts.Observed[facts.Response] {
	unknown := func(format string, args ...any) facts.Observed[facts.Response] {
		why := fmt.Sprintf(format, args...)
		if r.status != http.StatusOK {
			why = fmt.Sprintf("HTTP %d", r.status) + why
		} else {
			why = strings.TrimPrefix(why, ": ")
		}
		return facts.Unknown[facts.Response](why)
	}
	location := r.header.Get("Location")
	switch {
	case a.CredentialsSent != "" && c.echoes(location, r.body):
		return unknown(": the answer repeats the credentials, so it is not kept")
	case r.status >= 300 && r.status < 400 && location != "":
		return unknown(" to %s: redirects are not followed", clean(location))
	case r.bodyErr != nil:
		return unknown(": reading the answer: %s", c.explain(ctx, r.bodyErr))
	}
	response, err := Parse(r.body)
	switch {
	case err == nil:
		return facts.Known(response)
	case r.status != http.StatusUnauthorized:
		return unknown(": %v", err)
	case a.CredentialsSent != "":
		return unknown(": the %s credentials were refused", a.CredentialsSent)
	case len(a.Schemes) == 0:
		return unknown(": the server wants authentication and names no scheme")
	case c.options.Basic && !offers(a.Schemes, basic):
		return unknown(": the server offers %s, and not Basic", strings.Join(a.Schemes, ", "))
	}
	return unknown(": the server wants authentication (%s)", strings.Join(a.Schemes, ", "))
}

// minSecret is the shortest password that is searched for in an answer: a shorter
// one is bound to occur by chance.
const minSecret = 8

// echoes says whether an answer holds the credentials that the request carried, so
// that a server cannot write them into the evidence by sending them back. A server
// that disguises them is past help: it has them.
func (c *client) echoes(location string, body []byte) bool {
	secrets := []string{base64.StdEncoding.EncodeToString([]byte(c.options.User + ":" + c.options.Password))}
	if len(c.options.Password) >= minSecret {
		secrets = append(secrets, c.options.Password)
	}
	for _, secret := range secrets {
		if strings.Contains(location, secret) || bytes.Contains(body, []byte(secret)) {
			return true
		}
	}
	return false
}
