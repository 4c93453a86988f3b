package ldapsrc

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// defaultTimeout is long enough for a domain controller across a slow link, and
// short enough to try another one.
const defaultTimeout = 10 * time.Second

// defaultLimit is for reading from a domain controller that answers. A thousand
// servers take some seconds on a local network, and a minute across a slow link.
const defaultLimit = 2 * time.Minute

// errLimit ends a reading that took too long.
var errLimit = errors.New("the time for reading the directory ran out")

// BindMethod is how the connection is authenticated.
type BindMethod string

// The bind methods. The zero value means BindSimple.
const (
	BindSimple    BindMethod = "simple"    // a name and a password
	BindAnonymous BindMethod = "anonymous" // neither
	BindKerberos  BindMethod = "kerberos"  // a ticket, got with a password, a keytab or from a cache
	BindNTLM      BindMethod = "ntlm"      // NTLMv2 with a name and a password
	BindSSPI      BindMethod = "sspi"      // the user who is logged on to Windows
)

// Options say which directory to read, and as whom.
type Options struct {
	URLs []string // "ldap://host[:port]" or "ldaps://host[:port]", tried in turn

	Bind     BindMethod
	User     string // a user principal name, DOMAIN\user or, of a simple bind, a DN
	Password string

	// Of a Kerberos bind. What proves the account is the ticket of the cache, the
	// keys of the keytab or the password, whichever is there first.
	CredentialCache string // the path of a cache with a ticket-granting ticket
	Keytab          string // the path of a keytab with the user's AES keys
	Realm           string // the account's; "" takes the one in User, the configuration's or the directory's
	KDC             string // "host" or "host:port"; "" takes the configuration's or the directory server
	Krb5Config      string // the path of a krb5.conf; "" needs none

	StartTLS bool           // turn an ldap:// connection into TLS before anything is bound
	Roots    *x509.CertPool // who may vouch for the domain controller; nil means the system's roots
	Insecure bool           // TLS is not verified, and a password may go over plain LDAP

	Timeout time.Duration // for each connection and each request; 0 means 10 s

	// Limit is for all that Read does, whatever becomes of it: a server may answer each
	// request in time and never come to an end. 0 means two minutes, and one Timeout
	// for each URL.
	Limit time.Duration

	// Dial connects to a domain controller, for LDAP and for Kerberos; nil means a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Now is the instant as of which certificates are verified; nil means the one
	// that crypto/x509 takes.
	Now func() time.Time
}

// Check finds mistakes of usage, before anything is sent.
func (o Options) Check() error {
	if len(o.URLs) == 0 {
		return errors.New("no directory is named: at least one LDAP URL is needed")
	}
	switch o.Bind {
	case "", BindSimple:
		if o.User == "" || o.Password == "" {
			return &failure{
				what: "a simple bind needs a user and a password",
				hint: "give both, or choose the anonymous bind",
			}
		}
	case BindNTLM:
		if o.User == "" || o.Password == "" {
			return &failure{
				what: "an NTLM bind needs a user and a password",
				hint: "give both; the user as DOMAIN\\user or user@domain",
			}
		}
	case BindKerberos:
		if _, err := loadCredential(o); err != nil {
			return err
		}
	case BindSSPI:
		if !sspiAvailable {
			return &failure{
				what: "an SSPI bind takes the user who is logged on to Windows, and this is not Windows",
				hint: "choose the kerberos bind: with --bind-ccache it takes a ticket that kinit got",
			}
		}
	case BindAnonymous:
	default:
		return fmt.Errorf("the bind method %q is not known: simple, kerberos, ntlm, sspi or anonymous", o.Bind)
	}
	if o.Timeout < 0 {
		return fmt.Errorf("the timeout %v is negative", o.Timeout)
	}
	if o.Limit < 0 {
		return fmt.Errorf("the limit %v is negative", o.Limit)
	}
	for i, raw := range o.URLs {
		server, err := parseURL(raw)
		if err != nil {
			return fmt.Errorf("directory URL %d: %w", i+1, err)
		}
		if err := o.checkTransport(server); err != nil {
			return fmt.Errorf("%s: %w", raw, err)
		}
	}
	return nil
}

