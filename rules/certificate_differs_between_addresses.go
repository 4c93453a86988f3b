package rules

import (
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var certificateDiffersBetweenAddresses = Rule{
	ID:       "certificate-differs-between-addresses",
	Severity: report.Warning,
	Title:    "a host does not serve the same certificate everywhere",
	Why: `The addresses of one name, or the Exchange servers behind it, serve different certificates: usually one of them was left out of a
renewal, and clients meet one or the other by chance. Bind the same certificate on all of them. Where no server behind a balancer has
the certificate that clients see, the balancer ends TLS itself: Exchange's Extended Protection, on by default since Exchange 2019 CU14,
demands the same certificate on both sides then, and clients that sign in with NTLM or Kerberos fail otherwise. Servers that keep an
RSA and an ECDSA certificate are compared by both.`,
	Cites: []string{
		"Microsoft Exchange documentation, Planning for high availability and site resilience (certificates; dd638104)",
		"Microsoft CSS-Exchange, Extended Protection (SSL bridging)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		verdicts := []report.Verdict{}
		for _, h := range viewed(s) {
			verdicts = append(verdicts, h.compare())
		}
		return verdicts
	},
	Examples: []Example{{
		Name: "one of two addresses was left out of a renewal",
		Break: func(s *facts.Snapshot) {
			old := certificate("mail.contoso.com", "mail.contoso.com", "owa.contoso.com")
			old.NotBefore, old.NotAfter = old.NotBefore.AddDate(0, -3, 0), old.NotAfter.AddDate(0, -3, -10)
			serveAt(s, 1, old)
		},
	}, {
		Name: "one server behind the balancer was left out of a renewal",
		Break: func(s *facts.Snapshot) {
			behind(s, "ex1.contoso.com", "10.0.0.1:443", s.Hosts[0].Addresses.Value[0].Served.Value.Leaf())
			behind(s, "ex2.contoso.com", "10.0.0.2:443", certificate("mail.contoso.com", "mail.contoso.com", "owa.contoso.com"))
		},
	}, {
		Name: "a balancer that ends TLS with another certificate",
		Break: func(s *facts.Snapshot) {
			behind(s, "ex1.contoso.com", "10.0.0.1:443", certificate("ex.contoso.com", "ex.contoso.com", "mail.contoso.com"))
			behind(s, "ex2.contoso.com", "10.0.0.2:443", certificate("ex.contoso.com", "ex.contoso.com", "mail.contoso.com"))
		},
	}},
}

func (h *views) compare() report.Verdict {
	v := report.Verdict{Subject: h.subject, Outcome: report.Pass}
	front, back := distinct(h.front), distinct(h.back)
	all := distinct(append(append([]view{}, h.front...), h.back...))
	switch {
	case len(front) > 1:
		v.Outcome, v.Message = report.Fail, "its addresses serve "+plural(len(front), "certificate")+" that differ"
	case len(back) > 0 && len(front) > 0 && len(all) == len(front)+len(back):
		v.Outcome = report.Fail
		v.Message = "no server behind it serves the certificate that clients see: something in front of them ends TLS, " +
			"which Extended Protection allows with the same certificate alone"
	case len(all) > 1:
		v.Outcome, v.Message = report.Fail, "the servers behind it serve "+plural(len(all), "certificate")+" that differ"
	case len(h.unseen) > 0:
		v.Outcome, v.Message = report.Unknown, strings.Join(h.unseen, "; ")
	}
	if v.Outcome == report.Fail {
		for _, one := range all {
			v.Evidence = append(v.Evidence, report.Evidence{Name: "at " + few(one.places), Value: one.leaf.describe()})
		}
	}
	return v
}
