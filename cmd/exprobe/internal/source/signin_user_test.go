package source

import (
	"strings"
	"testing"

	"exprobe/configs"
)

func TestWhoSignsInWithAPassword(t *testing.T) {
	for name, test := range map[string]struct {
		mailboxes []string
		user      string
		want, err string
	}{
		"the one mailbox":                 {[]string{"ada@contoso.test"}, "", "ada@contoso.test", ""},
		"who is named":                    {[]string{"ada@contoso.test", "bob@contoso.test"}, `CONTOSO\ada`, `CONTOSO\ada`, ""},
		"nobody, of several mailboxes":    {[]string{"ada@contoso.test", "bob@contoso.test"}, "", "", "one password for 2 mailboxes"},
		"one mailbox that is named twice": {[]string{"ada@contoso.test", "ada@contoso.test"}, "", "ada@contoso.test", ""},
	} {
		for _, way := range []string{string(configs.AuthBasic), string(configs.AuthNTLM)} {
			t.Run(name+" "+way, func(t *testing.T) {
				l := &live{env: Environment{Environ: []string{"EXPROBE_AUTH_PASSWORD=secret"}}, network: &network{}}
				cfg := &configs.Config{Mailboxes: test.mailboxes, AuthUser: test.user}
				cfg.Auth = configs.AuthBasic
				if way == string(configs.AuthNTLM) {
					cfg.Auth = configs.AuthNTLM
				}
				err := l.prepareSignIn(cfg)
				if test.err != "" {
					if err == nil || !strings.Contains(err.Error(), test.err) {
						t.Errorf("%v", err)
					}
					return
				}
				if err != nil || l.lookUp.User != test.want {
					t.Errorf("%q signs in, want %q; %v", l.lookUp.User, test.want, err)
				}
			})
		}
	}
}

func TestARefusedUserIsKnownInEverySpelling(t *testing.T) {
	l := &live{}
	l.refuse(`CONTOSO\ada`)
	for user, want := range map[string]bool{`contoso\ADA`: true, "Ada@contoso.test": true, "ada": true, `FABRIKAM\ada`: false, "bob@contoso.test": false, "": false} {
		if got := l.wasRefused(user); got != want {
			t.Errorf("%q: %t", user, got)
		}
	}
}
