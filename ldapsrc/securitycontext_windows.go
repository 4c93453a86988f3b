package ldapsrc

import (
	"context"
	"encoding/binary"

	"github.com/alexbrainman/sspi"
	"github.com/alexbrainman/sspi/kerberos"
)

// CurrentUser makes a context for HTTP's Negotiate as the user who is logged on to
// Windows. It is as [Tickets.Negotiate] otherwise: Kerberos alone.
func CurrentUser(host string, binding []byte) SecurityContext {
	name, ok := hostName(host)
	if !ok {
		return nil
	}
	return &kerberosAlone{mechanism: &sspiContext{service: "HTTP/" + name, binding: binding}}
}

// CurrentUserKnown says whether this machine knows a logged-on user: on Windows.
const CurrentUserKnown = true

// sspiContext is Windows' own Kerberos.
type sspiContext struct {
	service     string
	binding     []byte
	credentials *sspi.Credentials
	context     *kerberos.ClientContext
}

func (c *sspiContext) begin(context.Context) ([]byte, error) {
	const flags = sspi.ISC_REQ_INTEGRITY | sspi.ISC_REQ_CONFIDENTIALITY | sspi.ISC_REQ_MUTUAL_AUTH
	var err error
	if c.credentials, err = kerberos.AcquireCurrentUserCredentials(); err != nil {
		return nil, c.explain(err)
	}
	var token []byte
	c.context, _, token, err = kerberos.NewClientContextWithChannelBindings(c.credentials, c.service, flags, windowsBinding(c.binding))
	if err != nil {
		return nil, c.explain(err)
	}
	return token, nil
}

func (c *sspiContext) finish(token []byte) error {
	if _, _, err := c.context.Update(token); err != nil {
		return c.explain(err)
	}
	if err := c.context.VerifyFlags(); err != nil {
		return c.explain(err)
	}
	return nil
}

func (c *sspiContext) explain(err error) error {
	return &failure{
		what:  "Windows cannot sign the logged-on user in to " + printable(c.service) + ": " + printable(err.Error()),
		hint:  "check that the logged-on user is one of the domain's, or name a user with --auth-user",
		cause: err,
	}
}

func (c *sspiContext) close() {
	_ = c.context.Release() // of nothing, too
	if c.credentials != nil {
		_ = c.credentials.Release()
	}
}

// windowsBinding is a channel binding as Windows takes it: SEC_CHANNEL_BINDINGS
// (sspi.h), whose addresses are empty. None is nil.
func windowsBinding(data []byte) []byte {
	if len(data) == 0 {
		return nil
	}
	const header = 8 * 4
	b := make([]byte, header, header+len(data))
	binary.LittleEndian.PutUint32(b[6*4:], uint32(len(data)))
	binary.LittleEndian.PutUint32(b[7*4:], header)
	return append(b, data...)
}
