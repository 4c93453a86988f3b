package ldapsrc

import (
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
	// An error beside entries cut the list short; one organization is what a forest has.
	first := slices.MinFunc(got.entries, func(a, b entry) int { return compareFold(a.DN, b.DN) })
	org.DN = first.DN
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
