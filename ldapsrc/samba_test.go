package ldapsrc_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc"
	"exprobe/ldapsrc/sambatest"
)

// sambaOptions are those of a user who does everything right.
func sambaOptions(c *sambatest.Controller, a sambatest.Account) ldapsrc.Options {
	return ldapsrc.Options{
		URLs:     []string{"ldaps://" + c.Host},
		User:     a.User,
		Password: a.Password,
		Roots:    c.Roots(),
		Timeout:  time.Minute, // a busy machine may take long
		Dial:     c.Dial,
	}
}

// sambaOrganization is what organization.ldif of package sambatest holds.
func sambaOrganization(c *sambatest.Controller) facts.Organization {
	provider := func(name string, principal facts.Observed[facts.Text]) facts.Provider {
		return facts.Provider{
			Name:                   name,
			DN:                     "CN=" + name + ",CN=Outlook,CN=AutoDiscover,CN=Client Access," + c.OrgDN,
			CertPrincipalName:      principal,
			Server:                 facts.Null(),
			TTL:                    facts.Known(facts.Present(1)),
			Flags:                  facts.Known(facts.Present(0)),
			RequiredClientVersions: facts.Null(),
		}
	}
	var directories []facts.VirtualDirectory
	for _, server := range []string{"EX1", "EX2"} {
		http := ",CN=HTTP,CN=Protocols,CN=" + server +
			",CN=Servers,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups," + c.OrgDN
		mail := facts.Known(facts.PublishedURL{
			Raw: facts.Present("https://mail.contoso.com/rpc"), Host: "mail.contoso.com", Port: 443, SSL: true,
		})
		frontEnd := facts.VirtualDirectory{
			DN:                     "CN=Rpc (Default Web Site)" + http,
			Name:                   "Rpc (Default Web Site)",
			Service:                facts.ServiceRPC,
			Server:                 server,
			External:               mail,
			Internal:               mail,
			ExternalAuthentication: facts.Known("Negotiate"),
			InternalAuthentication: facts.Known("Ntlm"),
			IISAuthentication:      facts.Known([]string{"Basic", "Ntlm", "Negotiate"}),
			RPCFlags:               facts.Known(facts.Present(1)),
		}
		backEnd := frontEnd
		backEnd.DN, backEnd.Name, backEnd.BackEnd = "CN=Rpc (Exchange Back End)"+http, "Rpc (Exchange Back End)", true
		backEnd.External, backEnd.Internal = facts.Known(facts.PublishedURL{}), facts.Known(facts.PublishedURL{})
		backEnd.ExternalAuthentication = facts.Known("")
		backEnd.RPCFlags = facts.Known(facts.Number{})
		directories = append(directories, frontEnd, backEnd)
	}
	// By distinguished name, where the web site stands before the server.
	directories[1], directories[2] = directories[2], directories[1]

	return facts.Organization{
		Directory:       "ldaps://" + c.Host,
		DomainName:      "contoso.test",
		Controller:      facts.Known("DC1.contoso.test"),
		Name:            facts.Known("Contoso"),
		DN:              c.OrgDN,
		MapiHTTPEnabled: facts.Known(false),
		Providers: facts.Known([]facts.Provider{
			provider("EXCH", facts.Null()),
			provider("EXPR", facts.Say("msstd:owa.contoso.com")),
			provider("WEB", facts.Null()),
		}),
		VirtualDirectories: facts.Known(directories),
	}
}

// told is the part of an organization that sambaOrganization tells.
func told(org facts.Organization) facts.Organization {
	directories := slices.Clone(org.VirtualDirectories.Value)
	for i := range directories {
		directories[i].MetabasePath = facts.Observed[facts.Text]{}
	}
	org.VirtualDirectories.Value = directories
	return facts.Organization{
		Directory: org.Directory, Insecure: org.Insecure, DomainName: org.DomainName, Controller: org.Controller,
		Name: org.Name, DN: org.DN, MapiHTTPEnabled: org.MapiHTTPEnabled,
		Providers: org.Providers, VirtualDirectories: org.VirtualDirectories,
	}
}

func TestSamba(t *testing.T) {
	t.Parallel()
	c := sambatest.Start(t, sambatest.Options{StrongAuth: "yes"}) // as Samba is by default
	t.Run("reads the organization", func(t *testing.T) { testSambaReads(t, c) })
	t.Run("refuses", func(t *testing.T) { testSambaRefuses(t, c) })
	t.Run("reads without TLS by Kerberos", func(t *testing.T) { testSambaSigning(t, c) })
	t.Run("refuses Kerberos", func(t *testing.T) { testSambaKerberosRefuses(t, c) })
	t.Run("hides", func(t *testing.T) { testSambaHides(t, c) })
	t.Run("goes on to the next URL", func(t *testing.T) { testSambaNextURL(t, c) })
	t.Run("shows a change", func(t *testing.T) { testSambaChange(t, c) }) // the last: it changes
}

