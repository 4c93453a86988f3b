package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var connectorCertificateNameDiffers = Rule{
	ID:          "connector-certificate-name-differs",
	Severity:    report.Warning,
	FollowsFrom: []string{"hybrid-certificate-name-differs"},
	Title:       "a connector names a certificate by another issuer or subject than the one that was seen",
	Why: `TlsCertificateName of a connector is <I>issuer<S>subject. A renewal that keeps both is found again; one under another intermediate, or
with another subject, is not, and mail between the organization and Exchange Online stops. What was seen is what the published hosts serve
and, where they were given, all certificates of the servers; a server may hold the old one beside it for SMTP, which
Get-ExchangeCertificate shows. Let the shell write the text, because it spells names in its own way:
$c = Get-ExchangeCertificate -Thumbprint <thumbprint>; Set-SendConnector <name> -TlsCertificateName "<I>$($c.Issuer)<S>$($c.Subject)"`,
	Cites: []string{
		"Microsoft documentation, Set-SendConnector and Set-ReceiveConnector (TlsCertificateName)",
		"Microsoft Exchange Team Blog 4420592 (2025-06-04), on hybrid mail flow after a renewal",
		"observed in Exchange 2013 CU23, which compares without regard to case",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		compare := againstSeen(s)
		return judgeConnectors(s, func(name facts.TLSCertificateName) report.Verdict {
			if name.Problem != "" {
				return report.Verdict{} // connector-certificate-name-malformed tells it
			}
			return compare(name)
		})
	},
	Examples: []Example{{
		Name: "the certificate was renewed under another intermediate",
		Break: func(s *facts.Snapshot) {
			s.Certificates.Value[0].Issuer = "CN=Contoso Issuing CA 2"
		},
	}, {
		Name: "the certificate was removed from the servers",
		Break: func(s *facts.Snapshot) {
			s.Certificates.Value = s.Certificates.Value[1:]
		},
	}, {
		Name: "only the published hosts were seen, and their certificate has another issuer",
		Break: func(s *facts.Snapshot) {
			s.Certificates = facts.Observed[[]facts.Certificate]{}
			s.Organizations[0].SendConnectors.Value[0].TLSCertificateName = facts.Known(certificateName("<I>CN=Former CA<S>CN=mail.contoso.com"))
		},
	}},
}
