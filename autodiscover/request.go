package autodiscover

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"

	"exprobe/autodiscover/facts"
)

const (
	// defaultTimeout bounds one request, from the name look-up to the last byte of
	// the body; so it bounds a server that drips as well.
	defaultTimeout = 10 * time.Second

	// maxHeaders bounds the bytes of a response's header, which with all of
	// Exchange's diagnostics stays far below it.
	maxHeaders = 64 << 10
)

// The schemas of the request and of the answer that is wanted (pox-autodiscover-request
// in Microsoft's POX element reference).
const (
	requestSchema  = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
	responseSchema = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
)

// requestBody is the POX request for a mailbox.
func requestBody(mailbox string) []byte {
	var address bytes.Buffer
	_ = xml.EscapeText(&address, []byte(mailbox)) // a bytes.Buffer never fails
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="%s">
  <Request>
    <EMailAddress>%s</EMailAddress>
    <AcceptableResponseSchema>%s</AcceptableResponseSchema>
  </Request>
</Autodiscover>
`, requestSchema, address.Bytes(), responseSchema)
}

// requestHeader is the header of the request for one view. outlook.com wants this
// very content type (Thunderbird bug 1454325). Negotiate and ExHttpInfo make the
// server show that authentication and the EXHTTP nodes (authpackage-pox, type-pox).
// The capability takes EXCH and EXPR out of the answer and puts the mapiHttp node
// in (MS-OXDSCLI 2.2.4.1.1.2.6).
func requestHeader(mailbox string, view facts.View) http.Header {
	// Set as written, because HTTP's canonical spelling would change their case.
	h := http.Header{
		"Content-Type":      {"text/xml; charset=utf-8"},
		"User-Agent":        {"exprobe"},
		"X-ClientCanHandle": {"Negotiate, ExHttpInfo"},
	}
	if view == facts.ViewMapi {
		h["X-MapiHttpCapability"] = []string{"1"}
		h["X-AnchorMailbox"] = []string{mailbox}
	}
	return h
}

// client sends requests. It is a transport without an [http.Client] around it: so
// there are no redirects, no cookies, and no credentials that it was not given.
type client struct {
	transport *http.Transport
	options   Options
	timeout   time.Duration
}

func newClient(o Options) *client {
	timeout := o.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	return &client{options: o, timeout: timeout, transport: &http.Transport{
		// Proxy stays nil: what the environment's proxy sees or says is not what
		// the host publishes.
		DialContext:            o.Dial,
		TLSClientConfig:        &tls.Config{RootCAs: o.Roots, Time: o.Now},
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeaders,
	}}
}

// reply is what came back to one request.
type reply struct {
	status   int
	header   http.Header
	body     []byte
	bodyErr  error // why the body is not whole
	verified bool  // it came over TLS from a host with a verified certificate
}

// post sends one request. With credentials, connected says whether they went out:
// the connection stood, with its certificate verified, before they were written.
func (c *client) post(ctx context.Context, url, mailbox string, view facts.View, credentials bool) (r reply, connected bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected = true },
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(requestBody(mailbox)))
	if err != nil {
		return reply{}, false, err
	}
	request.Header = requestHeader(mailbox, view)
	if credentials {
		request.SetBasicAuth(c.options.User, c.options.Password)
	}
	response, err := c.transport.RoundTrip(request)
	if err != nil {
		return reply{}, connected, err
	}
	defer response.Body.Close()
	r = reply{status: response.StatusCode, header: response.Header}
	if r.status == http.StatusSwitchingProtocols {
		// Its body is the bare connection, which no context bounds.
		r.bodyErr = errors.New("the server switches to another protocol")
		return r, connected, nil
	}
	r.verified = response.TLS != nil && len(response.TLS.VerifiedChains) > 0
	r.body, r.bodyErr = io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	if ctx.Err() != nil {
		// Hanging up makes the server end the body in good order, which may still
		// arrive: a part would pass for the whole.
		r.bodyErr = ctx.Err()
	}
	return r, connected, nil
}
