package source

import (
	"cmp"
	"net"
	"net/url"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
)

// byDomain groups LDAP URLs by the DNS domain of their hosts, in the order given.
// Addresses and bare names go with the first that is in a domain, wherever they stand.
func byDomain(urls []string) [][]string {
	domains := make([]string, len(urls))
	first := ""
	for i, raw := range urls {
		domains[i] = domainOfURL(raw)
		first = cmp.Or(first, domains[i])
	}
	var groups [][]string
	index := map[string]int{}
	for i, raw := range urls {
		domain := cmp.Or(domains[i], first)
		at, known := index[domain]
		if !known {
			at = len(groups)
			index[domain] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], raw)
	}
	return groups
}

// domainOfURL is the DNS domain of a URL's host in small letters; "" of an address or a
// bare name.
func domainOfURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || net.ParseIP(u.Hostname()) != nil {
		return ""
	}
	_, domain, _ := strings.Cut(strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), ".")
	return domain
}

// distinct drops organizations that were read before, because two domains of one
// forest hold the same one: the better reading stays, and nothing is forgotten of
// what the other met on its way. Behind them stand the organizations that a forest
// holds and that were not read, so that what they publish is not taken for seen.
//
// A directory that could not be read is of a forest that was, and passes for one more
// domain controller of it, where the forest names its domain: what it would have said
// is known. Any other stays, as a forest that nobody saw.
func distinct(organizations []facts.Organization) []facts.Organization {
	kept := []facts.Organization{}
	index := map[string]int{}
	for _, org := range slices.Concat(organizations, others(organizations)) {
		key := strings.ToLower(org.DN)
		at, known := index[key]
		if key == "" || !known {
			index[key] = len(kept)
			kept = append(kept, org)
			continue
		}
		better, other := kept[at], org
		if !complete(better) && complete(other) {
			better, other = other, better
		}
		better.Insecure = cmp.Or(better.Insecure, other.Insecure)
		better.Passed = append(slices.Clip(better.Passed), other.Passed...)
		kept[at] = better
	}
	return pass(kept)
}

// pass takes out the directories that could not be read and are of a forest that was,
// and notes them there.
func pass(organizations []facts.Organization) []facts.Organization {
	kept := []facts.Organization{}
	var passed []facts.Organization
	for _, org := range organizations {
		if slices.ContainsFunc(organizations, func(other facts.Organization) bool { return holds(other, org) }) {
			passed = append(passed, org)
		} else {
			kept = append(kept, org)
		}
	}
	for _, failed := range passed {
		at := slices.IndexFunc(kept, func(org facts.Organization) bool { return holds(org, failed) })
		kept[at].Insecure = cmp.Or(kept[at].Insecure, failed.Insecure)
		kept[at].Passed = append(slices.Clip(kept[at].Passed), failed.Directory+": "+strings.ReplaceAll(failed.Providers.Why, "\n", "; "))
	}
	return kept
}

// holds says whether a directory that was not read is one of the organization's forest:
// the forest says that it has the domain, and the name of the domain, which lies below
// that of the one that was asked, says so too. A forest's word alone does not make
// another one seen.
func holds(org, failed facts.Organization) bool {
	if org.DN == "" || failed.DN != "" || failed.Providers.Known || failed.Providers.Why == "" {
		return false
	}
	domain := strings.ToLower(failed.Directory)
	if strings.Contains(domain, "://") {
		domain = domainOfURL(domain)
	}
	own := strings.ToLower(org.DomainName)
	related := domain == own || strings.HasSuffix(domain, "."+own) || strings.HasSuffix(own, "."+domain)
	return domain != "" && own != "" && related && slices.Contains(org.Domains, domain)
}

// others are the organizations that stand in a forest beside the one that was read,
// each as one that could not be.
func others(organizations []facts.Organization) []facts.Organization {
	var list []facts.Organization
	for _, org := range organizations {
		for _, o := range org.Others {
			other := facts.Organization{Directory: org.Directory, DomainName: org.DomainName, DN: o.DN}
			other.Unread(o.Why)
			list = append(list, other)
		}
	}
	return list
}

// complete says whether a reading has what the rules need.
func complete(org facts.Organization) bool {
	return org.Providers.Known && org.VirtualDirectories.Known
}
