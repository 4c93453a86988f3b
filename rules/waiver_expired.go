package rules

import (
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var waiverExpired = Rule{
	ID:       "waiver-expired",
	Severity: report.Warning,
	Title:    "a waiver has ended",
	Why: `A waiver of the configuration is past its last day, or the certificate that it was to last for is no longer served there or is no
longer valid. What it covered counts again. Mend what it covered and remove the waiver, or have its owner decide anew and give it another
end. Where the certificate could not be seen, nothing is waived and it is unknown whether the waiver has ended.`,
	Cites: []string{"the key waivers of exprobe's configuration: rule, subject, owner, reason, until"},
	Check: silent,
	Weigh: func(w Weighed) (report.Verdict, bool) {
		switch {
		case w.Over && w.Ended > 0:
			return report.Verdict{Outcome: report.Fail, Message: "the waiver's last day was " + day(w.Until.Day) + "; what it covered counts again: " + plural(w.Ended, "finding")}, true
		case w.Over:
			return report.Verdict{Outcome: report.Fail, Message: "the waiver's last day was " + day(w.Until.Day) + ", and nothing that it covers was found: remove it"}, true
		case w.Ended > 0:
			return report.Verdict{Outcome: report.Fail, Message: "the certificate that the waiver was to last for is not served there any more or has expired; what it covered counts again: " +
				plural(w.Ended, "finding")}, true
		case w.Unsure > 0:
			return report.Verdict{Outcome: report.Unknown, Message: "whether the waiver's certificate is still served could not be seen: " + w.Why}, true
		}
		return report.Verdict{Outcome: report.Pass}, true
	},
	Examples: []Example{{
		Name: "past its last day",
		Break: func(s *facts.Snapshot) {
			leaf := certificate("mail.contoso.com", "mail.contoso.com")
			leaf.NotAfter = s.TakenAt.Add(-24 * time.Hour)
			serve(s, leaf)
		},
		Policy: Policy{Waivers: []Waiver{exampleWaiver("certificate-expired", Until{Day: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)})}},
	}, {
		Name: "the certificate was replaced, and by a worse one",
		Break: func(s *facts.Snapshot) {
			leaf := certificate("mail.contoso.com", "mail.contoso.com")
			leaf.NotAfter = s.TakenAt.Add(24 * time.Hour)
			leaf.Thumbprint = "FFEEDDCCBBAA99887766554433221100FFEEDDCC"
			serve(s, leaf)
		},
		Policy: Policy{Waivers: []Waiver{exampleWaiver("certificate-expires-soon", Until{Certificate: certificate(healthyMail, healthyMail).Thumbprint})}},
	}, {
		Name:    "nobody can see whether the certificate is still served",
		Outcome: report.Unknown,
		Break: func(s *facts.Snapshot) {
			s.Hosts[0].Addresses.Value[1].Served = facts.Unknown[facts.Served]("connection refused")
		},
		Policy: Policy{Waivers: []Waiver{exampleWaiver("certificate-expires-soon", Until{Certificate: certificate(healthyMail, healthyMail).Thumbprint})}},
	}},
}

func exampleWaiver(rule string, until Until) Waiver {
	return Waiver{Rule: rule, Subject: "mail.contoso.com", Owner: "Exchange team", Reason: "it is renewed with the new balancer", Until: until}
}
