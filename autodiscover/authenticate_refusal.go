package autodiscover

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// refusal says why nobody is signed in, in plain words, and what to do next.
type refusal struct {
	what, hint string
	denied     bool // the server has said no to the credentials
	cause      error
}

func (r *refusal) Error() string { return r.what }
func (r *refusal) Hint() string  { return r.hint }
func (r *refusal) Unwrap() error { return r.cause }

// maxSentence bounds, in bytes, an error and its next step.
const maxSentence = 1 << 10

// hintOf is the next step that an error knows, or "".
func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

// sentence is an error and its next step, fit to be printed.
func sentence(err error) string {
	text := err.Error() + ": " + hintOf(err)
	for len(text) > maxSentence {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

const (
	echoed = "the answer repeats the credentials, so it is not kept"

	hintAccount = `check the user (DOMAIN\user or user@domain) and the password; they are not sent again in this run, ` +
		"because a wrong password counts against the account each time"
)

var (
	errEchoed = &refusal{what: echoed,
		hint: "take the server for hostile or broken, and change what it was sent"}
	errNotVerified = &refusal{what: "no credentials are sent over a connection whose certificate is not verified",
		hint: "mend the certificate, or name its authority with --ca-file"}
)

// inList names the schemes of a server.
func inList(offered []string) string {
	if len(offered) == 0 {
		return "no scheme"
	}
	return clean(strings.Join(offered, ", "))
}

func notAsked(offered []string) error {
	what := "the server wants authentication (" + inList(offered) + ")"
	if len(offered) == 0 {
		what = "the server wants authentication and names no scheme"
	}
	return &refusal{what: what, hint: "--auth says how to sign in"}
}

func notOffered(scheme string, offered []string) error {
	return &refusal{
		what: fmt.Sprintf("the server offers %s, and not %s", inList(offered), scheme),
		hint: "nothing was sent: no other scheme than the one asked for is used; --auth chooses another, or allow " + scheme + " on the server",
	}
}

func noContext(scheme, host string) error {
	return &refusal{
		what: fmt.Sprintf("there is nothing to sign in to %s with %s", clean(host), scheme),
		hint: "name a user and a password, or choose another way with --auth",
	}
}

func credentialsRefused(scheme string) error {
	r := &refusal{what: "the " + scheme + " credentials were refused", hint: hintAccount, denied: true}
	if scheme != AuthBasic.scheme() {
		r.hint += "; a server with Extended Protection refuses a right password as well where something before it ends TLS"
	}
	return r
}

func ticketRefused(host string) error {
	return &refusal{
		what: "the server refused the Kerberos ticket",
		hint: fmt.Sprintf(`check with "setspn -Q HTTP/%s" that the name belongs to the account that the server runs as; `+
			"with Extended Protection, nothing may end TLS before the server", clean(host)),
	}
}

func newChallenge(scheme string) error {
	return &refusal{
		what: "the server answers the last message of the " + scheme + " handshake with a new challenge",
		hint: "the credentials may be wrong, or something before it leads one connection to several servers, which " + scheme +
			" does not survive: give it affinity, or audit each server with --connect-to; they are not sent again in this run",
		denied: true,
	}
}

func noChallenge(scheme string, offered []string) error {
	return &refusal{
		what: fmt.Sprintf("the server offers %s, and does not answer its first message with a challenge (it offers %s)", scheme, inList(offered)),
		hint: "something before it may take the message out: audit the server itself with --connect-to",
	}
}

func tooManyRounds(scheme string) error {
	return &refusal{
		what:   fmt.Sprintf("the %s handshake did not end after %d rounds", scheme, maxRounds),
		hint:   "the server or something before it is broken: audit the server itself with --connect-to",
		denied: true,
	}
}

func outOfStep(scheme string) error {
	return &refusal{
		what: "the " + scheme + " handshake is over, and the server goes on asking",
		hint: "the server or something before it is broken: audit the server itself with --connect-to",
	}
}

func badToken(scheme string, err error) error {
	return &refusal{
		what:  fmt.Sprintf("the server answers the %s handshake with %v", scheme, err),
		hint:  "something before it may change headers: audit the server itself with --connect-to",
		cause: err,
	}
}

// contextFailed says what a security context could not do. Its own next step is kept.
func contextFailed(scheme, host string, err error) error {
	if hintOf(err) == "" {
		err = &refusal{what: err.Error(), hint: "choose another way to sign in with --auth", cause: err}
	}
	return fmt.Errorf("signing in to %s with %s: %w", clean(host), scheme, err)
}

// broken says what became of a connection in a handshake. Time and the end of the
// audit are left to explain.
func broken(ctx context.Context, scheme string, err error) error {
	var r *refusal
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case hintOf(err) != "":
		return err
	case connectionLost(err):
		r = &refusal{
			what: "the connection was closed in the " + scheme + " handshake, which has to go over one connection",
			hint: "let the server, and what stands before it, keep connections alive for " + scheme + ", or audit the server itself with --connect-to",
		}
	case strings.Contains(err.Error(), "response headers exceeded"): // net/http has no error value for it
		r = &refusal{
			what: fmt.Sprintf("the server answers the %s handshake with a header of more than %d bytes", scheme, maxHeaders),
			hint: "something before it may change headers: audit the server itself with --connect-to",
		}
	default:
		return fmt.Errorf("in the %s handshake: %w", scheme, err)
	}
	r.cause = err
	return r
}

// tokenRefused reads what a server says about a token (RFC 6750 3.1).
func tokenRefused(host string, headers []string) error {
	r := &refusal{what: "the token was refused", denied: true,
		hint: fmt.Sprintf("get a new one for the audience https://%s", clean(host))}
	parameters := parametersOf(headers, AuthBearer.scheme())
	if code := parameters["error"]; code != "" {
		r.what += " (" + clean(code) + ")"
	}
	switch parameters["error"] {
	case "invalid_token":
		r.what += ": it has expired, does not hold yet, was changed, or is for another service"
	case "insufficient_scope":
		r.what += ": it does not give enough rights"
		r.hint = "get one with the scope EWS.AccessAsUser.All for the audience https://" + clean(host)
	}
	if text := parameters["error_description"]; text != "" {
		r.what += fmt.Sprintf("; the server says %q", clean(text))
	}
	return r
}

// parametersOf are the parameters of a scheme's challenge, by their names in lower
// case (RFC 9110 11.2).
func parametersOf(headers []string, scheme string) map[string]string {
	found := map[string]string{}
	for _, header := range headers {
		inside := false
		for _, item := range splitUnquoted(header) {
			if name, rest, _ := strings.Cut(item, " "); isToken(name) && !strings.HasPrefix(strings.TrimSpace(rest), "=") {
				inside = strings.EqualFold(name, scheme)
				item = rest
			}
			name, value, ok := strings.Cut(item, "=")
			name = strings.ToLower(strings.TrimSpace(name))
			if _, again := found[name]; inside && ok && !again && isToken(name) && len(found) < maxSchemes {
				found[name] = unquote(strings.TrimSpace(value))
			}
		}
	}
	return found
}

// unquote takes a quoted string of RFC 9110 5.6.4 out of its quotes.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' && i < len(s)-2 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
