package fix

import (
	"fmt"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
)

// bearer is an Exchange server that is to serve the certificate.
type bearer struct {
	name  string // in the safe grammar
	old   string // the thumbprint that it serves now; "" where it is not known
	doubt string // what is not proven about it
}

// bearers lists the Exchange servers that serve the old certificate, as far as the
// directory and what was seen behind the balancers tell. strange are the names that
// cannot stand in a command, and fronts the addresses that nothing of this explains:
// a balancer or a proxy has a certificate of its own there.
func bearers(r Renewal) (list []bearer, strange []string, fronts []Seat) {
	publishes := publishersOf(r.Before)
	nodes := nodesOf(r.Before)
	explained := map[string]bool{} // labels of front seats
	names := make([]string, 0, len(publishes))
	for name := range publishes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		seats := r.front(publishes[name].hosts)
		behind, seen := nodes[strings.ToLower(publishes[name].fqdn)]
		concerned := slices.ContainsFunc(r.Seats, func(s Seat) bool { return s.Node != "" && equalName(s.Node, publishes[name].fqdn) })
		b := bearer{name: publishes[name].name}
		switch {
		case concerned:
			b.old = behind
		case seen || len(seats) == 0: // it serves another certificate, or none of these hosts
			continue
		default:
			if b.old = oneThumbprint(seats); b.old == "" {
				b.doubt = "it was not seen behind its published name, where several certificates are served"
			} else {
				b.doubt = "it was not seen behind its published name; that it serves the old certificate is concluded from what its hosts show"
			}
		}
		for _, s := range seats {
			if !seen || s.Old.Thumbprint == b.old {
				explained[s.label()] = true
			}
		}
		if !serverName().MatchString(b.name) {
			strange = append(strange, b.name)
			continue
		}
		list = append(list, b)
	}
	for _, s := range r.Seats {
		if s.Node == "" && !explained[s.label()] {
			fronts = append(fronts, s)
		}
	}
	return list, strange, fronts
}

// publisher is a server and the hosts that it publishes.
type publisher struct {
	name, fqdn string
	hosts      []string
}

// publishersOf maps each Exchange server to what it publishes: its virtual directories
// and its connection point.
func publishersOf(s *facts.Snapshot) map[string]publisher {
	all := map[string]publisher{}
	add := func(server, host string) {
		if server == "" || host == "" {
			return
		}
		key := strings.ToLower(server)
		p := all[key]
		if p.name == "" {
			p.name = server
		}
		p.hosts = append(p.hosts, strings.ToLower(strings.TrimSuffix(host, ".")))
		all[key] = p
	}
	for i := range s.Organizations {
		org := &s.Organizations[i]
		for _, v := range org.VirtualDirectories.Value {
			if !v.BackEnd {
				add(v.Server, v.External.Value.Host)
				add(v.Server, v.Internal.Value.Host)
			}
		}
		for _, point := range org.ConnectionPoints.Value {
			for _, binding := range point.Bindings.Value {
				host, _, _ := facts.WebAddress(binding)
				add(point.Server, host)
			}
		}
		for _, server := range org.Servers.Value {
			if p, ok := all[strings.ToLower(server.Name)]; ok {
				p.fqdn = server.FQDN.Value.Value
				all[strings.ToLower(server.Name)] = p
			}
		}
	}
	return all
}

// nodesOf maps the servers that were seen behind a balancer to the thumbprint that
// they serve.
func nodesOf(s *facts.Snapshot) map[string]string {
	seen := map[string]string{}
	for _, h := range s.Hosts {
		for _, e := range h.Addresses.Value {
			if h.Node != "" && e.Served.Known {
				seen[strings.ToLower(h.Node)] = e.Served.Value.Leaf().Thumbprint
			}
		}
	}
	return seen
}

func (r Renewal) front(hosts []string) []Seat {
	var list []Seat
	for _, s := range r.Seats {
		if s.Node == "" && slices.Contains(hosts, strings.ToLower(s.Host)) {
			list = append(list, s)
		}
	}
	return list
}

// oneThumbprint is the thumbprint that seats serve where they all serve the same one.
func oneThumbprint(seats []Seat) string {
	print := ""
	for _, s := range seats {
		if print != "" && s.Old.Thumbprint != print {
			return ""
		}
		print = s.Old.Thumbprint
	}
	return print
}

func places(seats []Seat) string {
	var parts []string
	for _, s := range seats {
		parts = append(parts, fmt.Sprintf("%s (%s)", s.label(), s.Old.Thumbprint))
	}
	return list(parts, ", ")
}
