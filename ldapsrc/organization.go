package ldapsrc

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

// mapiHTTPEnabled is bit 10 of msExchOrganizationFlags2. Observed in Exchange 2013
// CU23; later versions are believed the same.
const mapiHTTPEnabled = 0x400

// Bits 13 to 16 of msExchOrganizationFlags2 are the HybridConfigurationStatus.
// Observed in Exchange 2013 CU23; later versions are believed the same.
const (
	hybridStatusMask  = 0x1E000
	hybridStatusShift = 13
)

// maxOthers is how many further organizations are named: a forest should hold none,
// and one that was migrated badly holds one.
const maxOthers = 8

// readOrganization finds the Exchange organization, a child of CN=Microsoft
// Exchange in the configuration partition.
func readOrganization(ctx context.Context, d directory, root rootDSE, org *facts.Organization) error {
	base := "CN=Microsoft Exchange,CN=Services," + root.configuration
	got, err := d.search(ctx, query{
		base:       base,
		scope:      ldap.ScopeSingleLevel,
		filter:     "(objectClass=msExchOrganizationContainer)",
		attributes: asking("msExchOrganizationFlags2", "objectVersion", "msExchProductId"),
	})
	if len(got.entries) == 0 {
		if err == nil || isResult(err, ldap.LDAPResultNoSuchObject) {
			return &failure{
				what: fmt.Sprintf("no Exchange organization in this forest, or none that this account may see (under %s)", printable(base)),
				hint: "name a domain controller of the forest that Exchange is in; if this is the one, " + hintRights,
			}
		}
		return fmt.Errorf("searching %s: %w", printable(base), err)
	}
	slices.SortFunc(got.entries, compareOrganizations)
	first := got.entries[0]
	org.DN = first.DN
	org.Others = others(first.DN, got.entries[1:], err)
	org.Name = facts.Known(first.name())
	org.Flags = first.number("msExchOrganizationFlags2")
	// Absent is 0 to Exchange.
	org.MapiHTTPEnabled = decode(org.Flags, func(n facts.Number) bool { return n.Value&mapiHTTPEnabled != 0 })
	org.HybridStatus = decode(org.Flags, func(n facts.Number) facts.Number {
		n.Value = n.Value & hybridStatusMask >> hybridStatusShift
		return n
	})
	org.ProductID = first.text("msExchProductId")
	org.Levels.Organization = first.number("objectVersion")
	return nil
}

// compareOrganizations puts the organization first that Exchange's setup prepared
// last: beside it, one of a lower level is what an older Exchange left behind. Of one
// level it is the first by name.
func compareOrganizations(a, b entry) int {
	level := func(e entry) int { return e.number("objectVersion").Value.Value } // 0 where it cannot be seen
	return cmp.Or(cmp.Compare(level(b), level(a)), compareFold(a.DN, b.DN))
}

// others are the organizations beside the one that is read. An error cut their list
// short.
func others(read string, entries []entry, err error) []facts.Other {
	var list []facts.Other
	only := fmt.Sprintf("; only %s was read: have remnants of other organizations removed", printable(read))
	several := fmt.Sprintf("the forest holds %d Exchange organizations, and should hold one", 1+len(entries))
	for _, e := range entries[:min(len(entries), maxOthers)] {
		list = append(list, facts.Other{DN: e.DN, Why: several + only})
	}
	switch {
	case err != nil:
		list = append(list, facts.Other{Why: "the forest may hold further Exchange organizations: " + reason(err)})
	case len(entries) > maxOthers:
		list = append(list, facts.Other{Why: several + only})
	}
	return list
}
