package source

import (
	"strings"

	"exprobe/autodiscover/facts"
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
	for i := range s.Answers {
		a := &s.Answers[i]
		if asks := a.Step == facts.StepAutodiscoverHost || a.Step == facts.StepSRV; asks && a.Hop == 0 && a.Secured.Known {
			if host, port, ok := secure(a.URL); ok {
				t.add(host, port, "", facts.Origin{By: a.URL, Service: byLookUp})
			}
		}
		if !a.Response.Known || a.Response.Value.MicrosoftOnline {
			continue
		}
		for _, node := range a.Response.Value.Nodes {
			for _, u := range node.URLs {
				outside := node.Is(facts.NodeEXPR) || strings.HasSuffix(u.Element, "ExternalUrl")
				if host, port, ok := secure(u.URL); ok && outside {
					t.add(host, port, "", facts.Origin{By: a.URL, Service: bySettings, Scope: facts.External})
				}
			}
		}
	}
}
