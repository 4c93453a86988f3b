package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var providerUnreadable = Rule{
	ID:       "provider-unreadable",
	Severity: report.Warning,
	Title:    "an OutlookProvider could not be read",
	Why: `The directory shows that the object is there, or where it should be, and not what it holds. A directory never says that reading was
denied: what the account may not read is simply missing, so an empty value and a hidden one look alike unless the object's other
attributes are looked at too. What could not be read is unknown, and nothing here calls it empty. Read rights on
CN=Outlook,CN=AutoDiscover,CN=Client Access below the organization are enough.`,
	Cites: []string{
		"Microsoft, Exchange 2013 deployment permissions reference",
		"MS-ADTS 3.1.1.4.5.7 and MS-ADA1, on what an account may see",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		var verdicts []report.Verdict
		for _, org := range s.Organizations {
			if org.Providers.Asked() && !org.Providers.Known {
				verdicts = append(verdicts, report.Verdict{Outcome: report.Unknown, Message: org.Providers.Why,
					Subject: report.Subject{Kind: "organization", Name: org.Directory, DN: org.DN}})
			}
			for _, p := range org.Providers.Value {
				v := report.Verdict{Subject: providerSubject(p.Name, p.DN), Outcome: report.Pass}
				if !p.CertPrincipalName.Known {
					v.Outcome, v.Message = report.Unknown, p.CertPrincipalName.Why
				}
				verdicts = append(verdicts, v)
			}
		}
		return verdicts
	},
	Examples: []Example{{
		Name:    "the account may not read EXPR",
		Outcome: report.Unknown,
		Break: func(s *facts.Snapshot) {
			s.Provider("EXPR").CertPrincipalName = facts.Unknown[facts.Text]("the account may not read the attributes of CN=EXPR")
		},
	}, {
		Name:    "the account sees no provider at all",
		Outcome: report.Unknown,
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].Providers = facts.Unknown[[]facts.Provider]("CN=Outlook,CN=AutoDiscover,CN=Client Access is not there or not visible")
		},
	}},
}
