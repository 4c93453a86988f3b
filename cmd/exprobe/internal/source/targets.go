package source

import (
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/tlsprobe"
	"exprobe/configs"
)

// Targets lists what to probe: every host that is published for Outlook Anywhere
// with SSL, and those that the operator named; each once, in that order.
func Targets(s *facts.Snapshot, further []configs.Host) []tlsprobe.Target {
	var targets []tlsprobe.Target
	seen := map[string]bool{}
	add := func(name string, port int) {
		key := strings.ToLower(facts.HostPort(name, port))
		if !seen[key] {
			seen[key] = true
			targets = append(targets, tlsprobe.Target{Name: name, Port: port})
		}
	}
	places, _ := s.Places()
	for _, p := range places {
		if !p.SSLOff() {
			add(p.Host, p.Port)
		}
	}
	for _, h := range further {
		add(h.Name, h.Port)
	}
	return targets
}
