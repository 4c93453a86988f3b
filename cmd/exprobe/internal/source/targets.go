package source

import (
	"net/url"
	"strconv"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/tlsprobe"
	"exprobe/configs"
)

// Target is a host to probe, and who publishes it.
type Target struct {
	tlsprobe.Target
	Origins []facts.Origin
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
// publishes over https, the hosts that the operator named; and behind each place
// of Outlook Anywhere every Exchange server under its own name, so that what a load
// balancer hides is seen too. The directory's URLs of its Autodiscover virtual
// directories are left out: clients are given the connection points instead.
func Targets(s *facts.Snapshot, further []configs.Host) []Target {
	t := &targets{index: map[string]int{}}
	places, _ := s.Places()
	for _, p := range places {
		if !p.SSLOff() {
			t.add(p.Host, p.Port, "", facts.Origin{By: placeOrigin(p), Service: facts.ServiceRPC, Scope: p.Scope})
		}
	}
	for i := range s.Organizations {
		t.addDirectory(&s.Organizations[i])
	}
	for _, h := range further {
		t.add(h.Name, h.Port, "", facts.Origin{By: "--host", Service: byOperator})
	}
	for _, p := range places {
		if !p.SSLOff() && !p.Online {
			t.addNodes(s, p)
		}
	}
	return t.list
}

type targets struct {
	list  []Target
	index map[string]int
}

func (t *targets) add(name string, port int, node string, origin facts.Origin) {
	if name == "" {
		return
	}
	key := strings.ToLower(facts.HostPort(name, port) + " " + node)
	at, known := t.index[key]
	if !known {
		at = len(t.list)
		t.index[key] = at
		t.list = append(t.list, Target{Target: tlsprobe.Target{Name: name, Port: port, Node: node}})
	}
	t.list[at].Origins = append(t.list[at].Origins, origin)
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

// addNodes adds each Exchange server that publishes a place's host, under its own
// name. A host that is a server's own name has nothing in front of it.
func (t *targets) addNodes(s *facts.Snapshot, p facts.Place) {
	for i := range s.Organizations {
		org := &s.Organizations[i]
		if org.Directory != p.Organization {
			continue
		}
		publishers := map[string]bool{}
		for _, v := range org.VirtualDirectories.Value {
			if v.Service == facts.ServiceRPC && (strings.EqualFold(v.External.Value.Host, p.Host) || strings.EqualFold(v.Internal.Value.Host, p.Host)) {
				publishers[strings.ToLower(v.Server)] = true
			}
		}
		for _, server := range org.Servers.Value {
			fqdn := server.FQDN.Value.Value
			if fqdn != "" && !strings.EqualFold(fqdn, p.Host) && publishers[strings.ToLower(server.Name)] {
				t.add(p.Host, p.Port, fqdn, facts.Origin{By: server.DN, Service: facts.ServiceRPC, Scope: p.Scope})
			}
		}
	}
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

// attribute notes on each host who publishes it. Two spellings of a name are one
// host.
func attribute(hosts []facts.Host, list []Target) {
	origins := map[string][]facts.Origin{}
	key := func(name string, port int, node string) string {
		return strings.ToLower(strings.TrimSuffix(name, ".") + " " + strconv.Itoa(port) + " " + strings.TrimSuffix(node, "."))
	}
	for _, t := range list {
		k := key(t.Name, t.Port, t.Node)
		origins[k] = append(origins[k], t.Origins...)
	}
	for i := range hosts {
		hosts[i].Origins = origins[key(hosts[i].Name, hosts[i].Port, hosts[i].Node)]
	}
}
