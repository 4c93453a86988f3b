package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var hybridCertificateNameDiffers = Rule{
	ID:       "hybrid-certificate-name-differs",
	Severity: report.Warning,
	Title:    "the hybrid configuration names another certificate than the one that was seen",
	Why: `The Hybrid Configuration wizard stores the certificate of hybrid mail flow as <I>issuer<S>subject, in an attribute that is called a
thumbprint and holds none, and writes the connectors from it. After a renewal under another intermediate, or with another subject, nothing
fits the text any more, and the next run of the wizard fails or restores what is gone. A text that is no such name, as old versions left,
is read as nothing. Run the wizard again and choose the new certificate. What was seen is what the published hosts serve and, where they
were given, all certificates of the servers.`,
	Cites: []string{
		"Microsoft documentation, Set-HybridConfiguration (TlsCertificateName)",
		"Microsoft Exchange Team Blog 4420592 (2025-06-04), on hybrid mail flow after a renewal",
		"observed in Exchange 2013 CU23, on what the attribute holds",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		compare := againstSeen(s)
		return judgeHybrids(s, func(name facts.TLSCertificateName) report.Verdict {
			if name.Problem == "" {
				return compare(name)
			}
			return report.Verdict{Outcome: report.Fail, Message: "Exchange reads its certificate name as nothing: " + name.Problem,
				Evidence: []report.Evidence{{Name: "the directory stores", Value: name.Raw.Value}}}
		})
	},
	Examples: []Example{{
		Name:  "the certificate was renewed under another intermediate",
		Break: func(s *facts.Snapshot) { s.Certificates.Value[0].Issuer = "CN=Contoso Issuing CA 2" },
	}, {
		Name: "a thumbprint, as the attribute's name suggests",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].Hybrids.Value[0].TLSCertificateName = facts.Known(facts.TLSCertificateName{
				Raw:     facts.Present("00112233445566778899AABBCCDDEEFF00112233"),
				Problem: "the text is a thumbprint, where <I>issuer<S>subject is expected"})
		},
	}},
}
