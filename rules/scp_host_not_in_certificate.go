package rules

import (
	"cmp"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var scpHostNotInCertificate = Rule{
	ID:          "scp-host-not-in-certificate",
	FollowsFrom: []string{"host-not-in-certificate"},
	Severity:    report.Error,
	Title:       "a connection point leads to a host whose certificate does not cover it",
	Why: `Domain-joined clients ask the URL of the connection point before anything else. Setup writes the server's own name into it, and the
certificate that is bound later mostly bears the public names alone: then Outlook shows the Security Alert "The name on the security certificate
is invalid" at every start, and programs that cannot ask anybody fail. Set-ClientAccessService SERVER -AutoDiscoverServiceInternalUri
https://HOST/autodiscover/autodiscover.xml with a host that the certificate covers and that resolves inside (Set-ClientAccessServer up to
Exchange 2013). Other URLs that publish the same host have host-not-in-certificate to tell it.`,
	Cites: []string{
		"Microsoft KB 940726, Warning message when you start Outlook and connect to a mailbox: the name of the security certificate is invalid",
		"MS-OXDISCO, service connection points",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		type host struct {
			name string
			port int
		}
		servers := map[host][]string{}
		verdicts := judgeBindings(s, func(_ *facts.Organization, p facts.ConnectionPoint, urls []string) (report.Verdict, bool) {
			for _, text := range urls {
				if name, port, secure := facts.WebAddress(text); name != "" && secure {
					h := host{strings.ToLower(name), port}
					servers[h] = append(servers[h], cmp.Or(p.Server, p.Name))
				}
			}
			return report.Verdict{}, false
		})
		for h, names := range servers {
			slices.Sort(names)
			owners := few(slices.Compact(names))
			probed := s.Host(h.name, h.port)
			if probed == nil {
				probed = &facts.Host{Name: h.name, Port: h.port}
			}
			verdicts = append(verdicts, judgeHost(*probed, chainwise(readable(func(name string, leaf facts.Certificate) (report.Outcome, string) {
				if leaf.CoversHost(name) {
					return report.Pass, ""
				}
				return report.Fail, "the connection point of " + owners + " leads to https://" + strings.ToLower(facts.Label(h.name, h.port)) +
					", whose certificate covers " + orNone(few(leaf.DNSNames)) + "; Outlook warns its user at every start; set AutoDiscoverServiceInternalUri to a host that the certificate covers"
			})))...)
		}
		slices.SortStableFunc(verdicts, func(a, b report.Verdict) int { return a.Subject.Compare(b.Subject) })
		return verdicts
	},
	Examples: []Example{{
		Name: "setup's own URL was left",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].ConnectionPoints.Value[0].Bindings = facts.Known([]string{"https://ex1.contoso.com/Autodiscover/Autodiscover.xml"})
			s.Hosts = append(s.Hosts, probe(s, "ex1.contoso.com", "192.0.2.21:443"))
		},
	}, {
		Name:    "the host does not resolve here",
		Outcome: report.Unknown,
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].ConnectionPoints.Value[0].Bindings = facts.Known([]string{"https://ex1.contoso.local/Autodiscover/Autodiscover.xml"})
			s.Hosts = append(s.Hosts, facts.Host{Name: "ex1.contoso.local", Port: 443, Origins: []facts.Origin{{Service: byConnectionPoint}},
				Addresses: facts.Unknown[[]facts.Endpoint]("ex1.contoso.local does not exist in DNS")})
		},
	}},
}

// probe is a host that only a connection point names, with the certificate of
// mail.contoso.com.
func probe(s *facts.Snapshot, name, address string) facts.Host {
	served := s.Hosts[0].Addresses.Value[0].Served
	return facts.Host{Name: name, Port: 443, Origins: []facts.Origin{{By: s.Organizations[0].ConnectionPoints.Value[0].DN, Service: byConnectionPoint}},
		Addresses: facts.Known([]facts.Endpoint{{Address: address, Served: served}})}
}
