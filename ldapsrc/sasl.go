package ldapsrc

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
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

// servicePrincipal is the name of the domain controller's LDAP service. It is made
// of the name that the domain controller gives itself: an address, an alias or the
// domain's name has no key (MS-ADTS 5.1.1.4 lists the names that a domain controller has).
func (s *session) servicePrincipal(ctx context.Context, o Options) (spn, domain string, err error) {
	root, err := readRootDSE(ctx, s)
	if err != nil {
		return "", "", err
	}
	host, ok := hostName(root.controller().Value)
	if !ok {
		return "", "", &failure{
			what: "the domain controller does not say its DNS name, which Kerberos needs",
			hint: "name another domain controller, or use a simple bind over TLS",
		}
	}
	if proven := s.secure && !o.Insecure; !proven && !s.server.mayBe(host) {
		return "", "", &failure{
			what: fmt.Sprintf("without a verified certificate nothing proves that %s is %s, as it says", printable(s.server.host), printable(host)),
			hint: "name the domain controller itself in the LDAP URL, or use ldaps:// or --start-tls without --ldap-insecure",
		}
	}
	return "ldap/" + host, root.domainName(), nil
}

// mayBe says whether a host name that a server gives itself, without proof, fits the one
// that it was reached by: the same, its short form, or its domain. Otherwise any
// machine of the domain could stand in for the domain controller, under its own name
// and with its own key. An address fits every name.
func (e endpoint) mayBe(host string) bool {
	asked := strings.ToLower(strings.TrimSuffix(e.host, "."))
	if net.ParseIP(asked) != nil {
		return true
	}
	return inside(host, asked) || !strings.Contains(asked, ".") && strings.HasPrefix(host, asked+".")
}

// bindKerberos authenticates with a ticket. Without TLS everything that follows is
// signed, and encrypted where the server can.
func (s *session) bindKerberos(ctx context.Context, o Options) error {
	c, err := loadCredential(o)
	if err != nil {
		return err
	}
	spn, domain, err := s.servicePrincipal(ctx, o)
	if err != nil {
		return err
	}
	c.realm = cmp.Or(c.realm, strings.ToUpper(domain))
	k := kdc{options: o, server: s.server, config: c.config, realm: c.realm}
	tgt, err := k.login(ctx, &c)
	if err != nil {
		return fmt.Errorf("getting a ticket for %s: %w", c.text(), explainKerberos(err, &c, spn))
	}
	service, err := k.service(ctx, &c, tgt, spn)
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
	spn, _, err := s.servicePrincipal(ctx, o)
	if err != nil {
		return err
	}
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
