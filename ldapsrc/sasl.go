package ldapsrc

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// certificate is the server's, or nil without TLS.
func (s *session) certificate() *x509.Certificate {
	state, ok := s.conn.TLSConnectionState()
	if !ok || len(state.PeerCertificates) == 0 {
		return nil
	}
	return state.PeerCertificates[0]
}

// bindKerberos authenticates with a ticket. Without TLS everything that follows is
// signed, and encrypted where the server can.
func (s *session) bindKerberos(ctx context.Context, o Options) error {
	c, err := loadCredential(o)
	if err != nil {
		return err
	}
	name, err := s.service(ctx, o)
	if err != nil {
		return err
	}
	c.realm = cmp.Or(c.realm, strings.ToUpper(name.domain))
	k := kdc{options: o, server: s.server, config: c.config, realm: c.realm}
	tgt, err := k.login(ctx, &c)
	if err != nil {
		return fmt.Errorf("getting a ticket for %s: %w", c.text(), explainKerberos(err, &c, name.ofComputer()))
	}
	service, spn, err := k.ticketFor(ctx, &c, tgt, name)
	if err != nil {
		return fmt.Errorf("getting a ticket for %s: %w", printable(spn), explainKerberos(err, &c, spn))
	}
	n := &negotiation{credential: &c, service: service, binding: bindingHash(s.certificate()), secure: s.secure, conn: s.layer}
	err = s.within(ctx, func() error { return s.conn.GSSAPIBind(n, spn, "") })
	switch {
	case errors.Is(n.err, errLayer):
		return fmt.Errorf("binding as %s: %w", c.text(), explainNetwork(n.err, stageRequest))
	case n.err != nil:
		return fmt.Errorf("binding as %s: %w", c.text(), explainKerberos(n.err, &c, spn))
	case err != nil:
		return fmt.Errorf("binding as %s: %w", c.text(), s.explainBind(err, BindKerberos))
	case !n.agreed:
		return fmt.Errorf("binding as %s: %w", c.text(), errImpostor)
	}
	if n.layer != nil {
		s.layer.proven = spn == name.ofController()
		s.layer.out.Store(n.layer)
	}
	return nil
}

// bindNTLM authenticates with NTLMv2.
func (s *session) bindNTLM(ctx context.Context, o Options) error {
	domain, user, ok := strings.Cut(o.User, `\`)
	if !ok {
		domain, user = "", o.User
	}
	n := newNTLM(domain, bindingHash(s.certificate()), o.Now)
	err := s.within(ctx, func() error {
		_, err := s.conn.NTLMChallengeBind(&ldap.NTLMBindRequest{
			Domain: domain, Username: user, Password: o.Password, Negotiator: n,
		})
		return err
	})
	switch {
	case n.err != nil:
		return fmt.Errorf("binding as %s: %w", printable(o.User), &failure{
			what: n.err.Error(), hint: "name another domain controller, or use a simple bind over TLS", cause: n.err})
	case err != nil:
		return fmt.Errorf("binding as %s: %w", printable(o.User), s.explainBind(err, BindNTLM))
	case !n.answered:
		return fmt.Errorf("binding as %s: %w", printable(o.User), errChallenge)
	}
	return nil
}

// bindSSPI authenticates as the user who is logged on to Windows.
func (s *session) bindSSPI(ctx context.Context, o Options) error {
	name, err := s.service(ctx, o)
	if err != nil {
		return err
	}
	spn := name.ofComputer()
	refused := func(err error) error {
		return fmt.Errorf("binding as the logged-on user to %s: %w", printable(spn), &failure{
			what:  printable(err.Error()),
			hint:  "check that the logged-on user is one of the domain's, or name a user with --bind-user",
			cause: err,
		})
	}
	client, err := currentUser(s.certificate())
	if err != nil {
		return refused(err)
	}
	w := &witness{GSSAPIClient: client}
	err = s.within(ctx, func() error { return s.conn.GSSAPIBind(w, spn, "") })
	switch {
	case w.err != nil:
		return refused(w.err)
	case err != nil:
		return fmt.Errorf("binding as the logged-on user to %s: %w", printable(spn), s.explainBind(err, BindSSPI))
	}
	return nil
}

// witness remembers what a client's own side of a negotiation failed with.
type witness struct {
	ldap.GSSAPIClient
	err error
}

// InitSecContextWithOptions takes part in ldap.GSSAPIClient.
func (w *witness) InitSecContextWithOptions(target string, token []byte, options []int) ([]byte, bool, error) {
	reply, more, err := w.GSSAPIClient.InitSecContextWithOptions(target, token, options)
	w.err = err
	return reply, more, err
}

// NegotiateSaslAuth takes part in ldap.GSSAPIClient.
func (w *witness) NegotiateSaslAuth(token []byte, authzid string) ([]byte, error) {
	reply, err := w.GSSAPIClient.NegotiateSaslAuth(token, authzid)
	w.err = err
	return reply, err
}
