package rules

import (
	"net/netip"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// internalDomains are top-level domains that will never be public: RFC 6761 and
// 6762 (with appendix G, what people use in their place), and internal, which ICANN
// reserved in 2024. home.arpa is RFC 8375's.
var internalDomains = []string{"corp", "example", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain", "localhost", "private", "test"}

var hostNameInternal = Rule{
	ID:       "host-name-internal",
	Severity: report.Warning,
	Title:    "a host that is published for clients outside has a name that exists only inside",
	Why: `The name has one label, or ends in a domain such as .local that is not in the public DNS, or is a private address. Clients outside
cannot resolve it, and no public authority may sign a certificate for such a name any more. Publish a name below a domain that you
own, with split DNS where it should stay inside (Set-OutlookAnywhere -ExternalHostname; for other services the external URL). Where no
external host name is set, Exchange publishes the internal one outside. An internal name that is published inside alone, with a
certificate from an authority of your own, is right and not called out.`,
	Cites: []string{
		"CA/Browser Forum Baseline Requirements 2.2.6 sections 1.6.1 (Internal Name) and 7.1.2.7.12",
		"RFC 6761, RFC 6762 appendix G, RFC 8375 section 3",
		"ICANN Board resolution of 29 July 2024, on the top-level domain internal",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		verdicts := []report.Verdict{}
		for _, h := range s.Hosts {
			if h.Node != "" {
				continue
			}
			v := report.Verdict{Subject: hostSubject(h), Outcome: report.Pass}
			if why := internalName(h.Name); why != "" {
				outside := slices.IndexFunc(h.Origins, func(o facts.Origin) bool { return o.Scope == facts.External })
				if outside >= 0 {
					v.Outcome, v.Message = report.Fail, why+", and it is published for clients outside"
					v.Evidence = []report.Evidence{{Name: "published by", Value: h.Origins[outside].By}}
				}
			}
			verdicts = append(verdicts, v)
		}
		return verdicts
	},
	Examples: []Example{{
		Name: "a name below .local is published outside",
		Break: func(s *facts.Snapshot) {
			publish(s, "mail.contoso.local", certificate("mail.contoso.local", "mail.contoso.local"))
		},
	}, {
		Name:  "a server's short name is published outside",
		Break: func(s *facts.Snapshot) { publish(s, "EX2", certificate("EX2", "EX2")) },
	}},
}

// internalName says why a name cannot be in the public DNS, or "".
func internalName(host string) string {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if ip, err := netip.ParseAddr(name); err == nil {
		if ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
			return "the address " + host + " is a private one"
		}
		return ""
	}
	last := name[strings.LastIndex(name, ".")+1:]
	switch {
	case last == name:
		return "the name " + host + " has no domain"
	case slices.Contains(internalDomains, last):
		return "the domain ." + last + " is not in the public DNS"
	case strings.HasSuffix(name, ".home.arpa"):
		return "the domain home.arpa is not in the public DNS"
	}
	return ""
}
