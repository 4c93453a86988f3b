package rules

import (
	"cmp"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var virtualDirectoryHostNotInCertificate = Rule{
	ID:          "virtual-directory-host-not-in-certificate",
	Severity:    report.Error,
	FollowsFrom: []string{"host-not-in-certificate"},
	Title:       "a virtual directory sends clients to a host that its certificate does not cover",
	Why: `Autodiscover hands out the internal and external URLs of the virtual directories: free and busy times, out-of-office, the offline
address book, MAPI over HTTP, phones. Each needs a certificate that covers the host of its URL, or that service fails or warns although
mail itself works. Set the URL to a host that the certificate bears, with Set-WebServicesVirtualDirectory and its like, or have the host
added to the certificate. The finding names every service that sends clients there.`,
	Cites: []string{
		"Microsoft KB 940726, on certificate warnings inside the domain",
		"Microsoft Remote Connectivity Analyzer, SSL Certificate Name Mismatch",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		verdicts := judgeDirectories(s, givenToClients, func(facts.VirtualDirectory) report.Verdict { return report.Verdict{} })
		users := map[report.Subject][]string{} // host → the services that send clients there
		hosts, seen := map[report.Subject]*facts.Host{}, hostsSeen(s)
		for i := range s.Organizations {
			for _, d := range s.Organizations[i].VirtualDirectories.Value {
				for _, u := range []facts.PublishedURL{d.External.Value, d.Internal.Value} {
					if h := seen(u.Host, u.Port); !d.BackEnd && givenToClients(d) && u.SSL && h != nil {
						subject := report.Subject{Kind: "host", Name: facts.Label(h.Name, h.Port)}
						hosts[subject], users[subject] = h, append(users[subject], cmp.Or(d.Service, "another service")+" on "+d.Server)
					}
				}
			}
		}
		for subject, h := range hosts {
			few := strings.Join(distinctTexts(users[subject]), ", ")
			verdicts = append(verdicts, judgeHosts(&facts.Snapshot{Hosts: []facts.Host{*h}}, readable(func(host string, leaf facts.Certificate) (report.Outcome, string) {
				if leaf.CoversHost(host) {
					return report.Pass, ""
				}
				return report.Fail, few + ": clients are sent to " + strings.ToLower(host) + ", which the certificate does not cover"
			}))...)
		}
		slices.SortStableFunc(verdicts, func(a, b report.Verdict) int { return a.Subject.Compare(b.Subject) })
		return verdicts
	},
	Examples: []Example{{
		Name:  "the certificate of another host is bound",
		Break: func(s *facts.Snapshot) { serve(s, certificate("owa.contoso.com", "owa.contoso.com")) },
	}, {
		Name: "EWS inside still leads to the server's own name",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].VirtualDirectories.Value[2].Internal = facts.Known(webURL("https", "ex1.contoso.com", "/EWS/Exchange.asmx"))
			host := s.Hosts[0]
			host.Name = "ex1.contoso.com"
			s.Hosts = append(s.Hosts, host)
		},
	}},
}

// givenToClients leaves out the Autodiscover virtual directory, whose URLs nobody is
// given, since clients inside take the service connection points; and Outlook Anywhere,
// which has rules of its own.
func givenToClients(d facts.VirtualDirectory) bool {
	return d.Service != facts.ServiceAutodiscover && !outlookAnywhereFront(d)
}
