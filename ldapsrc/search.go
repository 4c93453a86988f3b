package ldapsrc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

const (
	// pageSize is Active Directory's default MaxPageSize (MS-ADTS 3.1.1.3.4.6). Where
	// that is lower, the server sends smaller pages. Fewer pages are faster.
	pageSize = 1000

	// maxEntries is the most objects that one search may find: the virtual
	// directories, eighteen to a server, of a thousand servers and more.
	maxEntries = 20000

	// maxPages ends a server that gives a cookie for ever.
	maxPages = 100
)

var errTooMany = fmt.Errorf("more than %d objects or %d pages: the rest was not read", maxEntries, maxPages)

// directory is all that the code which reads an organization can do to one.
type directory interface {
	// search returns the entries in scope. Beside an error, which is safe to print,
	// it returns those that arrived before it.
	search(ctx context.Context, q query) (found, error)
}

// query is one search.
type query struct {
	base       string
	scope      int // ldap.ScopeBaseObject and its like
	filter     string
	attributes []string
	below      string // keep only what lies below this name; empty: everything
	unpaged    bool   // all is believed to fit into one page
}

// found is what a search brought.
type found struct {
	entries   []entry
	referrals []string // to other servers, as LDAP URLs; they are not followed
}

func (s *session) search(ctx context.Context, q query) (found, error) {
	s.intake.expect(q.attributes)
	all, err := pages(q, func(request *ldap.SearchRequest) (answer *ldap.SearchResult, err error) {
		err = s.within(ctx, func() (err error) {
			answer, err = s.conn.Search(request)
			return firstOf(err, s.intake.claim(answer))
		})
		return answer, err
	})
	if err != nil {
		return all, explainSearch(err)
	}
	return all, nil
}

// pages asks for page after page. Each has a request of its own: go-ldap changes
// the one that it is given.
func pages(q query, ask func(*ldap.SearchRequest) (*ldap.SearchResult, error)) (found, error) {
	var all found
	var cookie []byte
	for range maxPages {
		request := &ldap.SearchRequest{
			BaseDN:       q.base,
			Scope:        q.scope,
			DerefAliases: ldap.NeverDerefAliases,
			Filter:       q.filter,
			Attributes:   q.attributes,
		}
		if q.scope != ldap.ScopeBaseObject && !q.unpaged {
			paging := ldap.NewControlPaging(pageSize)
			paging.SetCookie(cookie)
			request.Controls = []ldap.Control{paging}
		}
		answer, err := ask(request)
		if answer != nil {
			for _, e := range answer.Entries {
				if q.below == "" || under(e.DN, q.below) {
					all.entries = append(all.entries, q.trimmed(e))
				}
			}
			if room := maxReferrals - len(all.referrals); room > 0 {
				all.referrals = append(all.referrals, answer.Referrals[:min(room, len(answer.Referrals))]...)
			}
		}
		if err != nil {
			return all, err
		}
		if len(all.entries) > maxEntries {
			all.entries = all.entries[:maxEntries]
			return all, errTooMany
		}
		if answer == nil {
			return all, errors.New("the server sent no answer")
		}
		next, ok := ldap.FindControl(answer.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok || len(next.Cookie) == 0 {
			return all, nil
		}
		cookie = next.Cookie
	}
	return all, errTooMany
}

// trimmed is an entry without what was not asked for, and without the second copy
// of each value that go-ldap keeps.
func (q query) trimmed(e *ldap.Entry) entry {
	e.Attributes = slices.DeleteFunc(e.Attributes, func(a *ldap.EntryAttribute) bool {
		a.ByteValues = nil
		base, _, _ := strings.Cut(a.Name, ";")
		return !slices.ContainsFunc(q.attributes, func(asked string) bool {
			plain, _, _ := strings.Cut(asked, ";")
			return strings.EqualFold(plain, base)
		})
	})
	return entry{e}
}
