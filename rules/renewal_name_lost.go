package rules

import (
	"fmt"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var renewalNameLost = Rule{
	ID:       "renewal-name-lost",
	Severity: report.Error,
	Title:    "the new certificate does not cover a published host that the present one covers",
	Why: `A name that is forgotten in the request is the commonest fault of a renewal: every client that dials it gets a warning about the name
or is refused (error code 10 of Outlook is the bit 0x10), and no value of CertPrincipalName mends that. Have the certificate issued again
with the name. Where that host gets another certificate, name with --replaces what this one is for. A certificate that covers no published
host at all is found here too: it is for other hosts.`,
	Cites: []string{
		"Microsoft KB 923575, Error when Outlook uses RPC over HTTPS to connect to a server",
		"RFC 9525, Service Identity in TLS, section 6",
	},
	CheckRenewal: func(r *Renewal) []report.Verdict {
		if len(r.Seats)+len(r.Unseen) == 0 {
			if why := r.blind(); why != "" {
				return r.judgeCandidate(report.Unknown, "nothing that was seen would serve it, and not everything was seen: "+why)
			}
			return r.judgeCandidate(report.Fail, "none of its names ("+orNone(few(r.Leaf().DNSNames))+
				") is one that a published host's certificate has: it would replace nothing")
		}
		return r.judgeSeats(func(seat Seat, old facts.Certificate) (report.Outcome, string) {
			host := seat.Host.Name
			switch {
			case r.Leaf().CoversHost(host):
				return report.Pass, ""
			case !old.CoversHost(host):
				return "", "" // host-not-in-certificate tells it, before and after
			}
			text := fmt.Sprintf("the present certificate covers %s, and the new one does not", strings.ToLower(host))
			if services := servicesOf(seat.Host); services != "" {
				text += "; it is published for " + services
			}
			return report.Fail, text
		})
	},
	Examples: []Example{{
		Name:  "the name is missing from the request",
		Renew: func(c *Candidate) { c.rename(healthyMail, "owa.contoso.com"); c.Replaces = []string{healthyMail} },
	}, {
		Name:  "a certificate for other hosts",
		Renew: func(c *Candidate) { c.rename("www.fabrikam.com", "www.fabrikam.com") },
	}},
}

// blind says why hosts may be published that nobody knows of, or "".
func (r *Renewal) blind() string {
	_, gaps := r.Before.Places()
	switch {
	case r.Before.Redacted:
		return "the names in the evidence were replaced by others, so no certificate fits them"
	case len(gaps) > 0:
		return gaps[0].Kind + " " + gaps[0].Name + ": " + gaps[0].Why
	case len(r.Before.Hosts) == 0:
		return "no published host is known"
	}
	return ""
}

// servicesOf lists what a host is published for.
func servicesOf(h facts.Host) string {
	var list []string
	for _, o := range h.Origins {
		if o.Service != "" {
			list = append(list, o.Service)
		}
	}
	return strings.Join(compact(list), ", ")
}
