package ldapsrc

import (
	"context"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// lost is the loss of a domain controller after the organization was found.
type lost struct {
	answers int // how many searches it had answered, at least the one for the organization
	cause   error
}

func (l *lost) Error() string { return "reading the organization: " + l.cause.Error() }
func (l *lost) Unwrap() error { return l.cause }

// watched is a session of which it is known how far it came.
type watched struct {
	*session
	answers int
	leaving error // its refusal to do any more
}

func (w *watched) search(ctx context.Context, q query) (found, error) {
	got, err := w.session.search(ctx, q)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.dead != nil:
	case leaving(err):
		w.leaving = err
	default:
		w.answers++
	}
	return got, err
}

// passed is what became of the URLs that did not give the organization, a line for
// each.
func passed(failures []error) []string {
	var lines []string
	for _, err := range failures {
		lines = append(lines, strings.ReplaceAll(err.Error(), "\n", "; ")) // several KDCs fail in one error
	}
	return lines
}

// leaving says whether a refusal is that of a server which will do no more work: one
// that is overloaded or shuts down (RFC 4511 A.2).
func leaving(err error) bool {
	return isResult(err, ldap.LDAPResultBusy) || isResult(err, ldap.LDAPResultUnavailable)
}

// lost is nil where the server was there to the end.
func (w *watched) lost() error {
	cause := firstOf(w.session.lost(), w.leaving)
	if cause == nil {
		return nil
	}
	return &lost{answers: 1 + w.answers, cause: cause}
}
