package ldapsrc

import (
	"context"
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/md4" // NTLM's own hash (MS-NLMP 3.3.1); nothing else stands on it
)

// ntlmContext is the client's side of NTLM with a web server.
type ntlmContext struct {
	ntlm         *ntlm
	user, hash   string
	begun, ended bool
}

// NewNTLMContext makes a context for HTTP's NTLM, with the user and the password of
// the options. Its messages are bare, as Windows sends them under NTLM and, where
// it has no Kerberos, under Negotiate too. binding is as in [Tickets.Negotiate]. The
// context is nil where there is no user or no password.
func NewNTLMContext(o Options, binding []byte) SecurityContext {
	if o.User == "" || o.Password == "" {
		return nil
	}
	domain, user, ok := strings.Cut(o.User, `\`)
	if !ok {
		domain, user = "", o.User
	}
	h := md4.New()
	h.Write(utf16le(o.Password))
	return &ntlmContext{ntlm: newNTLM(domain, bindingSum(binding), o.Now), user: user, hash: hex.EncodeToString(h.Sum(nil))}
}

// Next takes part in SecurityContext.
func (c *ntlmContext) Next(_ context.Context, token []byte) ([]byte, bool, error) {
	var message []byte
	var err error
	switch {
	case !c.begun && token == nil:
		c.begun = true
		message, err = c.ntlm.Negotiate("", "")
		return message, false, err
	case !c.begun || c.ended:
		return nil, true, explainChallenge(errChallenge)
	}
	c.ended = true
	if message, err = c.ntlm.ChallengeResponse(token, c.user, c.hash); err != nil {
		return nil, true, explainChallenge(err)
	}
	return message, true, nil
}

func explainChallenge(err error) error {
	return &failure{
		what:  "the server's NTLM challenge cannot be used: it is malformed, or not of NTLMv2",
		hint:  "something between may change headers; or choose another way to sign in with --auth",
		cause: err,
	}
}

// Ticket takes part in SecurityContext.
func (c *ntlmContext) Ticket() bool { return false }

// Proved takes part in SecurityContext: NTLM proves no server.
func (c *ntlmContext) Proved() bool { return false }

// Close takes part in SecurityContext.
func (c *ntlmContext) Close() { c.hash = "" }
