package rules

import (
	"fmt"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var providerFlagsSet = Rule{
	ID:          "provider-flags-set",
	Severity:    report.Info,
	FollowsFrom: []string{"provider-unreadable"},
	Title:       "an OutlookProvider has flags",
	Why: `OutlookProviderFlags says how Outlook should connect; Microsoft recommends None, which is the default. The value 1 is
ServerExclusiveConnect, which Exchange 2013 was observed to ignore for mailboxes on 2010 and later: it sends off inside and on outside
whatever is stored. ExternalClientsRequireSSL and InternalClientsRequireSSL exist too; SSL is switched at the virtual directories of
Outlook Anywhere instead. Set-OutlookProvider EXPR -OutlookProviderFlags None clears them.`,
	Cites: []string{
		"Microsoft documentation, Set-OutlookProvider (OutlookProviderFlags)",
		"observed in Exchange 2013 CU23, which sends ServerExclusiveConnect as it likes",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeProviders(s, func(p facts.Provider) report.Verdict {
			return attribute(p.Flags, func(flags facts.Number) (report.Outcome, string) {
				switch flags.Value {
				case 0:
					return report.Pass, ""
				case 1:
					return report.Fail, "its flags are ServerExclusiveConnect, where None is recommended"
				}
				return report.Fail, fmt.Sprintf("its flags are %d, where None is recommended", flags.Value)
			})
		})
	},
	Examples: []Example{{
		Name:  "ServerExclusiveConnect",
		Break: func(s *facts.Snapshot) { s.Provider("EXPR").Flags = facts.Known(facts.Present(1)) },
	}},
}
