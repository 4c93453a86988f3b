package ldapsrc

import (
	"cmp"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"strings"

	"github.com/jcmturner/gokrb5/v8/iana/errorcode"
	"github.com/jcmturner/gokrb5/v8/messages"
)

// SecurityContext is the client's side of one sign-in to a web server with an
// account of the directory. Its errors never hold a password; one that has a next
// step has a method Hint() string.
type SecurityContext interface {
	// Next takes the server's token, nil at first, and gives the next one. done says
	// that none is expected after it.
	Next(ctx context.Context, token []byte) (reply []byte, done bool, err error)

	// Ticket says that what is sent proves a ticket and not a password, so that a
	// refusal does not count against the account.
	Ticket() bool

	// Proved says that the server has proved who it is (RFC 4120 3.2.5).
	Proved() bool

	Close()
}

// Tickets are an account's Kerberos tickets for web servers. The account logs on
// once, with the first of them, and not again where that was refused. Tickets may
// be used by several connections at once.
type Tickets struct {
	kdc        kdc
	credential credential

	asking   chan struct{} // holds one while a key distribution center is asked
	tgt      *outcome
	services map[string]*outcome // by service name
}

// outcome is a ticket, or why there is none.
type outcome struct {
	ticket ticket
	err    error
}

// NewTickets reads the files that the options name, and sends nothing. It takes of
// them what a Kerberos bind takes. The key distribution center is the one that they
// name, the host of the first LDAP URL, or whoever has the name of the account's
// domain, as all its domain controllers do.
func NewTickets(o Options) (*Tickets, error) {
	c, err := loadCredential(o)
	if err != nil {
		return nil, explainWeb(err, nil, "")
	}
	if c.realm == "" {
		return nil, &failure{
			what: "the account's Kerberos realm is not known",
			hint: "write the user as user@domain with the domain's DNS name, or give that with --bind-realm",
		}
	}
	server := endpoint{host: strings.ToLower(c.realm)}
	if len(o.URLs) > 0 {
		if server, err = parseURL(o.URLs[0]); err != nil {
			return nil, fmt.Errorf("directory URL 1: %w", err)
		}
	}
	return &Tickets{
		kdc: kdc{options: o, server: server, config: c.config, realm: c.realm}, credential: c,
		asking: make(chan struct{}, 1), services: map[string]*outcome{},
	}, nil
}

// Negotiate makes a context for HTTP's Negotiate (RFC 4559) with a host, of which
// the service is HTTP/host. It offers Kerberos alone, so that nothing leads down to
// NTLM. binding is the application data of the connection's channel binding, with
// the prefix of its type (RFC 5929 4.1); none is nil. The context is nil where the
// host has no name that a service could have.
func (t *Tickets) Negotiate(host string, binding []byte) SecurityContext {
	name, ok := hostName(host)
	if !ok {
		return nil
	}
	return &kerberosAlone{mechanism: &kerberosContext{tickets: t, service: "HTTP/" + name, binding: bindingSum(binding)}}
}

// get returns the ticket for a service. Whoever comes meanwhile waits for it.
func (t *Tickets) get(ctx context.Context, service string) (ticket, error) {
	select {
	case t.asking <- struct{}{}:
		defer func() { <-t.asking }()
	case <-ctx.Done():
		return ticket{}, ctx.Err()
	}
	if t.tgt == nil {
		tgt, err := t.kdc.login(ctx, &t.credential)
		if ctx.Err() != nil {
			return ticket{}, ctx.Err()
		}
		if err != nil {
			err = fmt.Errorf("getting a ticket for %s: %w", t.credential.text(), explainWeb(err, &t.credential, service))
		}
		t.tgt = &outcome{tgt, err}
	}
	if t.tgt.err != nil {
		return ticket{}, t.tgt.err
	}
	got, ok := t.services[service]
	if !ok {
		found, err := t.kdc.service(ctx, &t.credential, t.tgt.ticket, service)
		if ctx.Err() != nil {
			return ticket{}, ctx.Err()
		}
		if err != nil {
			err = fmt.Errorf("getting a ticket for %s: %w", printable(service), explainWeb(err, &t.credential, service))
		}
		got = &outcome{found, err}
		t.services[service] = got
	}
	return got.ticket, got.err
}

// kerberosContext is the mechanism Kerberos of one sign-in.
type kerberosContext struct {
	tickets     *Tickets
	service     string
	binding     [md5.Size]byte
	negotiation *negotiation
}

func (k *kerberosContext) begin(ctx context.Context) ([]byte, error) {
	found, err := k.tickets.get(ctx, k.service)
	if err != nil {
		return nil, err
	}
	account := k.tickets.credential // whole since there is a ticket
	k.negotiation = &negotiation{credential: &account, service: found, binding: k.binding, secure: true}
	token, err := k.negotiation.request()
	return token, k.explain(err)
}

func (k *kerberosContext) finish(token []byte) error { return k.explain(k.negotiation.accepted(token)) }

func (k *kerberosContext) explain(err error) error {
	if err == nil {
		return nil
	}
	return explainWeb(err, k.negotiation.credential, k.service)
}

func (k *kerberosContext) close() {}

// asWeb names the operator's switches for web servers in place of those for a
// directory.
var asWeb = strings.NewReplacer("--bind-user", "--auth-user", "--bind-password-file", "--auth-password-file",
	"a simple or NTLM bind needs none", "NTLM needs none")

// explainWeb says why Kerberos did not work with a web server.
func explainWeb(err error, c *credential, service string) error {
	var refusal messages.KRBError
	known := errors.As(err, &refusal)
	switch {
	case known && refusal.ErrorCode == errorcode.KDC_ERR_S_PRINCIPAL_UNKNOWN:
		return &failure{
			what: fmt.Sprintf("the domain knows no service %s (Kerberos error %d)", printable(service), refusal.ErrorCode),
			hint: fmt.Sprintf(`check with "setspn -Q %s": Exchange needs the name at the account of its servers, or at the `+
				"alternate service account behind a balancer; or sign in with NTLM", printable(service)),
			cause: err,
		}
	case errors.Is(err, errImpostor):
		return &failure{
			what:  "the server could not prove that it has the key of " + printable(service),
			hint:  "something may stand between, or two accounts have the service name: " + fmt.Sprintf(`check with "setspn -Q %s"`, printable(service)),
			cause: err,
		}
	case errors.Is(err, errToken):
		return &failure{
			what:  "the server's Kerberos message is malformed",
			hint:  "something between may change headers, or sign in with NTLM",
			cause: err,
		}
	}
	if known {
		err = explainKerberos(err, c, service)
	}
	var f *failure
	if !errors.As(err, &f) {
		return err
	}
	what := strings.ReplaceAll(err.Error(), "\n", "; ") // several key distribution centers have several reasons
	return &failure{what: asWeb.Replace(what), hint: asWeb.Replace(cmp.Or(f.hint, "sign in with NTLM")), cause: err}
}
