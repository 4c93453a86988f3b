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
	Directory  string           `json:"directory"`            // the LDAP URL that was asked, e.g. "ldaps://dc1.contoso.com"
	Insecure   string           `json:"insecure,omitempty"`   // how the connection was not protected, e.g. "plain LDAP"; empty when it was
	DomainName string           `json:"domainName,omitempty"` // defaultNamingContext as a DNS name
	Controller Observed[string] `json:"controller,omitzero"`  // dnsHostName of the domain controller that answered

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

	// RequiredClientVersions is the serialized XML of msExchConfigurationXML.
	RequiredClientVersions Observed[Text] `json:"requiredClientVersions,omitzero"`
}

// ServiceRPC is the service of an Outlook Anywhere virtual directory (class
// msExchRpcHttpVirtualDirectory).
const ServiceRPC = "rpc"

// VirtualDirectory is one IIS virtual directory of one Exchange server, as the
// directory describes it.
type VirtualDirectory struct {
	DN      string `json:"dn"`
	Name    string `json:"name"`    // the CN, e.g. "Rpc (Default Web Site)"
	Service string `json:"service"` // ServiceRPC
	Server  string `json:"server"`  // the Exchange server's name
	BackEnd bool   `json:"backEnd"` // the back-end web site, which Autodiscover ignores

	External Observed[PublishedURL] `json:"external,omitzero"` // msExchExternalHostName
	Internal Observed[PublishedURL] `json:"internal,omitzero"` // msExchInternalHostName

	ExternalAuthentication Observed[string]   `json:"externalAuthentication,omitzero"` // the one method offered outside, e.g. "Ntlm"
	InternalAuthentication Observed[string]   `json:"internalAuthentication,omitzero"` // the one method offered inside
	IISAuthentication      Observed[[]string] `json:"iisAuthentication,omitzero"`      // what IIS accepts
	RPCFlags               Observed[Number]   `json:"rpcFlags,omitzero"`               // msExchRpcHttpFlags, undecoded
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
