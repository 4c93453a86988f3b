package ldapsrc

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

const (
	classServer = "msExchExchangeServer"
	classArray  = "msExchClientAccessArray" // a subclass of it

	// categoryArray marks arrays that are of the class of a server. A domain controller
	// takes a class's name for its category (MS-ADTS 3.1.1.3.1.3.5).
	categoryArray = "msExchClientAccessArrayLegacy"
)

// Attributes of a server.
const (
	attrNetworkAddress = "networkAddress"
	attrServerSite     = "msExchServerSite"
	attrVersionNumber  = "versionNumber"
	attrSerialNumber   = "serialNumber"
	attrRoles          = "msExchCurrentServerRoles"
)

// readMachines reads the objects of Exchange servers in every administrative group.
// Only the children of CN=Servers are machines: arrays, old ones of the class itself
// too, lie under CN=Arrays, and each server has transport objects of the class below it.
func (f *forest) readMachines(ctx context.Context) reading {
	r := f.read(ctx, section{
		what:       "Exchange server",
		base:       "CN=Administrative Groups," + f.orgDN,
		scope:      ldap.ScopeWholeSubtree,
		filter:     "(&(objectClass=" + classServer + ")(!(objectClass=" + classArray + ")))",
		attributes: asking(attrNetworkAddress, attrServerSite, attrVersionNumber, attrSerialNumber, attrRoles),
		expected:   true,
		inherited:  true,
	})
	r.entries = slices.DeleteFunc(r.entries, func(e entry) bool {
		return !strings.EqualFold(nameIn(rdnsOf(parentOf(e.DN)), ""), "Servers")
	})
	if len(r.entries) == 0 && r.why == "" {
		r.why = "no Exchange server is visible: " + hintRights
	}
	return r
}

// serversOf decodes the Exchange servers, and the Edge Transport servers apart. What
// lies beside them and hides its class may be one more of either.
func serversOf(r reading, l layout) (servers, edges facts.Observed[[]facts.Server]) {
	_, hidden := section{}.sort(l.servers)
	r.why = cmp.Or(r.why, l.refused, section{what: "Exchange server"}.doubt(hidden))
	var machines, edge []facts.Server
	doubt := r.why // why the Edge Transport servers may not be all
	for _, e := range r.entries {
		s := server(e)
		if s.Roles.Value.Raw.Value&roleEdge != 0 {
			edge = append(edge, s)
			continue
		}
		machines = append(machines, s)
		if doubt == "" && !s.Roles.Known {
			doubt = s.Roles.Why
		}
	}
	return observed(machines, r.why), observed(edge, doubt)
}

func server(e entry) facts.Server {
	return facts.Server{
		Name:          e.name(),
		DN:            e.DN,
		FQDN:          fqdn(e),
		Site:          site(e),
		Roles:         decode(e.number(attrRoles), rolesOf),
		VersionNumber: e.number(attrVersionNumber),
		Serial:        e.text(attrSerialNumber),
		Version:       version(e),
		Build:         decodeText(e, attrSerialNumber, serialOf),
	}
}

// readArrays reads the client access arrays. In their own container, objects of the
// class of a server are arrays too.
func readArrays(ctx context.Context, f *forest) facts.Observed[[]facts.Array] {
	s := section{
		what:       "client access array",
		base:       "CN=Administrative Groups," + f.orgDN,
		scope:      ldap.ScopeWholeSubtree,
		classes:    []string{classArray, classServer},
		filter:     "(|(objectClass=" + classArray + ")(objectCategory=" + categoryArray + "))",
		attributes: asking(attrNetworkAddress, attrServerSite),
	}
	return listOf(f.readAll(ctx, s, f.layout.arrays), func(e entry) facts.Array {
		return facts.Array{Name: e.name(), DN: e.DN, FQDN: fqdn(e), Site: site(e)}
	})
}

// fqdn picks a server's DNS name out of its addresses, one to a protocol sequence.
func fqdn(e entry) facts.Observed[facts.Text] {
	addresses := e.list(attrNetworkAddress)
	if !addresses.Known {
		return facts.Unknown[facts.Text](addresses.Why)
	}
	name, ok := tcpAddress(addresses.Value)
	if len(addresses.Value) > 0 && !ok {
		return facts.Unknown[facts.Text](fmt.Sprintf("%s of %s holds no DNS name, or several: %s",
			attrNetworkAddress, printable(e.DN), printable(fmt.Sprintf("%q", addresses.Value))))
	}
	return facts.Known(facts.Text{Present: ok, Value: name})
}

// tcpAddress is the one name behind "ncacn_ip_tcp:".
func tcpAddress(addresses []string) (name string, ok bool) {
	const prefix = "ncacn_ip_tcp:"
	for _, a := range addresses {
		if len(a) <= len(prefix) || !strings.EqualFold(a[:len(prefix)], prefix) {
			continue
		}
		if ok && !strings.EqualFold(name, a[len(prefix):]) {
			return "", false
		}
		name, ok = a[len(prefix):], true
	}
	return name, ok
}

// site is the name of the Active Directory site that a server says it is in.
func site(e entry) facts.Observed[facts.Text] {
	return decodeText(e, attrServerSite, func(dn string) (string, string) {
		rdns := rdnsOf(dn)
		if len(rdns) == 0 {
			return "", "is not a distinguished name"
		}
		return rdns[0].Value, ""
	})
}
