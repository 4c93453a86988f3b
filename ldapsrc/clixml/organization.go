package clixml

import (
	"strings"

	"exprobe/autodiscover/facts"
)

// organization maps everything. What no cmdlet of these shows stays never asked:
// schema levels, sites, arrays, POP3 and IMAP4, OAuth, federation and partners.
func (x *exports) organization() facts.Organization {
	org := facts.Organization{Directory: x.folder, Exported: true, Missing: x.missing()}
	org.DN, _ = x.organizations()
	org.DomainName = domainIn(org.DN)
	config := x.of(getOrganization)
	if len(config.objects) == 1 {
		o := config.objects[0]
		org.Name = decode(o.text("Name"), func(t facts.Text) string { return t.Value })
		org.MapiHTTPEnabled = o.mapiHTTP()
		org.HybridStatus = o.optionalNumber("HybridConfigurationStatus")         // confirmed; an enumeration
		org.Levels.Organization = o.number("ObjectVersion")                      // confirmed
		if controller := o.text("OriginatingServer"); controller.Value.Present { // confirmed
			org.Controller = facts.Known(controller.Value.Value)
		}
	} else {
		if len(config.why) == 0 {
			config.why = []string{getOrganization + " in " + x.folder + " does not hold one organization"}
		}
		org.MapiHTTPEnabled = observedNothing[bool](config)
		if values, _ := rdns(org.DN); len(values) > 0 {
			org.Name = facts.Known(values[0])
		} else {
			org.Name = observedNothing[string](config)
		}
	}
	org.Providers = listOf(x.of(getProviders), provider)
	org.VirtualDirectories = x.virtualDirectories()
	org.Servers, org.Edges = x.servers()
	org.ConnectionPoints = x.points()
	org.SendConnectors = listOf(x.of(getSend), connector)
	org.ReceiveConnectors = listOf(x.of(getReceive), connector)
	org.Hybrids = listOf(x.of(getHybrid), hybrid)
	org.AcceptedDomains = listOf(x.of(getAccepted), acceptedDomain)
	return org
}

func observedNothing[T any](e export) facts.Observed[T] {
	all := observed[T](nil, e.why)
	return facts.Unknown[T](all.Why)
}

// organizations are the distinguished name of the organization, and that of another one
// where the exports are of two. Get-OrganizationConfig shows it (confirmed), and it is a
// part of every other object's name.
func (x *exports) organizations() (first, other string) {
	for _, c := range cmdlets {
		for _, o := range x.of(c.name).objects {
			dn := organizationIn(o.dn())
			switch {
			case first == "":
				first = dn
			case dn != "" && !strings.EqualFold(dn, first):
				return first, dn
			}
		}
	}
	return first, ""
}

// mapiHTTP is MapiHttpEnabled (confirmed). Organizations before Exchange 2013 SP1 do not
// show it and have no MAPI over HTTP (documented: the parameter applies from 2013 on).
func (o object) mapiHTTP() facts.Observed[bool] {
	if o.said("MapiHttpEnabled") {
		return o.truth("MapiHttpEnabled")
	}
	if level := o.number("ObjectVersion"); level.Value.Present && level.Value.Value < firstWithMapi {
		return facts.Known(false)
	}
	return unsaid[bool](o, "MapiHttpEnabled")
}

// firstWithMapi is the level of an organization that Exchange 2013 RTM prepared.
const firstWithMapi = 15449

// optionalNumber is a number that older versions do not show, and of which a remote
// session may show a name alone. Then nobody asked.
func (o object) optionalNumber(property string) facts.Observed[facts.Number] {
	if n := o.number(property); n.Value.Present {
		return n
	}
	return facts.Observed[facts.Number]{}
}
