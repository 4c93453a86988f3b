package ldapsrc

import (
	"strings"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	alice := Options{User: "alice", Password: "open sesame"}
	with := func(o Options, urls ...string) Options { o.URLs = urls; return o }
	startTLS := alice
	startTLS.StartTLS = true
	insecure := alice
	insecure.Insecure = true
	for name, test := range map[string]struct {
		options Options
		want    string // in the error; empty: there is none
	}{
		"LDAPS":                      {with(alice, "ldaps://dc1.contoso.com", "ldaps://[::1]:1636/"), ""},
		"StartTLS":                   {with(startTLS, "ldap://dc1.contoso.com"), ""},
		"anonymous in clear":         {with(Options{Bind: BindAnonymous}, "ldap://dc1.contoso.com"), ""},
		"password in clear, allowed": {with(insecure, "ldap://dc1.contoso.com:389"), ""},
		"no URL":                     {alice, "no directory is named"},
		"password in clear":          {with(alice, "ldaps://dc1", "ldap://dc2"), "ldap://dc2: the password would cross the network in clear"},
		"no password":                {with(Options{User: "alice"}, "ldaps://dc1"), "needs a user and a password"},
		"no user":                    {with(Options{Bind: BindSimple, Password: "x"}, "ldaps://dc1"), "needs a user and a password"},
		"unknown bind":               {with(Options{Bind: "digest"}, "ldaps://dc1"), `"digest" is not known`},
		"StartTLS on LDAPS":          {with(startTLS, "ldaps://dc1"), "TLS from its first byte"},
		"negative timeout":           {with(Options{Bind: BindAnonymous, Timeout: -time.Second}, "ldap://dc1"), "negative"},
		"other scheme":               {with(alice, "https://dc1"), "the scheme is not ldap or ldaps"},
		"bare name":                  {with(alice, "dc1.contoso.com"), "the scheme is not ldap or ldaps"},
		"no host":                    {with(alice, "ldaps:///"), "names no host"},
		"opaque":                     {with(alice, "ldaps:dc1"), "not a URL of the form"},
		"password in the URL":        {with(alice, "ldaps://alice:open%20sesame@dc1"), "user information"},
		"password in a broken URL":   {with(alice, "ldaps://alice:open sesame@dc1:x"), "not a URL of the form"},
		"path":                       {with(alice, "ldaps://dc1/DC=contoso"), "no path, query or fragment"},
		"query":                      {with(alice, "ldaps://dc1?cn"), "no path, query or fragment"},
		"port 0":                     {with(alice, "ldaps://dc1:0"), `"0" is not a port`},
		"port too high":              {with(alice, "ldaps://dc1:65536"), `"65536" is not a port`},
		"global catalog":             {with(insecure, "ldap://dc1:3268"), "global catalog"},
		"global catalog over TLS":    {with(alice, "ldaps://dc1:3269"), "global catalog"},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.options.Check()
			switch {
			case test.want == "" && err != nil:
				t.Errorf("error %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("error %v, want %q in it", err, test.want)
			}
			org, err := Read(t.Context(), Options{URLs: test.options.URLs, Bind: "unknown"})
			if err == nil || strings.Contains(err.Error()+org.Directory, "sesame") {
				t.Errorf("directory %q, error %v", org.Directory, err)
			}
			if err := test.options.Check(); err != nil && strings.Contains(err.Error(), "sesame") {
				t.Errorf("the error holds the password: %v", err)
			}
		})
	}
}
