package source

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"exprobe/configs"
	"exprobe/ldapsrc"
)

// checkBind refuses what the directory's bind would make no use of: whoever names a user,
// a ticket or a password expects it to be used. What a directory has from all is not its
// own mistake: all is what the flags and the whole file say.
func checkBind(d, all configs.Directory) error {
	const user, password, keytab, ccache = "bind-user", "bind-password-file", "bind-keytab", "bind-ccache"
	flags := []struct{ name, value, all string }{
		{user, d.BindUser, all.BindUser}, {password, d.BindPasswordFile, all.BindPasswordFile},
		{keytab, d.BindKeytab, all.BindKeytab}, {ccache, d.BindCCache, all.BindCCache},
		{"bind-realm", d.BindRealm, all.BindRealm}, {"bind-kdc", d.BindKDC, all.BindKDC}, {"bind-krb5-config", d.BindKrb5Config, all.BindKrb5Config},
	}
	for _, f := range flags {
		if f.value == "" || f.value == f.all {
			continue
		}
		ofUser := f.name == user || f.name == password
		switch bind := ldapsrc.BindMethod(d.Bind); {
		case bind == ldapsrc.BindAnonymous && f.name == user:
			return hinted{errors.New("an anonymous bind has no user"), "leave --bind-user out, or --bind anonymous"}
		case bind != ldapsrc.BindKerberos && !ofUser:
			return hinted{fmt.Errorf("--%s would do nothing: --bind %s has no use for it", f.name, d.Bind), "give --bind kerberos too, or leave --" + f.name + " out"}
		case (bind == ldapsrc.BindAnonymous || bind == ldapsrc.BindSSPI) && ofUser:
			return hinted{fmt.Errorf("--%s would do nothing: --bind %s has no use for it", f.name, d.Bind), "leave one of the two out"}
		case d.BindCCache != "" && (f.name == password || f.name == keytab || f.name == "bind-realm"):
			return hinted{fmt.Errorf("--%s would do nothing: the ticket that --bind-ccache names says who binds", f.name), "leave one of the two out"}
		case d.BindKeytab != "" && f.name == password:
			return hinted{errors.New("--bind-password-file would do nothing: the user's key is taken from --bind-keytab"), "leave one of the two out"}
		}
	}
	return nil
}

// checkInherited refuses to show what proves the user of all directories to one that
// nobody named the user for, unless the user's name says that it is of that domain.
// Another forest would get a password that it can use here.
func checkInherited(d configs.Directory) error {
	if !d.Inherited {
		return nil
	}
	home := domainOf(d.BindUser)
	var names []string
	if d.LDAPDomain != "" {
		names = append(names, "x."+d.LDAPDomain)
	}
	for _, raw := range d.LDAPURLs {
		host := ""
		if u, err := url.Parse(raw); err == nil && net.ParseIP(u.Hostname()) == nil {
			host = u.Hostname()
		}
		names = append(names, host)
	}
	for _, name := range names {
		if _, domain, _ := strings.Cut(strings.TrimSuffix(name, "."), "."); home == "" || !strings.EqualFold(domain, home) {
			return hinted{fmt.Errorf("a directory names no user of its own, and nothing says that %s is of its domain (%s)", d.BindUser, directoryName(d)),
				"name its bind-user and bind-password-file beside it: one forest's password is not tried at another"}
		}
	}
	return nil
}

// domainOf is the DNS domain that a user's name says, or "" where it says none: the
// domain in front of a backslash is not that of DNS.
func domainOf(user string) string {
	if dn := ldapsrc.DomainOfDN(user); dn != "" {
		return dn
	}
	if strings.Contains(user, `\`) {
		return ""
	}
	_, domain, _ := strings.Cut(user, "@")
	return domain
}

// directoryName names a directory of the configuration, in an error.
func directoryName(d configs.Directory) string {
	if len(d.LDAPURLs) == 0 {
		return d.LDAPDomain
	}
	u, err := url.Parse(d.LDAPURLs[0])
	if err != nil {
		return "not a URL"
	}
	return u.Host // and never the user information
}
