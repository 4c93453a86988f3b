package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// coverage says whether what every address of a host serves covers its name: no verdict
// where nobody probed it.
func coverage(h *facts.Host, host string) report.Verdict {
	switch {
	case h == nil || !h.Addresses.Asked():
		return report.Verdict{}
	case !h.Addresses.Known:
		return report.Verdict{Outcome: report.Unknown, Message: h.Addresses.Why}
	}
	v := report.Verdict{Outcome: report.Pass}
	for _, e := range h.Addresses.Value {
		leaf := e.Served.Value.Leaf()
		switch {
		case !e.Served.Known:
			v = report.Verdict{Outcome: report.Unknown, Message: e.Served.Why}
			if v.Message == "" {
				v.Message = e.Address + " was not probed"
			}
		case leaf.Unreadable != "":
			v = report.Verdict{Outcome: report.Unknown, Message: "the certificate could not be parsed: " + leaf.Unreadable}
		case !leaf.CoversHost(host):
			return report.Verdict{Outcome: report.Fail, Evidence: append([]report.Evidence{{Name: hostEvidence, Value: facts.Label(h.Name, h.Port)}}, certificateEvidence(leaf)...),
				Message: "it leads to " + host + ", and the certificate covers " + orNone(few(leaf.DNSNames))}
		}
	}
	return v
}
