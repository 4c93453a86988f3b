package facts

import (
	"slices"
	"strings"
)

// Other is an Exchange organization that was not read.
type Other struct {
	DN  string `json:"dn,omitempty"` // empty where it stands for those that there may be
	Why string `json:"why"`
}

// ByOrganization splits a snapshot of several organizations into one for each, in
// their order: with the Autodiscover answers that are its own and the hosts that it
// publishes. A provider holds one value for one organization, so each is judged and
// mended by itself. A host that nobody publishes goes with the first. A snapshot of
// one organization, or of none, is its own only part.
func (s *Snapshot) ByOrganization() []*Snapshot {
	if len(s.Organizations) < 2 {
		return []*Snapshot{s}
	}
	parts := make([]*Snapshot, len(s.Organizations))
	for i := range parts {
		parts[i] = &Snapshot{Schema: s.Schema, TakenAt: s.TakenAt, Organizations: s.Organizations[i : i+1 : i+1], Certificates: s.Certificates}
	}
	for _, a := range s.Answers {
		owner := parts[s.ownerOf(&a)]
		owner.Answers = append(owner.Answers, a)
	}
	for _, o := range s.Offers {
		for _, i := range s.publishersOf(o.Host) {
			parts[i].Offers = append(parts[i].Offers, o)
		}
	}
	published := make([]map[string]bool, len(parts))
	for i, part := range parts {
		published[i] = map[string]bool{}
		places, _ := part.Places()
		for _, p := range places {
			published[i][hostKey(p.Host, p.Port)] = true
		}
		for _, p := range s.Organizations[i].ConnectionPoints.Value {
			for _, binding := range p.Bindings.Value {
				if host, port, _ := WebAddress(binding); host != "" {
					published[i][hostKey(host, port)] = true
				}
			}
		}
	}
	for _, h := range s.Hosts {
		owned := false
		for i, part := range parts {
			if published[i][hostKey(h.Name, h.Port)] || s.Organizations[i].holds(h) {
				part.Hosts = append(part.Hosts, h)
				owned = true
			}
		}
		if !owned {
			parts[0].Hosts = append(parts[0].Hosts, h)
		}
	}
	return parts
}

// holds says whether an object of the organization publishes the host.
func (o *Organization) holds(h Host) bool {
	suffix := "," + strings.ToLower(o.DN)
	return o.DN != "" && slices.ContainsFunc(h.Origins, func(origin Origin) bool {
		return strings.HasSuffix(strings.ToLower(origin.By), suffix)
	})
}

// ownerOf is the index of the organization that an answer belongs to: the one that
// publishes a host of it, the one whose domain the mailbox is in, or the first.
func (s *Snapshot) ownerOf(a *Answer) int {
	for _, node := range a.Response.Value.Nodes {
		for i := range s.Organizations {
			if s.Organizations[i].publishes(node.ServerName()) {
				return i
			}
		}
	}
	return s.ownerOfName(a.domain())
}

// ownerOfName is the index of the organization with the longest domain that a name
// is in, or of the first.
func (s *Snapshot) ownerOfName(domain string) int {
	best, length := 0, -1
	for i := range s.Organizations {
		for _, name := range s.Organizations[i].domains() {
			if (equalFold(domain, name) || strings.HasSuffix(strings.ToLower(domain), "."+strings.ToLower(name))) && len(name) > length {
				best, length = i, len(name)
			}
		}
	}
	return best
}

// publishersOf lists the organizations that publish a host, or the one in whose
// domain it is.
func (s *Snapshot) publishersOf(host string) []int {
	var owners []int
	for i := range s.Organizations {
		if s.Organizations[i].publishes(host) {
			owners = append(owners, i)
		}
	}
	if len(owners) == 0 {
		owners = append(owners, s.ownerOfName(host))
	}
	return owners
}

// publishes says whether an Outlook Anywhere virtual directory names the host.
func (o *Organization) publishes(host string) bool {
	if host == "" {
		return false
	}
	for _, v := range o.VirtualDirectories.Value {
		if v.Service == ServiceRPC && (strings.EqualFold(v.External.Value.Host, host) || strings.EqualFold(v.Internal.Value.Host, host)) {
			return true
		}
	}
	return false
}

// domains lists the names under which an organization's mailboxes are.
func (o *Organization) domains() []string {
	var names []string
	if o.DomainName != "" {
		names = append(names, o.DomainName)
	}
	for _, d := range o.AcceptedDomains.Value {
		if name := strings.TrimPrefix(d.Domain.Value.Value, "*."); name != "" && name != "*" {
			names = append(names, name)
		}
	}
	return names
}