func (o Options) checkTransport(server endpoint) error {
	switch {
	case server.tls && o.StartTLS:
		return &failure{
			what: "StartTLS on an ldaps:// URL, which is TLS from its first byte",
			hint: "leave --start-tls out, or use ldap://",
		}
	case server.tls || o.StartTLS || o.Insecure || o.Bind == BindAnonymous || o.Bind == BindKerberos:
		return nil
	case o.Bind == BindNTLM || o.Bind == BindSSPI:
		return &failure{
			what: "without TLS an " + strings.ToUpper(string(o.Bind)) + " bind is not signed: answers could be changed on their way",
			hint: "use ldaps:// or --start-tls, or the kerberos bind, which needs neither; --ldap-insecure does it all the same",
		}
	default:
		return &failure{
			what: "the password would cross the network in clear text",
			hint: "use ldaps:// or --start-tls; --ldap-insecure sends it all the same",
		}
	}
}

func (o Options) timeout() time.Duration {
	if o.Timeout == 0 {
		return defaultTimeout
	}
	return o.Timeout
}

func (o Options) limit() time.Duration {
	if o.Limit == 0 {
		return defaultLimit + time.Duration(len(o.URLs))*o.timeout()
	}
	return o.Limit
}

func (o Options) dialer() func(ctx context.Context, network, address string) (net.Conn, error) {
	if o.Dial == nil {
		return new(net.Dialer).DialContext
	}
	return o.Dial
}

// unprotected names what a connection to the server lacks, for the report.
func (o Options) unprotected(server endpoint) string {
	switch {
	case !server.tls && !o.StartTLS && o.Bind == BindKerberos:
		// The ticket protects what follows the bind; whom it proves, only the ticket says.
		return ""
	case !server.tls && !o.StartTLS && (o.Bind == BindSimple || o.Bind == ""):
		return "plain LDAP, which the password crossed in clear"
	case !server.tls && !o.StartTLS:
		return "plain LDAP"
	case o.Insecure:
		return "TLS not verified"
	}
	return ""
}

// endpoint is a parsed LDAP URL.
type endpoint struct {
	host string // without brackets
	port string
	tls  bool // ldaps
}

func (e endpoint) address() string { return net.JoinHostPort(e.host, e.port) }

// parseURL takes an LDAP URL apart. Its errors never repeat the text, which may
// hold a password.
func parseURL(raw string) (endpoint, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return endpoint{}, errors.New("not a URL of the form ldap://host or ldaps://host")
	}
	e := endpoint{host: u.Hostname(), port: u.Port()}
	switch u.Scheme {
	case "ldap":
		e.port = orDefault(e.port, "389")
	case "ldaps":
		e.tls = true
		e.port = orDefault(e.port, "636")
	default:
		return endpoint{}, errors.New("the scheme is not ldap or ldaps")
	}
	switch {
	case u.User != nil:
		return endpoint{}, &failure{
			what: "it holds user information",
			hint: "name the user with --bind-user and the password with --bind-password-file",
		}
	case e.host == "":
		return endpoint{}, errors.New("it names no host")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return endpoint{}, errors.New("only a scheme, a host and a port are understood: no path, query or fragment")
	}
	port, err := strconv.Atoi(e.port)
	if err != nil || port < 1 || port > 65535 {
		return endpoint{}, fmt.Errorf("%q is not a port", e.port)
	}
	// A global catalog holds the partial attribute set, to which the attributes of
	// Exchange's configuration objects do not belong (MS-ADA1 isMemberOfPartialAttributeSet).
	if port == 3268 || port == 3269 {
		return endpoint{}, &failure{
			what: fmt.Sprintf("port %d is the global catalog's, which does not hold Exchange's attributes", port),
			hint: "use port 389 for ldap:// or 636 for ldaps://, the defaults",
		}
	}
	return e, nil
}

func orDefault(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}
