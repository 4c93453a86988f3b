package source

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"exprobe/autodiscover"
	"exprobe/configs"
	"exprobe/ldapsrc"
)

// prepareSignIn says how Autodiscover is signed in to. One account is one password:
// it is asked for once, and never given to the hosts of two companies.
func (l *live) prepareSignIn(cfg *configs.Config) error {
	if cfg.Proxy == configs.ProxyEnvironment {
		l.lookUp.Proxy = http.ProxyFromEnvironment
	}
	for _, h := range cfg.AuthHosts {
		l.lookUp.AllowHosts = append(l.lookUp.AllowHosts, h.String())
	}
	if cfg.Auth == configs.AuthNone || len(cfg.Mailboxes) == 0 {
		return nil
	}
	if first, other := severalDomains(cfg.Mailboxes); other != "" {
		return hinted{fmt.Errorf("one account for mailboxes of %s and %s: each would be sent the other's credentials", first, other),
			"audit the mailboxes of one domain at a time"}
	}
	cfg, err := withUser(cfg)
	if err != nil {
		return err
	}
	l.lookUp.Auth, l.lookUp.User = autodiscover.Auth(cfg.Auth), cfg.AuthUser
	switch cfg.Auth {
	case configs.AuthBearer:
		l.lookUp.Token, err = l.secret(secret{"token", cfg.AuthTokenFile, "--auth-token-file", "EXPROBE_AUTH_TOKEN", "token for Autodiscover: ", maxToken})
	case configs.AuthBasic:
		err = l.authPassword(cfg)
	case configs.AuthNTLM:
		if err = l.authPassword(cfg); err == nil {
			account := l.account(cfg)
			l.lookUp.NTLM = func(_ string, binding []byte) autodiscover.SecurityContext {
				return ldapsrc.NewNTLMContext(account, binding)
			}
		}
	case configs.AuthNegotiate:
		err = l.prepareNegotiate(cfg)
	}
	if err != nil {
		return err
	}
	each := l.lookUp
	each.User = cmp.Or(each.User, cfg.Mailboxes[0]) // who signs in unless somebody is named
	return each.CheckAuth()
}

// withUser names the one mailbox as who signs in with a password, where nobody else is
// named. One password for the users of several mailboxes would be wrong for all but one
// of them, and each wrong one counts.
func withUser(cfg *configs.Config) (*configs.Config, error) {
	mailboxes := once(cfg.Mailboxes)
	switch {
	case cfg.AuthUser != "" || !needsPassword(cfg):
		return cfg, nil
	case len(mailboxes) > 1:
		return nil, hinted{fmt.Errorf("one password for %d mailboxes, and nobody is named who signs in", len(mailboxes)),
			"name the account of the password with --auth-user"}
	}
	named := *cfg
	named.AuthUser = mailboxes[0]
	return &named, nil
}

// needsPassword says whether a password signs in, and no token or ticket.
func needsPassword(cfg *configs.Config) bool {
	switch cfg.Auth {
	case configs.AuthBasic, configs.AuthNTLM:
		return true
	case configs.AuthNegotiate:
		return cfg.BindCCache == "" && cfg.BindKeytab == "" && !ldapsrc.CurrentUserKnown
	}
	return false
}

// prepareNegotiate signs in with a ticket: that of the account that is named, or on
// Windows of whoever is logged on.
func (l *live) prepareNegotiate(cfg *configs.Config) error {
	if cfg.AuthUser == "" && cfg.BindCCache == "" && cfg.BindKeytab == "" && ldapsrc.CurrentUserKnown {
		l.lookUp.Negotiate = func(host string, binding []byte) autodiscover.SecurityContext {
			return ldapsrc.CurrentUser(host, binding)
		}
		return nil
	}
	if cfg.BindCCache == "" && cfg.BindKeytab == "" {
		if err := l.authPassword(cfg); err != nil {
			return err
		}
	}
	tickets, err := ldapsrc.NewTickets(l.account(cfg))
	if err != nil {
		return err
	}
	l.lookUp.Negotiate = func(host string, binding []byte) autodiscover.SecurityContext {
		return tickets.Negotiate(host, binding)
	}
	return nil
}

// account is who signs in to web servers. Its realm and its tickets come from where
// those of a Kerberos bind come from.
func (l *live) account(cfg *configs.Config) ldapsrc.Options {
	o := ldapsrc.Options{User: cfg.AuthUser, Password: l.lookUp.Password, Realm: cfg.BindRealm, KDC: cfg.BindKDC, Krb5Config: cfg.BindKrb5Config,
		Keytab: cfg.BindKeytab, CredentialCache: cfg.BindCCache, Timeout: cfg.Timeout, Dial: l.network.Dial, Now: l.env.Now}
	for _, u := range cfg.LDAPURLs {
		if strings.Contains(u, "://") {
			o.URLs = []string{u}
			break
		}
	}
	return o
}

func (l *live) authPassword(cfg *configs.Config) (err error) {
	l.lookUp.Password, err = l.password(cfg.AuthPasswordFile, "--auth-password-file", "EXPROBE_AUTH_PASSWORD", "password for Autodiscover: ")
	return err
}
