package facts

import (
	"slices"
	"strings"
)

// TLSCertificateName names a certificate by issuer and subject, as "<I>issuer<S>subject"
// (parameter TlsCertificateName; type SmtpX509Identifier). Exchange compares it without
// regard to case after writing both names anew; issuer and subject are for display
// alone. The zero value is an absent attribute.
type TLSCertificateName struct {
	Raw     Text   `json:"raw"`
	Issuer  string `json:"issuer,omitempty"` // may be left out
	Subject string `json:"subject,omitempty"`
	Problem string `json:"problem,omitempty"` // why the text is no such name; Exchange then reads it as nothing
}

// Names says whether the text names a certificate: by issuer and subject, or by the
// subject alone where it holds no issuer.
func (n TLSCertificateName) Names(c Certificate) bool {
	return n.Subject != "" && SameName(n.Subject, c.Subject) && (n.Issuer == "" || SameName(n.Issuer, c.Issuer))
}

// Resembles says whether a certificate is of the same common name as the text: the
// one that a renewal under another issuer or with another subject leaves.
func (n TLSCertificateName) Resembles(c Certificate) bool {
	parts, _ := nameParts(n.Subject)
	for _, name := range c.CommonNames {
		if slices.Contains(parts, "CN="+strings.Join(strings.Fields(lowerASCII(name)), " ")) {
			return true
		}
	}
	return false
}

// Connector is a send connector (class msExchRoutingSMTPConnector) or a receive
// connector (msExchSmtpReceiveConnector).
type Connector struct {
	Name   string `json:"name"`
	DN     string `json:"dn"`
	Server string `json:"server,omitempty"` // of a receive connector

	TLSCertificateName Observed[TLSCertificateName] `json:"tlsCertificateName,omitzero"` // msExchSmtpTLSCertificate
}

// HybridConfiguration is the object that the Hybrid Configuration wizard writes
// (class msExchCoexistenceRelationship). Its attributes were observed in Exchange 2013
// CU23; later versions are believed the same.
type HybridConfiguration struct {
	Name string `json:"name"`
	DN   string `json:"dn"`

	// TLSCertificateName is msExchCoexistenceSecureMailCertificateThumbprint, which
	// holds no thumbprint.
	TLSCertificateName Observed[TLSCertificateName] `json:"tlsCertificateName,omitzero"`

	Features        Observed[Flags]    `json:"features,omitzero"`        // msExchCoexistenceFeatureFlags
	ServiceInstance Observed[Number]   `json:"serviceInstance,omitzero"` // bits 0 to 4 of msExchManagementSettings
	Domains         Observed[[]string] `json:"domains,omitzero"`         // msExchCoexistenceDomains; one may begin "autod:"
	SmartHost       Observed[Text]     `json:"smartHost,omitzero"`       // msExchCoexistenceOnPremisesSmartHost

	// Servers, as the directory names them.
	ClientAccessServers      Observed[[]string] `json:"clientAccessServers,omitzero"`      // msExchCoexistenceServers
	TransportServers         Observed[[]string] `json:"transportServers,omitzero"`         // msExchCoexistenceTransportServers
	FrontendTransportServers Observed[[]string] `json:"frontendTransportServers,omitzero"` // msExchCoexistenceFrontendTransportServers
	EdgeTransportServers     Observed[[]string] `json:"edgeTransportServers,omitzero"`     // msExchCoexistenceEdgeTransportServers
}

// The uses of a certificate that is stored by thumbprint.
const (
	UseCurrent  = "current"
	UsePrevious = "previous"
	UseNext     = "next"
)

// Thumbprint refers to a certificate by the SHA-1 of its DER. The zero value is an
// absent attribute.
type Thumbprint struct {
	Raw     Text   `json:"raw"`
	Use     string `json:"use,omitempty"`     // UseCurrent and its like
	Value   string `json:"value,omitempty"`   // forty hexadecimal digits, in upper case
	Problem string `json:"problem,omitempty"` // why the text is no thumbprint with a use
}

// AuthConfiguration is the OAuth configuration (class msExchAuthAuthConfig).
type AuthConfiguration struct {
	Name string `json:"name"`
	DN   string `json:"dn"`

	Thumbprints           Observed[[]Thumbprint] `json:"thumbprints,omitzero"`           // msExchAuthCertificateThumbprint
	NextEffective         Observed[Instant]      `json:"nextEffective,omitzero"`         // msExchAuthNextEffectiveDate
	Realm                 Observed[Text]         `json:"realm,omitzero"`                 // msExchAuthRealm
	ApplicationIdentifier Observed[Text]         `json:"applicationIdentifier,omitzero"` // msExchAuthApplicationIdentifier
}

// FederationTrust is a trust with the federation gateway (class msExchFedTrust).
type FederationTrust struct {
	Name string `json:"name"`
	DN   string `json:"dn"`

	Current  Observed[Thumbprint] `json:"current,omitzero"`  // msExchFedOrgPrivCertificate
	Next     Observed[Thumbprint] `json:"next,omitzero"`     // msExchFedOrgNextPrivCertificate
	Previous Observed[Thumbprint] `json:"previous,omitzero"` // msExchFedOrgPrevPrivCertificate
}

// The protocols of a MailProtocol.
const (
	ProtocolPOP3  = "pop3"  // protocolCfgPOPServer
	ProtocolIMAP4 = "imap4" // protocolCfgIMAPServer
)

// MailProtocol is the POP3 or IMAP4 configuration of one server.
type MailProtocol struct {
	Name     string `json:"name"`
	DN       string `json:"dn"`
	Protocol string `json:"protocol"` // ProtocolPOP3 or ProtocolIMAP4; empty where the class could not be read
	Server   string `json:"server"`

	CertificateName    Observed[Text]   `json:"certificateName,omitzero"`    // msExchPopImapX509CertificateName, a host name (believed)
	ExtendedProtection Observed[Number] `json:"extendedProtection,omitzero"` // msExchPopImapExtendedProtectionPolicy, undecoded
}
