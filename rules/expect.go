package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// Expect says how far the change to a new certificate has come in a snapshot: what
// every address of every concerned host serves, and whether the directory,
// Autodiscover and the certificates agree now. A host is concerned where the new
// certificate covers it, or shares a name with what the host serves. failOn says
// whether a name that only an alternative name or a pattern matches is agreement:
// it is where warnings do not count.
func Expect(s *facts.Snapshot, leaf facts.Certificate, failOn report.FailOn) *report.Expectation {
	e := &report.Expectation{
		Certificate: report.Expected{CommonName: strings.Join(leaf.CommonNames, ", "), Names: append([]string{}, leaf.DNSNames...),
			Issuer: leaf.Issuer, NotBefore: leaf.NotBefore.UTC(), NotAfter: leaf.NotAfter.UTC(), Thumbprint: leaf.Thumbprint},
		Arrivals: []report.Arrival{}, Accords: []report.Accord{}, Unseen: []string{}, Notes: expectationNotes(s, leaf),
	}
	concerned := map[string]bool{}
	for _, h := range s.Hosts {
		if concerns(leaf, h) {
			concerned[hostName(h.Name, h.Port)] = true
		}
	}
	for _, h := range s.Hosts {
		if concerned[hostName(h.Name, h.Port)] {
			e.Arrivals = append(e.Arrivals, arrivals(h, leaf)...)
		}
	}
	slices.SortStableFunc(e.Arrivals, func(a, b report.Arrival) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Host), strings.ToLower(b.Host)), a.Port-b.Port,
			strings.Compare(a.Node, b.Node), strings.Compare(a.Address, b.Address))
	})
	for _, part := range s.ByOrganization() {
		rows, gaps := part.Judge()
		e.Accords = append(e.Accords, accords(part, rows, concerned, nameOf(s, part), failOn)...)
		for _, g := range gaps {
			e.Unseen = append(e.Unseen, strings.TrimSpace(g.Kind+" "+g.Name)+": "+g.Why)
		}
	}
	e.Unseen = compact(e.Unseen)
	if len(e.Arrivals) == 0 {
		e.Notes = append(e.Notes, "no host was seen that the certificate is for")
	}
	e.Settle()
	if s.TakenAt.Before(leaf.NotBefore) || s.TakenAt.After(leaf.NotAfter) {
		e.Exit = report.Findings // it may be everywhere, and nobody accepts it
	}
	return e
}

func hostName(name string, port int) string { return strings.ToLower(facts.HostPort(name, port)) }

// expectationNotes say why the certificate may not be what clients want.
func expectationNotes(s *facts.Snapshot, leaf facts.Certificate) []string {
	notes := []string{}
	switch {
	case s.TakenAt.Before(leaf.NotBefore):
		notes = append(notes, "the certificate is not valid before "+leaf.NotBefore.UTC().Format(time.RFC3339)+": clients refuse it until then")
	case s.TakenAt.After(leaf.NotAfter):
		notes = append(notes, "the certificate expired on "+day(leaf.NotAfter)+": clients refuse it")
	}
	if s.Redacted {
		notes = append(notes, "the names in this evidence were replaced by others: the certificate cannot be found in it")
	}
	return notes
}

// concerns says whether a certificate is for a host: it covers its name, or shares a
// name with what the host serves.
func concerns(leaf facts.Certificate, h facts.Host) bool {
	if leaf.CoversHost(h.Name) {
		return true
	}
	return slices.ContainsFunc(h.Addresses.Value, func(e facts.Endpoint) bool {
		return e.Served.Known && (isSame(leaf, e.Served.Value.Leaf()) || sharesName(leaf, e.Served.Value.Leaf()))
	})
}

func isSame(a, b facts.Certificate) bool { return a.Thumbprint != "" && a.Thumbprint == b.Thumbprint }

func sharesName(a, b facts.Certificate) bool {
	names := slices.Concat(b.CommonNames, b.DNSNames)
	return slices.ContainsFunc(slices.Concat(a.CommonNames, a.DNSNames), func(name string) bool {
		return slices.ContainsFunc(names, func(other string) bool { return facts.EqualName(name, other) })
	})
}

