package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// judgeDemanded runs a rule over the certificate at every address where an msstd
// name is demanded: there its principal name counts, and elsewhere it does not. An
// address has one verdict, whatever the number of providers that are sent for it,
// and a failure asks the solver about each of them.
func judgeDemanded(s *facts.Snapshot, check func(leaf facts.Certificate) (report.Outcome, string)) []report.Verdict {
	rows, gaps := s.Judge()
	verdicts := gapVerdicts(gaps)
	at := map[string]int{}
	for _, j := range rows {
		form := j.Effective.Value.Form
		if j.NoProvider || j.Effective.Known && (form == facts.None || form == facts.FullSIC) {
			continue
		}
		v := demanded(j, check)
		v.Message = addressed(j.To, v.Message)
		v.Subject = report.Subject{Kind: "host", Name: facts.Label(j.Host, j.Port), Address: j.Address}
		key := strings.ToLower(v.Subject.Name) + " " + j.Address
		i, known := at[key]
		switch {
		case !known:
			at[key] = len(verdicts)
			verdicts = append(verdicts, v)
		case grave(v.Outcome) > grave(verdicts[i].Outcome):
			verdicts[i] = v
		default:
			for _, change := range v.Want {
				if !slices.Contains(verdicts[i].Want, change) {
					verdicts[i].Want = append(verdicts[i].Want, change)
				}
			}
		}
	}
	return verdicts
}

func demanded(j facts.Judgement, check func(leaf facts.Certificate) (report.Outcome, string)) (v report.Verdict) {
	if !j.Served.Known {
		return report.Verdict{Outcome: report.Unknown, Message: j.Served.Why}
	}
	leaf := j.Served.Value.Leaf()
	if leaf.Unreadable != "" {
		return report.Verdict{Outcome: report.Unknown, Message: unparsed(leaf)}
	}
	v.Outcome, v.Message = check(leaf)
	switch why := unsure(j.Served.Value); {
	case v.Outcome != report.Fail && why != "":
		v.Outcome, v.Message = report.Unknown, why
	case v.Outcome != report.Fail:
	case !j.Effective.Known: // perhaps no name is demanded
		v.Outcome, v.Message = report.Unknown, j.Effective.Why
	default:
		v.Evidence = certificateEvidence(leaf)
		if !j.Online {
			v.Want = want(j.Provider)
		}
	}
	return v
}
