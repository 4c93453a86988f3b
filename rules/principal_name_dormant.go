package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var principalNameDormant = Rule{
	ID:          "principal-name-dormant",
	Severity:    report.Info,
	FollowsFrom: []string{"principal-name-mismatch", "principal-name-undecidable", "principal-name-san-only", "principal-name-wildcard-only"},
	Title:       "a wrong principal name sleeps: the organization uses MAPI over HTTP",
	Why: `MAPI over HTTP is on for the organization, and clients that use it are never sent a principal name, so a wrong one hurts nobody who
uses it. It still matters: mailboxes can be taken out of MAPI over HTTP one by one, old versions of Outlook and third-party programs do
not speak it, Outlook Anywhere remains what clients fall back to, and the Connectivity Analyzer tests it. Whoever switches MAPI over HTTP
off to look for another fault wakes this one. Mend it when there is time; nobody needs to be called at night.`,
	Cites: []string{
		"Microsoft Exchange documentation, MAPI over HTTP",
		"Microsoft documentation, Set-OutlookProvider (CertPrincipalName is used for Outlook Anywhere alone)",
		"observed in Exchange 2013 CU23, which sends MAPI over HTTP clients no principal name",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		org := s.Organization()
		if org == nil || !org.MapiHTTPEnabled.Asked() {
			return nil
		}
		rows, gaps := s.Judge()
		var verdicts []report.Verdict
		if !org.MapiHTTPEnabled.Known || org.MapiHTTPEnabled.Value {
			verdicts = gapVerdicts(gaps)
		}
		for _, provider := range []string{facts.EXPR, facts.EXCH} {
			if v := dormant(org, rows, provider); v.Outcome != "" {
				v.Subject = providerSubject(provider, org.ProviderDN(provider))
				verdicts = append(verdicts, v)
			}
		}
		return verdicts
	},
	Examples: []Example{{
		Name: "a principal name left behind, where everybody uses MAPI over HTTP",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].MapiHTTPEnabled = facts.Known(true)
			give(s, "EXPR", "msstd:owa.contoso.com")
		},
		Fix: `Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com"`,
	}},
}

func dormant(org *facts.Organization, rows []facts.Judgement, provider string) (v report.Verdict) {
	wrong, unseen := "", ""
	for _, j := range rows {
		if j.Provider != provider || j.NoProvider || j.Online {
			continue
		}
		v.Outcome = report.Pass
		switch j.Match {
		case facts.Unseen:
			unseen = j.Why
		case facts.Matches, facts.Unchecked:
		default:
			if wrong == "" { // the rows are in order
				wrong = facts.Label(j.Host, j.Port)
			}
		}
	}
	mapi := org.MapiHTTPEnabled
	switch {
	case v.Outcome == "" || mapi.Known && !mapi.Value:
	case wrong != "" && mapi.Known:
		v.Outcome, v.Message = report.Fail, "its principal name is not right for "+wrong+", and clients of MAPI over HTTP do not notice"
	case wrong != "":
		v.Outcome, v.Message = report.Unknown, "whether MAPI over HTTP is on could not be seen: "+mapi.Why
	case unseen != "":
		v.Outcome, v.Message = report.Unknown, unseen
	}
	return v
}