// arrivals are what every address of a host serves.
func arrivals(h facts.Host, leaf facts.Certificate) []report.Arrival {
	row := report.Arrival{Host: h.Name, Port: h.Port, Node: h.Node, State: report.NotSeen}
	if !h.Addresses.Known || len(h.Addresses.Value) == 0 {
		row.Note = cmp.Or(h.Addresses.Why, h.Name+" was not probed")
		return []report.Arrival{row}
	}
	var list []report.Arrival
	for _, e := range h.Addresses.Value {
		row.Address = e.Address
		list = append(list, arrival(row, h, e, leaf))
	}
	return list
}

func arrival(row report.Arrival, h facts.Host, e facts.Endpoint, leaf facts.Certificate) report.Arrival {
	if !e.Served.Known {
		row.Note = unseen(e)
		return row
	}
	served := e.Served.Value
	shown := served.Leaf()
	row.CommonName, row.Thumbprint = strings.Join(shown.CommonNames, ", "), shown.Thumbprint
	others := slices.DeleteFunc(slices.Clone(served.Others.Value), func(o facts.OtherChain) bool { return len(o.Chain) == 0 })
	found := slices.IndexFunc(others, func(o facts.OtherChain) bool { return isSame(leaf, o.Chain[0]) })
	switch {
	case isSame(leaf, shown):
		row.State = report.ServesNew
		if len(others) > 0 {
			row.Note = "to clients that can do " + others[0].Offered + " alone it serves another, thumbprint " + others[0].Chain[0].Thumbprint
		}
	case found >= 0:
		row.State = report.ServesNew
		row.Note = "to clients that can do " + others[found].Offered + " alone; to others it serves another, thumbprint " + shown.Thumbprint
	case shown.Thumbprint == "":
		row.Note = unparsed(shown)
	case shown.Unreadable != "":
		row.State, row.Note = report.ServesOther, unparsed(shown)
	case !shown.CoversHost(h.Name) && !sharesName(leaf, shown):
		row.State, row.Note = report.ServesOther, "it is not for "+h.Name
	case shown.NotBefore.After(leaf.NotBefore):
		row.State, row.Note = report.ServesOther, "it was issued later than the one that is expected"
	default:
		row.State, row.Note = report.ServesOld, "valid until "+day(shown.NotAfter)
	}
	return row
}

// accords are the principal names that are demanded of the concerned hosts in one
// organization, each at every address.
func accords(s *facts.Snapshot, rows []facts.Judgement, concerned map[string]bool, organization string, failOn report.FailOn) []report.Accord {
	stale := map[string]string{}
	for _, v := range providerAnswerDiffers.Check(s) {
		if v.Outcome == report.Fail && stale[v.Subject.Provider] == "" {
			stale[v.Subject.Provider] = v.Message
		}
	}
	var list []report.Accord
	for _, j := range rows {
		if !concerned[hostName(j.Host, j.Port)] {
			continue
		}
		a := report.Accord{Organization: organization, Provider: j.Provider, Scope: j.Scope, Host: facts.Label(j.Host, j.Port), Address: j.Address,
			Match: string(j.Match), Note: addressed(j.To, j.Why), State: accordOf(j.Match, failOn)}
		if why := stale[j.Provider]; why != "" && !j.Online && a.State != report.NoDemand {
			a.State, a.Note = report.Disagrees, why
		}
		if j.To == "" || !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	return list
}

func accordOf(m facts.Match, failOn report.FailOn) string {
	switch m {
	case facts.Matches:
		return report.Agrees
	case facts.Unchecked:
		return report.NoDemand
	case facts.Unseen:
		return report.Unproven
	case facts.BySAN, facts.ByWildcard:
		if failOn == report.FailOnError || failOn == report.FailOnNever {
			return report.Agrees
		}
	}
	return report.Disagrees
}
