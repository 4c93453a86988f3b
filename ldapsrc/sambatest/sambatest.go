package sambatest

import (
	"context"
	"crypto/x509"
	"net"
	"os"
	"testing"
)

// The forest is always this one: the schema and the data are texts that name it.
const (
	host    = "dc1.contoso.test"
	domain  = "contoso.test"
	realm   = "CONTOSO.TEST"
	baseDN  = "DC=contoso,DC=test"
	forest  = "CN=Configuration," + baseDN
	orgDN   = "CN=Contoso,CN=Microsoft Exchange,CN=Services," + forest
	exprDN  = "CN=EXPR,CN=Outlook,CN=AutoDiscover,CN=Client Access," + orgDN
	usersDN = "CN=Users," + baseDN
)

// Options say which controller a test wants. The zero value is one that Samba's
// own defaults would make, but for StrongAuth.
type Options struct {
	// Address is the loopback address to serve on; "" picks one on which the
	// ports of LDAP are free.
	Address string

	// StrongAuth is Samba's "ldap server require strong auth": "no",
	// "allow_sasl_over_tls" (also "") or "yes", see smb.conf(5). Whichever it is
	// but "no", a password over plain LDAP is refused.
	StrongAuth string

	// WithoutExchange leaves the forest as Active Directory makes it: no schema of
	// Exchange and no organization.
	WithoutExchange bool

	// Organization is the LDIF of an Exchange organization by the name of Contoso, to
	// take the place of organization.ldif. Containers that it leaves out are made, and
	// objects that every forest has stay as they are.
	Organization []byte

	// DNS makes the controller serve its domain's DNS on port 53, and answer LDAP
	// pings on UDP port 389.
	DNS bool
}

// Account is a user of the domain with whom a test binds.
type Account struct {
	User     string // the user principal name, e.g. "alice@contoso.test"
	Logon    string // the logon name (sAMAccountName), e.g. "Alice"
	Password string // made for the run
}

// Controller is a running domain controller of the forest contoso.test, with the
// Exchange organization of Options.Organization or else of organization.ldif.
type Controller struct {
	Address string // the loopback address; LDAP is on port 389, LDAPS on 636, Kerberos on 88
	Host    string // the name in its certificate, which also holds the address: "dc1.contoso.test"
	CAFile  string // the authority that signed the certificate, PEM; gone when the test ends
	BaseDN  string // "DC=contoso,DC=test"
	Realm   string // the Kerberos realm: "CONTOSO.TEST"
	OrgDN   string // the Exchange organization's object

	Administrator Account // may do anything
	Alice         Account // an ordinary user, who may read the Exchange organization
	NoRights      Account // may read none of the EXPR object's attributes, and everything else
	PublicOnly    Account // may read only the EXPR object's PublicInformation, and everything else
	Visitor       Account // may read the organization's own object, and nothing below it
	Outsider      Account // may read nothing of the Exchange organization
	Disabled      Account // a bind fails with data 533
	Expired       Account // a bind fails with data 701
	MustChange    Account // must change the password first: a bind fails with data 773

	dir   string
	roots *x509.CertPool
	shell *shell
}

// Start provisions and starts a controller that ends with the test. Where Samba is
// not installed, or the ports of LDAP may not be bound, it skips the test; with
// EXPROBE_REQUIRE_PEERS=1 in the environment it fails it instead.
func Start(tb testing.TB, o Options) *Controller {
	tb.Helper()
	if why := missing(); why != "" {
		unavailable(tb, why)
	}
	if o.Address == "" {
		address, err := freeAddress()
		if err != nil {
			unavailable(tb, err.Error())
		}
		o.Address = address
	}
	if o.StrongAuth == "" {
		o.StrongAuth = "allow_sasl_over_tls"
	}

	c, err := launch(o)
	if err != nil {
		tb.Fatalf("starting a domain controller: %v", err)
	}
	tb.Cleanup(func() {
		// A test that failed because Samba ended has said so already.
		if err := c.Stop(); err != nil && !tb.Failed() {
			tb.Errorf("stopping the domain controller: %v", err)
		}
	})
	if err := c.fill(tb.Context(), o); err != nil {
		tb.Fatalf("filling the domain controller: %v", err)
	}
	return c
}

// unavailable ends a test that needs Samba on a machine that cannot run it.
func unavailable(tb testing.TB, why string) {
	tb.Helper()
	if os.Getenv("EXPROBE_REQUIRE_PEERS") == "1" {
		tb.Fatalf("EXPROBE_REQUIRE_PEERS=1, but a domain controller cannot run here: %s", why)
	}
	tb.Skipf("SKIPPED, not tested against a real domain controller: %s", why)
}

// Roots returns the authority that signed the controller's certificate.
func (c *Controller) Roots() *x509.CertPool { return c.roots.Clone() }

// Dial connects as net.Dialer does, with the controller's name standing for its
// address. An address that is written as one is dialled as it is; any other name
// does not exist, so no test asks the machine's DNS.
func (c *Controller) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	name, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	switch {
	case name == c.Host:
		name = c.Address
	case net.ParseIP(name) == nil:
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort(name, port))
}
