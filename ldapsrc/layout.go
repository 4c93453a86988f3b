package ldapsrc

import (
	"cmp"
	"context"
	"fmt"
	"strings"
)

// setupGroup is the administrative group in which setup puts every server of Exchange
// 2007 and later, and a routing group. So neither is believed to be missing there.
const setupGroup = "Exchange Administrative Group (FYDIBOHF23SPDLT)"

// layout is where the objects of the administrative groups lie. It is read first and
// once, container by container, so that every section knows the places of its
// objects, and need not believe that what shows itself by its class is all.
type layout struct {
	arrays      []place // the containers of client access arrays
	connections []place // those of send connectors, one to a routing group
	servers     []entry // the children of CN=Servers, machines or not, by name
	why         string  // why there may be more of any of these
	refused     string  // why a container was not listed, other than for its being hidden
	blind       string  // why there may be servers of which nothing at all was seen
}

// readLayout reads the layout. machines are the servers that show themselves by
// class: they may lie in groups that cannot be listed.
func (f *forest) readLayout(ctx context.Context, machines reading) layout {
	var l layout
	list := func(places ...place) []entry {
		got := f.list(ctx, places, asking(attrRoles, attrVersionNumber))
		l.refused = cmp.Or(l.refused, got.why)
		l.why = cmp.Or(l.why, got.why, hiddenPlace(got.empty))
		return got.entries
	}
	var groups []place
	for _, g := range list(place{dn: "CN=Administrative Groups," + f.orgDN}) {
		groups = append(groups, place{dn: g.DN})
	}
	var inner []place // CN=Servers and CN=Routing Groups of every group
	listed := map[string]bool{}
	for _, e := range list(groups...) {
		switch p := (place{dn: e.DN, sure: e.readable()}); strings.ToLower(e.name()) {
		case "servers", "routing groups":
			p.sure = p.sure && !strings.EqualFold(nameIn(rdnsOf(parentOf(e.DN)), ""), setupGroup)
			inner = append(inner, p)
			listed[strings.ToLower(p.dn)] = true
		case "arrays":
			l.arrays = append(l.arrays, p)
		}
	}
	for _, m := range machines.entries {
		p := place{dn: parentOf(m.DN)}
		if key := strings.ToLower(p.dn); !listed[key] {
			listed[key] = true
			inner = append(inner, p)
		}
	}
	for _, e := range list(inner...) {
		if strings.EqualFold(nameIn(rdnsOf(parentOf(e.DN)), ""), "Servers") {
			l.servers = append(l.servers, e)
		} else {
			l.connections = append(l.connections, place{dn: "CN=Connections," + e.DN, sure: e.readable()})
		}
	}
	l.servers = union(machines.entries, l.servers)
	if l.why != "" {
		l.blind = machines.why
	}
	return l
}

// inServers are containers below CN=Protocols of every server that serves clients.
func (l layout) inServers(containers ...container) []place {
	var places []place
	for _, e := range l.servers {
		if roles := e.number(attrRoles); roles.Known && roles.Value.Value&roleEdge != 0 {
			continue
		}
		for _, c := range containers {
			if len(places) < maxContainers {
				places = append(places, c.in(e))
			} else {
				places = append(places, place{}) // counted, and never listed
			}
		}
	}
	return places
}

// hiddenPlace says why containers that showed nothing may hold something.
func hiddenPlace(empty []place) string {
	for _, p := range empty {
		if !p.sure {
			return fmt.Sprintf("nothing in %s is visible, so there may be more: %s", printable(p.dn), hintRights)
		}
	}
	return ""
}

// parentOf is the distinguished name without its first part.
func parentOf(dn string) string {
	for i := 0; i < len(dn); i++ {
		switch dn[i] {
		case '\\':
			i++
		case ',':
			return dn[i+1:]
		}
	}
	return ""
}
