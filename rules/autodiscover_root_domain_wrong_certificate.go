package rules

import (
	"cmp"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var autodiscoverRootDomainWrongCertificate = Rule{
	ID:       "autodiscover-root-domain-wrong-certificate",
	Severity: report.Warning,
	Title:    "the web site of the mail domain shows a certificate that Outlook refuses",
	Why: `Outlook asks https://DOMAIN/autodiscover/autodiscover.xml before https://autodiscover.DOMAIN. A web site that answers there on port
443 with a certificate of another name makes Outlook show the Security Alert box to everybody who is not given a connection point first. A
site that does not answer on 443, or says 404 under a right certificate, is passed over silently and is no fault; so, it is believed, is one
whose certificate has the right name and is not trusted. Have the site's
certificate name the domain, close its port 443, or set ExcludeHttpsRootDomain to 1 on the clients by policy.`,
	Cites: []string{
		"Microsoft KB 2212902 and KB 3211279, the look-up order and ExcludeHttpsRootDomain",
		"rmilne, Microsoft archive blogs, on certificates of the root domain",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		var seen []sighting
		for i := range s.Answers {
			a := &s.Answers[i]
			if a.Step != facts.StepRootDomain || a.Hop > 0 {
				continue
			}
			host, _, _ := facts.WebAddress(a.URL)
			o := sighting{subject: at(a.URL), outcome: report.Pass, url: a.URL}
			switch shown := a.Secured; {
			case unseenCertificate(a):
				o.outcome, o.text = report.Unknown, shown.Why
			case !shown.Known && couldNotLook(a):
				o.outcome, o.text = report.Unknown, a.Response.Why
			case !shown.Known:
				continue // nobody listens there: clients go on
			case shown.Value.Leaf.Unreadable != "":
				o.outcome, o.text = report.Unknown, "the certificate could not be parsed: "+shown.Value.Leaf.Unreadable
			case !shown.Value.Verified && !shown.Value.Leaf.CoversHost(host):
				o.outcome, o.evidence = report.Fail, certificateEvidence(shown.Value.Leaf)
				o.text = cmp.Or(shown.Value.Why, "the certificate is not accepted") + ", so Outlook shows a Security Alert before it goes on to autodiscover." + at(a.URL).Name
			}
			seen = append(seen, o)
		}
		return merge(seen)
	},
	Examples: []Example{{
		Name: "the web site is hosted elsewhere",
		Break: func(s *facts.Snapshot) {
			refused(answerOf(s, facts.StepRootDomain), certificate("www.fabrikam.com", "www.fabrikam.com", "*.fabrikam.com"),
				"the certificate does not name contoso.com: it names www.fabrikam.com, *.fabrikam.com")
		},
	}},
}

// unseenCertificate says that a server was there and its certificate could not be
// seen. Where the reason is why there is no answer, too, there was no connection: a
// client would see no certificate either.
func unseenCertificate(a *facts.Answer) bool {
	return !a.Secured.Known && a.Secured.Asked() && !strings.HasPrefix(a.Response.Why, a.Secured.Why)
}

// couldNotLook says that no answer came and that nobody knows whether a server is
// there: a name that does not exist and a refused connection say that there is none, a
// time that ran out and a resolver that fails say nothing.
func couldNotLook(a *facts.Answer) bool {
	if a.Status != 0 || a.Skipped != "" || a.Response.Known {
		return false
	}
	return slices.ContainsFunc([]string{"no whole answer came", "the look-up was cut short", "server misbehaving", "i/o timeout"},
		func(sign string) bool { return strings.Contains(a.Response.Why, sign) })
}
