package fix

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// Apply returns the snapshot as it would be once the changes have taken effect:
// the directory holds the new values, and Autodiscover sends them. The snapshot
// given is not changed.
func Apply(s *facts.Snapshot, changes []report.Change) *facts.Snapshot {
	after := s.Unsettled()
	after.Organizations = slices.Clone(s.Organizations)
	after.Answers = slices.Clone(s.Answers)
	for _, change := range changes {
		if change.Parameter != CertPrincipalName {
			continue
		}
		value := facts.Present(change.Value)
		if change.Null {
			value = facts.Text{}
		}
		for i := range after.Organizations {
			store(&after.Organizations[i], change.Provider, value)
		}
		for i := range after.Answers {
			send(after, &after.Answers[i], change.Provider, value)
		}
	}
	return after
}

func store(org *facts.Organization, provider string, value facts.Text) {
	org.Providers.Value = slices.Clone(org.Providers.Value)
	for i := range org.Providers.Value {
		if strings.EqualFold(org.Providers.Value[i].Name, provider) {
			org.Providers.Value[i].CertPrincipalName = facts.Known(value)
		}
	}
}

// send makes an answer carry the value where Exchange would: in the nodes that the
// provider feeds, unless SSL is off, which forces None; never in an answer to a
// MAPI/HTTP request, which carries no principal name.
func send(s *facts.Snapshot, a *facts.Answer, provider string, value facts.Text) {
	if a.View == facts.ViewMapi || a.Response.Value.MicrosoftOnline || s.Stranger(a) != "" {
		return
	}
	nodes := slices.Clone(a.Response.Value.Nodes)
	for i := range nodes {
		if fed, _ := s.Feed(a, i); fed == provider && !nodes[i].SSLOff() {
			nodes[i].CertPrincipalName = value
		}
	}
	a.Response.Value.Nodes = nodes
}
