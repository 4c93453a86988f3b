package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var principalNameFullsic = Rule{
	ID:       "principal-name-fullsic",
	Severity: report.Warning,
	Title:    "the principal name spells out the whole certificate chain",
	Why: `The form fullsic: names every certificate of the chain: fullsic:\<root>\<authority>\<subject>. It is legal and hardly anybody uses it. It
breaks at the first renewal under another intermediate, which authorities change without notice, although the host
and its common name stay. The table compares it name by name with the chain that is served; what differs is told by
principal-name-mismatch. The msstd: form of the certificate's common name does the same and survives renewals.`,
	Cites: []string{
		"Microsoft Win32 documentation, Principal Names",
		"Microsoft Win32 documentation, RpcCertGeneratePrincipalName (RPC_C_FULL_CERT_CHAIN)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgePlaces(s, func(j facts.Judgement) (report.Verdict, bool) {
			switch {
			case j.Match == facts.Unchecked:
				return report.Verdict{}, false
			case j.Effective.Value.Form != facts.FullSIC:
				return report.Verdict{Outcome: report.Pass}, true
			case j.Match == facts.Matches:
				return report.Verdict{Outcome: report.Fail, Message: "the chain that is served is as demanded today, and the next renewal may break it"}, true
			}
			return report.Verdict{Outcome: report.Fail, Message: "the chain that is served cannot be held to the name: " + j.Why}, true
		})
	},
	Examples: []Example{{
		Name: "a chain that fits",
		Break: func(s *facts.Snapshot) {
			for i := range s.Hosts[0].Addresses.Value {
				s.Hosts[0].Addresses.Value[i].Served.Value.Trust = facts.Known(facts.Trust{Trusted: true, Root: "CN=Contoso Issuing CA"})
			}
			give(s, "EXPR", `fullsic:\<CN=Contoso Issuing CA>\<CN=mail.contoso.com>`)
		},
		Fix: `Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com"`,
	}, {
		Name:  "a chain of the former authority",
		Break: func(s *facts.Snapshot) { give(s, "EXPR", `fullsic:\<CN=Former CA>\<CN=mail.contoso.com>`) },
		Fix:   `Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com"`,
	}},
}
