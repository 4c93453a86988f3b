package source

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/tlsprobe"
	"exprobe/configs"
)

// maxTargets is the most hosts that a directory and answers may have probed: five
// thousand that are published, each with two names of its own and a server behind
// it. What names more is broken, or wants this machine to knock at every door.
const maxTargets = 20000

// Target is a host to probe, and who publishes it.
type Target struct {
	tlsprobe.Target
	Origins []facts.Origin

	// Rest says of the last target that it stands for all that are too many, so that
	// they are not taken for seen. It is empty for every other.
	Rest string
}

// Words for what is published besides the services of virtual directories.
const (
	byOperator     = "operator"
	byPoint        = "connection-point"
	byRelationship = "organization-relationship"
	byConnector    = "intra-organization-connector"
	byAvailability = "availability"
)

// Targets lists what to probe, each host once and in the order in which it is met:
// the places of Outlook Anywhere with SSL, everything else that the directory
// publishes over https, the hosts that Autodiscover leads to, those that the operator named; and behind each place
// of Outlook Anywhere every Exchange server under its own name, so that what a load
// balancer hides is seen too. The directory's URLs of its Autodiscover virtual
// directories are left out: clients are given the connection points instead. There
// are no more than maxTargets, not counting what the operator named.
func Targets(s *facts.Snapshot, further []configs.Host) []Target {
	t := &targets{index: map[string]int{}, named: map[string]bool{}}
	for _, h := range further {
		t.named[targetKey(h.Name, h.Port, "")] = true
	}
	places, _ := s.Places()
	for _, p := range places {
		if !p.SSLOff() && (!unfit(p.Host) || s.Names(p.Host)) {
			t.add(p.Host, p.Port, "", facts.Origin{By: placeOrigin(p), Service: facts.ServiceRPC, Scope: p.Scope})
		}
	}
	for i := range s.Organizations {
		t.addDirectory(&s.Organizations[i])
	}
	t.addAnswers(s)
	for _, h := range further {
		t.add(h.Name, h.Port, "", facts.Origin{By: "--host", Service: byOperator})
	}
	publishers := publishersOf(s.Organizations)
	for _, p := range places {
		if !p.SSLOff() && !p.Online {
			t.addNodes(p, publishers[strings.ToLower(p.Host)])
		}
	}
	if t.restOfAnswers != nil && !t.has(*t.restOfAnswers) {
		t.list = append(t.list, *t.restOfAnswers)
	}
	if t.rest != nil {
		t.list = append(t.list, *t.rest)
	}
	return t.list
}

type targets struct {
	list  []Target
	index map[string]int
	named map[string]bool // by the operator
	rest  *Target         // the first that is one too many

	restOfAnswers *Target // the same of those that answers name
}

func (t *targets) add(name string, port int, node string, origin facts.Origin) {
	if name == "" {
		return
	}
	key := targetKey(name, port, node)
	at, known := t.index[key]
	if !known {
		target := Target{Target: tlsprobe.Target{Name: name, Port: port, Node: node}}
		if len(t.list) >= maxTargets && !t.named[key] {
			if t.rest == nil {
				label := facts.Label(name, port)
				if node != "" {
					label += " at " + node
				}
				target.Rest = fmt.Sprintf("more than %d hosts are published, so %s and all after it were not looked at; "+
					"next: name those that matter with --host, or audit one directory at a time", maxTargets, label)
				target.Origins = []facts.Origin{origin}
				t.rest = &target
			}
			return
		}
		at = len(t.list)
		t.index[key] = at
		t.list = append(t.list, target)
	}
	t.list[at].Origins = append(t.list[at].Origins, origin)
}

// has says that a target is in the list for another reason.
func (t *targets) has(other Target) bool {
	_, known := t.index[targetKey(other.Name, other.Port, other.Node)]
	return known
}

// targetKey tells targets apart: two spellings of a name are one host.
func targetKey(name string, port int, node string) string {
	return strings.ToLower(facts.HostPort(strings.TrimSuffix(name, "."), port) + " " + strings.TrimSuffix(node, "."))
}

func (t *targets) addURL(u facts.Observed[facts.PublishedURL], origin facts.Origin) {
	if u.Known && u.Value.SSL {
		t.add(u.Value.Host, u.Value.Port, "", origin)
	}
}

