package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// compareSites compares what the servers of each site publish outside. That a site
// is not known matters only where not all servers publish the same.
func compareSites(s *facts.Snapshot) []sighting {
	var seen []sighting
	for i := range s.Organizations {
		org := &s.Organizations[i]
		if !org.Servers.Asked() {
			continue // an evidence without servers says nothing of sites
		}
		bySite := map[string][]facts.VirtualDirectory{}
		var all []facts.VirtualDirectory
		var homeless []string
		for _, v := range org.VirtualDirectories.Value {
			if v.BackEnd || v.Service != facts.ServiceRPC || !v.External.Known {
				continue
			}
			all = append(all, v)
			site, why := siteOf(org, v.Server)
			if why != "" {
				homeless = append(homeless, why)
			}
			bySite[site] = append(bySite[site], v)
		}
		if different, _ := variants(all); len(homeless) > 0 && len(different) > 1 {
			seen = append(seen, sighting{report.Subject{Kind: "organization", Name: org.Directory, DN: org.DN}, report.Unknown, "", slices.Min(homeless), nil})
		}
		delete(bySite, "")
		for site, list := range bySite {
			seen = append(seen, compareSite(site, list))
		}
	}
	return seen
}

func compareSite(site string, list []facts.VirtualDirectory) sighting {
	o := sighting{subject: report.Subject{Kind: "site", Name: site}, outcome: report.Pass}
	different, why := variants(list)
	switch {
	case len(different) > 1:
		o.outcome = report.Fail
		o.text = "the servers of one site publish different settings, and which of them a mailbox is given is left to chance; make them equal with Set-OutlookAnywhere"
		for _, v := range list {
			o.evidence = append(o.evidence, report.Evidence{Name: v.Server, Value: variant(v, true)})
		}
		slices.SortFunc(o.evidence, compareEvidence)
	case why != "":
		o.outcome, o.text = report.Unknown, why
	}
	return o
}

// siteOf is the site of a server, or why it is not known.
func siteOf(org *facts.Organization, server string) (site, why string) {
	for _, known := range org.Servers.Value {
		if strings.EqualFold(known.Name, server) {
			return known.Site.Value.Value, known.Site.Why
		}
	}
	return "", org.Servers.Why
}

// variants lists what virtual directories of Outlook Anywhere publish outside, each
// once. Methods are compared only where all are known; why is the reason of one that
// is not.
func variants(list []facts.VirtualDirectory) (texts []string, why string) {
	for _, v := range list {
		if reason := v.ExternalAuthentication.Why; reason != "" && (why == "" || reason < why) {
			why = reason
		}
	}
	for _, v := range list {
		texts = append(texts, variant(v, why == ""))
	}
	slices.Sort(texts)
	return slices.Compact(texts), why
}

func variant(v facts.VirtualDirectory, methods bool) string {
	host := v.External.Value.Host
	if host == "" {
		return "no external host"
	}
	text := "http://"
	if v.External.Value.SSL {
		text = "https://"
	}
	text += strings.ToLower(facts.Label(host, v.External.Value.Port))
	if methods && v.ExternalAuthentication.Known {
		text += ", " + v.ExternalAuthentication.Value
	}
	return text
}
