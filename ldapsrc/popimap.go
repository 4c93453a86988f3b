package ldapsrc

import (
	"context"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

const (
	classPOP  = "protocolCfgPOPServer"
	classIMAP = "protocolCfgIMAPServer"

	attrPopImapCertificate = "msExchPopImapX509CertificateName"
	attrPopImapProtection  = "msExchPopImapExtendedProtectionPolicy"
)

// readMailProtocols reads the POP3 and IMAP4 configurations of every server.
func readMailProtocols(ctx context.Context, f *forest) facts.Observed[[]facts.MailProtocol] {
	return listOf(f.readAll(ctx, section{
		what:       "POP3 or IMAP4 configuration",
		base:       "CN=Administrative Groups," + f.orgDN,
		scope:      ldap.ScopeWholeSubtree,
		classes:    []string{classPOP, classIMAP},
		attributes: asking(attrPopImapCertificate, attrPopImapProtection),
		expected:   true,
		inherited:  true,
	}, f.layout.inServers(inPOP3, inIMAP4)), mailProtocol)
}

func mailProtocol(e entry) facts.MailProtocol {
	p := facts.MailProtocol{
		Name:               e.name(),
		DN:                 e.DN,
		Server:             serverOf(e.DN),
		CertificateName:    e.text(attrPopImapCertificate),
		ExtendedProtection: e.number(attrPopImapProtection),
	}
	switch {
	case e.isA(classPOP):
		p.Protocol = facts.ProtocolPOP3
	case e.isA(classIMAP):
		p.Protocol = facts.ProtocolIMAP4
	}
	return p
}
