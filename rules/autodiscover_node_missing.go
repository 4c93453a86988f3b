package rules

import (
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var autodiscoverNodeMissing = Rule{
	ID:       "autodiscover-node-missing",
	Severity: report.Warning,
	Title:    "Autodiscover leaves out a protocol that clients need",
	Why: `An answer without EXPR gives Outlook Anywhere clients no host: neither an external nor an internal host name is set, or Outlook
Anywhere is blocked for the mailbox. One with neither EXCH nor EXPR mostly means that MAPI is switched off for the mailbox. One without a
mapiHttp node, although MAPI over HTTP is on for the organization and was asked for, sends clients back to Outlook Anywhere: it is off for
the mailbox, or the MAPI virtual directories have no URLs. See Get-CASMailbox USER | Format-List Mapi*. EXPR is never sent to a client of MAPI
over HTTP, so its absence there is right; an OutlookProvider object that does not exist is told by provider-missing.`,
	Cites: []string{
		"Microsoft Remote Connectivity Analyzer, Missing EXPR element in Autodiscover XML Response",
		"MS-OXDSCLI 2.2.4.1.1.2.6",
		"observed in Exchange 2013 CU23: which settings of a mailbox leave out which nodes",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		seen := hidden(s, "")
		for i := range s.Answers {
			a := &s.Answers[i]
			if a.View == facts.ViewRPC && settings(a, facts.ViewRPC) {
				seen = append(seen, rpcNodes(s, a))
			}
			if org := s.Organization(); org != nil && a.View == facts.ViewMapi && settings(a, facts.ViewMapi) {
				seen = append(seen, mapiNode(org, a))
			}
		}
		return merge(seen)
	},
	Examples: []Example{{
		Name:  "Outlook Anywhere is blocked for the mailbox",
		Break: func(s *facts.Snapshot) { without(s, facts.NodeEXPR) },
	}, {
		Name: "MAPI is switched off for the mailbox",
		Break: func(s *facts.Snapshot) {
			without(s, facts.NodeEXPR)
			without(s, facts.NodeEXCH)
		},
	}, {
		Name:  "MAPI over HTTP is on for the organization and off for the mailbox",
		Break: func(s *facts.Snapshot) { s.Organizations[0].MapiHTTPEnabled = facts.Known(true) },
	}},
}

// rpcNodes judges what a client of Outlook Anywhere is given.
func rpcNodes(s *facts.Snapshot, a *facts.Answer) sighting {
	o := sighting{subject: whose(a), outcome: report.Pass, url: a.URL}
	lacks := func(kind string) bool {
		org := s.Organization()
		told := org != nil && org.Providers.Known && org.Provider(kind) == nil // by provider-missing
		return !told && !slices.ContainsFunc(a.Response.Value.Nodes, func(n facts.Node) bool { return n.Is(kind) })
	}
	switch expr, exch := lacks(facts.NodeEXPR) && !nothingPublished(s), lacks(facts.NodeEXCH); {
	case expr && exch:
		o.outcome, o.text = report.Fail, "the answer holds neither an EXCH nor an EXPR node, so Outlook Anywhere clients get no settings at all; see whether MAPI is switched off for the mailbox (Get-CASMailbox)"
	case expr:
		o.outcome, o.text = report.Fail, "the answer holds no EXPR node, so Outlook Anywhere clients get no host; see whether it is blocked for the mailbox (Get-CASMailbox) and whether Get-OutlookAnywhere shows a host name"
	case exch:
		o.outcome, o.text = report.Fail, "the answer holds no EXCH node, so clients inside get no addresses; see whether the EXCH object is intact (Get-OutlookProvider)"
	}
	return o
}

// mapiNode judges what a client of MAPI over HTTP is given.
func mapiNode(org *facts.Organization, a *facts.Answer) sighting {
	o := sighting{subject: whose(a), outcome: report.Pass, url: a.URL}
	switch on := org.MapiHTTPEnabled; {
	case slices.ContainsFunc(a.Response.Value.Nodes, func(n facts.Node) bool { return n.Is(facts.NodeMapi) }):
	case !on.Known && on.Asked():
		o.outcome, o.text = report.Unknown, on.Why
	case on.Value:
		o.outcome, o.text = report.Fail, "the answer holds no mapiHttp node although MAPI over HTTP is on for the organization, so the client falls back to Outlook Anywhere; see Get-CASMailbox and Get-MapiVirtualDirectory"
	}
	return o
}

// nothingPublished says that the directory is known to publish no host for Outlook
// Anywhere: then no client expects EXPR.
func nothingPublished(s *facts.Snapshot) bool {
	org := s.Organization()
	return org != nil && org.VirtualDirectories.Known && !slices.ContainsFunc(org.VirtualDirectories.Value, func(v facts.VirtualDirectory) bool {
		return v.Service == facts.ServiceRPC && !v.BackEnd && (v.External.Value.Host != "" || v.Internal.Value.Host != "" ||
			!v.External.Known || !v.Internal.Known)
	})
}
