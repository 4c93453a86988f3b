package facts

import (
	"slices"
	"strings"
)

// Judgement is one row of what exprobe is for: one place, at one address, with the
// certificate that was served there and how it meets the principal name.
type Judgement struct {
	Place
	Address string           // "" where no address could be found
	Served  Observed[Served] // what the address showed
	To      string           // to which clients, where it keeps another chain for some; "" for the first one seen
	Match   Match
	Why     string // why not more, or a note
}

// Judge compares every place with every certificate that its host serves. The
// order is fixed: EXPR before EXCH, then by host and address.
func (s *Snapshot) Judge() ([]Judgement, []Gap) {
	if s.settled != nil {
		return s.settled.rows, s.settled.gaps
	}
	places, gaps := s.Places()
	hosts := make(map[string]*Host, len(s.Hosts))
	for i := range s.Hosts {
		if s.Hosts[i].Node != "" {
			continue
		}
		hosts[hostKey(s.Hosts[i].Name, s.Hosts[i].Port)] = &s.Hosts[i]
	}
	var rows []Judgement
	for _, p := range places {
		for _, row := range sightings(p, hosts[hostKey(p.Host, p.Port)]) {
			row.judge()
			rows = append(rows, row)
		}
	}
	return rows, gaps
}

// sightings lists the chains at the addresses of a place's host, or one row without an address.
func sightings(p Place, host *Host) []Judgement {
	blind := func(why string) []Judgement { return []Judgement{{Place: p, Served: Unknown[Served](why)}} }
	switch {
	case host == nil || !host.Addresses.Asked():
		return blind(p.Host + " was not probed")
	case !host.Addresses.Known:
		return blind(host.Addresses.Why)
	case len(host.Addresses.Value) == 0:
		return blind(p.Host + " has no address")
	}
	rows := make([]Judgement, 0, len(host.Addresses.Value))
	for _, e := range host.Addresses.Value {
		served := e.Served
		if !served.Asked() {
			served = Unknown[Served](e.Address + " was not probed")
		}
		rows = append(rows, Judgement{Place: p, Address: e.Address, Served: served})
		for _, other := range served.Value.Others.Value {
			if len(other.Chain) > 0 {
				rows = append(rows, Judgement{Place: p, Address: e.Address, Served: Known(served.Value.With(other)), To: served.Value.To(other)})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b Judgement) int { return strings.Compare(a.Address, b.Address) })
	return rows
}

func (j *Judgement) judge() {
	switch {
	case j.Effective.Known && j.Effective.Value.Form == None:
		j.Match, j.Why = Unchecked, j.Effective.Value.Why
	case !j.Effective.Known:
		j.Match, j.Why = Unseen, j.Effective.Why
	case j.Effective.Value.Form == Malformed:
		j.Match, j.Why = j.Effective.Value.Match(Certificate{})
	case !j.Served.Known:
		j.Match, j.Why = Unseen, j.Served.Why
	default:
		j.Match, j.Why = j.Effective.Value.MatchServed(j.Served.Value)
	}
}

// hostKey tells hosts apart by name, without regard to case, and port.
func hostKey(name string, port int) string { return strings.ToLower(HostPort(name, port)) }
