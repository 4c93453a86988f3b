package source

import (
	"fmt"
	"net"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/tlsprobe"
)

// Words for what Autodiscover's answers lead to.
const (
	byLookUp   = "autodiscover-look-up" // a host that clients ask for their settings
	bySettings = "autodiscover-settings"
)

// addAnswers adds the hosts that clients meet by Autodiscover alone: those that answer
// for the mail domain itself, where anything was seen there, and those of the URLs that
// the settings give to clients outside. The root domain is left out, which mostly is
// a web site and has a rule of its own; so are inside addresses, which an auditor who is
// outside cannot know from others, and what Exchange Online serves.
func (t *targets) addAnswers(s *facts.Snapshot) {
	fromAll := map[string]bool{}
	for i := range s.Answers {
		a := &s.Answers[i]
		fromThis := map[string]bool{}
		add := func(host string, port int, origin facts.Origin) {
			key := targetKey(host, port, "")
			switch {
			case unfit(host) && !s.Names(host):
				return
			case !fromThis[key] && len(fromThis) >= maxFromAnswer, !fromAll[key] && len(fromAll) >= maxFromAnswers:
				t.leaveRest(host, port, origin)
				return
			}
			fromThis[key], fromAll[key] = true, true
			t.add(host, port, "", origin)
		}
		if asks := a.Step == facts.StepAutodiscoverHost || a.Step == facts.StepSRV; asks && a.Hop == 0 && a.Secured.Known {
			if host, port, ok := secure(a.URL); ok {
				add(host, port, facts.Origin{By: a.URL, Service: byLookUp})
			}
		}
		if !a.Response.Known || a.Response.Value.MicrosoftOnline || s.Stranger(a) != "" {
			continue
		}
		for _, node := range a.Response.Value.Nodes {
			for _, u := range node.URLs {
				outside := node.Is(facts.NodeEXPR) || strings.HasSuffix(u.Element, "ExternalUrl")
				if host, port, ok := secure(u.URL); ok && outside && s.Vouched(a, host) && (port == 443 || port == ownPort(a)) {
					add(host, port, facts.Origin{By: a.URL, Service: bySettings, Scope: facts.External})
				}
			}
		}
	}
}

const (
	// maxFromAnswer and maxFromAnswers are how many hosts one answer, and all of them,
	// may have probed: Exchange names a handful, and what names more wants this machine
	// to knock at every door.
	maxFromAnswer  = 64
	maxFromAnswers = 256
)

// leaveRest lets a host stand for all that answers name beyond what may be.
func (t *targets) leaveRest(host string, port int, origin facts.Origin) {
	if t.restOfAnswers != nil {
		return
	}
	t.restOfAnswers = &Target{Target: tlsprobe.Target{Name: host, Port: port}, Origins: []facts.Origin{origin},
		Rest: fmt.Sprintf("Autodiscover names more than %d hosts in one answer or %d in all, so %s and all after it were not looked at; "+
			"next: name those that matter with --host", maxFromAnswer, maxFromAnswers, facts.Label(host, port))}
}

// ownPort is the port of the mailbox's own look-up, where the answer came from it without
// a redirect.
func ownPort(a *facts.Answer) int {
	if _, port, ok := secure(a.URL); ok && a.Hop == 0 {
		return port
	}
	return 443
}

// unfit says that a host is an address or this very machine: what an answer names so
// is of no use to clients, and would have this machine knock inside.
func unfit(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return net.ParseIP(strings.Trim(host, "[]")) != nil || host == "localhost" || strings.HasSuffix(host, ".localhost")
}
