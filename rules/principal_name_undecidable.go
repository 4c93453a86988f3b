package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var principalNameUndecidable = Rule{
	ID:       "principal-name-undecidable",
	Severity: report.Warning,
	Title:    "nobody can say whether the certificate has the principal name",
	Why: `The form fullsic: demands a whole chain, from the root down. It cannot be held to a chain that does not lead to its root. Demand the
name in the form msstd: instead, which every client knows. Where it is the certificate that has no one clear principal name, the rules
certificate-email-principal, certificate-several-common-names and certificate-not-inspectable tell it.`,
	Cites: []string{
		"Microsoft Win32 documentation, Principal Names",
		"Microsoft Win32 documentation, RPC_HTTP_TRANSPORT_CREDENTIALS (ServerCertificateSubject)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgePlaces(s, func(j facts.Judgement) (report.Verdict, bool) {
			switch {
			case j.Match == facts.Undecidable && j.Effective.Value.Form == facts.FullSIC:
				return report.Verdict{Outcome: report.Fail, Message: j.Why}, true
			case j.Match == facts.Unchecked || j.Match == facts.Undecidable: // other rules tell it
				return report.Verdict{}, false
			}
			return report.Verdict{Outcome: report.Pass}, true
		})
	},
	Examples: []Example{{
		Name: "the fullsic form, and a chain whose root nobody saw",
		Break: func(s *facts.Snapshot) {
			for i := range s.Hosts[0].Addresses.Value {
				s.Hosts[0].Addresses.Value[i].Served.Value.Trust = facts.Known(facts.Trust{Reason: "an intermediate certificate is missing"})
				s.Hosts[0].Addresses.Value[i].Served.Value.Chain = s.Hosts[0].Addresses.Value[i].Served.Value.Chain[:1:1]
			}
			give(s, "EXPR", `fullsic:\<CN=Contoso Root CA>\<CN=Contoso Issuing CA>\<CN=mail.contoso.com>`)
		},
	}},
}
