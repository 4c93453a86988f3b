package ldapsrc_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc"
	"exprobe/ldapsrc/sambatest"
)

// kerberosOptions are those of a user who does everything right.
func kerberosOptions(c *sambatest.Controller) ldapsrc.Options {
	o := sambaOptions(c, c.Alice)
	o.Bind = ldapsrc.BindKerberos
	o.User = c.Alice.Logon
	return o
}

func file(t *testing.T, path string, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// sambaReads says whether a bind reads what a simple one over LDAPS does.
func sambaReads(t *testing.T, c *sambatest.Controller, o ldapsrc.Options, insecure string) {
	t.Helper()
	want, err := ldapsrc.Read(t.Context(), sambaOptions(c, c.Alice))
	if err != nil {
		t.Fatal(err)
	}
	got, err := ldapsrc.Read(t.Context(), o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	want.Directory, want.Insecure = o.URLs[0], insecure
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got.Provider(facts.EXPR) == nil {
		t.Error("EXPR was not read")
	}
}

// kerberosAccounts are the ways in which an account proves itself to Kerberos.
func kerberosAccounts(c *sambatest.Controller) map[string]func(*testing.T, *ldapsrc.Options) {
	return map[string]func(*testing.T, *ldapsrc.Options){
		"with a password": func(*testing.T, *ldapsrc.Options) {},
		"as user@domain":  func(_ *testing.T, o *ldapsrc.Options) { o.User = c.Alice.User },
		"as DOMAIN\\user": func(_ *testing.T, o *ldapsrc.Options) { o.User = `CONTOSO\alice` },
		"with a realm and a KDC": func(_ *testing.T, o *ldapsrc.Options) {
			o.Realm, o.KDC = strings.ToLower(c.Realm), c.Address
		},
		"with a Kerberos configuration": func(t *testing.T, o *ldapsrc.Options) {
			o.Krb5Config = filepath.Join(t.TempDir(), "krb5.conf")
			if err := os.WriteFile(o.Krb5Config, []byte(c.Krb5Config()), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"with a keytab": func(t *testing.T, o *ldapsrc.Options) {
			path, err := c.Keytab(c.Alice)
			o.Keytab, o.Password, o.User = file(t, path, err), "", c.Alice.User
		},
		"with a credential cache": func(t *testing.T, o *ldapsrc.Options) {
			path, err := c.CredentialCache(c.Alice)
			o.CredentialCache, o.Password, o.User = "FILE:"+file(t, path, err), "", ""
		},
	}
}

// testSambaKerberosTLS is for a controller that takes SASL over TLS, and has no
// Exchange: a search that finds none is the proof of a bind, for who is not bound
// may not search.
func testSambaKerberosTLS(t *testing.T, c *sambatest.Controller) {
	ways := kerberosAccounts(c)
	ways["over StartTLS"] = func(_ *testing.T, o *ldapsrc.Options) {
		o.URLs, o.StartTLS = []string{"ldap://" + c.Host}, true
	}
	ways["by address"] = func(_ *testing.T, o *ldapsrc.Options) {
		o.URLs, o.Dial = []string{"ldaps://" + c.Address}, nil
	}
	for name, change := range ways {
		t.Run(name, func(t *testing.T) {
			o := kerberosOptions(c)
			change(t, &o)
			_, err := ldapsrc.Read(t.Context(), o)
			checkSambaFailure(t, err, sambaFailure{"no Exchange organization in this forest", "the forest that Exchange is in"}, o)
		})
	}
}

func testSambaKerberosRefuses(t *testing.T, c *sambatest.Controller) {
	as := func(a sambatest.Account) func(*testing.T, *ldapsrc.Options) {
		return func(_ *testing.T, o *ldapsrc.Options) { o.User, o.Password = a.Logon, a.Password }
	}
	for name, test := range map[string]struct {
		change func(*testing.T, *ldapsrc.Options)
		want   sambaFailure
	}{
		"a wrong password": {func(_ *testing.T, o *ldapsrc.Options) { o.Password = "open sesame" },
			sambaFailure{"the password of Alice@CONTOSO.TEST is wrong (Kerberos error 24)", "check the password"}},
		"an unknown user": {func(_ *testing.T, o *ldapsrc.Options) { o.User = "nobody" },
			sambaFailure{"the domain has no account nobody@CONTOSO.TEST (Kerberos error 6)", "--bind-realm"}},
		"a disabled account":              {as(c.Disabled), sambaFailure{"disabled, locked out or expired (Kerberos error 18)", "enabled"}},
		"a password that must be changed": {as(c.MustChange), sambaFailure{"(Kerberos error 23)", "change the password"}},
		"another realm": {func(_ *testing.T, o *ldapsrc.Options) { o.Realm = "FABRIKAM.TEST" },
			sambaFailure{"Kerberos error", "--bind-realm"}},
		"a key distribution center that is down": {func(_ *testing.T, o *ldapsrc.Options) { o.KDC = net.JoinHostPort(c.Address, "1") },
			sambaFailure{"the connection was refused", "TCP port 88"}},
		"a keytab that is too old": {func(t *testing.T, o *ldapsrc.Options) {
			old := c.NoRights
			old.Password = "open sesame"
			path, err := c.Keytab(old)
			o.User, o.Keytab = old.Logon, file(t, path, err)
		}, sambaFailure{"in the keytab is wrong (Kerberos error 24)", "export it anew"}},
		"an expired ticket": {func(t *testing.T, o *ldapsrc.Options) {
			path, err := c.CredentialCache(c.Alice)
			o.CredentialCache = file(t, path, err)
			o.Now = func() time.Time { return time.Now().Add(25 * time.Hour) }
		}, sambaFailure{"expired at", "kinit"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := kerberosOptions(c)
			test.change(t, &o)
			_, err := ldapsrc.Read(t.Context(), o)
			checkSambaFailure(t, err, test.want, o)
		})
	}
}

// testSambaSigning asks a controller that is as strict as Samba makes them, without TLS.
func testSambaSigning(t *testing.T, c *sambatest.Controller) {
	for name, change := range kerberosAccounts(c) {
		t.Run(name, func(t *testing.T) {
			tap := &tap{dial: c.Dial}
			o := kerberosOptions(c)
			o.URLs, o.Roots, o.Dial = []string{"ldap://" + c.Host}, nil, tap.Dial
			change(t, &o)
			sambaReads(t, c, o, "")
			if tap.saw("AutoDiscover") || tap.saw("msstd:") {
				t.Error("what was asked or answered can be read on the wire")
			}
			if !tap.saw("dnsHostName") {
				t.Error("the tap sees nothing")
			}
		})
	}
	t.Run("what came before the bind is not believed", func(t *testing.T) {
		forger := &forger{dial: c.Dial}
		o := kerberosOptions(c)
		o.URLs, o.Roots, o.Dial = []string{"ldap://" + c.Host}, nil, forger.Dial
		o.User = c.Alice.User // with the realm, which the forger changes too
		// The name of a domain controller is made of the forged domain, and leads to no ticket.
		sambaReads(t, c, o, "Kerberos over plain LDAP, which does not prove a domain controller")
		if !forger.forged {
			t.Error("nothing was forged")
		}
	})
	t.Run("and says what a computer's name does not prove", func(t *testing.T) {
		ofController, _ := c.ServiceNames()
		if err := c.Unregister(ofController); err != nil {
			t.Fatal(err)
		}
		o := kerberosOptions(c)
		o.URLs, o.Roots = []string{"ldap://" + c.Host}, nil
		sambaReads(t, c, o, "Kerberos over plain LDAP, which does not prove a domain controller")
		if err := c.Register(ofController); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("but not over TLS", func(t *testing.T) {
		o := kerberosOptions(c)
		_, err := ldapsrc.Read(t.Context(), o)
		checkSambaFailure(t, err, sambaFailure{"LDAP result 8", "use ldap:// without --start-tls"}, o)
	})
	t.Run("nor with NTLM", func(t *testing.T) {
		o := sambaOptions(c, c.Alice)
		o.Bind = ldapsrc.BindNTLM
		_, err := ldapsrc.Read(t.Context(), o)
		checkSambaFailure(t, err, sambaFailure{"does not know Active Directory's NTLM bind", "kerberos"}, o)
	})
}

// testSambaServiceName takes the names of the controller's service away, each in turn
// and then both. As in testSambaKerberosTLS, a search that finds none proves a bind.
func testSambaServiceName(t *testing.T, c *sambatest.Controller) {
	ofController, ofComputer := c.ServiceNames()
	change := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	read := func(want sambaFailure) {
		t.Helper()
		o := kerberosOptions(c)
		_, err := ldapsrc.Read(t.Context(), o)
		checkSambaFailure(t, err, want, o)
	}
	bound := sambaFailure{"no Exchange organization in this forest", "the forest that Exchange is in"}
	change(c.Unregister(ofComputer))
	read(bound)
	change(c.Register(ofComputer))
	change(c.Unregister(ofController))
	read(bound)
	change(c.Unregister(ofComputer))
	read(sambaFailure{"knows no service ldap/dc1.contoso.test (Kerberos error 7)", "setspn -Q ldap/dc1.contoso.test"})
}

// tap keeps what goes over the connections that it dials.
type tap struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	mu   sync.Mutex
	seen bytes.Buffer
}

func (p *tap) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := p.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &tapped{conn, p}, nil
}

func (p *tap) keep(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen.Write(b)
}

func (p *tap) saw(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Contains(p.seen.Bytes(), []byte(text))
}

type tapped struct {
	net.Conn
	tap *tap
}

func (c *tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.tap.keep(p[:n])
	return n, err
}

func (c *tapped) Write(p []byte) (int, error) {
	c.tap.keep(p)
	return c.Conn.Write(p)
}

// forger renames the domain in what a server says in clear text.
type forger struct {
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	forged bool
}

func (f *forger) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := f.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &forgedConn{conn, f}, nil
}

type forgedConn struct {
	net.Conn
	forger *forger
}

func (c *forgedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if changed := bytes.ReplaceAll(p[:n], []byte("DC=contoso,"), []byte("DC=fabrika,")); !bytes.Equal(changed, p[:n]) {
		copy(p, changed)
		c.forger.forged = true
	}
	return n, err
}
