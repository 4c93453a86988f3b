package ldapsrc

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/types"
)

// maxKeytab is the longest keytab that is read. One entry has about a hundred bytes.
const maxKeytab = 1 << 20

// credential is what an account proves itself with to Kerberos: a ticket from a
// cache, a key from a keytab, or a password, whichever is there first.
type credential struct {
	name     types.PrincipalName
	realm    string // "" where only the directory can tell
	config   *config.Config
	cache    *cached
	keytab   *keytab.Keytab
	password string
}

// loadCredential reads the files that the options name. It sends nothing.
func loadCredential(o Options) (credential, error) {
	c := credential{config: config.New(), password: o.Password}
	if o.Krb5Config != "" {
		loaded, err := config.Load(o.Krb5Config)
		var unsupported config.UnsupportedDirective // what it does not understand it leaves out
		if err != nil && !errors.As(err, &unsupported) || loaded == nil {
			return credential{}, &failure{
				what:  "the Kerberos configuration " + printable(o.Krb5Config) + " cannot be read",
				hint:  "check the file, or leave it out: the realm and a domain controller are enough",
				cause: err,
			}
		}
		c.config = loaded
	}
	c.config.LibDefaults.NoAddresses = true
	// Only the messages of AES are understood (see aes), and every domain controller
	// since Windows Server 2008 has it.
	kinds := []int32{etypeID.AES256_CTS_HMAC_SHA1_96, etypeID.AES128_CTS_HMAC_SHA1_96}
	c.config.LibDefaults.DefaultTktEnctypeIDs, c.config.LibDefaults.DefaultTGSEnctypeIDs = kinds, kinds

	switch {
	case o.CredentialCache != "":
		cache, err := loadCache(o.CredentialCache)
		if err != nil {
			return credential{}, &failure{
				what:  fmt.Sprintf("the credential cache %s cannot be used: %v", printable(o.CredentialCache), err),
				hint:  `get a ticket with "kinit -c FILE user@REALM" and name that file`,
				cause: err,
			}
		}
		if o.Now != nil && o.Now().After(cache.ends) {
			return credential{}, &failure{
				what: fmt.Sprintf("the ticket in the credential cache %s expired at %s", printable(o.CredentialCache),
					cache.ends.UTC().Format("2006-01-02 15:04:05 UTC")),
				hint: hintTicket,
			}
		}
		c.cache, c.name, c.realm = &cache, cache.name, cache.realm
		user, realm := splitUser(o.User)
		if user != "" && (!strings.EqualFold(user, c.name.PrincipalNameString()) || realm != "" && !strings.EqualFold(realm, c.realm)) {
			return credential{}, &failure{
				what: fmt.Sprintf("the ticket in the credential cache %s is that of %s, and not of %s",
					printable(o.CredentialCache), c.text(), printable(o.User)),
				hint: "leave --bind-user out, or name a cache with a ticket of that user",
			}
		}
		return c, nil
	case o.User == "":
		return credential{}, errNoKerberosCredential
	case o.Keytab == "" && o.Password == "":
		return credential{}, errNoKerberosCredential
	}
	user, realm := splitUser(o.User)
	c.realm = strings.ToUpper(cmp.Or(o.Realm, realm, c.config.LibDefaults.DefaultRealm))
	c.name = account(user)
	if o.Keytab == "" {
		return c, nil
	}
	if err := c.loadKeytab(o.Keytab); err != nil {
		return credential{}, err
	}
	return c, nil
}

// errNoKerberosCredential says that nothing was given to prove an identity with.
var errNoKerberosCredential = &failure{
	what: "a Kerberos bind needs a user with a password or a keytab, or a credential cache",
	hint: "give --bind-user with --bind-password-file or --bind-keytab, or give --bind-ccache",
}

// account is the name of a user (RFC 4120 6.2).
func account(user string) types.PrincipalName {
	return types.PrincipalName{NameType: nametype.KRB_NT_PRINCIPAL, NameString: []string{user}}
}

// splitUser takes user@domain and DOMAIN\user apart. A NetBIOS domain name is no
// realm, and is left out.
func splitUser(text string) (user, realm string) {
	if _, user, ok := strings.Cut(text, `\`); ok {
		return user, ""
	}
	user, realm, _ = strings.Cut(text, "@")
	return user, realm
}

// loadKeytab reads a keytab, and takes the spelling of the account from it: a key
// is for names in the case in which it was made.
func (c *credential) loadKeytab(path string) error {
	refuse := func(why string, cause error) error {
		return &failure{
			what:  "the keytab " + printable(path) + " cannot be used: " + why,
			hint:  "export it anew, with AES keys, for the account that --bind-user names",
			cause: cause,
		}
	}
	b, err := readFile(path, maxKeytab)
	if err != nil {
		return refuse(err.Error(), err)
	}
	c.keytab = keytab.New()
	if err := c.keytab.Unmarshal(b); err != nil {
		return refuse("it is not a keytab", nil) // gokrb5's error repeats the keys
	}
	user := c.name.NameString[0]
	for _, entry := range c.keytab.Entries {
		p := entry.Principal
		if len(p.Components) == 1 && strings.EqualFold(p.Components[0], user) &&
			(c.realm == "" || strings.EqualFold(p.Realm, c.realm)) && aes(entry.Key) {
			c.name, c.realm = account(p.Components[0]), p.Realm
			return nil
		}
	}
	return refuse("it holds no AES key of "+printable(strings.TrimSuffix(user+"@"+c.realm, "@")), nil)
}

// keytabKey is the newest key of the account of one of the kinds, in their order.
func (c *credential) keytabKey(kinds []int32) (types.EncryptionKey, bool) {
	for _, kind := range kinds {
		var newest types.EncryptionKey
		var made time.Time
		for _, entry := range c.keytab.Entries {
			if slices.Equal(entry.Principal.Components, c.name.NameString) && entry.Principal.Realm == c.realm &&
				entry.Key.KeyType == kind && !entry.Timestamp.Before(made) {
				newest, made = entry.Key, entry.Timestamp
			}
		}
		if len(newest.KeyValue) > 0 {
			return newest, true
		}
	}
	return types.EncryptionKey{}, false
}

// text names the account, for an error.
func (c *credential) text() string {
	return printable(c.name.PrincipalNameString() + "@" + c.realm)
}
