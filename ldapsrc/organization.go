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

// readOrganization finds the Exchange organization, a child of CN=Microsoft
// Exchange in the configuration partition.
func readOrganization(ctx context.Context, d directory, root rootDSE, org *facts.Organization) error {
	base := "CN=Microsoft Exchange,CN=Services," + root.configuration
	got, err := d.search(ctx, query{
		base:       base,
		scope:      ldap.ScopeSingleLevel,
		filter:     "(objectClass=msExchOrganizationContainer)",
		attributes: asking("msExchOrganizationFlags2"),
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
	flags := first.number("msExchOrganizationFlags2")
	if flags.Known {
		// Absent is 0 to Exchange.
		org.MapiHTTPEnabled = facts.Known(flags.Value.Value&mapiHTTPEnabled != 0)
	} else {
		org.MapiHTTPEnabled = facts.Unknown[bool](flags.Why)
	}
	return nil
}
