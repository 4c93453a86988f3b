package ldapsrc

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

// maxReferrals is the most referrals that are noted: more than a forest has
// partitions that a search here could touch.
const maxReferrals = 20

// forest is the directory that is being read, with what is known about it already.
type forest struct {
	directory
	root   rootDSE
	orgDN  string
	layout layout

	mu        sync.Mutex
	referrals []string // met, and not followed
}

// section is one kind of object: where it lies and what is asked of it.
type section struct {
	what       string // for reasons, in the singular: "send connector"
	base       string
	scope      int
	classes    []string // an object of one of these is of the section
	filter     string   // takes the place of the classes in a search of a subtree
	attributes []string

	// expected: every organization has some, so that none is none seen. The others
	// may have none, which is believed where the account may read the base itself.
	expected bool

	// inherited: the objects lie below the servers, whose right to be read is
	// inherited by all below them, and not by the containers above (Microsoft,
	// "Exchange 2013 deployment permissions reference"). So where a container is
	// hidden, those that are found are all.
	inherited bool
}

// reading is what a section brought.
type reading struct {
	entries []entry // by distinguished name
	why     string  // why these may not be all; empty where they are
	unseen  bool    // nothing was seen, and nothing refused: it may be hidden or not exist
}

// everything is the filter that is true of every object, whatever the account may read
// of it (MS-ADTS 3.1.1.3.1.3.1). One that asks for a class compares an attribute that may
// be hidden, and finds nothing then.
const everything = "(objectClass=*)"

// byClass is the filter for the section's objects where they lie among others.
func (s section) byClass() string {
	switch {
	case s.filter != "":
		return s.filter
	case len(s.classes) == 1:
		return "(objectClass=" + s.classes[0] + ")"
	}
	return "(|(objectClass=" + strings.Join(s.classes, ")(objectClass=") + "))"
}

// sort picks the section's objects, by name, and those that hide what they are.
func (s section) sort(entries []entry) (own, hidden []entry) {
	slices.SortFunc(entries, func(a, b entry) int { return compareFold(a.DN, b.DN) })
	for _, e := range entries {
		classes, said := e.values("objectClass")
		ofSection := func(class string) bool {
			return slices.ContainsFunc(s.classes, func(c string) bool { return strings.EqualFold(c, class) })
		}
		switch {
		case !said:
			hidden = append(hidden, e)
		case len(s.classes) == 0 || slices.ContainsFunc(classes, ofSection):
			own = append(own, e)
		}
	}
	return own, hidden
}

// doubt says why a list may lack an object that hides its class.
func (s section) doubt(hidden []entry) string {
	if len(hidden) == 0 {
		return ""
	}
	return fmt.Sprintf("of %s the name alone is visible, so it may be one more %s: %s", printable(hidden[0].DN), s.what, hintRights)
}

// read reads a section. Whatever happens to it costs this section alone. What is
// asked of a container is everything in it, so that an object cannot hide by its class.
func (f *forest) read(ctx context.Context, s section) reading {
	q := query{base: s.base, scope: s.scope, filter: everything, attributes: s.attributes}
	if s.scope == ldap.ScopeWholeSubtree {
		q.filter = s.byClass()
	}
	got, err := f.search(ctx, q)
	f.note(got.referrals)
	lost := slices.ContainsFunc(got.referrals, f.matters)
	missing := isResult(err, ldap.LDAPResultNoSuchObject)
	f.complete(ctx, got.entries)
	entries, hidden := got.entries, []entry(nil)
	if s.scope != ldap.ScopeWholeSubtree {
		entries, hidden = s.sort(got.entries)
	} else {
		slices.SortFunc(entries, func(a, b entry) int { return compareFold(a.DN, b.DN) })
	}
	switch {
	case err != nil && !missing:
		return reading{entries: entries, why: fmt.Sprintf("searching %s: %s", printable(s.base), reason(err))}
	case lost:
		return reading{entries: entries, why: fmt.Sprintf("searching %s: %s", printable(s.base), elsewhere)}
	case len(got.entries) > 0 && missing: // on a later page: the rest went away
		return reading{entries: entries, why: fmt.Sprintf("searching %s: %s", printable(s.base), reason(err))}
	case len(entries)+len(hidden) > 0:
		return reading{entries: entries, why: s.doubt(hidden)}
	case (missing || s.expected) && under(s.base, f.orgDN):
		return f.readHidden(ctx, s, missing)
	case !s.expected && f.readable(ctx, s.base):
		return reading{}
	}
	return reading{unseen: true, why: s.notVisible()}
}

// readHidden looks for a section whose base is hidden, or seems empty.
func (f *forest) readHidden(ctx context.Context, s section, missing bool) reading {
	got, err := searchForest(ctx, f, s.byClass(), s.attributes)
	f.complete(ctx, got.entries)
	slices.SortFunc(got.entries, func(a, b entry) int { return compareFold(a.DN, b.DN) })
	r := reading{entries: got.entries}
	switch {
	case err != nil:
		r.why = fmt.Sprintf("searching %s: %s", printable(s.base), reason(err))
	case len(got.entries) > 0 && s.inherited:
	case len(got.entries) > 0:
		r.why = fmt.Sprintf("%s is not visible, so these may not be all: %s", printable(s.base), hintRights)
	case missing && !s.expected:
		r.unseen = true
		r.why = fmt.Sprintf("%s does not exist, or is not visible: %s", printable(s.base), hintRights)
	default:
		r.unseen = true
		r.why = s.notVisible()
	}
	return r
}

func (s section) notVisible() string {
	return fmt.Sprintf("no %s under %s is visible: %s", s.what, printable(s.base), hintRights)
}

// readable says whether the account may read the object itself.
func (f *forest) readable(ctx context.Context, dn string) bool {
	got, err := f.search(ctx, query{base: dn, scope: ldap.ScopeBaseObject, filter: everything, attributes: asking()})
	return err == nil && len(got.entries) == 1 && got.entries[0].readable()
}

// note remembers referrals for the report, each once.
func (f *forest) note(referrals []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range referrals {
		r = printable(r)
		if f.matters(r) && len(f.referrals) < maxReferrals && !slices.Contains(f.referrals, r) {
			f.referrals = append(f.referrals, r)
		}
	}
}

// matters says whether a referral leads to where something may be missed. The schema
// partition lies below the configuration partition, is referred to by each search of
// the whole of that, and holds no Exchange configuration.
func (f *forest) matters(referral string) bool {
	dn, ok := referred(referral)
	return !ok || f.root.schema == "" || !sameDN(dn, f.root.schema) && !under(dn, f.root.schema)
}

// listOf decodes a section's objects.
func listOf[T any](r reading, decode func(entry) T) facts.Observed[[]T] {
	var list []T
	for _, e := range r.entries {
		list = append(list, decode(e))
	}
	return observed(list, r.why)
}

// observed is a list that is complete where there is no reason why it is not.
func observed[T any](list []T, why string) facts.Observed[[]T] {
	if why != "" {
		return incomplete(list, why)
	}
	return facts.Known(list)
}
