package source

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/configs"
	"exprobe/ldapsrc"
)

// directory is one forest to read: its servers, or the domain that DNS finds them
// for, and how to bind.
type directory struct {
	options ldapsrc.Options
	domain  string // "" where the URLs are given
}

// name is the directory as reports call it before it has said who it is.
func (d directory) name() string {
	if d.domain != "" {
		return d.domain
	}
	return d.options.URLs[0]
}

// prepareDirectories makes a directory of the flags' servers, one for each DNS
// domain among them, of --ldap-domain, and of each table in the configuration.
// Servers of one domain serve one forest and are tried in turn; servers of two may
// serve two, and what turns out to be the same forest is told once.
func (l *live) prepareDirectories(cfg *configs.Config) error {
	if len(cfg.LDAPURLs) > 0 || cfg.LDAPDomain != "" || len(cfg.Directories) == 0 {
		if err := checkBind(cfg.Directory, configs.Directory{}); err != nil {
			return err
		}
	}
	l.flagsUser = cfg.BindUser
	if len(cfg.LDAPURLs) > 0 && cfg.LDAPDomain != "" {
		return errBothNamed
	}
	for _, urls := range byDomain(cfg.LDAPURLs) {
		d := cfg.Directory
		d.LDAPURLs = urls
		if err := l.addDirectory(d, cfg); err != nil {
			return err
		}
	}
	if cfg.LDAPDomain != "" {
		if err := l.addDirectory(cfg.Directory, cfg); err != nil {
			return err
		}
	}
	for _, d := range cfg.Directories {
		if err := checkBind(d, cfg.Directory); err != nil {
			return err
		}
		if d.BindCCache != "" && d.BindCCache != cfg.BindCCache && d.BindUser == cfg.BindUser {
			d.BindUser = "" // the ticket's is meant
		}
		if err := l.addDirectory(d, cfg); err != nil {
			return err
		}
	}
	return nil
}

var errBothNamed error = hinted{errors.New("--ldap-url and --ldap-domain are given for one directory"),
	"leave one of the two out; a second forest has a table of its own under directories, in a configuration file"}

func (l *live) addDirectory(d configs.Directory, cfg *configs.Config) error {
	if len(d.LDAPURLs) > 0 && d.LDAPDomain != "" {
		return errBothNamed
	}
	o := ldapsrc.Options{URLs: d.LDAPURLs, Bind: ldapsrc.BindMethod(d.Bind), User: d.BindUser, StartTLS: d.StartTLS, Insecure: d.LDAPInsecure,
		CredentialCache: d.BindCCache, Keytab: d.BindKeytab, Realm: d.BindRealm, KDC: d.BindKDC, Krb5Config: d.BindKrb5Config,
		Timeout: cfg.Timeout, Dial: l.network.Dial, Now: l.env.Now}
	if d.LDAPCAFile != "" {
		roots, err := readRoots("--ldap-ca-file", []string{d.LDAPCAFile})
		if err != nil {
			return err
		}
		o.Roots = roots
	}
	if err := l.credentials(&o, d); err != nil {
		return err
	}
	added := directory{options: o, domain: d.LDAPDomain}
	l.directories = append(l.directories, added)
	if added.domain != "" {
		o.URLs = []string{scheme(o) + "://dc." + d.LDAPDomain} // stands for those that DNS will name
	}
	return o.Check()
}

// credentials finds the password of a bind that needs one.
func (l *live) credentials(o *ldapsrc.Options, d configs.Directory) error {
	switch o.Bind {
	case ldapsrc.BindAnonymous, ldapsrc.BindSSPI:
		o.User = ""
		return nil
	case ldapsrc.BindKerberos:
		switch {
		case o.CredentialCache != "":
			return nil
		case o.Keytab != "":
			return checkInherited(d)
		case o.User == "":
			return hinted{errors.New("nobody is named to bind to the directory as"),
				"give --bind-ccache with the file of a ticket that kinit got, or --bind-user with a password or --bind-keytab"}
		}
	}
	if err := checkInherited(d); err != nil && o.User != "" {
		return err
	}
	if o.User != l.flagsUser && d.BindPasswordFile == "" {
		return hinted{fmt.Errorf("the directory that %s binds to has no bind-password-file of its own", o.User),
			"name one beside its bind-user: one forest's password is not tried at another"}
	}
	if o.User == "" {
		return hinted{errors.New("no user to bind to the directory with"),
			"give --bind-user, or --bind anonymous where the directory allows that"}
	}
	var err error
	key := [2]string{o.User, d.BindPasswordFile}
	if known, ok := l.passwords[key]; ok { // a pipe is read once, and a person is asked once
		o.Password = known
		return nil
	}
	o.Password, err = l.password(d.BindPasswordFile, "--bind-password-file", "EXPROBE_BIND_PASSWORD", "password of "+o.User+": ")
	l.passwords[key] = o.Password
	return err
}

// scheme is how the domain controllers that DNS names are spoken to. A Kerberos bind
// protects plain LDAP by itself, and many domain controllers have no certificate.
func scheme(o ldapsrc.Options) string {
	if o.StartTLS || o.Bind == ldapsrc.BindKerberos {
		return "ldap"
	}
	return "ldaps"
}

// byUser groups directories, by their indexes, that one user binds to. A refused
// password counts against the account, so it is not tried at the next one: they are
// read one after another.
func byUser(directories []directory) [][]int {
	var chains [][]int
	index := map[string]int{}
	for i, d := range directories {
		user := strings.ToLower(d.options.User)
		at, known := index[user]
		if !known || user == "" {
			at = len(chains)
			index[user] = at
			chains = append(chains, nil)
		}
		chains[at] = append(chains[at], i)
	}
	return chains
}

func (l *live) readDirectories(ctx context.Context, chain []int, organizations []facts.Organization) {
	var refused error
	for _, i := range chain {
		d := l.directories[i]
		if refused != nil {
			organizations[i] = unread(d, fmt.Errorf("not asked, because another directory refused the user: %w", refused))
			continue
		}
		org, err := l.readDirectory(ctx, d)
		organizations[i] = org
		if ldapsrc.RefusedCredentials(err) {
			refused = err
			l.refuse(d.options.User)
		}
	}
}

// readDirectory reads one forest; where that fails, each of its facts is one that
// could not be seen, for the one reason.
func (l *live) readDirectory(ctx context.Context, d directory) (facts.Organization, error) {
	l.env.Progress("reading " + d.name())
	o := d.options
	if d.domain != "" {
		urls, err := ldapsrc.Discover(ctx, ldapsrc.DiscoverOptions{Domain: d.domain, TLS: scheme(o) == "ldaps",
			LookupSRV: l.network.LookupSRV, Dial: l.network.Dial, Timeout: l.timeout})
		if err != nil {
			return unread(d, err), err
		}
		o.URLs = urls
	}
	org, err := ldapsrc.Read(ctx, o)
	if err != nil {
		failed := unread(d, err)
		failed.Insecure = org.Insecure
		return failed, err
	}
	return org, nil
}

func unread(d directory, err error) facts.Organization {
	org := facts.Organization{Directory: d.name()}
	org.Unread(why(err))
	return org
}
