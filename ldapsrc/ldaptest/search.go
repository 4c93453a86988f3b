package ldaptest

import (
	"strconv"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// query is a parsed search request.
type query struct {
	base       string
	scope      int
	sizeLimit  int
	typesOnly  bool
	filter     *ber.Packet
	attributes []string
	page       *page // nil: not paged
}

// page is the paged-results control. Its cookie is the number of entries sent so
// far, so that the server need not remember a search.
type page struct{ size, offset int }

func (r request) query() (query, result) {
	malformed := result{code: protocolError, diagnostic: errMalformed.Error()}
	c := r.op.Children
	if len(c) < 8 {
		return query{}, malformed
	}
	q := query{base: text(c[0]), filter: c[6]}
	scope, ok1 := c[1].Value.(int64)
	limit, ok2 := c[3].Value.(int64)
	q.typesOnly, _ = c[5].Value.(bool)
	if !ok1 || !ok2 || scope < scopeBase || scope > scopeSubtree {
		return query{}, malformed
	}
	q.scope, q.sizeLimit = int(scope), int(limit)
	for _, a := range c[7].Children {
		q.attributes = append(q.attributes, text(a))
	}
	for _, p := range r.controls {
		ctl, err := parseControl(p)
		if err != nil {
			return query{}, malformed
		}
		switch {
		case ctl.oid == oidPagedResults:
			if q.page = parsePage(ctl.value); q.page == nil {
				return query{}, malformed
			}
		case ctl.critical:
			return query{}, result{code: criticalUnavailable, diagnostic: "the control " + ctl.oid + " is not known"}
		}
	}
	return q, result{}
}

func parsePage(value []byte) *page {
	p, err := ber.DecodePacketErr(value)
	if err != nil || len(p.Children) != 2 {
		return nil
	}
	size, ok := p.Children[0].Value.(int64)
	if !ok || size < 0 {
		return nil
	}
	cookie := text(p.Children[1])
	if cookie == "" {
		return &page{size: int(size)}
	}
	offset, err := strconv.Atoi(cookie)
	if err != nil || offset < 0 {
		return nil
	}
	return &page{size: int(size), offset: offset}
}

// search answers a search request.
func (s *Server) search(r request, anonymous bool) []*ber.Packet {
	done := func(res result, controls ...*ber.Packet) *ber.Packet {
		return r.reply(searchDone, res, controls...)
	}
	q, res := r.query()
	if res.code != success {
		return []*ber.Packet{done(res)}
	}
	base, err := parseDN(q.base)
	if err != nil {
		return []*ber.Packet{done(result{code: invalidDNSyntax, diagnostic: err.Error()})}
	}
	if anonymous && s.options.Users != nil && (len(base) > 0 || q.scope != scopeBase) {
		return []*ber.Packet{done(result{code: operationsError,
			diagnostic: "00002020: Operation unavailable without authentication"})}
	}
	candidates, matched, ok := s.tree.find(base, q.scope)
	if !ok {
		return []*ber.Packet{done(result{code: noSuchObject, matched: matched,
			diagnostic: "0000208D: NameErr: DSID-03100241, problem 2001 (NO_OBJECT), data 0"})}
	}
	var found []*entry
	for _, e := range candidates {
		if matches(e, q.filter) == yes {
			found = append(found, e)
		}
	}
	limit := s.options.PageLimit
	if q.page != nil {
		if limit > 0 {
			q.page.size = min(q.page.size, limit)
		}
		limit = 0
	}
	if limit == 0 || q.sizeLimit > 0 && q.sizeLimit < limit {
		limit = q.sizeLimit
	}
	if limit > 0 && len(found) > limit {
		found, res.code = found[:limit], sizeLimitExceeded
	}
	var controls []*ber.Packet
	if q.page != nil {
		start := min(q.page.offset, len(found))
		end := min(start+q.page.size, len(found))
		cookie := ""
		if q.page.size > 0 && end < len(found) {
			cookie, res.code = strconv.Itoa(end), success
		}
		controls = append(controls, pageControl(cookie))
		found = found[start:end]
	}
	var packets []*ber.Packet
	for _, e := range found {
		packets = append(packets, r.message(q.shown(e, s.options.ValueLimit)))
	}
	return append(packets, done(res, controls...))
}

// shown is the entry as far as the client asked for it and may see it.
func (q query) shown(e *entry, limit int) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, searchEntry, nil, "")
	op.AppendChild(octets(e.dn))
	list := ber.NewSequence("")
	for _, a := range e.attributes {
		if !a.visible() {
			continue
		}
		if from, ok := q.wantsFrom(a.name); ok && from < len(a.values) {
			name, values := ranged(a, from, limit)
			list.AppendChild(q.attribute(name, values))
			continue
		}
		switch {
		case !q.wants(a.name):
		case limit > 0 && len(a.values) > limit:
			name, values := ranged(a, 0, limit)
			list.AppendChild(q.attribute(a.name, nil))
			list.AppendChild(q.attribute(name, values))
		default:
			list.AppendChild(q.attribute(a.name, a.values))
		}
	}
	op.AppendChild(list)
	return op
}

func (q query) attribute(name string, values []string) *ber.Packet {
	one := ber.NewSequence("")
	one.AppendChild(octets(name))
	set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
	if !q.typesOnly {
		for _, value := range values {
			set.AppendChild(octets(value))
		}
	}
	one.AppendChild(set)
	return one
}

// wants says whether the client asked for an attribute: by its name, by "*", or
// by naming none.
func (q query) wants(name string) bool {
	base, _, _ := strings.Cut(name, ";") // "member" asks for "member;range=0-9" too
	for _, want := range q.attributes {
		if want == "*" || strings.EqualFold(want, name) || strings.EqualFold(want, base) {
			return true
		}
	}
	return len(q.attributes) == 0
}

func pageControl(cookie string) *ber.Packet {
	value := ber.NewSequence("")
	value.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 0, ""))
	value.AppendChild(octets(cookie))
	c := ber.NewSequence("")
	c.AppendChild(octets(oidPagedResults))
	c.AppendChild(octets(string(value.Bytes())))
	return c
}
