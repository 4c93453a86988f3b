package rules

import (
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// judgePlaces runs a rule over every place where a principal name is demanded, at
// every address, and says unknown of each gap in what is published. check has the
// last word on places that were seen; ok is false where the rule does not concern
// one.
func judgePlaces(s *facts.Snapshot, check func(j facts.Judgement) (v report.Verdict, ok bool)) []report.Verdict {
	rows, gaps := s.Judge()
	verdicts := gapVerdicts(gaps)
	for _, j := range rows {
		if j.NoProvider {
			continue // provider-missing tells it: nothing is published here
		}
		subject := placeSubject(j)
		if j.Match == facts.Unseen {
			verdicts = append(verdicts, report.Verdict{Subject: subject, Outcome: report.Unknown, Message: j.Why})
			continue
		}
		if v, ok := check(j); ok {
			v.Subject, v.Message = subject, addressed(j.To, v.Message)
			if why := unsure(j.Served.Value); why != "" && v.Outcome == report.Pass {
				v.Outcome, v.Message = report.Unknown, why
			}
			if v.Outcome == report.Fail {
				v.Evidence = placeEvidence(j)
				if !j.Online && j.Effective.Value.Form != facts.None { // none is a choice, and nobody commands it away
					v.Want = want(j.Provider)
				}
			}
			verdicts = append(verdicts, v)
		}
	}
	return verdicts
}

// matched is the verdict of a rule that fails on one kind of match. A place where
// no name is demanded does not concern it, nor does one whose match is undecidable:
// the rule of what makes it so tells it.
func matched(s *facts.Snapshot, bad facts.Match, message func(j facts.Judgement) string) []report.Verdict {
	return judgePlaces(s, func(j facts.Judgement) (report.Verdict, bool) {
		leaf := j.Served.Value.Leaf()
		switch {
		case j.Match == facts.Unchecked || j.Match == facts.Undecidable && leaf.Unreadable == "":
			return report.Verdict{}, false
		case j.Match == facts.Undecidable:
			return report.Verdict{Outcome: report.Unknown, Message: unparsed(leaf)}, true
		case j.Match == bad && bad != facts.Mismatch && nameless(leaf):
			return report.Verdict{}, false // certificate-no-common-name tells it
		case j.Match == bad:
			return report.Verdict{Outcome: report.Fail, Message: message(j)}, true
		}
		return report.Verdict{Outcome: report.Pass}, true
	})
}

func gapVerdicts(gaps []facts.Gap) []report.Verdict {
	verdicts := []report.Verdict{}
	for _, g := range gaps {
		verdicts = append(verdicts, report.Verdict{Outcome: report.Unknown, Message: g.Why,
			Subject: report.Subject{Kind: g.Kind, Name: g.Name, DN: g.DN}})
	}
	return verdicts
}

func placeSubject(j facts.Judgement) report.Subject {
	return report.Subject{Kind: "host", Name: facts.Label(j.Host, j.Port), Address: j.Address, Provider: j.Provider, DN: j.ProviderDN}
}

func providerSubject(name, dn string) report.Subject {
	return report.Subject{Kind: "provider", Name: name, Provider: strings.ToUpper(name), DN: dn}
}

// placeEvidence shows the three values side by side, and the names of the
// certificate.
func placeEvidence(j facts.Judgement) []report.Evidence {
	var list []report.Evidence
	if j.Stored.Known {
		list = append(list, report.Evidence{Name: "the directory stores", Value: textOr(j.Stored.Value, "$null")})
	}
	for _, text := range j.Published {
		list = append(list, report.Evidence{Name: "Autodiscover sends", Value: text})
	}
	how := "the client demands"
	if j.Derived {
		how = "the client demands, by default"
	}
	list = append(list, report.Evidence{Name: how, Value: j.Effective.Value.Text})
	if j.Served.Known {
		list = append(list, certificateEvidence(j.Served.Value.Leaf())...)
	}
	return list
}

func certificateEvidence(c facts.Certificate) []report.Evidence {
	if c.Unreadable != "" {
		return []report.Evidence{{Name: "the certificate cannot be parsed", Value: c.Unreadable}}
	}
	list := []report.Evidence{{Name: "the certificate's common name", Value: orNone(strings.Join(c.CommonNames, ", "))},
		{Name: "its alternative names", Value: orNone(few(c.DNSNames))}}
	if emails := append(append([]string{}, c.SubjectEmails...), c.SANEmails...); len(emails) > 0 {
		list = append(list, report.Evidence{Name: "its e-mail names", Value: few(emails)})
	}
	return append(list, report.Evidence{Name: thumbprintEvidence, Value: c.Thumbprint})
}

func textOr(t facts.Text, absent string) string {
	if !t.Present {
		return absent
	}
	return t.Value
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// few joins names, and counts those beyond what a reader takes in.
func few(names []string) string {
	const most = 12
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + ", and more: " + plural(len(names)-most, "name")
}