func testSambaReads(t *testing.T, c *sambatest.Controller) {
	for name, change := range map[string]func(*ldapsrc.Options, *facts.Organization){
		"over LDAPS": func(*ldapsrc.Options, *facts.Organization) {},
		"over StartTLS": func(o *ldapsrc.Options, want *facts.Organization) {
			o.URLs = []string{"ldap://" + c.Host}
			o.StartTLS = true
			want.Directory = "ldap://" + c.Host
		},
		"by address": func(o *ldapsrc.Options, want *facts.Organization) {
			o.URLs = []string{"ldaps://" + c.Address}
			o.Dial = nil
			want.Directory = "ldaps://" + c.Address
		},
		"without verification": func(o *ldapsrc.Options, want *facts.Organization) {
			o.Roots, o.Insecure = x509.NewCertPool(), true
			want.Insecure = "TLS not verified"
		},
		"as DOMAIN\\user": func(o *ldapsrc.Options, _ *facts.Organization) { o.User = `CONTOSO\Alice` },
		"as a DN":         func(o *ldapsrc.Options, _ *facts.Organization) { o.User = "CN=Alice,CN=Users," + c.BaseDN },
		"as the Administrator": func(o *ldapsrc.Options, _ *facts.Organization) {
			o.User, o.Password = c.Administrator.User, c.Administrator.Password
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, want := sambaOptions(c, c.Alice), sambaOrganization(c)
			change(&o, &want)
			got, err := ldapsrc.Read(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, told(got)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// sambaFailure is an error of Read as the user sees it.
type sambaFailure struct{ says, hints string }

// checkSambaFailure says whether the error has the words that tell the user what
// happened and what to do, and does not have the password.
func checkSambaFailure(t *testing.T, err error, want sambaFailure, o ldapsrc.Options) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	var hinted interface{ Hint() string }
	hint := ""
	if errors.As(err, &hinted) {
		hint = hinted.Hint()
	}
	if !strings.Contains(err.Error(), want.says) || !strings.Contains(hint, want.hints) {
		t.Errorf("error: %v\nhint: %s\nwant %+v", err, hint, want)
	}
	if o.Password != "" && strings.Contains(err.Error()+hint, o.Password) {
		t.Errorf("the password is in the error: %v", err)
	}
}

func testSambaRefuses(t *testing.T, c *sambatest.Controller) {
	as := func(a sambatest.Account) func(*ldapsrc.Options) {
		return func(o *ldapsrc.Options) { o.User, o.Password = a.User, a.Password }
	}
	for name, test := range map[string]struct {
		change func(*ldapsrc.Options)
		want   sambaFailure
	}{
		"a password over plain LDAP": {func(o *ldapsrc.Options) {
			o.URLs, o.Insecure = []string{"ldap://" + c.Host}, true
		}, sambaFailure{"result 8", "use ldaps:// or --start-tls"}},
		"a wrong password": {func(o *ldapsrc.Options) {
			o.Password = "open sesame"
		}, sambaFailure{"data 52e", "check both"}},
		"an unknown user": {func(o *ldapsrc.Options) {
			o.User = "nobody@contoso.test"
		}, sambaFailure{"data 52e", "check both"}},
		"a disabled account":              {as(c.Disabled), sambaFailure{"the account is disabled", "enabled"}},
		"an expired account":              {as(c.Expired), sambaFailure{"the account has expired", "extended"}},
		"a password that must be changed": {as(c.MustChange), sambaFailure{"must be changed", "change the password"}},
		"an anonymous search": {func(o *ldapsrc.Options) {
			o.Bind, o.User, o.Password = ldapsrc.BindAnonymous, "", ""
		}, sambaFailure{"result 1", "--bind-user"}},
		"an untrusted authority": {func(o *ldapsrc.Options) {
			o.Roots = x509.NewCertPool()
		}, sambaFailure{"unknown authority", "--ldap-ca-file"}},
		"an untrusted authority, StartTLS": {func(o *ldapsrc.Options) {
			o.URLs, o.StartTLS = []string{"ldap://" + c.Host}, true
			o.Roots = x509.NewCertPool()
		}, sambaFailure{"unknown authority", "--ldap-ca-file"}},
		"another server's name": {func(o *ldapsrc.Options) {
			o.URLs = []string{"ldaps://other.contoso.test"}
			o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return c.Dial(ctx, network, c.Host+":636")
			}
		}, sambaFailure{"not for other.contoso.test, but for dc1.contoso.test", "own name"}},
		"LDAPS on the port of plain LDAP": {func(o *ldapsrc.Options) {
			o.URLs = []string{"ldaps://" + c.Host + ":389"}
		}, sambaFailure{"TLS", "ldap"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := sambaOptions(c, c.Alice)
			test.change(&o)
			_, err := ldapsrc.Read(t.Context(), o)
			checkSambaFailure(t, err, test.want, o)
		})
	}
}

func testSambaHides(t *testing.T, c *sambatest.Controller) {
	for name, account := range map[string]sambatest.Account{
		"every attribute of EXPR":                c.NoRights,
		"all but the public information of EXPR": c.PublicOnly,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ldapsrc.Read(t.Context(), sambaOptions(c, account))
			if err != nil {
				t.Fatal(err)
			}
			expr := got.Provider(facts.EXPR)
			if expr == nil {
				t.Fatalf("EXPR, which may not be read, passes for missing: %+v", got.Providers)
			}
			if expr.CertPrincipalName.Known || !strings.Contains(expr.CertPrincipalName.Why, "may not read") {
				t.Errorf("CertPrincipalName is %+v, want it unknown for lack of rights", expr.CertPrincipalName)
			}
			if expr.TTL.Known {
				t.Errorf("TTL is %+v, want it unknown", expr.TTL)
			}
			if diff := cmp.Diff(facts.Null(), got.Provider(facts.EXCH).CertPrincipalName); diff != "" {
				t.Errorf("EXCH, which may be read: -want +got\n%s", diff)
			}
		})
	}
	t.Run("the organization", func(t *testing.T) {
		o := sambaOptions(c, c.Outsider)
		_, err := ldapsrc.Read(t.Context(), o)
		checkSambaFailure(t, err, sambaFailure{"none that this account may see", "may read the Exchange configuration"}, o)
	})
}

