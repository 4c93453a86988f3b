package facts

import "strings"

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
// of Outlook Anywhere clients.
func (s *Snapshot) mailboxGaps() []Gap {
	var gaps []Gap
	seen := map[string]int{} // mailbox → index in gaps, or -1 once an answer was usable
	for i := range s.Answers {
		a := &s.Answers[i]
		kind, name := a.subject()
		if a.View == ViewMapi && a.Step != StepFile {
			continue
		}
		key := kind + "\x00" + strings.ToLower(name)
		at, known := seen[key]
		why := a.unusable()
		switch {
		case why == "":
			seen[key] = -1
		case !known:
			seen[key] = len(gaps)
			gaps = append(gaps, Gap{Kind: kind, Name: name, Why: why})
		case at >= 0:
			gaps[at].Why += "; " + why
		}
	}
	kept := gaps[:0]
	for _, g := range gaps {
		if seen[g.Kind+"\x00"+strings.ToLower(g.Name)] >= 0 {
			kept = append(kept, g)
		}
	}
	return kept
}

// subject is whose answer it is: a mailbox, or a file.
func (a *Answer) subject() (kind, name string) {
	if a.Step == StepFile {
		return "file", a.URL
	}
	return "mailbox", a.Mailbox
}

// unusable says why an answer does not show the settings, or "".
func (a *Answer) unusable() string {
	r := a.Response.Value
	switch {
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
