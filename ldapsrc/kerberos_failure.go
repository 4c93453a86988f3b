package ldapsrc

import (
	"context"
	"errors"
	"fmt"

	"github.com/jcmturner/gokrb5/v8/iana/errorcode"
	"github.com/jcmturner/gokrb5/v8/messages"
)

var (
	errNotAES = &failure{
		what: "the domain controller has only RC4 to offer for Kerberos, which is not understood here",
		hint: "allow AES for the account and for the domain controller (msDS-SupportedEncryptionTypes), " +
			"and set the account's password anew: that makes its AES keys",
	}
	errKDCReply = &failure{
		what: "the reply of the key distribution center cannot be used",
		hint: "check that --bind-kdc, or the Kerberos configuration, names a domain controller of the account's domain",
	}
	errImpostor = &failure{
		what: "the server could not prove that it is the domain controller whose name it gave",
		hint: "something may stand between: use ldaps://, and name the domain controller itself in the LDAP URL",
	}
	errNoLayer = &failure{
		what: "the server offers to sign or encrypt nothing, and the connection is not TLS",
		hint: "use ldaps:// or --start-tls",
	}
	errLayerOverTLS = &failure{
		what: "the server demands that Kerberos signs or encrypts although the connection is TLS",
		hint: hintPlainKerberos,
	}
)

// hintPlainKerberos is for servers that take Kerberos with signing alone.
const hintPlainKerberos = "use ldap:// without --start-tls, over which Kerberos encrypts by itself, or a simple bind over TLS"

const hintTicket = `get a new one with "kinit", or give a password or a keytab`

// explainKDC says why a key distribution center was not reached.
func explainKDC(err error, address string) error {
	text := printable(address)
	var f *failure
	if errors.As(explainNetwork(err, stageRequest), &f) && errors.Is(err, context.Canceled) {
		return f
	}
	what := "no answer"
	if f != nil {
		what = f.what
	}
	return &failure{
		what: fmt.Sprintf("asking the key distribution center %s: %s", text, what),
		hint: "check that TCP port 88 of the domain controller is open, or name another one with --bind-kdc; " +
			"a simple or NTLM bind needs none",
		cause: err,
	}
}

// explainKerberos says why a key distribution center, or the domain controller in
// its AP-REP, refused (RFC 4120 7.5.9). Errors of another kind stay what they are.
func explainKerberos(err error, c *credential, spn string) error {
	var refusal messages.KRBError
	if !errors.As(err, &refusal) {
		return err
	}
	f := &failure{
		what:  fmt.Sprintf("Kerberos error %d: %s", refusal.ErrorCode, printable(errorcode.Lookup(refusal.ErrorCode))),
		hint:  "name another domain controller, or ask who runs this one",
		cause: refusal,
	}
	credentials := func() { f.cause = errors.Join(refusal, errCredentials) }
	numbered := func(what string) { f.what = fmt.Sprintf("%s (Kerberos error %d)", what, refusal.ErrorCode) }
	switch refusal.ErrorCode {
	case errorcode.KDC_ERR_C_PRINCIPAL_UNKNOWN:
		numbered("the domain has no account " + c.text())
		f.hint = "give the account's logon name (sAMAccountName) with --bind-user, and its domain's DNS name with --bind-realm"
		credentials()
	case errorcode.KDC_ERR_S_PRINCIPAL_UNKNOWN:
		numbered("the domain knows no service " + printable(spn))
		f.hint = fmt.Sprintf(`check with "setspn -Q %s": a domain controller registers that name by itself; `+
			"name another one, or bind without Kerberos", printable(spn))
	case errorcode.KDC_ERR_ETYPE_NOSUPP:
		numbered("the domain has no AES key for " + c.text() + " or for " + printable(spn))
		f.hint = errNotAES.hint
	case errorcode.KDC_ERR_CLIENT_REVOKED:
		numbered("the account " + c.text() + " is disabled, locked out or expired")
		f.hint = "have it enabled, unlocked or extended, or use another account; do not try again at once"
		credentials()
	case errorcode.KDC_ERR_CLIENT_NOTYET, errorcode.KDC_ERR_POLICY:
		numbered("the domain's policy does not let " + c.text() + " log on now or from here")
		f.hint = "use another account, or change its logon hours, its workstations or its authentication policy"
		credentials()
	case errorcode.KDC_ERR_KEY_EXPIRED:
		numbered("the password of " + c.text() + " has expired or must be changed")
		f.hint = "change the password, then try again"
		credentials()
	case errorcode.KDC_ERR_PREAUTH_FAILED:
		numbered("the password of " + c.text() + " is wrong")
		f.hint = "check the password; do not try often: the account would be locked out"
		if c.keytab != nil {
			numbered("the key of " + c.text() + " in the keytab is wrong")
			f.hint = "the password was changed since the keytab was made: export it anew"
		}
		credentials()
	case errorcode.KRB_AP_ERR_TKT_EXPIRED, errorcode.KRB_AP_ERR_TKT_NYV:
		numbered("the ticket of " + c.text() + " has expired")
		f.hint = hintTicket
		credentials()
	case errorcode.KRB_AP_ERR_SKEW:
		numbered("this machine's clock is too far from the domain's")
		if !refusal.STime.IsZero() {
			numbered(fmt.Sprintf("this machine's clock is too far from the domain's, which showed %s",
				refusal.STime.UTC().Format("2006-01-02 15:04:05 UTC")))
		}
		f.hint = "set the clock by the domain's time server: five minutes are the most that Kerberos allows"
	case errorcode.KDC_ERR_WRONG_REALM:
		numbered("the key distribution center does not serve the realm " + printable(c.realm))
		f.hint = "give the DNS name of the account's domain with --bind-realm"
	case errorcode.KRB_AP_ERR_MODIFIED:
		numbered("the server cannot read the ticket for " + printable(spn))
		f.hint = "the name leads to another machine, or two accounts have the service name: " +
			fmt.Sprintf(`check with "setspn -Q %s"`, printable(spn))
	}
	return f
}
