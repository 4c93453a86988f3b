package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/fix"
	"exprobe/rules/report"
)

var principalNamesDisagree = Rule{
	ID:       "principal-names-disagree",
	Severity: report.Warning,
	Title:    "no single principal name fits the certificates of all published hosts",
	Why: `An OutlookProvider holds one value for the whole organization, and the hosts that it is sent for serve certificates with different
common names, not all of them their own host's name. Whatever the value is, some host's clients fail or fall back to a weaker match.
Microsoft's advice for several sites is one principal name on every site's certificate, with the host names as alternative names.`,
	Cites: []string{
		"Microsoft Exchange documentation, Planning for high availability and site resilience (certificates; dd638104)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		rows, gaps := s.Judge()
		verdicts := gapVerdicts(gaps)
		for _, provider := range []string{facts.EXPR, facts.EXCH} {
			dn, fed := "", false
			for _, j := range rows {
				if j.Provider == provider && j.Match != facts.Unchecked && !j.NoProvider && !j.Online {
					dn, fed = j.ProviderDN, true
				}
			}
			if !fed {
				continue
			}
			v := report.Verdict{Subject: providerSubject(provider, dn), Outcome: report.Pass}
			switch sol := fix.Solve(s, provider); {
			case sol.Disagree:
				v.Outcome, v.Message, v.Want = report.Fail, sol.Why, want(provider)
			case sol.Unclear:
				v.Outcome, v.Message = report.Unknown, "a certificate has no one clear principal name: "+sol.Why
			case sol.Unseen || len(sol.Unproven) > 0 && s.Organization() != nil:
				v.Outcome, v.Message = report.Unknown, "not every host that "+provider+" is sent for could be seen"
			}
			verdicts = append(verdicts, v)
		}
		return verdicts
	},
	Examples: []Example{{
		Name: "two sites with certificates of different common names",
		Break: func(s *facts.Snapshot) {
			publish(s, "mail.emea.contoso.com", certificate("emea.contoso.com", "emea.contoso.com", "mail.emea.contoso.com"))
		},
	}, {
		Name: "two nodes behind one name with different certificates",
		Break: func(s *facts.Snapshot) {
			serveAt(s, 1, certificate("owa.contoso.com", "owa.contoso.com", "mail.contoso.com"))
		},
	}},
}
