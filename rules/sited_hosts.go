package rules

import (
	"strings"

	"exprobe/autodiscover/facts"
)

// sitedHost is a host that a server's Outlook Anywhere sends clients outside to.
type sitedHost struct {
	host   string // in small letters
	server string
	site   string // of Active Directory; "" of a server that is in none, or in no complete list
	doubt  string // why the site is not known
}

// hostsOutside lists what the servers of an organization publish for Outlook Anywhere
// outside, each with its site.
func hostsOutside(org *facts.Organization) []sitedHost {
	sites := make(map[string]facts.Observed[facts.Text], len(org.Servers.Value))
	for _, server := range org.Servers.Value {
		sites[strings.ToLower(server.Name)] = server.Site
	}
	var list []sitedHost
	for _, d := range org.VirtualDirectories.Value {
		host := strings.ToLower(d.Outside().Value.Host)
		if d.BackEnd || !outlookAnywhereFront(d) || host == "" {
			continue
		}
		site, known := sites[strings.ToLower(d.Server)]
		if !known {
			site.Why = org.Servers.Why // the server is not there, or was not seen
		}
		list = append(list, sitedHost{host: host, server: d.Server, site: site.Value.Value, doubt: site.Why})
	}
	return list
}
