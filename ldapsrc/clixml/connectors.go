package clixml

import (
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/stored"
)

// connector maps what Get-SendConnector and Get-ReceiveConnector show (confirmed).
func connector(o object) facts.Connector {
	return facts.Connector{
		Name:               o.name(),
		DN:                 o.dn(),
		Server:             serverIn(o.dn()),
		TLSCertificateName: o.certificateName("TlsCertificateName"),
	}
}

// certificateName is a property that names a certificate: its ToString is the stored
// text (confirmed).
func (o object) certificateName(property string) facts.Observed[facts.TLSCertificateName] {
	return decode(o.text(property), func(t facts.Text) facts.TLSCertificateName {
		if !t.Present {
			return facts.TLSCertificateName{}
		}
		return stored.TLSCertificateName(t.Value)
	})
}

// hybrid maps what Get-HybridConfiguration shows (confirmed). That the sending servers
// are the directory's transport servers, and the receiving ones its front ends, is
// believed. Features are shown by their names.
func hybrid(o object) facts.HybridConfiguration {
	return facts.HybridConfiguration{
		Name:                     o.name(),
		DN:                       o.dn(),
		TLSCertificateName:       o.certificateName("TlsCertificateName"),
		Features:                 decode(o.list("Features"), func(names []string) facts.Flags { return facts.Flags{Names: splitNames(names)} }),
		ServiceInstance:          o.optionalNumber("ServiceInstance"),
		Domains:                  o.list("Domains"),
		SmartHost:                o.text("OnPremisesSmartHost"),
		ClientAccessServers:      o.dns("ClientAccessServers"),
		TransportServers:         o.dns("SendingTransportServers"),
		FrontendTransportServers: o.dns("ReceivingTransportServers"),
		EdgeTransportServers:     o.dns("EdgeTransportServers"),
	}
}

// domainFlags are the properties of an accepted domain that the directory stores as bits
// of one number, with their names there (confirmed as properties).
var domainFlags = [...]struct {
	property, name string
	bit            int
}{
	{"Default", "Default", 2},
	{"OutboundOnly", "OutboundOnly", 8},
	{"IsCoexistenceDomain", "Coexistence", 11},
	{"InitialDomain", "Initial", 15},
	{"MatchSubDomains", "MatchSubdomains", 16},
}

// acceptedDomain maps what Get-AcceptedDomain shows (confirmed).
func acceptedDomain(o object) facts.AcceptedDomain {
	d := facts.AcceptedDomain{
		Name:   o.name(),
		DN:     o.dn(),
		Domain: o.text("DomainName"),
		Type:   o.word("DomainType"),
	}
	var f facts.Flags
	switch d.Type.Value {
	case facts.DomainExternalRelay:
		f.Raw.Value = 1
	case facts.DomainInternalRelay:
		f.Raw.Value = 2
	}
	for _, flag := range domainFlags {
		if strings.EqualFold(o.plain(flag.property), "true") {
			f.Raw.Value |= 1 << flag.bit
			f.Names = append(f.Names, flag.name)
		}
	}
	f.Raw.Present = true
	d.Flags = facts.Known(f)
	return d
}
