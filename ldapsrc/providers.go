package ldapsrc

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

const classProvider = "msExchAutoDiscoverConfig"

// Attributes of an OutlookProvider. Their names and types are those of Exchange's
// schema; what each means is said at facts.Provider.
const (
	attrCertPrincipalName = "msExchAutoDiscoverCertPrincipalName"
	attrServer            = "msExchAutoDiscoverServer"
	attrTTL               = "msExchAutoDiscoverTTL"
	attrFlags             = "msExchAutoDiscoverFlags"
	attrClientVersions    = "msExchConfigurationXML"
)

// readProviders reads every OutlookProvider object, whatever its name.
//
// The filter takes any class: one that asks for the class finds only objects whose
// class the account may read, and a hidden EXPR would look like a missing one.
func readProviders(ctx context.Context, f *forest) facts.Observed[[]facts.Provider] {
	base := "CN=Outlook,CN=AutoDiscover,CN=Client Access," + f.orgDN
	attributes := asking(attrCertPrincipalName, attrServer, attrTTL, attrFlags, attrClientVersions)
	got, err := f.search(ctx, query{
		base:       base,
		scope:      ldap.ScopeSingleLevel,
		filter:     everything,
		attributes: attributes,
	})
	f.note(got.referrals)
	f.complete(ctx, got.entries)
	providers := providersOf(got.entries)
	switch {
	case err != nil && !isResult(err, ldap.LDAPResultNoSuchObject):
		return incomplete(providers, fmt.Sprintf("searching %s: %s", printable(base), reason(err)))
	case len(got.referrals) > 0:
		return incomplete(providers, fmt.Sprintf("searching %s: %s", printable(base), elsewhere))
	case len(providers) > 0:
		return facts.Known(providers)
	}
	// The container is hidden, or gone. Its children may be readable all the same,
	// but nobody can say that these are all.
	rest, _ := searchForest(ctx, f, "(objectClass="+classProvider+")", attributes)
	return incomplete(providersOf(rest.entries), fmt.Sprintf(
		"%s and its objects are not visible, or were removed: %s", printable(base), hintRights))
}

func providersOf(entries []entry) []facts.Provider {
	var providers []facts.Provider
	for _, e := range entries {
		if _, said := e.values("objectClass"); said && !e.isA(classProvider) {
			continue
		}
		providers = append(providers, facts.Provider{
			Name:                   e.name(),
			DN:                     e.DN,
			CertPrincipalName:      e.text(attrCertPrincipalName),
			Server:                 e.text(attrServer),
			TTL:                    e.number(attrTTL),
			Flags:                  e.number(attrFlags),
			RequiredClientVersions: e.text(attrClientVersions),
		})
	}
	slices.SortFunc(providers, func(a, b facts.Provider) int {
		if c := compareFold(a.Name, b.Name); c != 0 {
			return c
		}
		return compareFold(a.DN, b.DN)
	})
	return providers
}

// elsewhere is why a search with references is not complete.
const elsewhere = "a part of it lies on another server, and references are not followed: " +
	"name a domain controller of the forest that Exchange is in"

// searchForest looks in the whole configuration partition, and keeps what lies under
// the organization: a container may be hidden while its children are readable.
// References are no loss here: they lead to the other partitions.
func searchForest(ctx context.Context, f *forest, filter string, attributes []string) (found, error) {
	got, err := f.search(ctx, query{
		base:       f.root.configuration,
		scope:      ldap.ScopeWholeSubtree,
		filter:     filter,
		attributes: attributes,
		below:      f.orgDN,
	})
	f.note(got.referrals)
	return got, err
}
