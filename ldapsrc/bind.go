package ldapsrc

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// denial is what a data word of result 49 means.
type denial struct {
	what        string
	hint        string
	credentials bool // it counts against the account, or would be the same everywhere
}

// channelBinding is how a domain controller refuses a client without channel
// binding; it has the code of a wrong password.
var channelBinding = denial{
	what: "the domain controller demands channel binding",
	hint: "this is not a wrong password: LdapEnforceChannelBinding is 2 on that domain controller; " +
		"bind with kerberos or ntlm, which send one over TLS, or name one that does not demand it",
}

// hintBindingSent is for binds that did send a channel binding.
const hintBindingSent = "this is not a wrong password: the channel binding that was sent is for another certificate than the " +
	"domain controller's own, so something between ends TLS (a balancer, a proxy, an inspection): name the domain " +
	"controller itself; a certificate that is signed with neither RSA nor ECDSA has no channel binding at all"

// denialOf returns the meaning of a data word. Except for 80090346
// (SEC_E_BAD_BINDINGS) the words are Win32 error codes in hexadecimal (MS-ERREF 2.2).
func denialOf(word string) (denial, bool) {
	switch word {
	case "80090346", "57":
		return channelBinding, true
	case "525":
		return denial{"there is no such user", "write the user as user@domain, DOMAIN\\user or a DN", true}, true
	case "52e":
		return denial{"the user name or the password is wrong",
			"check both; write the user as user@domain, DOMAIN\\user or a DN", true}, true
	case "530":
		return denial{"the account may not log on at this time", "use another account, or change its logon hours", true}, true
	case "531":
		return denial{"the account may not log on from this computer", "use another account, or run on another computer", true}, true
	case "532":
		return denial{"the password has expired", "change the password, then try again", true}, true
	case "533":
		return denial{"the account is disabled", "use another account, or have this one enabled", true}, true
	case "701":
		return denial{"the account has expired", "use another account, or have this one extended", true}, true
	case "773":
		return denial{"the password must be changed before the first logon", "change the password, then try again", true}, true
	case "775":
		return denial{"the account is locked out", "have it unlocked, or wait; do not try again at once", true}, true
	}
	return denial{}, false
}

// explainBind says why a bind was refused. An error of the connection has been
// explained already.
func (s *session) explainBind(err error, method BindMethod) error {
	var r *result
	if !errors.As(err, &r) {
		return explainNTLMClosed(err, method)
	}
	f := &failure{what: r.Error(), hint: "name another domain controller, or ask who runs this one", cause: r}
	switch r.code {
	case ldap.LDAPResultStrongAuthRequired:
		f.what = "the domain controller refuses binds that are not protected (LDAP result 8)"
		f.hint = hintSigning + ", or the kerberos bind, which signs and encrypts by itself"
		switch {
		case s.secure && method == BindKerberos:
			f.hint = hintPlainKerberos
		case s.secure:
			f.hint = "the connection is TLS already: ask who runs the domain controller what it demands"
		}
	case ldap.LDAPResultInvalidCredentials:
		d, ok := denialOf(r.word)
		if !ok {
			f.hint = "check the user name and the password"
			f.cause = errors.Join(r, errCredentials)
			break
		}
		f.what = fmt.Sprintf("%s (LDAP result 49, data %s)", d.what, r.word)
		f.hint = d.hint
		if d == channelBinding && s.secure && (method == BindKerberos || method == BindNTLM || method == BindSSPI) {
			f.what = fmt.Sprintf("the domain controller refuses the channel binding (LDAP result 49, data %s)", r.word)
			f.hint = hintBindingSent
		}
		if d.credentials {
			f.cause = errors.Join(r, errCredentials)
		}
	case ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultAuthMethodNotSupported:
		f.hint = "this kind of bind is not allowed here: bind with a user and a password"
	case ldap.LDAPResultInvalidDNSyntax:
		f.hint = "write the user as user@domain, DOMAIN\\user or a DN"
	}
	return f
}

// explainNTLMClosed adds what else a connection that ended may mean to an NTLM bind.
func explainNTLMClosed(err error, method BindMethod) error {
	if method != BindNTLM || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return err
	}
	return &failure{
		what:  err.Error() + ": so ends a server that does not know Active Directory's NTLM bind",
		hint:  "choose another bind: kerberos, or simple over TLS",
		cause: err,
	}
}

// explainStartTLS says why a connection did not become TLS.
func explainStartTLS(err error) error {
	var r *result
	if errors.As(err, &r) {
		return &failure{
			what:  fmt.Sprintf("the server refused StartTLS: %v", r),
			hint:  "the domain controller may have no certificate: give it one, or name another",
			cause: r,
		}
	}
	var f *failure
	if explained := explainCertificate(err); explained != nil {
		err = explained
	} else if errors.As(err, &f) && isClosed(f.cause) {
		err = explainClosed(f.cause, stageTLS)
	}
	return fmt.Errorf("starting TLS: %w", err)
}

// dataWord is the word after "data" in a diagnostic of Active Directory, such as
// "52e" in "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext
// error, data 52e, v1db1", in lower case; or "" where there is none.
func dataWord(diagnostic string) string {
	const before = ", data "
	diagnostic = strings.ToLower(diagnostic)
	i := strings.LastIndex(diagnostic, before)
	if i < 0 {
		return ""
	}
	rest := diagnostic[i+len(before):]
	end := strings.IndexFunc(rest, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) })
	if end < 0 {
		end = len(rest)
	}
	const digits = 8 // of a 32-bit number
	if end > digits {
		return ""
	}
	return rest[:end]
}
