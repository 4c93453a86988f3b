package ldapsrc

import (
	"context"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

// Attributes of the hybrid configuration, as observed in Exchange 2013 CU23; later
// versions are believed the same.
const (
	attrHybridCertificate = "msExchCoexistenceSecureMailCertificateThumbprint" // holds <I>issuer<S>subject
	attrHybridFeatures    = "msExchCoexistenceFeatureFlags"
	attrHybridInstance    = "msExchManagementSettings" // bits 0 to 4; another thing than on a virtual directory
	attrHybridDomains     = "msExchCoexistenceDomains"
	attrHybridSmartHost   = "msExchCoexistenceOnPremisesSmartHost"
	attrHybridServers     = "msExchCoexistenceServers"
	attrHybridTransport   = "msExchCoexistenceTransportServers"
	attrHybridFrontend    = "msExchCoexistenceFrontendTransportServers"
	attrHybridEdge        = "msExchCoexistenceEdgeTransportServers"
)

const serviceInstanceMask = 0x1F

// readHybrids reads the hybrid configuration, one object in a container of its name.
func readHybrids(ctx context.Context, f *forest) facts.Observed[[]facts.HybridConfiguration] {
	return listOf(f.read(ctx, section{
		what:    "hybrid configuration",
		base:    "CN=Hybrid Configuration," + f.orgDN,
		scope:   ldap.ScopeSingleLevel,
		classes: []string{"msExchCoexistenceRelationship"},
		attributes: asking(attrHybridCertificate, attrHybridFeatures, attrHybridInstance, attrHybridDomains,
			attrHybridSmartHost, attrHybridServers, attrHybridTransport, attrHybridFrontend, attrHybridEdge),
	}), hybrid)
}

func hybrid(e entry) facts.HybridConfiguration {
	return facts.HybridConfiguration{
		Name:               e.name(),
		DN:                 e.DN,
		TLSCertificateName: tlsCertificateNameIn(e.text(attrHybridCertificate)),
		Features:           decode(e.number(attrHybridFeatures), featuresOf),
		ServiceInstance: decode(e.number(attrHybridInstance), func(n facts.Number) facts.Number {
			n.Value &= serviceInstanceMask
			return n
		}),
		Domains:                  e.list(attrHybridDomains),
		SmartHost:                e.text(attrHybridSmartHost),
		ClientAccessServers:      e.list(attrHybridServers),
		TransportServers:         e.list(attrHybridTransport),
		FrontendTransportServers: e.list(attrHybridFrontend),
		EdgeTransportServers:     e.list(attrHybridEdge),
	}
}
