package ldapsrc

import (
	"net/url"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// referred is the distinguished name in an LDAP URL (RFC 4516).
func referred(referral string) (dn string, ok bool) {
	u, err := url.Parse(referral)
	if err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" {
		return "", false
	}
	dn = strings.TrimPrefix(u.Path, "/")
	return dn, dn != ""
}

// sameDN compares distinguished names without regard to case.
func sameDN(a, b string) bool {
	first, err1 := ldap.ParseDN(a)
	second, err2 := ldap.ParseDN(b)
	return err1 == nil && err2 == nil && first.EqualFold(second)
}
