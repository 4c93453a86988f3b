package facts

import "time"

// Flags is a number that holds bits, as it is stored, and the names of its bits.
// Bits that have no name stand behind the names as one hexadecimal number.
type Flags struct {
	Raw   Number   `json:"raw"`
	Names []string `json:"names,omitempty"`
}

// Switch is an optional boolean, such as whether a relationship is enabled.
type Switch = Optional[bool]

// Instant is a stored time, as text and decoded. The zero value is an absent
// attribute.
type Instant struct {
	Raw Text      `json:"raw"`
	At  time.Time `json:"at,omitzero"` // UTC
}

// Server is one Exchange server (class msExchExchangeServer). Its edition is not
// told: no public source says which attribute holds it.
type Server struct {
	Name string `json:"name"`
	DN   string `json:"dn"`

	FQDN  Observed[Text]  `json:"fqdn,omitzero"`  // networkAddress, the value that begins "ncacn_ip_tcp:"
	Site  Observed[Text]  `json:"site,omitzero"`  // msExchServerSite, the name of the Active Directory site
	Roles Observed[Flags] `json:"roles,omitzero"` // msExchCurrentServerRoles, e.g. Mailbox

	// The version is stored twice, by setup and not by security updates (the last is
	// believed): as a number without a revision and as a text.
	VersionNumber Observed[Number]  `json:"versionNumber,omitzero"` // versionNumber, undecoded
	Serial        Observed[Text]    `json:"serial,omitzero"`        // serialNumber, e.g. "Version 15.2 (Build 31748.10)"
	Version       Observed[Version] `json:"version,omitzero"`       // from the number
	Build         Observed[Text]    `json:"build,omitzero"`         // from the text, e.g. "15.2.1748.10"
}

// Version is a decoded versionNumber. The zero value is an absent attribute.
type Version struct {
	Number  string `json:"number,omitempty"`  // "15.2.1748"
	Product string `json:"product,omitempty"` // "Exchange Server 2019"; empty where the number belongs to none that is known
	Update  string `json:"update,omitempty"`  // "CU15"; empty where the table of builds does not know it
}

// Array is a client access array (class msExchClientAccessArray): a name that
// Exchange 2010 gave to the client access servers of a site.
type Array struct {
	Name string         `json:"name"`
	DN   string         `json:"dn"`
	FQDN Observed[Text] `json:"fqdn,omitzero"` // as of a Server
	Site Observed[Text] `json:"site,omitzero"` // as of a Server
}

// Site is a site of Active Directory.
type Site struct {
	Name string `json:"name"`
	DN   string `json:"dn"`
}

// Levels are the versions that Exchange's setup leaves in the directory. Exchange
// Server 2019 CU15 and Exchange Server SE leave the same ones.
type Levels struct {
	Schema       Observed[Number] `json:"schema,omitzero"`       // rangeUpper of ms-Exch-Schema-Version-Pt
	Organization Observed[Number] `json:"organization,omitzero"` // objectVersion of the organization
	Domain       Observed[Number] `json:"domain,omitzero"`       // objectVersion of Microsoft Exchange System Objects
}

// The kinds of service connection points, by the GUID among their keywords.
const (
	PointURL     = "url"     // an Autodiscover URL
	PointPointer = "pointer" // the directory of another forest
	PointHoster  = "hoster"  // host patterns of a trusted hoster
	PointDomain  = "domain"  // from a domain to an application URI
)

// ConnectionPoint is one of Autodiscover's service connection points (MS-OXDISCO).
type ConnectionPoint struct {
	Name string `json:"name"`
	DN   string `json:"dn"`

	// Kind is one of PointURL and its like; empty where the keywords hold none of the
	// GUIDs, unknown where they could not be read. The object that PrepareAD creates
	// for Exchange Online is a hoster, whatever its keywords.
	Kind   Observed[string] `json:"kind,omitzero"`
	Server string           `json:"server,omitempty"` // the Exchange server that it belongs to, of a URL

	Keywords Observed[[]string] `json:"keywords,omitzero"` // as stored
	Sites    []string           `json:"sites,omitempty"`   // Active Directory site names; none means every site
	Domains  []string           `json:"domains,omitempty"` // SMTP domains; none means every domain

	// Bindings are serviceBindingInformation: of a URL a web URL, of a pointer
	// an LDAP one, of a hoster host patterns. None is a point that leads nowhere.
	Bindings Observed[[]string] `json:"bindings,omitzero"`
	DNSName  Observed[Text]     `json:"dnsName,omitzero"` // serviceDNSName, the physical host
}
