package rules

import (
	"cmp"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var sitePrincipalsDiffer = Rule{
	ID:          "site-principals-differ",
	Severity:    report.Info,
	FollowsFrom: []string{"principal-names-disagree"},
	Title:       "the sites' certificates have different principal names",
	Why: `EXPR holds one value for all sites. Microsoft's advice for several is one principal name, the same common name, on every site's
certificate, with the site's own host names as alternative names, and EXPR set to that name. With a name of its own on each, only the
default that clients derive from the host fits all, and when one site fails and its host name is led to another, the certificate there does
not carry the name that clients expect. Where no host name ever moves between sites it may be left as it is.`,
	Cites: []string{
		"Microsoft Exchange documentation, Planning for high availability and site resilience (certificates; dd638104)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		org := s.Organization()
		rows, gaps := s.Judge()
		if org == nil || !org.Servers.Asked() {
			return nil
		}
		verdicts := gapVerdicts(gaps)
		verdicts = append(verdicts, unseenSection(org, org.Servers)...)
		bySite, doubts := map[string][]string{}, map[string]string{} // by host
		for _, p := range hostsOutside(org) {
			if p.site != "" {
				bySite[p.host] = append(bySite[p.host], p.site)
			}
			doubts[p.host] = max(doubts[p.host], p.doubt)
		}
		names, evidence, doubt, blind := map[string][]string{}, []report.Evidence{}, "", false
		for _, j := range rows {
			host := strings.ToLower(j.Host)
			sites := distinctTexts(bySite[host])
			if j.Provider != facts.EXPR || j.Online || j.NoProvider || j.SSLOff() || len(sites) == 0 && doubts[host] == "" {
				continue
			}
			doubt = max(doubt, doubts[host])
			if !j.Served.Known {
				blind = true
				verdicts = append(verdicts, report.Verdict{Subject: placeSubject(j), Outcome: report.Unknown, Message: j.Served.Why})
				continue
			}
			if leaf := j.Served.Value.Leaf(); leaf.Unreadable != "" {
				blind = true
				verdicts = append(verdicts, report.Verdict{Subject: placeSubject(j), Outcome: report.Unknown, Message: unparsed(leaf)})
				continue
			}
			name, ok := j.Served.Value.Leaf().CommonName()
			for _, site := range sites {
				if ok {
					names[site] = append(names[site], strings.ToLower(name))
					evidence = append(evidence, report.Evidence{Name: "in " + site + ", " + j.Host, Value: name})
				}
			}
		}
		var all []string
		for _, list := range names {
			all = append(all, list...)
		}
		v := report.Verdict{Subject: providerSubject(facts.EXPR, org.ProviderDN(facts.EXPR)), Outcome: report.Pass}
		switch several := distinctTexts(all); {
		case len(names) > 1 && len(several) > 1:
			slices.SortFunc(evidence, func(a, b report.Evidence) int {
				return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
			})
			v.Outcome, v.Evidence = report.Fail, slices.Compact(evidence)
			v.Message = "the certificates of the sites are named " + few(several)
		case doubt != "":
			v.Outcome, v.Message = report.Unknown, doubt
		case blind || len(names) == 0: // not all was seen, or there is nothing to compare
			return verdicts
		}
		return append(verdicts, v)
	},
	Examples: []Example{{
		Name: "two sites, each with its own name",
		Break: func(s *facts.Snapshot) {
			publish(s, "mail.emea.contoso.com", certificate("mail.emea.contoso.com", "mail.emea.contoso.com"))
		},
	}},
}
