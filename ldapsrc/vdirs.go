package ldapsrc

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

const classRPC = "msExchRpcHttpVirtualDirectory"

// Attributes of an Outlook Anywhere virtual directory. What each holds, and how,
// was observed in Exchange 2013 CU23; later versions are believed the same.
const (
	attrExternalHost = "msExchExternalHostName"              // a URL; its scheme is the SSL switch
	attrInternalHost = "msExchInternalHostName"              // likewise
	attrExternalAuth = "msExchExternalAuthenticationMethods" // one flag
	attrInternalAuth = "msExchManagementSettings"            // an ordinal, despite its name
	attrIISAuth      = "msExchInternalAuthenticationMethods" // flags
	attrRPCFlags     = "msExchRpcHttpFlags"
)

// readVirtualDirectories reads the Outlook Anywhere virtual directories of every
// server in every administrative group.
func readVirtualDirectories(ctx context.Context, d directory, root rootDSE, orgDN string) facts.Observed[[]facts.VirtualDirectory] {
	base := "CN=Administrative Groups," + orgDN
	attributes := asking(attrExternalHost, attrInternalHost, attrExternalAuth, attrInternalAuth, attrIISAuth, attrRPCFlags)
	got, err := d.search(ctx, query{
		base:       base,
		scope:      ldap.ScopeWholeSubtree,
		filter:     "(objectClass=" + classRPC + ")",
		attributes: attributes,
	})
	if len(got.entries) == 0 && got.referrals == 0 && (err == nil || isResult(err, ldap.LDAPResultNoSuchObject)) {
		// By default Authenticated Users may read the servers, and not the containers
		// above them (Microsoft, "Exchange 2013 deployment permissions reference").
		got, err = searchForest(ctx, d, root, orgDN, classRPC, attributes)
	}
	list := virtualDirectoriesOf(got.entries)
	switch {
	case err != nil:
		return incomplete(list, fmt.Sprintf("searching %s: %s", printable(base), reason(err)))
	case got.referrals > 0:
		return incomplete(list, fmt.Sprintf("searching %s: %s", printable(base), elsewhere))
	case len(list) == 0:
		return facts.Unknown[[]facts.VirtualDirectory](fmt.Sprintf(
			"no Outlook Anywhere virtual directory under %s is visible: %s", printable(base), hintRights))
	}
	return facts.Known(list)
}

func virtualDirectoriesOf(entries []entry) []facts.VirtualDirectory {
	var list []facts.VirtualDirectory
	for _, e := range entries {
		name := e.name()
		list = append(list, facts.VirtualDirectory{
			DN:      e.DN,
			Name:    name,
			Service: facts.ServiceRPC,
			Server:  serverOf(e.DN),
			BackEnd: strings.Contains(strings.ToLower(name), "(exchange back end)"),

			External: publishedIn(e.text(attrExternalHost)),
			Internal: publishedIn(e.text(attrInternalHost)),

			ExternalAuthentication: decode(e.number(attrExternalAuth), externalMethod),
			InternalAuthentication: decode(e.number(attrInternalAuth), internalMethod),
			IISAuthentication:      decode(e.number(attrIISAuth), iisMethods),
			RPCFlags:               e.number(attrRPCFlags),
		})
	}
	slices.SortFunc(list, func(a, b facts.VirtualDirectory) int { return compareFold(a.DN, b.DN) })
	return list
}

// serverOf is the name of the server that a virtual directory belongs to: the RDN
// after CN=Protocols.
func serverOf(dn string) string {
	rdns := rdnsOf(dn)
	for i, rdn := range rdns {
		if strings.EqualFold(rdn.Value, "Protocols") && i+1 < len(rdns) {
			return rdns[i+1].Value
		}
	}
	return ""
}

// decode gives a number its meaning, where the number is known.
func decode[T any](n facts.Observed[facts.Number], meaning func(facts.Number) T) facts.Observed[T] {
	if !n.Known {
		return facts.Unknown[T](n.Why)
	}
	return facts.Known(meaning(n.Value))
}
