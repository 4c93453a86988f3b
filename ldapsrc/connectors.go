package ldapsrc

import (
	"context"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

const attrTLSCertificate = "msExchSmtpTLSCertificate"

// readSendConnectors reads the send connectors, which lie in the routing groups.
func readSendConnectors(ctx context.Context, f *forest) facts.Observed[[]facts.Connector] {
	return listOf(f.readAll(ctx, section{
		what:       "send connector",
		base:       "CN=Administrative Groups," + f.orgDN,
		scope:      ldap.ScopeWholeSubtree,
		classes:    []string{"msExchRoutingSMTPConnector"},
		attributes: asking(attrTLSCertificate),
	}, f.layout.connections), connector)
}

// readReceiveConnectors reads the receive connectors, of which every transport server
// has some.
func readReceiveConnectors(ctx context.Context, f *forest) facts.Observed[[]facts.Connector] {
	return listOf(f.readAll(ctx, section{
		what:       "receive connector",
		base:       "CN=Administrative Groups," + f.orgDN,
		scope:      ldap.ScopeWholeSubtree,
		classes:    []string{"msExchSmtpReceiveConnector"},
		attributes: asking(attrTLSCertificate),
		expected:   true,
		inherited:  true,
	}, f.layout.inServers(inReceive)), connector)
}

func connector(e entry) facts.Connector {
	return facts.Connector{
		Name:               e.name(),
		DN:                 e.DN,
		Server:             serverOf(e.DN),
		TLSCertificateName: tlsCertificateNameIn(e.text(attrTLSCertificate)),
	}
}
