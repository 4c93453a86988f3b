package facts

import "strings"

// The names that Exchange gives to its OutlookProvider objects. Other names are
// allowed and are published too.
const (
	EXPR = "EXPR" // Outlook Anywhere, outside
	EXCH = "EXCH" // inside; since Exchange 2013 it feeds the internal EXHTTP node
	WEB  = "WEB"  // Outlook on the web
)

// Organization is what one directory holds about Exchange. A forest has one
// Exchange organization; every fact here is one value for all of it.
type Organization struct {
	Directory  string           `json:"directory"`            // the LDAP URL that was asked, e.g. "ldaps://dc1.contoso.com", or the folder that was read
	Exported   bool             `json:"exported,omitempty"`   // read from what the Exchange Management Shell exported, and not from a directory
	Insecure   string           `json:"insecure,omitempty"`   // how the connection was not protected, e.g. "plain LDAP"; empty when it was
	DomainName string           `json:"domainName,omitempty"` // defaultNamingContext as a DNS name; of an export the root of the forest
	Controller Observed[string] `json:"controller,omitzero"`  // dnsHostName of the domain controller that answered

	// Domains are the DNS names of the forest's domains as far as they were seen, by
	// which a domain controller that did not answer is known for one of the forest's.
	Domains []string `json:"domains,omitempty"`

	Name Observed[string] `json:"name,omitzero"` // the organization's name
	DN   string           `json:"dn,omitempty"`  // its distinguished name, as the directory wrote it

	// MapiHTTPEnabled is bit 10 of msExchOrganizationFlags2. Clients that use
	// MAPI over HTTP never receive a certificate principal name.
	MapiHTTPEnabled Observed[bool] `json:"mapiHttpEnabled,omitzero"`

	// Providers are all objects of class msExchAutoDiscoverConfig. Known means
	// that the list is complete: a name that is not in it does not exist.
	Providers Observed[[]Provider] `json:"providers,omitzero"`

	// VirtualDirectories are those of every server, of every service that is read.
	VirtualDirectories Observed[[]VirtualDirectory] `json:"virtualDirectories,omitzero"`

	// Flags is msExchOrganizationFlags2, undecoded. HybridStatus is its bits 13 to
	// 16, which Exchange calls HybridConfigurationStatus; absent where no flags are
	// stored. Observed in Exchange 2013 CU23; later versions are believed the same.
	Flags        Observed[Number] `json:"flags,omitzero"`
	HybridStatus Observed[Number] `json:"hybridStatus,omitzero"`

	ProductID Observed[Text] `json:"productId,omitzero"` // msExchProductId, e.g. "15.02.1748.008"
	Levels    Levels         `json:"levels,omitzero"`

	// Servers are the Exchange servers; Edges are Edge Transport servers, which are
	// subscribed and belong to no domain; Arrays are client access arrays, which are
	// names and no machines. The directory gives all three the same class.
	Servers Observed[[]Server] `json:"servers,omitzero"`
	Edges   Observed[[]Server] `json:"edges,omitzero"`
	Arrays  Observed[[]Array]  `json:"arrays,omitzero"`
	Sites   Observed[[]Site]   `json:"sites,omitzero"` // of Active Directory

	// ConnectionPoints are Autodiscover's service connection points of the forest.
	ConnectionPoints Observed[[]ConnectionPoint] `json:"connectionPoints,omitzero"`

	// What refers to a certificate, by name or by thumbprint.
	SendConnectors    Observed[[]Connector]           `json:"sendConnectors,omitzero"`
	ReceiveConnectors Observed[[]Connector]           `json:"receiveConnectors,omitzero"`
	Hybrids           Observed[[]HybridConfiguration] `json:"hybrids,omitzero"`
	Auths             Observed[[]AuthConfiguration]   `json:"auths,omitzero"`
	FederationTrusts  Observed[[]FederationTrust]     `json:"federationTrusts,omitzero"`
	MailProtocols     Observed[[]MailProtocol]        `json:"mailProtocols,omitzero"` // POP3 and IMAP4

	// Namespaces and partners.
	AcceptedDomains             Observed[[]AcceptedDomain]             `json:"acceptedDomains,omitzero"`
	RemoteDomains               Observed[[]RemoteDomain]               `json:"remoteDomains,omitzero"`
	OrganizationRelationships   Observed[[]OrganizationRelationship]   `json:"organizationRelationships,omitzero"`
	IntraOrganizationConnectors Observed[[]IntraOrganizationConnector] `json:"intraOrganizationConnectors,omitzero"`
	AvailabilityAddressSpaces   Observed[[]AvailabilityAddressSpace]   `json:"availabilityAddressSpaces,omitzero"`

	// Others are further Exchange organizations in the same forest, none of which was
	// read. A forest should hold none.
	Others []Other `json:"others,omitempty"`

	// Passed are the LDAP URLs that were tried beside Directory and did not give the
	// organization, or less of it, each with the reason.
	Passed []string `json:"passed,omitempty"`

	// Missing says what an export lacks: cmdlets that were not exported, and files that
	// could not be read or that hold something else.
	Missing []string `json:"missing,omitempty"`

	// Referrals are the other servers that this one named instead of answering. They
	// were not asked.
	Referrals []string `json:"referrals,omitempty"`
}

