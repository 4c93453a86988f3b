package ldapsrc

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// result is a directory server's refusal of a request.
type result struct {
	code       int
	word       string // the data word of the diagnostic
	diagnostic string // the server's words, hostile
}

func (r *result) Error() string {
	text := fmt.Sprintf("LDAP result %d", r.code)
	if r.diagnostic != "" {
		text += ": " + printable(r.diagnostic)
	}
	return text
}

// resultOf tells a server's refusal from an error of the connection or of the
// library, which go-ldap numbers from 200 (ldap.ErrorNetwork).
func resultOf(err error) (*result, bool) {
	var e *ldap.Error
	if !errors.As(err, &e) || e.ResultCode >= ldap.ErrorNetwork {
		return nil, false
	}
	r := &result{code: int(e.ResultCode)}
	if e.Err != nil {
		r.diagnostic = e.Err.Error()
		r.word = dataWord(r.diagnostic)
	}
	return r, true
}

// forget drops a diagnostic in which the server repeats the password.
func (r *result) forget(secret string) {
	if secret != "" && strings.Contains(r.diagnostic, secret) {
		r.diagnostic = ""
	}
}

// isResult says whether the error is the server's refusal with this code.
func isResult(err error, code int) bool {
	var r *result
	return errors.As(err, &r) && r.code == code
}

// explainSearch says why a search was refused, and what to do about it. An error
// of the connection has been explained already.
func explainSearch(err error) error {
	var r *result
	if !errors.As(err, &r) {
		return err
	}
	f := &failure{what: r.Error(), hint: "try again, or name another domain controller", cause: r}
	switch r.code {
	case ldap.LDAPResultOperationsError:
		f.hint = "Active Directory answers so where nobody is bound: bind with a user (--bind-user)"
	case ldap.LDAPResultTimeLimitExceeded, ldap.LDAPResultSizeLimitExceeded, ldap.LDAPResultAdminLimitExceeded:
		f.what = fmt.Sprintf("the server's limit was reached (LDAP result %d)", r.code)
		f.hint = "ask another domain controller, or have its LDAP policy checked"
	case ldap.LDAPResultStrongAuthRequired:
		f.hint = hintSigning
	case ldap.LDAPResultReferral:
		f.what = "the server does not hold this part of the directory (LDAP result 10); its referral was not followed"
		f.hint = "name a domain controller of the forest that Exchange is in"
	case ldap.LDAPResultNoSuchObject:
		f.what = "not found, or not visible to this account (LDAP result 32)"
		f.hint = hintRights
	case ldap.LDAPResultInsufficientAccessRights:
		f.what = "insufficient rights (LDAP result 50)"
		f.hint = hintRights
	}
	return f
}

// Hints that several failures share.
const (
	hintRights = "bind with an account that may read the Exchange configuration; exprobe explain rights says what that takes"

	hintSigning = "the domain controller requires signing: use ldaps:// or --start-tls"
)
