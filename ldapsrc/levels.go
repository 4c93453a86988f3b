package ldapsrc

import (
	"context"
	"fmt"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

// readSchemaLevel reads the version of Exchange's schema, which setup keeps in the
// rangeUpper of an attribute that nothing has.
func readSchemaLevel(ctx context.Context, f *forest) facts.Observed[facts.Number] {
	if f.root.schema == "" {
		return facts.Unknown[facts.Number]("the RootDSE names no schema partition")
	}
	return f.readNumber(ctx, "CN=ms-Exch-Schema-Version-Pt,"+f.root.schema, "rangeUpper")
}

// readDomainLevel reads the version that setup left in the server's own domain.
func readDomainLevel(ctx context.Context, f *forest) facts.Observed[facts.Number] {
	if f.root.domain == "" {
		return facts.Unknown[facts.Number]("the RootDSE names no domain")
	}
	return f.readNumber(ctx, "CN=Microsoft Exchange System Objects,"+f.root.domain, "objectVersion")
}

// readNumber reads one number of one object.
func (f *forest) readNumber(ctx context.Context, dn, attribute string) facts.Observed[facts.Number] {
	got, err := f.search(ctx, query{
		base:       dn,
		scope:      ldap.ScopeBaseObject,
		filter:     everything,
		attributes: asking(attribute),
	})
	f.note(got.referrals)
	switch {
	case err != nil:
		return facts.Unknown[facts.Number](fmt.Sprintf("reading %s: %s", printable(dn), reason(err)))
	case len(got.entries) != 1:
		return facts.Unknown[facts.Number](fmt.Sprintf("reading %s: the server sent %d objects", printable(dn), len(got.entries)))
	}
	return got.entries[0].number(attribute)
}