// Provider returns the named OutlookProvider, or nil where it was not seen.
func (o *Organization) Provider(name string) *Provider {
	for i := range o.Providers.Value {
		if strings.EqualFold(o.Providers.Value[i].Name, name) {
			return &o.Providers.Value[i]
		}
	}
	return nil
}

// ProviderDN is the distinguished name of a provider: as the directory wrote it, or
// where it would be, or "" where the organization itself is not known.
func (o *Organization) ProviderDN(name string) string {
	if p := o.Provider(name); p != nil {
		return p.DN
	}
	if o.DN == "" {
		return ""
	}
	return "CN=" + name + ",CN=Outlook,CN=AutoDiscover,CN=Client Access," + o.DN
}

// Provider is one OutlookProvider object (class msExchAutoDiscoverConfig). An
// attribute that the account may not read is an Observed that failed; one that
// the object does not hold is known and absent.
type Provider struct {
	Name string `json:"name"`
	DN   string `json:"dn"`

	CertPrincipalName Observed[Text]   `json:"certPrincipalName,omitzero"` // msExchAutoDiscoverCertPrincipalName, byte for byte
	Server            Observed[Text]   `json:"server,omitzero"`            // msExchAutoDiscoverServer
	TTL               Observed[Number] `json:"ttl,omitzero"`               // msExchAutoDiscoverTTL, hours
	Flags             Observed[Number] `json:"flags,omitzero"`             // msExchAutoDiscoverFlags

	// RequiredClientVersions is the serialized XML of msExchConfigurationXML, or in an
	// export the texts that the shell makes of it.
	RequiredClientVersions Observed[Text] `json:"requiredClientVersions,omitzero"`
}

// The services of virtual directories, each a class of Exchange's schema.
const (
	ServiceRPC          = "rpc"          // Outlook Anywhere: msExchRpcHttpVirtualDirectory
	ServiceMAPI         = "mapi"         // MAPI over HTTP: msExchMapiVirtualDirectory
	ServiceEWS          = "ews"          // msExchWebServicesVirtualDirectory
	ServiceOAB          = "oab"          // msExchOABVirtualDirectory
	ServiceActiveSync   = "activesync"   // msExchMobileVirtualDirectory
	ServiceOWA          = "owa"          // msExchOWAVirtualDirectory
	ServiceECP          = "ecp"          // msExchECPVirtualDirectory
	ServicePowerShell   = "powershell"   // msExchPowerShellVirtualDirectory
	ServiceAutodiscover = "autodiscover" // msExchAutoDiscoverVirtualDirectory; its URLs are not what clients get, the ConnectionPoint is
)

// VirtualDirectory is one IIS virtual directory of one Exchange server, as the
// directory describes it. Whether Extended Protection or SSL is demanded stands in
// IIS and not here.
type VirtualDirectory struct {
	DN      string `json:"dn"`
	Name    string `json:"name"`    // the CN, e.g. "Rpc (Default Web Site)"
	Service string `json:"service"` // ServiceRPC and its like; empty where the class could not be read
	Server  string `json:"server"`  // the Exchange server's name
	BackEnd bool   `json:"backEnd"` // the back-end web site, which Autodiscover ignores

	External Observed[PublishedURL] `json:"external,omitzero"` // msExchExternalHostName
	Internal Observed[PublishedURL] `json:"internal,omitzero"` // msExchInternalHostName

	// Of Outlook Anywhere alone, which has encodings of its own.
	ExternalAuthentication Observed[string]   `json:"externalAuthentication,omitzero"` // the one method offered outside, e.g. "Ntlm"
	InternalAuthentication Observed[string]   `json:"internalAuthentication,omitzero"` // the one method offered inside
	IISAuthentication      Observed[[]string] `json:"iisAuthentication,omitzero"`      // what IIS accepts
	RPCFlags               Observed[Number]   `json:"rpcFlags,omitzero"`               // msExchRpcHttpFlags, undecoded

	// Of every other service. Exchange writes both for MAPI over HTTP, from its one
	// parameter IISAuthenticationMethods.
	ExternalMethods Observed[Flags] `json:"externalMethods,omitzero"` // msExchExternalAuthenticationMethods
	InternalMethods Observed[Flags] `json:"internalMethods,omitzero"` // msExchInternalAuthenticationMethods

	MetabasePath Observed[Text] `json:"metabasePath,omitzero"` // msExchMetabasePath, the place in IIS
}

// PublishedURL is a host name attribute of a virtual directory, which despite its
// name holds an absolute URL. For Outlook Anywhere the scheme is the SSL switch.
// The zero value is an absent attribute: nothing is published.
type PublishedURL struct {
	Raw     Text   `json:"raw"`
	Host    string `json:"host,omitempty"`
	Port    int    `json:"port,omitempty"`    // as written, or the scheme's own
	SSL     bool   `json:"ssl,omitempty"`     // the scheme is https
	Problem string `json:"problem,omitempty"` // why the text is not an absolute http or https URL
}
