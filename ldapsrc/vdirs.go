package ldapsrc

import (
	"context"
	"slices"
	"strings"
	"sync"

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
// administrative group. Those of Outlook Anywhere have a search of their own: what it
// finds is known for one even where the account may not read its class.
func readVirtualDirectories(ctx context.Context, f *forest) facts.Observed[[]facts.VirtualDirectory] {
	s := section{
		what:      "Outlook Anywhere virtual directory",
		base:      "CN=Administrative Groups," + f.orgDN,
		scope:     ldap.ScopeWholeSubtree,
		filter:    "(objectClass=" + classRPC + ")",
		expected:  true,
		inherited: true,
		attributes: asking(attrExternalHost, attrInternalHost, attrExternalAuth, attrIISAuth,
			attrInternalAuth, attrRPCFlags, attrMetabasePath),
	}
	other := s
	other.what = "other virtual directory"
	other.attributes = asking(attrExternalHost, attrInternalHost, attrExternalAuth, attrIISAuth, attrMetabasePath)
	other.filter = "(|"
	for _, k := range services {
		other.filter += "(objectClass=" + k.class + ")"
	}
	other.filter += ")"

	// At once: while the one is decoded, the server looks for the other.
	var rpc, others reading
	var both sync.WaitGroup
	both.Go(func() { rpc = f.read(ctx, s) })
	both.Go(func() { others = f.read(ctx, other) })
	both.Wait()

	machines, _ := f.search(ctx, query{base: "CN=Administrative Groups," + f.orgDN, scope: ldap.ScopeWholeSubtree,
		filter: "(objectClass=" + classServer + ")", attributes: asking()})
	hidden, doubt := f.hiddenIn(ctx, httpContainers(slices.Concat(rpc.entries, others.entries), machines.entries))

	var list []facts.VirtualDirectory
	for _, e := range rpc.entries {
		list = append(list, outlookAnywhere(e))
	}
	for _, e := range hidden {
		if strings.HasPrefix(strings.ToLower(e.name()), "rpc (") { // the name that setup gives it; the class is hidden too
			list = append(list, outlookAnywhere(e))
		} else {
			list = append(list, virtualDirectory(e, ""))
		}
	}
	for _, e := range others.entries {
		list = append(list, otherDirectory(e))
	}
	slices.SortFunc(list, func(a, b facts.VirtualDirectory) int { return compareFold(a.DN, b.DN) })
	why := rpc.why
	if why == "" {
		why = doubt
	}
	if why == "" && !others.unseen {
		why = others.why
	}
	return observed(list, why)
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

func otherDirectory(e entry) facts.VirtualDirectory {
	service := ""
	for _, k := range services {
		if e.isA(k.class) {
			service = k.service
		}
	}
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
