package configs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEnvironment(t *testing.T) {
	for _, test := range []struct {
		name    string
		environ []string
		want    string // the error, "" for none
	}{
		{"foreign variables", []string{"PATH=/bin", "EXPROBEX=1", "exprobe_timeout=x", "=C:=C:\\", "", "EXPROBE"}, ""},
		{"secrets and the command's own", []string{
			"EXPROBE_BIND_PASSWORD=hunter2", "EXPROBE_AUTH_PASSWORD=hunter2", "EXPROBE_AUTH_TOKEN=hunter2",
			"EXPROBE_CONFIG=/etc/exprobe.yaml", "EXPROBE_REQUIRE_PEERS=1",
		}, ""},
		{"an empty value says nothing", []string{"EXPROBE_TIMEOUT=", "EXPROBE_HOST= "}, ""},
		{"unknown, with the nearest", []string{"EXPROBE_LDAP_URLS=ldaps://dc1.contoso.com"},
			"environment variable EXPROBE_LDAP_URLS is not known\nhint: did you mean EXPROBE_LDAP_URL?\n"},
		{"a misspelt secret is not repeated", []string{"EXPROBE_BIND_PASWORD=hunter2"},
			"environment variable EXPROBE_BIND_PASWORD is not known\nhint: did you mean EXPROBE_BIND_PASSWORD?\n"},
		{"a misspelt token is not repeated", []string{"EXPROBE_AUTH_TOKN=hunter2"},
			"environment variable EXPROBE_AUTH_TOKN is not known\nhint: did you mean EXPROBE_AUTH_TOKEN?\n"},
		{"unknown, near to nothing", []string{"EXPROBE_FROBNICATE=1"},
			"environment variable EXPROBE_FROBNICATE is not known\nhint: unset it; EXPROBE_ and the name of a flag in capitals is what is read\n"},
		{"a bad number", []string{"EXPROBE_CONCURRENCY=many"}, "EXPROBE_CONCURRENCY: a whole number is expected\nhint: set, for instance, EXPROBE_CONCURRENCY=4\n"},
		{"a bad truth", []string{"EXPROBE_QUIET=hunter2"}, "EXPROBE_QUIET: true or false is expected\nhint: set, for instance, EXPROBE_QUIET=true\n"},
		{"a bad choice", []string{"EXPROBE_BIND=digest"}, "EXPROBE_BIND: \"digest\" is not one of simple, kerberos, ntlm, sspi, anonymous\nhint: set, for instance, EXPROBE_BIND=simple\n"},
		{"a bad entry", []string{"EXPROBE_HOST=mail.contoso.com,owa contoso.com"},
			"EXPROBE_HOST: reading \"owa contoso.com\" as NAME[:PORT]: \"owa contoso.com\" is not a host name in its ASCII form\nhint: set, for instance, EXPROBE_HOST=mail.contoso.com\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load("", test.environ, nil)
			var got string
			if err != nil {
				got = describe(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFlags(t *testing.T) {
	for _, test := range []struct {
		name  string
		flags map[string]any
		want  string
	}{
		{"unknown", map[string]any{"hosts": "mail.contoso.com"}, "--hosts: key \"hosts\" is not known\nhint: did you mean host?\n"},
		{"a password", map[string]any{"bind-password": "hunter2"}, "--bind-password: key \"bind-password\" would hold a password, and none may stand here\n" +
			"hint: put the password alone into a file and name that file with bind-password-file, or set EXPROBE_BIND_PASSWORD\n"},
		{"a token", map[string]any{"auth-token": "hunter2"}, "--auth-token: key \"auth-token\" would hold a token, and none may stand here\n" +
			"hint: put the token alone into a file and name that file with auth-token-file, or set EXPROBE_AUTH_TOKEN\n"},
		{"a password that no variable holds", map[string]any{"served-password": "hunter2"}, "--served-password: key \"served-password\" would hold a password, and none may stand here\n" +
			"hint: put the password alone into a file and name that file with served-password-file\n"},
		{"the password of an expected certificate", map[string]any{"expect-password": "hunter2"}, "--expect-password: key \"expect-password\" would hold a password, and none may stand here\n" +
			"hint: put the password alone into a file and name that file with expect-password-file\n"},
		{"a mailbox for a domain", map[string]any{"domain": "user@contoso.com"}, "--domain: \"user@contoso.com\" is a mailbox, and a domain is expected\nhint: write, for instance, --domain=contoso.com\n"},
		{"a bad value", map[string]any{"timeout": "soon"}, "--timeout: \"soon\" is not a duration such as 10s or 1m30s\nhint: write, for instance, --timeout=10s\n"},
		{"a list for one", map[string]any{"format": []string{"text", "json"}}, "--format: one value is expected, not 2\nhint: write, for instance, --format=json\n"},
		{"a foreign type", map[string]any{"concurrency": 1.5}, "--concurrency: a whole number is expected\n"},
		{"a single text for a list", map[string]any{"host": "mail.contoso.com"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load("", nil, test.flags)
			var got string
			if err != nil {
				got = describe(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSplitListKeepsTheAddressesOfOneHostTogether(t *testing.T) {
	for value, want := range map[string]string{
		"a.test,b.test":                     "a.test|b.test",
		" a.test , ,b.test, ":               "a.test|b.test",
		"a.test,192.0.2.1":                  "a.test|192.0.2.1",
		"192.0.2.1,192.0.2.2":               "192.0.2.1|192.0.2.2",
		"a.test:443:192.0.2.1,192.0.2.2":    "a.test:443:192.0.2.1,192.0.2.2",
		"a.test:1:::1,[::2],b.test:2:[::3]": "a.test:1:::1,[::2]|b.test:2:[::3]",
	} {
		if got := strings.Join(splitList(value), "|"); got != want {
			t.Errorf("%q was split into %q, want %q", value, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{
		"tiemout": "timeout", "ldap_url": "ldap-url", "LdapUrl": "ldap-url", "no-colour": "no-color",
		"reports": "report", "connectto": "connect-to", "x": "", "": "", "certificate": "",
	} {
		if got := Nearest(word, keyNames()); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
	if got := distance("kitten", "sitting"); got != 3 {
		t.Errorf("distance is %d, want 3", got)
	}
}
