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

// Unseen names what was asked for and could not be seen, apart from what the rules need,
// whose absence is told where it matters.
func (o *Organization) Unseen() []string {
	var names []string
	for _, part := range []struct {
		name string
		seen bool
	}{
		{"accepted domains", seen(o.AcceptedDomains)},
		{"Active Directory sites", seen(o.Sites)},
		{"availability address spaces", seen(o.AvailabilityAddressSpaces)},
		{"federation trusts", seen(o.FederationTrusts)},
		{"intra-organization connectors", seen(o.IntraOrganizationConnectors)},
		{"OAuth configuration", seen(o.Auths)},
		{"organization relationships", seen(o.OrganizationRelationships)},
		{"POP and IMAP settings", seen(o.MailProtocols)},
		{"remote domains", seen(o.RemoteDomains)},
		{"schema level", seen(o.Levels.Schema)},
	} {
		if !part.seen {
			names = append(names, part.name)
		}
	}
	return names
}

// seen is true of what was not asked for, too: nobody looked for it.
func seen[T any](fact Observed[T]) bool { return fact.Known || !fact.Asked() }
