package rules

import (
	"slices"

	"exprobe/autodiscover/facts"
)

// depthNotes say what was not asked of the servers that were seen, and what they ask
// for themselves.
func depthNotes(s *facts.Snapshot) []string {
	var unasked, shallow, newest, asking []string
	for _, h := range s.Hosts {
		for _, e := range h.Addresses.Value {
			served := e.Served.Value
			if !e.Served.Known {
				continue
			}
			name := hostSubject(h).Name
			switch {
			case served.File != "":
				continue
			case served.Unasked():
				unasked = append(unasked, name)
			}
			if h.Node == "" && !served.Others.Asked() && !served.OldVersions.Asked() {
				shallow = append(shallow, name)
			}
			if h.Node == "" && !served.Others.Asked() && served.OldVersions.Asked() && served.Version == "TLS 1.3" {
				newest = append(newest, name)
			}
			if served.AsksForOwn {
				asking = append(asking, name)
			}
		}
	}
	var list []string
	if len(unasked) > 0 {
		list = append(list, "no handshake was completed with "+hostList(unasked)+" (--probe hello asks for certificates alone): nothing proves that the servers hold "+
			"the keys of the certificates that they show")
	}
	if len(shallow) > 0 {
		list = append(list, "not asked of "+hostList(shallow)+": whether other certificates are served to other clients, and whether versions of TLS that are out of use are accepted; "+
			"a full probe of at most 64 hosts asks")
	}
	if len(newest) > 0 {
		list = append(list, "TLS 1.3 is all that "+hostList(newest)+" speaks: whether another certificate is kept for other clients of it cannot be asked")
	}
	if len(asking) > 0 {
		list = append(list, "a client certificate is asked for by "+hostList(asking)+": clients without one may be refused behind the handshake")
	}
	return list
}

// hostList names hosts, each once, in an order of its own.
func hostList(names []string) string {
	slices.Sort(names)
	return few(slices.Compact(names))
}
