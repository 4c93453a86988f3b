package ldapsrc

import (
	"context"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

const classRPC = "msExchRpcHttpVirtualDirectory"

// services are the classes of the other virtual directories (Exchange's schema; that
// of MAPI over HTTP and of ActiveSync as observed in Exchange 2013 CU23).
var services = [...]struct{ class, service string }{
	{"msExchAutoDiscoverVirtualDirectory", facts.ServiceAutodiscover},
	{"msExchMapiVirtualDirectory", facts.ServiceMAPI},
	{"msExchWebServicesVirtualDirectory", facts.ServiceEWS},
	{"msExchOABVirtualDirectory", facts.ServiceOAB},
	{"msExchMobileVirtualDirectory", facts.ServiceActiveSync},
	{"msExchOWAVirtualDirectory", facts.ServiceOWA},
	{"msExchECPVirtualDirectory", facts.ServiceECP},
	{"msExchPowerShellVirtualDirectory", facts.ServicePowerShell},
}

// Attributes of a virtual directory. What each holds, and how, was observed in
// Exchange 2013 CU23; later versions are believed the same. Those of Outlook Anywhere
// have encodings of their own.
const (
	attrExternalHost = "msExchExternalHostName"              // a URL; of Outlook Anywhere its scheme is the SSL switch
	attrInternalHost = "msExchInternalHostName"              // likewise
	attrExternalAuth = "msExchExternalAuthenticationMethods" // flags; of Outlook Anywhere one flag
	attrIISAuth      = "msExchInternalAuthenticationMethods" // flags; of Outlook Anywhere what IIS accepts
	attrInternalAuth = "msExchManagementSettings"            // of Outlook Anywhere an ordinal, despite its name
	attrRPCFlags     = "msExchRpcHttpFlags"
	attrMetabasePath = "msExchMetabasePath"
)

// readVirtualDirectories reads the virtual directories of every server in every
// administrative group. One that hides its class is in the list all the same, with
// nothing known of it but its name: setup names that of Outlook Anywhere so that it
// can be told from the others.
func readVirtualDirectories(ctx context.Context, f *forest) facts.Observed[[]facts.VirtualDirectory] {
	s := section{
		what:      "virtual directory",
		base:      "CN=Administrative Groups," + f.orgDN,
		scope:     ldap.ScopeWholeSubtree,
		classes:   []string{classRPC},
		expected:  true,
		inherited: true,
		attributes: asking(attrExternalHost, attrInternalHost, attrExternalAuth, attrIISAuth,
			attrInternalAuth, attrRPCFlags, attrMetabasePath),
	}
	for _, k := range services {
		s.classes = append(s.classes, k.class)
	}
	r, hidden := f.readIn(ctx, s, f.layout.inServers(inHTTP))
	list := slices.Grow([]facts.VirtualDirectory(nil), len(r.entries)+len(hidden))
	for _, e := range slices.Concat(r.entries, hidden) {
		list = append(list, directoryOf(e))
	}
	slices.SortFunc(list, func(a, b facts.VirtualDirectory) int { return compareFold(a.DN, b.DN) })
	return observed(list, r.why)
}

func directoryOf(e entry) facts.VirtualDirectory {
	classes, said := e.values("objectClass")
	if !said && strings.HasPrefix(strings.ToLower(e.name()), "rpc (") {
		return outlookAnywhere(e)
	}
	service := ""
	for _, class := range slices.Backward(classes) { // its own is the last
		if strings.EqualFold(class, classRPC) {
			return outlookAnywhere(e)
		}
		for _, k := range services {
			if strings.EqualFold(class, k.class) {
				service = k.service
			}
		}
	}
	return otherDirectory(e, service)
}

func virtualDirectory(e entry, service string) facts.VirtualDirectory {
	rdns := rdnsOf(e.DN)
	name := nameIn(rdns, e.DN)
	return facts.VirtualDirectory{
		DN:      e.DN,
		Name:    name,
		Service: service,
		Server:  serverIn(rdns),
		BackEnd: strings.Contains(strings.ToLower(name), "(exchange back end)"),

		External:     publishedIn(e.text(attrExternalHost)),
		Internal:     publishedIn(e.text(attrInternalHost)),
		MetabasePath: e.text(attrMetabasePath),
	}
}

func outlookAnywhere(e entry) facts.VirtualDirectory {
	v := virtualDirectory(e, facts.ServiceRPC)
	v.ExternalAuthentication = decode(e.number(attrExternalAuth), externalMethod)
	v.InternalAuthentication = decode(e.number(attrInternalAuth), internalMethod)
	v.IISAuthentication = decode(e.number(attrIISAuth), iisMethods)
	v.RPCFlags = e.number(attrRPCFlags)
	return v
}

func otherDirectory(e entry, service string) facts.VirtualDirectory {
	v := virtualDirectory(e, service)
	v.ExternalMethods = decode(e.number(attrExternalAuth), methodFlags)
	v.InternalMethods = decode(e.number(attrIISAuth), methodFlags)
	return v
}

// serverOf is the name of the server that an object below it belongs to: the RDN
// after CN=Protocols.
func serverOf(dn string) string { return serverIn(rdnsOf(dn)) }

func serverIn(rdns []ldap.AttributeTypeAndValue) string {
	for i, rdn := range rdns {
		if strings.EqualFold(rdn.Value, "Protocols") && i+1 < len(rdns) {
			return rdns[i+1].Value
		}
	}
	return ""
}

// decode gives a stored value its meaning, where the value is known.
func decode[S, T any](o facts.Observed[S], meaning func(S) T) facts.Observed[T] {
	if !o.Known {
		return facts.Unknown[T](o.Why)
	}
	return facts.Known(meaning(o.Value))
}
