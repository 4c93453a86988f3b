package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var scpSiteUnknown = Rule{
	ID:       "scp-site-unknown",
	Severity: report.Warning,
	Title:    "a connection point is meant for a site that does not exist",
	Why: `A connection point names the Active Directory sites that it serves by their names, as text. Rename a site, and its clients no longer
find the connection point among those of their own site: they take one without a site or one of another site, which may be far away. See
Get-ADReplicationSite -Filter * for the sites, and set the scope anew: Set-ClientAccessService SERVER -AutoDiscoverSiteScope NAME
(Set-ClientAccessServer up to Exchange 2013). A connection point without a site serves every site and is no fault.`,
	Cites: []string{
		"Microsoft, How to generate a list of Autodiscover endpoints",
		"MS-OXDISCO, service connection points; Microsoft documentation, Set-ClientAccessService",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgePoints(s, func(org *facts.Organization, p facts.ConnectionPoint) (report.Verdict, bool) {
			strangers := slices.DeleteFunc(slices.Clone(p.Sites), func(name string) bool {
				return slices.ContainsFunc(org.Sites.Value, func(site facts.Site) bool { return strings.EqualFold(site.Name, strings.TrimSpace(name)) })
			})
			switch {
			case !p.Keywords.Known && p.Keywords.Asked() && len(strangers) == 0:
				return report.Verdict{Outcome: report.Unknown, Message: p.Keywords.Why}, true
			case len(p.Sites) == 0, !org.Sites.Asked():
				return report.Verdict{}, false
			case len(strangers) == 0:
				return report.Verdict{Outcome: report.Pass}, true
			case !org.Sites.Known:
				return report.Verdict{Outcome: report.Unknown, Message: org.Sites.Why}, true
			}
			return report.Verdict{Outcome: report.Fail, Message: "no site is called " + strings.Join(strangers, ", ") +
				", so the clients for whom it is meant do not find it first; set AutoDiscoverSiteScope of the server",
				Evidence: []report.Evidence{{Name: "the sites", Value: few(siteNames(org))}}}, true
		})
	},
	Examples: []Example{{
		Name: "a site that was renamed",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].ConnectionPoints.Value[0].Sites = []string{"Default-First-Site-Name"}
		},
	}, {
		Name:    "the account may not list the sites",
		Outcome: report.Unknown,
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].Sites = facts.Unknown[[]facts.Site]("CN=Sites is not there or not visible")
		},
	}},
}

func siteNames(org *facts.Organization) []string {
	var names []string
	for _, site := range org.Sites.Value {
		names = append(names, site.Name)
	}
	slices.Sort(names)
	return names
}
