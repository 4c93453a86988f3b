package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var outlookAnywhereHostsDiffer = Rule{
	ID:       "outlook-anywhere-hosts-differ",
	Severity: report.Warning,
	Title:    "servers of one site publish different hosts for Outlook Anywhere",
	Why: `For a user outside Autodiscover takes the virtual directory of Outlook Anywhere that is cheapest by the cost of the site, and between
several of one site it draws lots. Where their external hosts differ the answer changes from one request to the next, and with it the
principal name that clients derive. A server without an external host counts with its internal one, which is sent then. Servers of
different sites may well have hosts of their own. Set-OutlookAnywhere "EX1\Rpc (Default Web Site)" -ExternalHostname sets one for all.`,
	Cites: []string{
		"observed in Exchange 2013 CU23, on site cost and ties",
		"Microsoft documentation, Set-OutlookAnywhere (ExternalHostname)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		verdicts := judgeDirectories(s, outlookAnywhereFront, func(facts.VirtualDirectory) report.Verdict { return report.Verdict{} })
		for i := range s.Organizations {
			verdicts = append(verdicts, hostsBySite(&s.Organizations[i])...)
		}
		return verdicts
	},
	Examples: []Example{{
		Name: "one of two servers keeps the old host",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].VirtualDirectories.Value[1].External = facts.Known(webURL("https", "owa.contoso.com", "/rpc"))
		},
	}, {
		Name: "one of two servers has no external host, and publishes the internal one",
		Break: func(s *facts.Snapshot) {
			d := &s.Organizations[0].VirtualDirectories.Value[1]
			d.External, d.Internal = facts.Known(facts.PublishedURL{}), facts.Known(webURL("https", "ex2.contoso.com", "/rpc"))
		},
	}},
}

func outlookAnywhereFront(d facts.VirtualDirectory) bool { return d.Service == facts.ServiceRPC }

// hostsBySite compares the hosts that the servers of each site publish outside.
func hostsBySite(org *facts.Organization) []report.Verdict {
	bySite, all := map[string][]string{}, []string{}
	evidence := map[string][]report.Evidence{}
	doubt := ""
	for _, p := range hostsOutside(org) {
		all = append(all, p.host)
		doubt = max(doubt, p.doubt) // the same one in any order
		if p.site != "" {
			bySite[p.site] = append(bySite[p.site], p.host)
			evidence[p.site] = append(evidence[p.site], report.Evidence{Name: p.server + " publishes", Value: p.host})
		}
	}
	var verdicts []report.Verdict
	for site, hosts := range bySite {
		v := report.Verdict{Subject: report.Subject{Kind: "site", Name: site, DN: org.DN}, Outcome: report.Pass}
		if several := distinctTexts(hosts); len(several) > 1 {
			v.Outcome, v.Message = report.Fail, "its servers publish "+strings.Join(several, " and ")+", and Autodiscover draws lots between them"
			v.Evidence = evidence[site]
			slices.SortFunc(v.Evidence, func(a, b report.Evidence) int { return strings.Compare(a.Name, b.Name) })
		}
		verdicts = append(verdicts, v)
	}
	if doubt != "" && len(distinctTexts(all)) > 1 {
		verdicts = append(verdicts, report.Verdict{Subject: ofOrganization(org), Outcome: report.Unknown,
			Message: "the hosts differ, and whether their servers are in one site is not known: " + doubt})
	}
	slices.SortFunc(verdicts, func(a, b report.Verdict) int { return a.Subject.Compare(b.Subject) })
	return verdicts
}
