package rules

import (
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var principalNameMalformed = Rule{
	ID:          "principal-name-malformed",
	Severity:    report.Error,
	FollowsFrom: []string{"provider-unreadable"},
	Title:       "a value is not a principal name",
	Why: `A certificate principal name is msstd: and a host name, msstd: and a wildcard, or none; the chain form fullsic: is legal and rare.
Exchange stores and sends whatever it is given, and Schannel answers a malformed name with ERROR_INVALID_PARAMETER. A missing msstd:, a
blank after the colon (Microsoft's own article shows one) and a dot at the end are the usual slips.`,
	Cites: []string{
		"Microsoft Win32 documentation, Principal Names",
		"Microsoft KB 2710606, whose text shows a blank after msstd:",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		_, gaps := s.Places()
		verdicts := gapVerdicts(gaps)
		told := map[string]bool{} // stored values that were judged
		for i := range s.Organizations {
			org := &s.Organizations[i]
			if org.Providers.Asked() && !org.Providers.Known && org.VirtualDirectories.Why != org.Providers.Why {
				verdicts = append(verdicts, report.Verdict{Outcome: report.Unknown, Message: org.Providers.Why,
					Subject: report.Subject{Kind: "organization", Name: org.Directory, DN: org.DN}})
			}
			for _, p := range org.Providers.Value {
				v := report.Verdict{Subject: providerSubject(p.Name, p.DN)}
				told[strings.ToUpper(p.Name)+"\x00"+p.CertPrincipalName.Value.Value] = p.CertPrincipalName.Known
				switch value := p.CertPrincipalName; {
				case !value.Known:
					v.Outcome, v.Message = report.Unknown, value.Why
				default:
					v.Outcome, v.Message = wellFormed("the directory holds", value.Value)
				}
				verdicts = append(verdicts, wanting(v, p.Name, "the directory stores", p.CertPrincipalName.Value.Value))
			}
		}
		for i := range s.Answers {
			verdicts = append(verdicts, malformedNodes(s, &s.Answers[i], told)...)
		}
		return verdicts
	},
	Examples: []Example{{
		Name:  "the prefix is missing",
		Break: func(s *facts.Snapshot) { give(s, "EXPR", "mail.contoso.com") },
		Fix:   `Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com"`,
	}, {
		Name:  "a blank after the colon",
		Break: func(s *facts.Snapshot) { give(s, "EXCH", "msstd: mail.contoso.com") },
		Fix:   `Set-OutlookProvider EXCH -CertPrincipalName:"msstd:mail.contoso.com"`,
	}},
}

// malformedNodes judges what an answer sends, unless it is what the directory holds
// and was judged there. With SSL off no name is looked at.
func malformedNodes(s *facts.Snapshot, a *facts.Answer, told map[string]bool) []report.Verdict {
	if s.Stranger(a) != "" {
		return nil
	}
	var verdicts []report.Verdict
	for i, node := range a.Response.Value.Nodes {
		provider, _ := s.Feed(a, i)
		text := node.CertPrincipalName.Value
		if provider == "" || node.SSLOff() || told[provider+"\x00"+text] {
			continue
		}
		told[provider+"\x00"+text] = true
		v := report.Verdict{Subject: answerSubject(a, provider)}
		v.Outcome, v.Message = wellFormed("Autodiscover sends", node.CertPrincipalName)
		verdicts = append(verdicts, wanting(v, provider, "Autodiscover sends", text))
	}
	return verdicts
}

func wellFormed(who string, value facts.Text) (report.Outcome, string) {
	if strings.TrimSpace(value.Value) == "" { // as good as absent: clients derive the default
		return report.Pass, ""
	}
	if p := facts.ParsePrincipal(value.Value); p.Form == facts.Malformed {
		return report.Fail, who + " a value that is not a principal name: " + p.Why
	}
	return report.Pass, ""
}

// wanting gives a failure its evidence and asks the solver, which knows EXPR and
// EXCH; another provider's value is for its owner to mend.
func wanting(v report.Verdict, provider, who, text string) report.Verdict {
	if v.Outcome == report.Fail {
		v.Evidence = []report.Evidence{{Name: who, Value: text}}
		for _, known := range []string{facts.EXPR, facts.EXCH} { // Exchange ignores the case of an object's name
			if strings.EqualFold(provider, known) {
				v.Want = want(known)
			}
		}
	}
	return v
}
