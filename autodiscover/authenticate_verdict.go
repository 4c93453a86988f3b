package autodiscover

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// verdict is what an answer to credentials says about them.
type verdict int

const (
	unsettled verdict = iota // nothing
	accepted                 // they are right, or cost nothing if they are wrong
	denied                   // the server says no
	doubtful                 // they went out, and nobody knows
)

// verdictOf judges what authorize gave. Only a server that gave what was asked for, a
// document or the way to one, has proved the credentials right; with 403 some gateways say that a password
// is wrong, and with a login page, under whatever status, others do. A server that did
// not answer leaves a doubt. Where a wrong guess is free, there is none.
func verdictOf(sent string, r reply, err error, document, free bool) verdict {
	var no *refusal
	switch {
	case sent == "":
		return unsettled
	case errors.As(err, new(harmless)):
		return accepted
	case errors.As(err, &no) && no.denied, err == nil && r.status == http.StatusForbidden && sent == AuthBasic.scheme():
		return denied
	case err == nil && (document || leadsOn(r) || free && r.status >= 200 && r.status < 300):
		return accepted
	case err == nil && free:
		return unsettled
	}
	return doubtful
}

// leadsOn says that a reply sends the client to another Autodiscover URL, as no login
// page does. Clients take no other path for one (EWS Managed API, AutodiscoverService).
func leadsOn(r reply) bool {
	u, err := url.Parse(r.header.Get("Location"))
	return isRedirect(r) && err == nil && strings.HasSuffix(strings.ToLower(u.Path), "/autodiscover.xml")
}

// harmless is an error that does not count against the account: of a ticket or a token.
type harmless struct{ error }

func (h harmless) Unwrap() error { return h.error }

func free(err error) error {
	if err == nil {
		return nil
	}
	return harmless{err}
}
