package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// views are all that was seen of one name and port: what clients see at its
// addresses, and what each server behind a balancer shows for the same name.
type views struct {
	subject     report.Subject
	front, back []view
	unseen      []string // reasons, each once
}

// view is what one address serves, as the thumbprints of every certificate that it
// keeps for the name. Views that agree in every kind of key that both were seen with
// are one: behind a balancer only one kind is asked for.
type view struct {
	places []string
	leaf   leaf
	prints []print
}

// print tells certificates apart, and the kinds of their keys.
type print struct{ key, thumbprint string }

func printOf(c facts.Certificate) print { return print{c.Key, c.Thumbprint} }

// agree says whether two views have a certificate in common, and no kind of key of
// which each has another.
func agree(a, b []print) bool {
	common := false
	for _, p := range a {
		switch {
		case slices.Contains(b, p):
			common = true
		case slices.ContainsFunc(b, func(o print) bool { return o.key == p.key && !slices.Contains(a, o) }):
			return false
		}
	}
	return common
}

type leaf facts.Certificate

// describe tells certificates apart in one line.
func (c leaf) describe() string {
	if c.Unreadable != "" {
		return "a certificate that cannot be parsed, thumbprint " + c.Thumbprint
	}
	return orNone(strings.Join(c.CommonNames, ", ")) + ", valid " + day(c.NotBefore) + " to " + day(c.NotAfter) + ", thumbprint " + c.Thumbprint
}

// viewed gathers the views of every name that clients have a view of, in the order
// of the hosts. Where no server behind a name was reached, nobody expected to see
// behind it: the report's notes say so.
func viewed(s *facts.Snapshot) []*views {
	var list []*views
	at, reached := map[string]*views{}, reachedBehind(s)
	for _, behind := range []bool{false, true} {
		for _, h := range s.Hosts {
			key := strings.ToLower(facts.HostPort(h.Name, h.Port))
			if behind != (h.Node != "") || behind && (at[key] == nil || !reached[nodeKey(h)]) {
				continue
			}
			if at[key] == nil {
				at[key] = &views{subject: hostSubject(h)}
				list = append(list, at[key])
			}
			at[key].add(h)
		}
	}
	for _, v := range list {
		byPlace := func(a, b view) int { return strings.Compare(a.places[0], b.places[0]) }
		slices.SortFunc(v.front, byPlace)
		slices.SortFunc(v.back, byPlace)
		slices.Sort(v.unseen)
		v.unseen = slices.Compact(v.unseen)
	}
	return list
}

func (v *views) add(h facts.Host) {
	if !h.Addresses.Known || len(h.Addresses.Value) == 0 {
		why := h.Addresses.Why
		if why == "" {
			why = h.Name + " was not probed"
		}
		v.unseen = append(v.unseen, why)
	}
	for _, e := range h.Addresses.Value {
		served := e.Served.Value
		switch {
		case !e.Served.Known:
			v.unseen = append(v.unseen, unseen(e))
			continue
		case served.Leaf().Thumbprint == "":
			v.unseen = append(v.unseen, e.Address+": "+unparsed(served.Leaf()))
			continue
		case served.Others.Asked() && !served.Others.Known:
			v.unseen = append(v.unseen, e.Address+": "+served.Others.Why)
		}
		one := view{places: []string{e.Address}, leaf: leaf(served.Leaf()), prints: []print{printOf(served.Leaf())}}
		for _, other := range served.Others.Value {
			if len(other.Chain) > 0 {
				one.prints = append(one.prints, printOf(other.Chain[0]))
			}
		}
		if h.Node == "" {
			v.front = append(v.front, one)
			continue
		}
		one.places[0] = h.Node + " (" + e.Address + ")"
		v.back = append(v.back, one)
	}
}

// distinct puts views together that agree.
func distinct(list []view) []view {
	var groups []view
	for _, one := range list {
		i := slices.IndexFunc(groups, func(g view) bool {
			return agree(g.prints, one.prints)
		})
		if i < 0 {
			one.places = slices.Clone(one.places)
			groups = append(groups, one)
			continue
		}
		groups[i].places = append(groups[i].places, one.places...)
		groups[i].prints = append(slices.Clone(groups[i].prints), one.prints...)
	}
	return groups
}
