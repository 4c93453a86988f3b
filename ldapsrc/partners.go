package ldapsrc

import (
	"context"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

// Attributes that relationships, connectors and address spaces share, as observed in
// Exchange 2013 CU23; later versions are believed the same.
const (
	attrPartnerDomains      = "msExchFedDomainNames"
	attrPartnerEnabled      = "msExchFedIsEnabled"
	attrPartnerAutodiscover = "msExchFedTargetAutodiscoverEPR"
)

const (
	attrPartnerSharing     = "msExchFedTargetSharingEPR"
	attrPartnerOWA         = "msExchFedTargetOwaURL"
	attrPartnerApplication = "msExchFedTargetApplicationURI"
	attrPartnerActions     = "msExchFedEnabledActions"
)

// readOrganizationRelationships reads the sharing relationships with others.
func readOrganizationRelationships(ctx context.Context, f *forest) facts.Observed[[]facts.OrganizationRelationship] {
	return listOf(f.read(ctx, section{
		what:    "organization relationship",
		base:    "CN=Federation," + f.orgDN,
		scope:   ldap.ScopeSingleLevel,
		classes: []string{"msExchFedSharingRelationship"},
		attributes: asking(attrPartnerDomains, attrPartnerEnabled, attrPartnerAutodiscover, attrPartnerSharing,
			attrPartnerOWA, attrPartnerApplication, attrPartnerActions),
	}), func(e entry) facts.OrganizationRelationship {
		return facts.OrganizationRelationship{
			Name:           e.name(),
			DN:             e.DN,
			Domains:        e.list(attrPartnerDomains),
			Enabled:        e.boolean(attrPartnerEnabled),
			Autodiscover:   publishedIn(e.text(attrPartnerAutodiscover)),
			Sharing:        publishedIn(e.text(attrPartnerSharing)),
			OWA:            publishedIn(e.text(attrPartnerOWA)),
			ApplicationURI: e.text(attrPartnerApplication),
			Actions:        e.list(attrPartnerActions),
		}
	})
}

// readIntraOrganizationConnectors reads what joins the halves of a hybrid organization.
func readIntraOrganizationConnectors(ctx context.Context, f *forest) facts.Observed[[]facts.IntraOrganizationConnector] {
	return listOf(f.read(ctx, section{
		what:       "intra-organization connector",
		base:       "CN=Intra Organization Connectors," + f.orgDN,
		scope:      ldap.ScopeSingleLevel,
		classes:    []string{"msExchIntraOrganizationConnector"},
		attributes: asking(attrPartnerDomains, attrPartnerEnabled, attrPartnerAutodiscover),
	}), func(e entry) facts.IntraOrganizationConnector {
		return facts.IntraOrganizationConnector{
			Name:      e.name(),
			DN:        e.DN,
			Domains:   e.list(attrPartnerDomains),
			Enabled:   e.boolean(attrPartnerEnabled),
			Discovery: publishedIn(e.text(attrPartnerAutodiscover)),
		}
	})
}

// Attributes of an address space. The password beside the user may be read by nobody
// here, and is not asked for.
const (
	attrSpaceForest         = "msExchAvailabilityForestName"
	attrSpaceUser           = "msExchAvailabilityUserName"
	attrSpaceAccessMethod   = "msExchAvailabilityAccessMethod"
	attrSpaceServiceAccount = "msExchAvailabilityUseServiceAccount"
	attrSpaceProxy          = "wWWHomePage"
)

// readAvailabilityAddressSpaces reads where free and busy times of other forests are
// asked.
func readAvailabilityAddressSpaces(ctx context.Context, f *forest) facts.Observed[[]facts.AvailabilityAddressSpace] {
	return listOf(f.read(ctx, section{
		what:    "availability address space",
		base:    "CN=Availability Configuration," + f.orgDN,
		scope:   ldap.ScopeSingleLevel,
		classes: []string{"msExchAvailabilityAddressSpace"},
		attributes: asking(attrSpaceForest, attrSpaceUser, attrSpaceAccessMethod, attrSpaceServiceAccount,
			attrSpaceProxy, attrPartnerAutodiscover),
	}), func(e entry) facts.AvailabilityAddressSpace {
		return facts.AvailabilityAddressSpace{
			Name:              e.name(),
			DN:                e.DN,
			Forest:            e.text(attrSpaceForest),
			User:              e.text(attrSpaceUser),
			AccessMethod:      e.text(attrSpaceAccessMethod),
			UseServiceAccount: e.boolean(attrSpaceServiceAccount),
			Proxy:             publishedIn(e.text(attrSpaceProxy)),
			Autodiscover:      publishedIn(e.text(attrPartnerAutodiscover)),
		}
	})
}
