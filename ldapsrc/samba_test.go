package ldapsrc_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
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

func TestSamba(t *testing.T) {
	t.Parallel()
	c := sambatest.Start(t, sambatest.Options{
		StrongAuth:   "yes", // as Samba is by default
		Organization: hybridLDIF(t),
		DNS:          true,
	})
	t.Run("reads the organization", func(t *testing.T) { testSambaReads(t, c) })
	t.Run("refuses", func(t *testing.T) { testSambaRefuses(t, c) })
	t.Run("reads without TLS by Kerberos", func(t *testing.T) { testSambaSigning(t, c) })
	t.Run("refuses Kerberos", func(t *testing.T) { testSambaKerberosRefuses(t, c) })
	t.Run("hides", func(t *testing.T) { testSambaHides(t, c) })
	t.Run("hides contents", func(t *testing.T) { testSambaHidesContents(t, c) }) // from here on, to one account
	t.Run("is found by DNS", func(t *testing.T) { testSambaDiscovery(t, c) })
	t.Run("goes on to the next URL", func(t *testing.T) { testSambaNextURL(t, c) })
	t.Run("dies in the middle", func(t *testing.T) { testSambaDies(t, c) })
	// The last change what is there, and at last the controller itself is gone.
	t.Run("shows a change", func(t *testing.T) { testSambaChange(t, c) })
	t.Run("shows three thousand", func(t *testing.T) { testSambaThousands(t, c) })
	t.Run("stops in the middle", func(t *testing.T) { testSambaStops(t, c) })
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
			o, want := sambaOptions(c, c.Alice), sambaOrganization(t, c)
			change(&o, &want)
			got, err := ldapsrc.Read(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
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

	want := sambaOrganization(t, c)
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
	if diff := cmp.Diff(want, got); diff != "" {
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
	t.Run("a web server", func(t *testing.T) { testSambaWeb(t, c) })
	t.Run("a service without a name", func(t *testing.T) { testSambaServiceName(t, c) }) // the last: it changes
}