func (t *targets) addDirectory(org *facts.Organization) {
	for _, v := range org.VirtualDirectories.Value {
		if v.BackEnd || v.Service == facts.ServiceAutodiscover || v.Service == facts.ServiceRPC {
			continue // the places speak for Outlook Anywhere
		}
		t.addURL(v.External, facts.Origin{By: v.DN, Service: v.Service, Scope: facts.External})
		t.addURL(v.Internal, facts.Origin{By: v.DN, Service: v.Service, Scope: facts.Internal})
	}
	for _, p := range org.ConnectionPoints.Value {
		if p.Kind.Value != facts.PointURL {
			continue
		}
		for _, binding := range p.Bindings.Value {
			if host, port, ok := secure(binding); ok {
				t.add(host, port, "", facts.Origin{By: p.DN, Service: byPoint, Scope: facts.Internal})
			}
		}
	}
	for _, r := range org.OrganizationRelationships.Value {
		if r.Enabled.Value.Value {
			t.addURL(r.Autodiscover, facts.Origin{By: r.DN, Service: byRelationship})
			t.addURL(r.Sharing, facts.Origin{By: r.DN, Service: byRelationship})
			t.addURL(r.OWA, facts.Origin{By: r.DN, Service: byRelationship})
		}
	}
	for _, c := range org.IntraOrganizationConnectors.Value {
		if c.Enabled.Value.Value {
			t.addURL(c.Discovery, facts.Origin{By: c.DN, Service: byConnector})
		}
	}
	for _, a := range org.AvailabilityAddressSpaces.Value {
		t.addURL(a.Proxy, facts.Origin{By: a.DN, Service: byAvailability})
		t.addURL(a.Autodiscover, facts.Origin{By: a.DN, Service: byAvailability})
	}
}

// addNodes adds the Exchange servers that publish a place's host, each under its own
// name. A host that is a server's own name has nothing in front of it.
func (t *targets) addNodes(p facts.Place, publishers []publisher) {
	for _, server := range publishers {
		if t.rest != nil {
			return
		}
		if !strings.EqualFold(server.fqdn, p.Host) {
			t.add(p.Host, p.Port, server.fqdn, facts.Origin{By: server.dn, Service: facts.ServiceRPC, Scope: p.Scope})
		}
	}
}

// publisher is an Exchange server that publishes a host.
type publisher struct{ fqdn, dn string }

// publishersOf lists, for each host of Outlook Anywhere in small letters, the servers
// that publish it. Two organizations may share a host, and each has servers behind
// it; a server's name is one of its own organization, where it should be the only one.
func publishersOf(organizations []facts.Organization) map[string][]publisher {
	all := map[string][]publisher{}
	for i := range organizations {
		org := &organizations[i]
		hosts := map[string][]string{} // by server
		for _, v := range org.VirtualDirectories.Value {
			if v.Service == facts.ServiceRPC {
				name := strings.ToLower(v.Server)
				hosts[name] = append(hosts[name], hostOf(v.External), hostOf(v.Internal))
			}
		}
		for _, server := range org.Servers.Value {
			name, fqdn := strings.ToLower(server.Name), server.FQDN.Value.Value
			if fqdn == "" {
				continue
			}
			published := hosts[name]
			delete(hosts, name)
			slices.Sort(published)
			for _, host := range slices.Compact(published) {
				all[host] = append(all[host], publisher{fqdn, server.DN})
			}
		}
	}
	return all
}

// hostOf is the host of a URL as places are told apart by it.
func hostOf(u facts.Observed[facts.PublishedURL]) string {
	return strings.ToLower(strings.TrimSuffix(u.Value.Host, "."))
}

func placeOrigin(p facts.Place) string {
	if p.ProviderDN != "" {
		return p.ProviderDN
	}
	return "Autodiscover"
}

// secure is the host and port of an https URL.
func secure(text string) (host string, port int, ok bool) {
	u, err := url.Parse(text)
	if err != nil || !strings.EqualFold(u.Scheme, "https") || u.Hostname() == "" {
		return "", 0, false
	}
	if u.Port() == "" {
		return u.Hostname(), 443, true
	}
	port, err = strconv.Atoi(u.Port())
	return u.Hostname(), port, err == nil && port > 0 && port < 1<<16
}

// plain is what a probe needs of targets.
func plain(list []Target) []tlsprobe.Target {
	targets := make([]tlsprobe.Target, len(list))
	for i, t := range list {
		targets[i] = t.Target
	}
	return targets
}

// attribute notes on each host who publishes it, and on the one that stands for the
// rest that nobody looked at them, whatever it serves itself.
func attribute(hosts []facts.Host, list []Target) {
	origins := map[string][]facts.Origin{}
	rest := map[string]string{}
	for _, t := range list {
		key := targetKey(t.Name, t.Port, t.Node)
		origins[key] = append(origins[key], t.Origins...)
		if t.Rest != "" {
			rest[key] = t.Rest
		}
	}
	for i := range hosts {
		key := targetKey(hosts[i].Name, hosts[i].Port, hosts[i].Node)
		hosts[i].Origins = origins[key]
		if why := rest[key]; why != "" {
			hosts[i].Addresses = facts.Unknown[[]facts.Endpoint](why)
		}
	}
}
