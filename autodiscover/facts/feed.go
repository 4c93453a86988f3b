package facts

import (
	"cmp"
	"strconv"
	"strings"
)

// Feed says which provider's CertPrincipalName a node of an answer carries, and
// the scope of the place that the node publishes: "" for a node that carries a
// value and publishes no TLS host, as EXCH does, whose clients speak RPC over TCP
// or are given a mailbox GUID. A node that carries no value has provider "".
//
// EXPR is fed by the EXPR object; of two EXHTTP nodes the first is internal and
// fed by EXCH, the second external and fed by EXPR (observed in Exchange 2013
// CU23). A single EXHTTP node does not say which it is: the directory may know its
// host, and otherwise it counts as external, where the stakes are higher.
func (s *Snapshot) Feed(a *Answer, index int) (provider, scope string) {
	nodes := a.Response.Value.Nodes
	switch node := nodes[index]; {
	case node.Is(NodeEXPR):
		return EXPR, External
	case node.Is(NodeEXCH):
		return EXCH, ""
	case node.Is(NodeEXHTTP):
		before, total := 0, 0
		for i := range nodes {
			if nodes[i].Is(NodeEXHTTP) {
				total++
				if i < index {
					before++
				}
			}
		}
		if total > 1 && before == 0 || total == 1 && s.onlyInternal(node.ServerName()) {
			return EXCH, Internal
		}
		return EXPR, External
	case node.Is(NodeWEB), node.Is(NodeMapi):
		return "", ""
	}
	return "", ""
}

// onlyInternal says that the directory publishes the host inside and nowhere outside.
func (s *Snapshot) onlyInternal(host string) bool {
	internal := false
	for i := range s.Organizations {
		for _, v := range s.Organizations[i].VirtualDirectories.Value {
			if v.Service != ServiceRPC {
				continue
			}
			if v.External.Value.Host != "" && strings.EqualFold(v.External.Value.Host, host) {
				return false
			}
			internal = internal || v.Internal.Value.Host != "" && strings.EqualFold(v.Internal.Value.Host, host)
		}
	}
	return internal
}

// mailboxGaps lists the mailboxes and files of which no answer shows the settings
// of Outlook Anywhere clients, and, where no directory was read either, the domains
// that were looked up without a mailbox.
func (s *Snapshot) mailboxGaps() []Gap {
	var gaps []Gap
	index := map[string]int{}
	usable := map[string]bool{}
	followed := s.followed()
	for i := range s.Answers {
		a := &s.Answers[i]
		kind, name := a.subject()
		if !a.isPOX() || a.View == ViewMapi && a.Step != StepFile || kind == kindDomain {
			continue
		}
		key := kind + "\x00" + strings.ToLower(name)
		at, known := index[key]
		if !known {
			at = len(gaps)
			index[key] = at
			gaps = append(gaps, Gap{Kind: kind, Name: name})
		}
		why := a.unusable()
		if stranger := s.Stranger(a); why == "" && stranger != "" {
			why = a.URL + ": " + stranger
		}
		switch {
		case why == "":
			usable[key] = true
		case followed[a.lead()] || a.Step == StepMicrosoft365: // what it led to says more; and strangers at Microsoft's door are sent away
		case gaps[at].Why == "":
			gaps[at].Why = why
		default:
			gaps[at].Why += "; " + why
		}
	}
	kept := gaps[:0]
	for _, g := range gaps {
		if !usable[g.Kind+"\x00"+strings.ToLower(g.Name)] {
			g.Why = cmp.Or(g.Why, "no step of the look-up shows its settings")
			kept = append(kept, g)
		}
	}
	return append(kept, s.domainGaps()...)
}

// domainGaps lists the domains of which nobody knows what they publish: no mailbox was
// given whose settings would tell, and no directory was read.
func (s *Snapshot) domainGaps() []Gap {
	for _, org := range s.Organizations {
		if org.VirtualDirectories.Known {
			return nil
		}
	}
	var gaps []Gap
	seen := map[string]bool{}
	for i := range s.Answers {
		kind, name := s.Answers[i].subject()
		if key := strings.ToLower(name); kind == kindDomain && !seen[key] {
			seen[key] = true
			gaps = append(gaps, Gap{Kind: kind, Name: name, Why: "no mailbox was given whose settings would show what is published, and no directory was read"})
		}
	}
	return gaps
}

// lead is what tells an answer that sends a client on from all others: the look-up,
// the step, the URL and the hop.
func (a *Answer) lead() string { return a.leadFrom(a.URL, a.Hop) }

func (a *Answer) leadFrom(url string, hop int) string {
	return strings.ToLower(a.Mailbox) + "\x00" + a.Step + "\x00" + a.Source + "\x00" + strconv.Itoa(hop) + "\x00" + url
}

// followed is the set of leads that another answer comes from.
func (s *Snapshot) followed() map[string]bool {
	set := map[string]bool{}
	for i := range s.Answers {
		if a := &s.Answers[i]; a.Hop > 0 {
			set[a.leadFrom(a.From, a.Hop-1)] = true
		}
	}
	return set
}

// isPOX says that the answer is one to a request for settings in plain XML, the only
// one that can show a principal name.
func (a *Answer) isPOX() bool { return a.Protocol == POX || a.Protocol == "" }

const kindDomain = "domain"

// subject is whose answer it is: a mailbox, a domain, or a file.
func (a *Answer) subject() (kind, name string) {
	switch {
	case a.Step == StepFile:
		return "file", a.URL
	case a.Mailbox == "" && a.Domain != "":
		return kindDomain, a.Domain
	}
	return "mailbox", a.Mailbox
}

// unusable says why an answer does not show the settings, or "".
func (a *Answer) unusable() string {
	r := a.Response.Value
	switch {
	case a.Skipped != "":
		return strings.TrimPrefix(a.URL+": "+a.Skipped, ": ")
	case !a.Response.Known && a.Response.Why == "":
		return a.URL + ": not asked"
	case !a.Response.Known:
		return a.URL + ": " + a.Response.Why
	case r.Error != nil:
		return a.URL + ": the server answered with error " + r.Error.Code + " " + r.Error.Message
	case r.Redirected() != "" && len(r.Nodes) == 0:
		return a.URL + ": the server sends the client on to " + r.Redirected() + ", which was not followed"
	case a.View == ViewMapi:
		return a.URL + ": the answer was given to a client of MAPI over HTTP, and such an answer never shows a principal name"
	case len(r.Nodes) == 0:
		return a.URL + ": the answer holds no settings"
	}
	return ""
}
