package rules

import (
	"cmp"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var hybridEndpointCertificate = Rule{
	ID:          "hybrid-endpoint-certificate",
	Severity:    report.Error,
	FollowsFrom: []string{"certificate-expired", "certificate-not-trusted", "host-not-in-certificate"},
	Title:       "Exchange Online will not accept the certificate of the hybrid endpoint",
	Why: `In a hybrid organization Exchange Online itself calls the external address of Exchange Web Services: to move mailboxes, for free and busy
times and for mail tips. It accepts a certificate that is valid, covers the host and comes from a public authority; an authority of one's own,
which machines of the domain trust, does not do. exprobe judges with the roots of the machine that it runs on, so run it where only public
roots are trusted, or without --ca-file. Where the Hybrid Agent publishes the endpoint Exchange Online calls the agent instead, which the
directory does not show.`,
	Cites: []string{
		"Microsoft Exchange documentation, Certificate requirements for hybrid deployments",
		"Microsoft Exchange documentation, Hybrid deployment prerequisites",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		verdicts := []report.Verdict{}
		endpoints, seen := map[report.Subject]*facts.Host{}, hostsSeen(s)
		for i := range s.Organizations {
			org := &s.Organizations[i]
			verdicts = append(verdicts, unseenSection(org, org.Hybrids)...)
			if len(org.Hybrids.Value) == 0 {
				continue
			}
			verdicts = append(verdicts, unseenSection(org, org.VirtualDirectories)...)
			for _, d := range org.VirtualDirectories.Value {
				url := d.External
				if d.BackEnd || d.Service != facts.ServiceEWS {
					continue
				}
				if why := cmp.Or(url.Why, url.Value.Problem); why != "" {
					verdicts = append(verdicts, report.Verdict{Subject: directorySubject(d), Outcome: report.Unknown, Message: why})
				}
				if h := seen(url.Value.Host, url.Value.Port); url.Value.SSL && h != nil {
					endpoints[report.Subject{Name: facts.Label(h.Name, h.Port)}] = h
				}
			}
		}
		for _, h := range endpoints {
			verdicts = append(verdicts, judgeHosts(&facts.Snapshot{Hosts: []facts.Host{*h}}, func(host string, served facts.Served) (report.Outcome, string) {
				return acceptedOnline(s, host, served)
			})...)
		}
		slices.SortStableFunc(verdicts, func(a, b report.Verdict) int { return a.Subject.Compare(b.Subject) })
		return verdicts
	},
	Examples: []Example{{
		Name: "a certificate of the organization's own authority",
		Break: func(s *facts.Snapshot) {
			for i := range s.Hosts[0].Addresses.Value {
				s.Hosts[0].Addresses.Value[i].Served.Value.Trust = facts.Known(
					facts.Trust{Reason: "the certificate is issued by CN=Contoso Issuing CA, which is not trusted here"})
			}
		},
	}, {
		Name:  "a certificate that does not cover the endpoint",
		Break: func(s *facts.Snapshot) { serve(s, certificate("owa.contoso.com", "owa.contoso.com")) },
	}},
}

// acceptedOnline says whether Exchange Online accepts what a host serves.
func acceptedOnline(s *facts.Snapshot, host string, served facts.Served) (report.Outcome, string) {
	leaf, trust := served.Leaf(), served.Trust
	switch {
	case leaf.Unreadable != "":
		return report.Unknown, "the certificate could not be parsed: " + leaf.Unreadable
	case leaf.SelfSigned:
		return report.Fail, "the certificate is self-signed"
	case s.TakenAt.After(leaf.NotAfter):
		return report.Fail, "the certificate expired on " + day(leaf.NotAfter)
	case s.TakenAt.Before(leaf.NotBefore):
		return report.Fail, "the certificate is not valid before " + day(leaf.NotBefore)
	case !leaf.CoversHost(host):
		return report.Fail, "the certificate does not cover " + strings.ToLower(host)
	case !trust.Known:
		return report.Unknown, orNone(trust.Why)
	case !trust.Value.Trusted:
		return report.Fail, trust.Value.Reason
	}
	return report.Pass, ""
}
