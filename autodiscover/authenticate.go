package autodiscover

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
)

const basic = "Basic"

// signsIn says whether there are credentials at all.
func (c *client) signsIn() bool { return c.options.Basic }

// chosen is the strongest allowed scheme among those that are offered, by its own
// name; "" where there is none, or there are no credentials at all.
func (c *client) chosen(offered []string) string {
	if c.signsIn() && offers(offered, basic) {
		return basic
	}
	return ""
}

// lacking says that none of the schemes that a server offers is allowed.
func (c *client) lacking(offered []string) string {
	return fmt.Sprintf("the server offers %s, and not Basic", strings.Join(offered, ", "))
}

// authorize answers a 401: it repeats the request on the same connection with the
// strongest allowed scheme that is offered. sent names the scheme whose credentials
// went out ("" when none). It is called where the rule lets credentials go to the
// URL, one call at a time until a server has taken them, and not again after a
// server has refused them.
func (c *client) authorize(ctx context.Context, x *exchange, refused reply) (r reply, sent string, err error) {
	scheme := c.chosen(schemes(refused.header.Values("WWW-Authenticate")))
	if scheme == "" {
		return refused, "", nil
	}
	r, err = x.send(ctx, basic+" "+c.basicToken())
	if x.connected {
		sent = scheme
	}
	return r, sent, err
}

func (c *client) basicToken() string {
	return base64.StdEncoding.EncodeToString([]byte(c.options.User + ":" + c.options.Password))
}

// minSecret is the shortest password that is searched for in an answer: a shorter
// one is bound to occur by chance.
const minSecret = 8

// secrets are the texts that no fact may hold once credentials were sent.
func (c *client) secrets() []string {
	list := []string{c.basicToken()}
	if len(c.options.Password) >= minSecret {
		list = append(list, c.options.Password)
	}
	return list
}
