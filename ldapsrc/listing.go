package ldapsrc

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/go-ldap/ldap/v3"
)

const (
	// maxContainers is the most containers that one section lists: two to a server.
	maxContainers = 10000

	// atOnce is how many containers are listed side by side. A domain controller
	// keeps the results of ten paged searches to a connection (MaxResultSetsPerConn).
	atOnce = 8
)

// place is a container in which objects of a section lie.
type place struct {
	dn   string
	sure bool // where it shows nothing it is believed empty: it may be, and the account may read it, or that of which it is a part
}

// listing is what containers showed.
type listing struct {
	entries []entry
	empty   []place // those that showed nothing, or do not exist
	why     string  // why there may be more in the others
}

// list lists containers, object by object whatever its class, many at once. The
// objects of one mostly fit into one page, and paging costs a server more than they
// do: so they are asked for without, and page by page where they do not fit.
func (f *forest) list(ctx context.Context, places []place, attributes []string) listing {
	var all listing
	if len(places) > maxContainers {
		all.why = fmt.Sprintf("%d containers were not listed: more than %d", len(places)-maxContainers, maxContainers)
		places = places[:maxContainers]
	}
	answers := make([]found, len(places))
	errs := make([]error, len(places))
	var workers sync.WaitGroup
	next := make(chan int)
	for range min(atOnce, len(places)) {
		workers.Go(func() {
			for i := range next {
				q := query{base: places[i].dn, scope: ldap.ScopeSingleLevel, filter: everything, attributes: attributes, unpaged: true}
				answers[i], errs[i] = f.search(ctx, q)
				if isResult(errs[i], ldap.LDAPResultSizeLimitExceeded) {
					q.unpaged = false
					answers[i], errs[i] = f.search(ctx, q)
				}
			}
		})
	}
	for i := range places {
		next <- i
	}
	close(next)
	workers.Wait()
	for i, got := range answers {
		f.note(got.referrals)
		all.entries = append(all.entries, got.entries...)
		switch {
		case errs[i] != nil && !isResult(errs[i], ldap.LDAPResultNoSuchObject):
			all.why = cmp.Or(all.why, fmt.Sprintf("searching %s: %s", printable(places[i].dn), reason(errs[i])))
		case slices.ContainsFunc(got.referrals, f.matters):
			all.why = cmp.Or(all.why, fmt.Sprintf("searching %s: %s", printable(places[i].dn), elsewhere))
		case len(got.entries) == 0:
			all.empty = append(all.empty, places[i])
		}
	}
	f.complete(ctx, all.entries)
	return all
}

// readIn reads a section whose objects lie right in containers, by listing those. Only
// where one of them shows nothing, or the layout is not known, is the section asked for
// by class as well: its objects may be readable where their container is not. hidden
// are the objects that do not show their class.
func (f *forest) readIn(ctx context.Context, s section, places []place) (r reading, hidden []entry) {
	l := f.list(ctx, places, s.attributes)
	r.entries, hidden = s.sort(l.entries)
	r.why = l.why
	if len(l.empty) > 0 || len(places) == 0 || f.layout.why != "" {
		byClass := f.read(ctx, s)
		r.entries = union(r.entries, byClass.entries)
		r.why = cmp.Or(r.why, byClass.why)
		if s.inherited {
			l.empty = besides(l.empty, byClass.entries)
		}
	}
	r.why = cmp.Or(r.why, hiddenPlace(l.empty))
	if s.inherited {
		r.why = cmp.Or(r.why, f.layout.blind)
	} else {
		r.why = cmp.Or(r.why, f.layout.why)
	}
	return r, hidden
}

// besides is the places in which none of the objects lies. A search finds what lies in a
// container only where the account may list that: so one object tells that all of them
// were seen, though the container does not show itself.
func besides(places []place, objects []entry) []place {
	found := map[string]bool{}
	for _, e := range objects {
		found[strings.ToLower(parentOf(e.DN))] = true
	}
	return slices.DeleteFunc(places, func(p place) bool { return found[strings.ToLower(p.dn)] })
}

// readAll reads a section as readIn does, and takes what hides its class for a reason
// why the list may not be whole.
func (f *forest) readAll(ctx context.Context, s section, places []place) reading {
	r, hidden := f.readIn(ctx, s, places)
	r.why = cmp.Or(r.why, s.doubt(hidden))
	return r
}

// union joins two lists in the order of names, in which an object may stand in both.
func union(a, b []entry) []entry {
	all := slices.Concat(a, b)
	slices.SortStableFunc(all, func(a, b entry) int { return compareFold(a.DN, b.DN) })
	return slices.CompactFunc(all, func(a, b entry) bool { return strings.EqualFold(a.DN, b.DN) })
}
