package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var providerDuplicate = Rule{
	ID:          "provider-duplicate",
	Severity:    report.Warning,
	FollowsFrom: []string{"provider-unreadable"},
	Title:       "an OutlookProvider exists twice, after a replication conflict",
	Why: `Two objects of one name were created on two domain controllers before they had replicated, as happens where New-OutlookProvider is
run twice to restore one that was deleted. Active Directory keeps both and renames one to its name, a line feed, CNF: and its GUID.
Exchange takes any name that it does not know for a custom provider and publishes it too, and a later change goes to the one object and
not to the other. Compare both with Get-OutlookProvider, and have a directory administrator delete the one whose name holds CNF:.`,
	Cites: []string{
		"Microsoft Win32 documentation, DS_MANGLE_FOR and DsIsMangledRdnValue, on names that a conflict has changed",
		"observed in Exchange 2013 CU23, which publishes every name",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeProviders(s, func(p facts.Provider) report.Verdict {
			of := p.ConflictOf()
			if of == "" {
				return report.Verdict{Outcome: report.Pass}
			}
			return report.Verdict{Outcome: report.Fail, Message: "this object is a second " + oneLine(of) + ", renamed after a replication conflict",
				Evidence: []report.Evidence{{Name: "its distinguished name", Value: p.DN}}}
		})
	},
	Examples: []Example{{
		Name: "EXPR was restored on two domain controllers",
		Break: func(s *facts.Snapshot) {
			second := healthyProvider("EXPR\nCNF:0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "")
			second.DN = `CN=EXPR\0ACNF:0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0,` + providersDN
			s.Organizations[0].Providers.Value = append(s.Organizations[0].Providers.Value, second)
		},
	}},
}
