package rules

import (
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var providerAnswerDiffers = Rule{
	ID:       "provider-answer-differs",
	Severity: report.Warning,
	Title:    "Autodiscover does not send what the directory holds",
	Why: `Exchange sends CertPrincipalName as it is stored and leaves it out where none is stored. Another value in the answer is an old one from
a server's cache, which is refreshed every 15 minutes, a change that has not been replicated, or the answer of another product or
organization. Clients follow the answer. Wait, or recycle MSExchangeAutodiscoverAppPool on every Exchange server, and audit again.`,
	Cites: []string{
		"Microsoft KB 940726, on recycling MSExchangeAutodiscoverAppPool",
		"jetzemellema.blogspot.com 2011, on the fifteen minutes; observed in Exchange 2013 CU23",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		org := s.Organization()
		if org == nil || len(s.Answers) == 0 {
			return nil
		}
		_, gaps := s.Places()
		verdicts := gapVerdicts(gaps)
		for i := range s.Answers {
			verdicts = append(verdicts, compareAnswer(s, org, &s.Answers[i])...)
		}
		return verdicts
	},
	Examples: []Example{{
		Name: "an answer from the cache, after a change",
		Break: func(s *facts.Snapshot) {
			give(s, "EXPR", "msstd:owa.contoso.com")
			s.Provider("EXPR").CertPrincipalName = facts.Say("msstd:mail.contoso.com")
		},
	}, {
		Name:  "a change that will break what still works",
		Break: func(s *facts.Snapshot) { s.Provider("EXPR").CertPrincipalName = facts.Say("msstd:owa.contoso.com") },
		Fix:   `Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com"`,
	}},
}

// compareAnswer holds each provider's nodes in one answer against the directory,
// once for each provider. A node with SSL off carries None whatever is stored, a
// MAPI/HTTP answer carries nothing, and Exchange Online has a directory of its own.
func compareAnswer(s *facts.Snapshot, org *facts.Organization, a *facts.Answer) []report.Verdict {
	if a.View == facts.ViewMapi || a.Response.Value.MicrosoftOnline || s.Stranger(a) != "" {
		return nil
	}
	var order []string
	byProvider := map[string]report.Verdict{}
	for i, node := range a.Response.Value.Nodes {
		provider, scope := s.Feed(a, i)
		if scope == "" || node.SSLOff() {
			continue
		}
		v := report.Verdict{Subject: answerSubject(a, provider), Outcome: report.Pass}
		object := org.Provider(provider)
		switch {
		case object == nil && org.Providers.Known:
			continue // provider-missing tells it
		case object == nil:
			v.Outcome, v.Message = report.Unknown, org.Providers.Why
		case !object.CertPrincipalName.Known:
			v.Outcome, v.Message = report.Unknown, object.CertPrincipalName.Why
		default:
			stored, sent := object.CertPrincipalName.Value, node.CertPrincipalName
			if !strings.EqualFold(strings.TrimSpace(stored.Value), strings.TrimSpace(sent.Value)) {
				v.Outcome, v.Want = report.Fail, want(provider)
				v.Message = "the directory holds " + textOr(stored, "no value") + ", and Autodiscover sends " + textOr(sent, "no value")
				v.Evidence = []report.Evidence{{Name: "the directory stores", Value: textOr(stored, "$null")},
					{Name: "Autodiscover sends", Value: textOr(sent, "no element")}, {Name: "asked", Value: a.URL}}
			}
		}
		old, known := byProvider[provider]
		if !known {
			order = append(order, provider)
		}
		if !known || old.Outcome == report.Pass {
			byProvider[provider] = v
		}
	}
	var verdicts []report.Verdict
	for _, provider := range order {
		verdicts = append(verdicts, byProvider[provider])
	}
	return verdicts
}

// answerSubject is the mailbox or file whose answer is concerned.
func answerSubject(a *facts.Answer, provider string) report.Subject {
	if a.Mailbox == "" || a.Step == facts.StepFile {
		return report.Subject{Kind: "file", Name: a.URL, Provider: provider}
	}
	return report.Subject{Kind: "mailbox", Name: a.Mailbox, Provider: provider}
}
