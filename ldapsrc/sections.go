package ldapsrc

import (
	"context"

	"exprobe/autodiscover/facts"
)

// readSections reads all that lies in the organization and beside it, section by
// section: what costs one of them costs no other.
func readSections(ctx context.Context, f *forest, org *facts.Organization) {
	org.Providers = readProviders(ctx, f)
	machines := f.readMachines(ctx)
	f.layout = f.readLayout(ctx, machines)
	org.Servers, org.Edges = serversOf(machines, f.layout)
	org.VirtualDirectories = readVirtualDirectories(ctx, f)
	org.Arrays = readArrays(ctx, f)
	org.Sites = readSites(ctx, f)
	org.ConnectionPoints = readConnectionPoints(ctx, f)

	org.SendConnectors = readSendConnectors(ctx, f)
	org.ReceiveConnectors = readReceiveConnectors(ctx, f)
	org.Hybrids = readHybrids(ctx, f)
	org.Auths = readAuths(ctx, f)
	org.FederationTrusts = readFederationTrusts(ctx, f)
	org.MailProtocols = readMailProtocols(ctx, f)

	org.AcceptedDomains = readAcceptedDomains(ctx, f)
	org.RemoteDomains = readRemoteDomains(ctx, f)
	org.OrganizationRelationships = readOrganizationRelationships(ctx, f)
	org.IntraOrganizationConnectors = readIntraOrganizationConnectors(ctx, f)
	org.AvailabilityAddressSpaces = readAvailabilityAddressSpaces(ctx, f)

	org.Levels.Schema = readSchemaLevel(ctx, f)
	org.Levels.Domain = readDomainLevel(ctx, f)
	org.Domains = readDomains(ctx, f)
	org.Referrals = f.referrals
}
