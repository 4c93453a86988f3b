package source

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
)

// Merge makes one snapshot of several views of a deployment, such as one from inside
// and one from outside: everything that any of them saw, once, as of the latest. A
// name that one of them could not resolve, or an address that it could not reach, is
// as the others saw it. The views are not changed.
func Merge(views []*facts.Snapshot) *facts.Snapshot {
	all := &facts.Snapshot{Schema: facts.EvidenceSchema, Answers: []facts.Answer{}, Hosts: []facts.Host{}}
	var organizations []facts.Organization
	hosts := map[string]int{}
	for _, s := range views {
		if s.TakenAt.After(all.TakenAt) {
			all.TakenAt = s.TakenAt
		}
		all.Altered = append(all.Altered, s.Altered...)
		organizations = append(organizations, s.Organizations...)
		all.Answers = unite(all.Answers, s.Answers)
		all.Offers = unite(all.Offers, s.Offers)
		all.Certificates = mergeCertificates(all.Certificates, s.Certificates)
		for _, h := range s.Hosts {
			key := strings.ToLower(facts.HostPort(h.Name, h.Port) + " " + h.Node)
			at, known := hosts[key]
			if !known {
				hosts[key] = len(all.Hosts)
				all.Hosts = append(all.Hosts, h)
				continue
			}
			all.Hosts[at] = mergeHosts(all.Hosts[at], h)
		}
	}
	all.Organizations = distinct(organizations)
	return all
}

// mergeCertificates are those that either knows of. They are all that there are where
// each that was asked saw all.
func mergeCertificates(a, b facts.Observed[[]facts.Certificate]) facts.Observed[[]facts.Certificate] {
	if !a.Asked() || !b.Asked() {
		if a.Asked() {
			return a
		}
		return b
	}
	all := facts.Observed[[]facts.Certificate]{Known: a.Known && b.Known, Why: cmp.Or(a.Why, b.Why), Value: slices.Clone(a.Value)}
	for _, c := range b.Value {
		if !slices.ContainsFunc(all.Value, func(other facts.Certificate) bool { return other.Thumbprint == c.Thumbprint }) {
			all.Value = append(all.Value, c)
		}
	}
	return all
}

func mergeHosts(a, b facts.Host) facts.Host {
	a.Origins = unite(a.Origins, b.Origins)
	switch {
	case !b.Addresses.Known:
		return a
	case !a.Addresses.Known:
		a.Addresses = b.Addresses
		return a
	}
	endpoints := slices.Clone(a.Addresses.Value)
	for _, e := range b.Addresses.Value {
		same := func(other facts.Endpoint) bool { return other.Address == e.Address }
		at := slices.IndexFunc(endpoints, same)
		switch {
		case at < 0:
			endpoints = append(endpoints, e)
		case !endpoints[at].Served.Known:
			endpoints[at] = e
		case e.Served.Known && !slices.ContainsFunc(endpoints, func(other facts.Endpoint) bool { return same(other) && sameLeaf(other, e) }):
			endpoints = append(endpoints, e) // one address that serves two certificates to two places
		}
	}
	a.Addresses = facts.Known(endpoints)
	return a
}

func sameLeaf(a, b facts.Endpoint) bool {
	return a.Served.Known && a.Served.Value.Leaf().Thumbprint == b.Served.Value.Leaf().Thumbprint
}

// unite appends what is not there already.
func unite[T any](list, more []T) []T {
	list = slices.Clip(list)
	known := map[string]bool{}
	for _, entry := range list {
		known[encoded(entry)] = true
	}
	for _, entry := range more {
		if text := encoded(entry); !known[text] {
			known[text] = true
			list = append(list, entry)
		}
	}
	return list
}

// encoded tells facts apart: everything in them is in their JSON.
func encoded(v any) string {
	var b bytes.Buffer
	_ = json.NewEncoder(&b).Encode(v) // facts hold nothing that JSON cannot
	return b.String()
}
