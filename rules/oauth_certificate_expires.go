package rules

import (
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var oauthCertificateExpires = Rule{
	ID:       "oauth-certificate-expires",
	Severity: report.Warning,
	Title:    "the OAuth certificate has expired, expires soon or is gone",
	Why: `The Auth certificate, "Microsoft Exchange Server Auth Certificate", signs the tokens by which servers trust each other and Exchange Online.
It lives five years, no renewal of the web certificate touches it, and where it has expired Outlook on the web, the admin center and hybrid
free and busy times fail together. Called out 60 days before, unless the next one is in place and takes effect in time. Set-AuthConfig
-NewCertificateThumbprint <thumbprint> -NewCertificateEffectiveDate <date>, then Set-AuthConfig -PublishCertificate, then run the Hybrid
Configuration wizard again. The directory holds the thumbprint alone: the certificate is judged where all those of the servers were given.`,
	Cites: []string{
		"Microsoft documentation, Set-AuthConfig",
		"Microsoft CSS-Exchange, MonitorExchangeAuthCertificate",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		verdicts := []report.Verdict{}
		for i := range s.Organizations {
			org := &s.Organizations[i]
			if s.Certificates.Asked() {
				verdicts = append(verdicts, unseenSection(org, org.Auths)...)
			}
			for _, auth := range org.Auths.Value {
				if v := judgeAuth(s, auth); v.Outcome != "" {
					v.Subject = report.Subject{Kind: "OAuth configuration", Name: auth.Name, DN: auth.DN}
					verdicts = append(verdicts, v)
				}
			}
		}
		return verdicts
	},
	Examples: []Example{{
		Name:  "twenty days are left",
		Break: func(s *facts.Snapshot) { heldCertificate(s, estateAuth).NotAfter = s.TakenAt.AddDate(0, 0, 20) },
	}, {
		Name:  "expired",
		Break: func(s *facts.Snapshot) { heldCertificate(s, estateAuth).NotAfter = s.TakenAt.AddDate(0, 0, -1) },
	}, {
		Name:  "removed from the servers",
		Break: func(s *facts.Snapshot) { s.Certificates.Value = slices.Delete(s.Certificates.Value, 1, 2) },
	}},
}

func judgeAuth(s *facts.Snapshot, auth facts.AuthConfiguration) report.Verdict {
	of := func(use string) (facts.Thumbprint, bool) {
		i := slices.IndexFunc(auth.Thumbprints.Value, func(t facts.Thumbprint) bool { return t.Use == use || t.Problem != "" })
		if i < 0 {
			return facts.Thumbprint{}, false
		}
		return auth.Thumbprints.Value[i], true
	}
	current, ok := of(facts.UseCurrent)
	switch {
	case !auth.Thumbprints.Known && auth.Thumbprints.Asked() && s.Certificates.Asked():
		return report.Verdict{Outcome: report.Unknown, Message: auth.Thumbprints.Why}
	case !ok:
		return report.Verdict{}
	}
	v := judgeThumbprint(s, current)
	ending, _ := byThumbprint(s, current.Value)
	next, ok := of(facts.UseNext)
	if v.Outcome != report.Fail || !ok || judgeThumbprint(s, next).Outcome != report.Pass {
		return v
	}
	at := auth.NextEffective
	switch {
	case !at.Known && at.Asked():
		return report.Verdict{Outcome: report.Unknown, Message: v.Message + "; when the next one takes effect could not be seen: " + at.Why}
	case !at.Value.At.IsZero() && at.Value.At.Before(ending.NotAfter):
		return report.Verdict{Outcome: report.Pass}
	}
	return v
}
