package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exprobe/configs"
	"exprobe/ldapsrc"
	"exprobe/ldapsrc/ldaptest"
)

// A password that one directory refuses counts against the account, so no other is
// asked with it.
func TestARefusedPasswordIsTriedOnce(t *testing.T) {
	binds := 0
	refuse := func(string) (int, string) {
		binds++
		return 49, "comment: AcceptSecurityContext error, data 52e, v1db1"
	}
	server, err := ldaptest.Serve([]byte("dn: CN=Configuration,DC=contoso,DC=com\nobjectClass: configuration\n"), ldaptest.Options{Refuse: refuse})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	cfg := &configs.Config{Timeout: 10 * time.Second, Directory: configs.Directory{Bind: configs.BindSimple, BindUser: "auditor@contoso.com", LDAPInsecure: true,
		LDAPURLs: []string{"ldap://dc1.contoso.com", "ldap://dc1.emea.contoso.com"}}}
	for _, host := range []string{"dc1.contoso.com", "dc1.emea.contoso.com"} {
		to, err := configs.ParseConnectTo(host + ":389:" + server.Addr())
		if err != nil {
			t.Fatal(err)
		}
		cfg.ConnectTo = append(cfg.ConnectTo, to)
	}
	src, err := New(cfg, Environment{Environ: []string{"EXPROBE_BIND_PASSWORD=wrong"}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	s, err := src.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if binds != 1 || len(s.Organizations) != 2 || s.Organizations[1].Providers.Known || s.Organizations[1].Providers.Why == "" {
		t.Errorf("%d binds, organizations %+v", binds, s.Organizations)
	}
}

func TestOneForestsPasswordIsNotTriedAtAnother(t *testing.T) {
	cfg := &configs.Config{Directory: configs.Directory{Bind: configs.BindSimple},
		Directories: []configs.Directory{{LDAPURLs: []string{"ldaps://dc1.fabrikam.com"}, Bind: configs.BindSimple, BindUser: "auditor@fabrikam.com"}}}
	_, err := New(cfg, Environment{Environ: []string{"EXPROBE_BIND_PASSWORD=secret"}, Now: time.Now})
	var h interface{ Hint() string }
	if err == nil || !errors.As(err, &h) {
		t.Errorf("the error is %v", err)
	}
	if ldapsrc.RefusedCredentials(err) {
		t.Error("something was asked")
	}
}

// What an entry of the list does not say itself is the flags'. That is no reason to try
// one forest's password at another.
func TestAnInheritedPasswordStaysInItsDomain(t *testing.T) {
	const cache = "the credential cache"
	for name, test := range map[string]struct {
		entry string
		user  string // of all
		want  string // in the error; "" where there is none
	}{
		"the user's own domain":     {"ldap-url: [ldaps://dc2.contoso.com, ldaps://DC3.Contoso.COM]", "auditor@contoso.com", ""},
		"the same by DNS":           {"ldap-domain: contoso.com", "auditor@contoso.com", ""},
		"the same by a DN":          {"ldap-domain: contoso.com", "CN=Auditor,CN=Users,DC=contoso,DC=com", ""},
		"another forest":            {"ldap-url: [ldaps://dc1.fabrikam.com]", "auditor@contoso.com", "not tried at another"},
		"another one by DNS":        {"ldap-domain: fabrikam.com", "auditor@contoso.com", "not tried at another"},
		"one of two":                {"ldap-url: [ldaps://dc1.contoso.com, ldaps://dc1.fabrikam.com]", "auditor@contoso.com", "not tried at another"},
		"what may be a forest":      {"ldap-domain: resources.contoso.com", "auditor@contoso.com", "not tried at another"},
		"an address":                {"ldap-url: [ldaps://192.0.2.1]", "auditor@contoso.com", "not tried at another"},
		"a name without a domain":   {"ldap-url: [ldaps://dc1]", "auditor@contoso.com", "not tried at another"},
		"a user of a NetBIOS name":  {"ldap-domain: contoso.com", `CONTOSO\auditor`, "not tried at another"},
		"a password of its own":     {"{ldap-domain: fabrikam.com, bind-password-file: PASSWORD}", "auditor@contoso.com", ""},
		"a user of its own":         {"{ldap-domain: fabrikam.com, bind-user: b@fabrikam.com, bind-password-file: PASSWORD}", "auditor@contoso.com", ""},
		"no password at all":        {"{ldap-url: [ldap://dc1.fabrikam.com], bind: anonymous}", "auditor@contoso.com", ""},
		"a ticket":                  {"{ldap-domain: fabrikam.com, bind: kerberos, bind-ccache: none}", "auditor@contoso.com", cache},
		"Kerberos with a password":  {"{ldap-domain: fabrikam.com, bind: kerberos}", "auditor@contoso.com", "not tried at another"},
		"the same user by its name": {"{ldap-domain: fabrikam.com, bind-user: auditor@contoso.com, bind-password-file: PASSWORD}", "auditor@contoso.com", ""},
	} {
		t.Run(name, func(t *testing.T) {
			password := filepath.Join(t.TempDir(), "password")
			file := filepath.Join(t.TempDir(), "exprobe.yaml")
			entry := strings.Trim(strings.ReplaceAll(test.entry, "PASSWORD", password), "{}")
			text := "bind-user: '" + test.user + "'\nbind-password-file: " + password + "\ndirectories:\n  - {" + entry + "}\n"
			for name, text := range map[string]string{password: "secret", file: text} {
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cfg, err := configs.Load(file, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = New(cfg, Environment{Now: time.Now})
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(why(err), test.want) {
				t.Errorf("the error is %v, want %q in it", err, test.want)
			}
		})
	}
}

// What a bind has no use for is refused, as other flags are that would do nothing.
func TestWhatABindHasNoUseForIsRefused(t *testing.T) {
	urls := []string{"ldaps://dc1.contoso.com"}
	for name, test := range map[string]struct {
		directory configs.Directory
		error     string
		hint      string
	}{
		"a keytab of a simple bind":         {configs.Directory{Bind: "simple", BindUser: "a", BindKeytab: "k"}, "--bind-keytab would do nothing", "--bind kerberos"},
		"a ticket of a simple bind":         {configs.Directory{Bind: "simple", BindCCache: "k"}, "--bind-ccache would do nothing", "--bind kerberos"},
		"a realm of NTLM":                   {configs.Directory{Bind: "ntlm", BindUser: "a", BindRealm: "k"}, "--bind-realm would do nothing", "--bind kerberos"},
		"a user of nobody":                  {configs.Directory{Bind: "anonymous", BindUser: "a"}, "has no user", "--bind-user"},
		"a password of nobody":              {configs.Directory{Bind: "anonymous", BindPasswordFile: "p"}, "--bind-password-file would do nothing", "leave"},
		"a user of SSPI":                    {configs.Directory{Bind: "sspi", BindUser: "a"}, "--bind-user would do nothing", "leave"},
		"a password beside a ticket":        {configs.Directory{Bind: "kerberos", BindCCache: "c", BindPasswordFile: "p"}, "--bind-password-file would do nothing", "leave"},
		"a keytab beside a ticket":          {configs.Directory{Bind: "kerberos", BindCCache: "c", BindKeytab: "p"}, "--bind-keytab would do nothing", "leave"},
		"a password beside a keytab":        {configs.Directory{Bind: "kerberos", BindUser: "a", BindKeytab: "c", BindPasswordFile: "p"}, "--bind-password-file would do nothing", "leave"},
		"Kerberos alone":                    {configs.Directory{Bind: "kerberos"}, "nobody is named", "--bind-ccache"},
		"servers and a domain":              {configs.Directory{Bind: "anonymous", LDAPDomain: "contoso.com"}, "--ldap-url and --ldap-domain", "leave one of the two out"},
		"a ticket that is not there, alone": {configs.Directory{Bind: "kerberos", BindCCache: "c"}, "the credential cache", "kinit"},
	} {
		test.directory.LDAPURLs = urls
		all := &configs.Config{Directory: test.directory}
		one := &configs.Config{Directory: configs.Directory{Bind: "simple"}, Directories: []configs.Directory{test.directory}}
		for of, cfg := range map[string]*configs.Config{"the flags": all, "a table": one} {
			t.Run(name+" of "+of, func(t *testing.T) {
				_, err := New(cfg, Environment{Now: time.Now})
				var h interface{ Hint() string }
				if !errors.As(err, &h) || !strings.Contains(err.Error(), test.error) || !strings.Contains(h.Hint(), test.hint) {
					t.Errorf("the error is %v", err)
				}
			})
		}
	}
}
