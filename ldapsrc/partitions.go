package ldapsrc

import (
	"context"
	"slices"

	"github.com/go-ldap/ldap/v3"
)

const (
	attrDNSRoot     = "dnsRoot"
	attrSystemFlags = "systemFlags"

	// partitionOfDomain marks the partitions that are domains: FLAG_CR_NTDS_DOMAIN
	// (MS-ADTS 2.2.10).
	partitionOfDomain = 2

	// maxDomains is the most domains of a forest that are noted.
	maxDomains = 1000
)

// readDomains reads the names of the forest's domains (MS-ADTS 6.1.1.2.1.1), which
// everybody may read who is bound. They only help to tell forests apart: what is not
// seen of them is no loss to an audit.
func readDomains(ctx context.Context, f *forest) []string {
	got, _ := f.search(ctx, query{
		base:       "CN=Partitions," + f.root.configuration,
		scope:      ldap.ScopeSingleLevel,
		filter:     everything,
		attributes: asking(attrDNSRoot, attrSystemFlags),
	})
	var domains []string
	for _, e := range got.entries {
		flags, name := e.number(attrSystemFlags), e.text(attrDNSRoot)
		domain, ok := hostName(name.Value.Value)
		if ok && flags.Value.Value&partitionOfDomain != 0 && len(domains) < maxDomains {
			domains = append(domains, domain)
		}
	}
	slices.Sort(domains)
	return slices.Compact(domains)
}