func testSambaNextURL(t *testing.T, c *sambatest.Controller) {
	dialled := 0
	options := func(urls ...string) ldapsrc.Options {
		o := sambaOptions(c, c.Alice)
		o.URLs = urls
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled++
			return c.Dial(ctx, network, address)
		}
		return o
	}
	t.Run("after a dead one", func(t *testing.T) {
		// The first has no address, and nobody listens where the second says.
		got, err := ldapsrc.Read(t.Context(), options("ldaps://dc2.contoso.test", "ldaps://"+c.Host+":1", "ldaps://"+c.Host))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sambaOrganization(c), told(got)); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
	t.Run("but not after a wrong password", func(t *testing.T) {
		dialled = 0
		o := options("ldaps://"+c.Host, "ldaps://"+c.Address)
		o.Password = "open sesame"
		_, err := ldapsrc.Read(t.Context(), o)
		checkSambaFailure(t, err, sambaFailure{"data 52e", "check both"}, o)
		if dialled != 1 {
			t.Errorf("the password was tried %d times", dialled)
		}
	})
}

func testSambaChange(t *testing.T, c *sambatest.Controller) {
	const outlook = "CN=Outlook,CN=AutoDiscover,CN=Client Access,"
	err := c.Apply([]byte(`
dn: ` + c.OrgDN + `
changetype: modify
replace: msExchOrganizationFlags2
msExchOrganizationFlags2: 9216

# " msstd:müller.contoso.com ", and the blanks matter
dn: CN=EXCH,` + outlook + c.OrgDN + `
changetype: modify
replace: msExchAutoDiscoverCertPrincipalName
msExchAutoDiscoverCertPrincipalName:: IG1zc3RkOm3DvGxsZXIuY29udG9zby5jb20g
-
replace: msExchAutoDiscoverTTL
msExchAutoDiscoverTTL: -1
-

dn: CN=EXPR,` + outlook + c.OrgDN + `
changetype: delete

dn: CN=Fabrikam\, Inc.,` + outlook + c.OrgDN + `
objectClass: msExchAutoDiscoverConfig
msExchAutoDiscoverCertPrincipalName: none
`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := ldapsrc.Read(t.Context(), sambaOptions(c, c.Alice))
	if err != nil {
		t.Fatal(err)
	}

	want := sambaOrganization(c)
	want.MapiHTTPEnabled = facts.Known(true)
	exch := want.Providers.Value[0]
	exch.CertPrincipalName = facts.Say(" msstd:müller.contoso.com ")
	exch.TTL = facts.Known(facts.Present(-1))
	custom := facts.Provider{
		Name:                   "Fabrikam, Inc.",
		DN:                     `CN=Fabrikam\, Inc.,` + outlook + c.OrgDN,
		CertPrincipalName:      facts.Say("none"),
		Server:                 facts.Null(),
		TTL:                    facts.Known(facts.Number{}),
		Flags:                  facts.Known(facts.Number{}),
		RequiredClientVersions: facts.Null(),
	}
	want.Providers = facts.Known([]facts.Provider{exch, custom, want.Providers.Value[2]})
	if diff := cmp.Diff(want, told(got)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestSambaWithoutExchange(t *testing.T) {
	t.Parallel()
	c := sambatest.Start(t, sambatest.Options{WithoutExchange: true})
	o := sambaOptions(c, c.Alice)
	_, err := ldapsrc.Read(t.Context(), o)
	checkSambaFailure(t, err, sambaFailure{"no Exchange organization in this forest", "the forest that Exchange is in"}, o)
	t.Run("Kerberos over TLS", func(t *testing.T) { testSambaKerberosTLS(t, c) })
	t.Run("a service without a name", func(t *testing.T) { testSambaServiceName(t, c) }) // the last: it changes
}
