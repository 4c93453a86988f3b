package ldapsrc

import (
	"context"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

// readSites reads the sites of Active Directory. Their container lies outside the
// organization, and every domain user may read it (Microsoft, "Exchange 2013
// deployment permissions reference").
func readSites(ctx context.Context, f *forest) facts.Observed[[]facts.Site] {
	r := f.read(ctx, section{
		what:       "site",
		base:       "CN=Sites," + f.root.configuration,
		scope:      ldap.ScopeSingleLevel,
		classes:    []string{"site"},
		attributes: asking(),
		expected:   true,
	})
	return listOf(r, func(e entry) facts.Site { return facts.Site{Name: e.name(), DN: e.DN} })
}
