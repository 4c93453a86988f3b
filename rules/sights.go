package rules

import (
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// sights answers which certificates a subject serves. It looks the hosts up once,
// and only where somebody asks.
type sights struct {
	snapshot *facts.Snapshot
	hosts    map[string][]*facts.Host // by their label in small letters; "" for all
}

// serves says whether a subject serves a certificate that is still valid: a host at
// its address, or at any where the subject names none, and for a subject that is no
// host any host at all. why is not "" where that could not be seen.
func (x *sights) serves(subject report.Subject, thumbprint string) (serves bool, why string) {
	label := ""
	if subject.Kind == "host" {
		label = strings.ToLower(subject.Name)
	}
	hosts := x.labelled(label)
	if len(hosts) == 0 {
		return false, subject.Name + " was not probed"
	}
	for _, h := range hosts {
		if !h.Addresses.Known {
			why = reason(h.Addresses.Why, h.Name)
		}
		for _, e := range h.Addresses.Value {
			if subject.Address != "" && subject.Address != e.Address {
				continue
			}
			if !e.Served.Known {
				why = reason(e.Served.Why, e.Address)
				continue
			}
			for _, leaf := range leaves(e.Served.Value) {
				switch {
				case !strings.EqualFold(leaf.Thumbprint, thumbprint):
				case leaf.Unreadable != "":
					why = "the certificate could not be parsed: " + leaf.Unreadable
				case !x.snapshot.TakenAt.After(leaf.NotAfter):
					return true, ""
				}
			}
		}
	}
	return false, why
}

func (x *sights) labelled(label string) []*facts.Host {
	if x.hosts == nil {
		x.hosts = map[string][]*facts.Host{}
		for i := range x.snapshot.Hosts {
			h := &x.snapshot.Hosts[i]
			if h.Node != "" {
				continue // behind a balancer, where no client looks
			}
			own := strings.ToLower(facts.Label(h.Name, h.Port))
			x.hosts[own] = append(x.hosts[own], h)
			x.hosts[""] = append(x.hosts[""], h)
		}
	}
	return x.hosts[label]
}

// leaves are the certificates that one address shows to clients of any ability.
func leaves(s facts.Served) []facts.Certificate {
	list := []facts.Certificate{s.Leaf()}
	for _, other := range s.Others.Value {
		if len(other.Chain) > 0 {
			list = append(list, other.Chain[0])
		}
	}
	return list
}

func reason(why, name string) string {
	if why == "" {
		return name + " was not probed"
	}
	return why
}
