package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/fix"
	"exprobe/rules/report"
)

var principalNameNotChecked = Rule{
	ID:       "principal-name-not-checked",
	Severity: report.Info,
	Title:    "no principal name is demanded, by choice",
	Why: `The value none tells Outlook to demand no principal name, and the box "Only connect to proxy servers that have this principal name in
their certificate" is cleared. That is a choice and no fault: the certificate must still be trusted and cover the host. What Windows checks
by itself then is described differently by different sources.`,
	Cites: []string{
		"Microsoft POX element reference, CertPrincipalName",
		"Microsoft archive blogs, All about Set-OutlookProvider",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		advice := map[string]string{}
		return judgePlaces(s, func(j facts.Judgement) (report.Verdict, bool) {
			switch effective := j.Effective.Value; {
			case effective.Form == facts.None && effective.Text != "":
			case j.Match == facts.Unchecked:
				return report.Verdict{}, false // SSL is off: another matter
			default:
				return report.Verdict{Outcome: report.Pass}, true
			}
			if _, asked := advice[j.Provider]; !asked {
				advice[j.Provider] = fix.Advice(s, j.Provider)
			}
			message := "the value none switches the check off"
			if value := advice[j.Provider]; value != "" {
				message += "; " + value + " would switch it on and fit every certificate that was seen"
			}
			return report.Verdict{Outcome: report.Fail, Message: message}, true
		})
	},
	Examples: []Example{{
		Name:  "the check is switched off outside",
		Break: func(s *facts.Snapshot) { give(s, "EXPR", "none") },
	}},
}
