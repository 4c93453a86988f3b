package facts

// Unread makes every fact of an organization one that could not be seen, for one
// reason: the directory did not let itself be read at all.
func (o *Organization) Unread(why string) {
	miss(&o.Controller, why)
	miss(&o.Name, why)
	miss(&o.MapiHTTPEnabled, why)
	miss(&o.Providers, why)
	miss(&o.VirtualDirectories, why)
	miss(&o.Flags, why)
	miss(&o.HybridStatus, why)
	miss(&o.ProductID, why)
	miss(&o.Levels.Schema, why)
	miss(&o.Levels.Organization, why)
	miss(&o.Levels.Domain, why)
	miss(&o.Servers, why)
	miss(&o.Edges, why)
	miss(&o.Arrays, why)
	miss(&o.Sites, why)
	miss(&o.ConnectionPoints, why)
	miss(&o.SendConnectors, why)
	miss(&o.ReceiveConnectors, why)
	miss(&o.Hybrids, why)
	miss(&o.Auths, why)
	miss(&o.FederationTrusts, why)
	miss(&o.MailProtocols, why)
	miss(&o.AcceptedDomains, why)
	miss(&o.RemoteDomains, why)
	miss(&o.OrganizationRelationships, why)
	miss(&o.IntraOrganizationConnectors, why)
	miss(&o.AvailabilityAddressSpaces, why)
}

func miss[T any](fact *Observed[T], why string) { *fact = Unknown[T](why) }
