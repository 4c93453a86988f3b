package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var federationCertificateExpires = Rule{
	ID:       "federation-certificate-expires",
	Severity: report.Warning,
	Title:    "the certificate of the federation trust has expired, expires soon or is gone",
	Why: `The federation trust signs with a certificate that Exchange made itself, for five years. No renewal of the web certificate touches it, and
once it has expired sharing with other organizations stops, and the trust can only be made anew, with a new proof for every domain. Called
out 60 days before. Set-FederationTrust -Thumbprint <thumbprint>, Test-FederationTrustCertificate on every server, then Set-FederationTrust
-PublishFederationCertificate. The directory holds the thumbprint alone: the certificate is judged where all those of the servers were given.`,
	Cites: []string{
		"Microsoft documentation, Set-FederationTrust and Test-FederationTrustCertificate",
		"observed in Exchange 2013 CU23, on where the thumbprints are stored",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		verdicts := []report.Verdict{}
		for i := range s.Organizations {
			org := &s.Organizations[i]
			if s.Certificates.Asked() {
				verdicts = append(verdicts, unseenSection(org, org.FederationTrusts)...)
			}
			for _, trust := range org.FederationTrusts.Value {
				v := judgeThumbprint(s, trust.Current.Value)
				if !trust.Current.Known && trust.Current.Asked() && s.Certificates.Asked() {
					v = report.Verdict{Outcome: report.Unknown, Message: trust.Current.Why}
				}
				if v.Subject = (report.Subject{Kind: "federation trust", Name: trust.Name, DN: trust.DN}); v.Outcome != "" {
					verdicts = append(verdicts, v)
				}
			}
		}
		return verdicts
	},
	Examples: []Example{{
		Name:  "forty days are left",
		Break: func(s *facts.Snapshot) { heldCertificate(s, estateFederation).NotAfter = s.TakenAt.AddDate(0, 0, 40) },
	}},
}
