package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// lookUps is the trace of each Autodiscover look-up, for the reader.
func lookUps(s *facts.Snapshot) []report.LookUp {
	list := []report.LookUp{}
	for _, l := range s.LookUps() {
		row := report.LookUp{Mailbox: l.Mailbox, Domain: l.Domain, Steps: []report.Step{}}
		if l.Wins >= 0 && l.Wins < len(l.Steps) {
			row.Wins = l.Steps[l.Wins].URL
		}
		for _, step := range l.Steps {
			requests := []report.Request{}
			for _, a := range step.Answers {
				requests = append(requests, request(a))
			}
			row.Steps = append(row.Steps, report.Step{Kind: step.Kind, Source: step.Source, URL: step.URL,
				Outcome: string(step.Outcome), Why: step.Why, Requests: requests})
		}
		list = append(list, row)
	}
	return list
}

func request(a *facts.Answer) report.Request {
	r := report.Request{Protocol: cmp.Or(a.Protocol, facts.POX), View: string(a.View), URL: a.URL, Asked: a.Asked,
		Answered: answered(a), Schemes: []string{}, CredentialsSent: a.CredentialsSent}
	r.Schemes = append(r.Schemes, a.Schemes...)
	if a.Secured.Known {
		r.Certificate = strings.Join(a.Secured.Value.Leaf.CommonNames, ", ")
	}
	return r
}

// answered is what came back, in a phrase.
func answered(a *facts.Answer) string {
	response := a.Response.Value
	switch {
	case a.Skipped != "":
		return "not asked: " + a.Skipped
	case a.Records.Known && len(a.Records.Value) == 0:
		return "no records"
	case a.Records.Known:
		var records []string
		for _, r := range a.Records.Value {
			records = append(records, facts.HostPort(r.Target, r.Port))
		}
		return strings.Join(records, ", ")
	case a.Records.Asked():
		return a.Records.Why
	case a.Location != "":
		return fmt.Sprintf("HTTP %d to %s", a.Status, a.Location)
	case !a.Response.Known:
		return a.Response.Why
	case response.Error != nil:
		return "error " + response.Error.Code + " " + response.Error.Message
	case response.Redirected() != "":
		return "redirected to " + response.Redirected()
	case response.Endpoint != nil:
		return response.Endpoint.URL
	case len(response.Nodes) > 0:
		var kinds []string
		for _, n := range response.Nodes {
			kinds = append(kinds, n.Type)
		}
		return "settings: " + strings.Join(kinds, ", ")
	}
	return fmt.Sprintf("settings: %d", len(response.Settings))
}

// served is the inventory of what every address of every host serves.
func served(s *facts.Snapshot) []report.Served {
	list := []report.Served{}
	for _, h := range s.Hosts {
		row := report.Served{Host: h.Name, Port: h.Port, Node: h.Node, PublishedBy: []string{}}
		for _, o := range h.Origins {
			if !slices.Contains(row.PublishedBy, o.Service) {
				row.PublishedBy = append(row.PublishedBy, o.Service)
			}
		}
		slices.Sort(row.PublishedBy)
		if !h.Addresses.Known {
			row.Note = h.Addresses.Why
			list = append(list, row)
			continue
		}
		for _, e := range h.Addresses.Value {
			list = append(list, servedAt(row, e))
			first := e.Served.Value
			for _, other := range first.Others.Value {
				one := servedAt(row, facts.Endpoint{Address: e.Address, Served: facts.Known(first.With(other))})
				one.To, one.Version = first.To(other), "" // the version was not negotiated with such a client
				list = append(list, one)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b report.Served) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Host), strings.ToLower(b.Host)), a.Port-b.Port,
			strings.Compare(a.Node, b.Node), strings.Compare(a.Address, b.Address))
	})
	return list
}

func servedAt(row report.Served, e facts.Endpoint) report.Served {
	row.Address = e.Address
	if !e.Served.Known {
		row.Note = e.Served.Why
		return row
	}
	leaf := e.Served.Value.Leaf()
	row.Version = e.Served.Value.Version
	row.CommonName = strings.Join(leaf.CommonNames, ", ")
	row.Issuer, row.Thumbprint = leaf.Issuer, leaf.Thumbprint
	if leaf.Unreadable != "" {
		row.Note = "the certificate could not be read: " + leaf.Unreadable
		return row
	}
	row.NotAfter = &leaf.NotAfter
	return row
}
