package ldapsrc

import (
	"context"
	"fmt"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

const (
	attrAcceptedName  = "msExchAcceptedDomainName"
	attrAcceptedFlags = "msExchAcceptedDomainFlags"
)

// acceptedTypeMask are the bits of the flags that are no flags but the type.
const acceptedTypeMask = 3

// acceptedBits are those of msExchAcceptedDomainFlags, as observed in Exchange 2013
// CU23; later versions are believed the same.
var acceptedBits = []bit{
	{1 << 2, "Default"},
	{1 << 8, "OutboundOnly"},
	{1 << 11, "Coexistence"},
	{1 << 15, "Initial"},
	{1 << 16, "MatchSubdomains"},
}

// readAcceptedDomains reads the SMTP domains of the organization.
func readAcceptedDomains(ctx context.Context, f *forest) facts.Observed[[]facts.AcceptedDomain] {
	return listOf(f.read(ctx, section{
		what:       "accepted domain",
		base:       "CN=Accepted Domains,CN=Transport Settings," + f.orgDN,
		scope:      ldap.ScopeSingleLevel,
		classes:    []string{"msExchAcceptedDomain"},
		attributes: asking(attrAcceptedName, attrAcceptedFlags),
		expected:   true,
	}), acceptedDomain)
}

func acceptedDomain(e entry) facts.AcceptedDomain {
	flags := e.number(attrAcceptedFlags)
	d := facts.AcceptedDomain{
		Name:   e.name(),
		DN:     e.DN,
		Domain: e.text(attrAcceptedName),
		Flags:  decode(flags, acceptedFlags),
		Type:   decode(flags, acceptedType),
	}
	if d.Type.Known && d.Type.Value == "" {
		d.Type = facts.Unknown[string](fmt.Sprintf("%s of %s holds %d, of which the type is not known",
			attrAcceptedFlags, printable(e.DN), flags.Value.Value))
	}
	return d
}

func acceptedFlags(n facts.Number) facts.Flags {
	return facts.Flags{Raw: n, Names: bitNames(uint32(n.Value)&^acceptedTypeMask, acceptedBits)}
}

// acceptedType is empty for the one number that has no name. Absent is 0 to Exchange.
func acceptedType(n facts.Number) string {
	switch n.Value & acceptedTypeMask {
	case 0:
		return facts.DomainAuthoritative
	case 1:
		return facts.DomainExternalRelay
	case 2:
		return facts.DomainInternalRelay
	}
	return ""
}

const (
	attrRemoteDomain = "domainName"
	attrRemoteTypes  = "msExchRoutingAcceptMessageType"
)

// targetDelivery marks the remote domain of the mailboxes in Exchange Online, as
// observed in Exchange 2013 CU23; later versions are believed the same.
const targetDelivery = 256

// readRemoteDomains reads the settings for other organizations' domains. Where they
// lie is believed.
func readRemoteDomains(ctx context.Context, f *forest) facts.Observed[[]facts.RemoteDomain] {
	return listOf(f.read(ctx, section{
		what:       "remote domain",
		base:       "CN=Internet Message Formats,CN=Global Settings," + f.orgDN,
		scope:      ldap.ScopeSingleLevel,
		classes:    []string{"msExchDomainContentConfig"},
		attributes: asking(attrRemoteDomain, attrRemoteTypes),
	}), func(e entry) facts.RemoteDomain {
		types := e.number(attrRemoteTypes)
		return facts.RemoteDomain{
			Name:          e.name(),
			DN:            e.DN,
			Domain:        e.text(attrRemoteDomain),
			AcceptedTypes: types,
			// Absent is 30 to Exchange, which is without the bit too.
			TargetDelivery: decode(types, func(n facts.Number) bool { return n.Value&targetDelivery != 0 }),
		}
	})
}
