package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var connectorCertificateNameMalformed = Rule{
	ID:       "connector-certificate-name-malformed",
	Severity: report.Warning,
	Title:    "a connector's TlsCertificateName is no certificate name",
	Why: `TlsCertificateName is <I>issuer<S>subject, or <S>subject alone, and the subject holds a common name. Any other text, such as a thumbprint
or a host name, was written past the cmdlet, which would refuse it; Exchange reads it as nothing and takes a certificate by its own choice
or none. Let the shell write the text: $c = Get-ExchangeCertificate -Thumbprint <thumbprint>; Set-SendConnector <name>
-TlsCertificateName "<I>$($c.Issuer)<S>$($c.Subject)"`,
	Cites: []string{
		"Microsoft documentation, Set-SendConnector and Set-ReceiveConnector (TlsCertificateName)",
		"observed in Exchange 2013 CU23, on the type SmtpX509Identifier",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeConnectors(s, func(name facts.TLSCertificateName) report.Verdict {
			if name.Problem == "" {
				return report.Verdict{Outcome: report.Pass}
			}
			return report.Verdict{Outcome: report.Fail, Message: name.Problem,
				Evidence: []report.Evidence{{Name: "the directory stores", Value: name.Raw.Value}}}
		})
	},
	Examples: []Example{{
		Name: "a thumbprint in the place of a name",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].SendConnectors.Value[0].TLSCertificateName = facts.Known(facts.TLSCertificateName{
				Raw:     facts.Present("00112233445566778899AABBCCDDEEFF00112233"),
				Problem: "the text is a thumbprint, where <I>issuer<S>subject is expected"})
		},
	}},
}
