package facts

// The types of an AcceptedDomain. Their numbers 0, 1 and 2, in this order, are
// believed.
const (
	DomainAuthoritative = "Authoritative"
	DomainExternalRelay = "ExternalRelay"
	DomainInternalRelay = "InternalRelay"
)

// AcceptedDomain is an SMTP domain of the organization (class msExchAcceptedDomain).
type AcceptedDomain struct {
	Name string `json:"name"`
	DN   string `json:"dn"`

	Domain Observed[Text]   `json:"domain,omitzero"` // msExchAcceptedDomainName; may be "*" or begin with "*.", and is no host then
	Type   Observed[string] `json:"type,omitzero"`   // DomainAuthoritative and its like
	Flags  Observed[Flags]  `json:"flags,omitzero"`  // msExchAcceptedDomainFlags; the names leave the type out
}

// RemoteDomain is another organization's SMTP domain (class msExchDomainContentConfig).
type RemoteDomain struct {
	Name string `json:"name"`
	DN   string `json:"dn"`

	Domain        Observed[Text]   `json:"domain,omitzero"`        // domainName
	AcceptedTypes Observed[Number] `json:"acceptedTypes,omitzero"` // msExchRoutingAcceptMessageType, undecoded
	// TargetDelivery is the value 256 in AcceptedTypes: the domain of the mailboxes
	// in Exchange Online.
	TargetDelivery Observed[bool] `json:"targetDelivery,omitzero"`
}

// OrganizationRelationship is a sharing relationship with another organization
// (class msExchFedSharingRelationship).
type OrganizationRelationship struct {
	Name string `json:"name"`
	DN   string `json:"dn"`

	Domains        Observed[[]string]     `json:"domains,omitzero"`        // msExchFedDomainNames
	Enabled        Observed[Switch]       `json:"enabled,omitzero"`        // msExchFedIsEnabled
	Autodiscover   Observed[PublishedURL] `json:"autodiscover,omitzero"`   // msExchFedTargetAutodiscoverEPR
	Sharing        Observed[PublishedURL] `json:"sharing,omitzero"`        // msExchFedTargetSharingEPR
	OWA            Observed[PublishedURL] `json:"owa,omitzero"`            // msExchFedTargetOwaURL
	ApplicationURI Observed[Text]         `json:"applicationUri,omitzero"` // msExchFedTargetApplicationURI
	Actions        Observed[[]string]     `json:"actions,omitzero"`        // msExchFedEnabledActions
}

// IntraOrganizationConnector joins the two halves of a hybrid organization by OAuth
// (class msExchIntraOrganizationConnector).
type IntraOrganizationConnector struct {
	Name string `json:"name"`
	DN   string `json:"dn"`

	Domains   Observed[[]string]     `json:"domains,omitzero"`   // msExchFedDomainNames
	Enabled   Observed[Switch]       `json:"enabled,omitzero"`   // msExchFedIsEnabled
	Discovery Observed[PublishedURL] `json:"discovery,omitzero"` // msExchFedTargetAutodiscoverEPR
}

// AvailabilityAddressSpace says where free and busy times of another forest are asked
// (class msExchAvailabilityAddressSpace). Its password is never asked for.
type AvailabilityAddressSpace struct {
	Name string `json:"name"`
	DN   string `json:"dn"`

	Forest            Observed[Text]         `json:"forest,omitzero"`            // msExchAvailabilityForestName
	User              Observed[Text]         `json:"user,omitzero"`              // msExchAvailabilityUserName
	AccessMethod      Observed[Text]         `json:"accessMethod,omitzero"`      // msExchAvailabilityAccessMethod, undecoded
	UseServiceAccount Observed[Switch]       `json:"useServiceAccount,omitzero"` // msExchAvailabilityUseServiceAccount
	Proxy             Observed[PublishedURL] `json:"proxy,omitzero"`             // wWWHomePage
	Autodiscover      Observed[PublishedURL] `json:"autodiscover,omitzero"`      // msExchFedTargetAutodiscoverEPR
}
