package rules

import (
	"slices"
	"strings"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// Waiver accepts what one rule says of some subjects until it ends. It covers an
// unknown outcome too: whoever accepts that something is wrong accepts not to see
// whether it is, as of a host that is known to be switched off.
type Waiver struct {
	Rule    string // its ID
	Subject string // a subject's name, its address, or "name at address"; * stands for any run of characters
	Owner   string // who answers for it
	Reason  string
	Until   Until
}

// Until is when a waiver ends: with a day, or with a certificate. One of the two is
// set.
type Until struct {
	Day         time.Time // its last day, UTC
	Certificate string    // a thumbprint: it lasts while the subject serves that certificate, and no longer than the certificate is valid
}

// String is the end as it stands in a configuration.
func (u Until) String() string {
	if u.Certificate != "" {
		return "certificate " + u.Certificate
	}
	return day(u.Day)
}

// Over says that the last day has passed at an instant. A waiver that ends with a
// certificate has no last day.
func (u Until) Over(at time.Time) bool {
	return u.Certificate == "" && !at.Before(u.Day.AddDate(0, 0, 1))
}

// Weighed is a waiver after an audit, with what it met.
type Weighed struct {
	Waiver
	Over    bool   // its last day has passed
	Off     bool   // its rule is switched off
	Covered int    // findings that it waives
	Ended   int    // findings that it matches and waives no longer
	Unsure  int    // findings of which it cannot be told
	Why     string // why not
}

// weighing applies waivers to the findings of one audit and keeps what each met.
type weighing struct {
	sights sights
	at     time.Time
	list   []Weighed
	byRule map[string][]int // indexes in list
}

func (p Policy) weigh(s *facts.Snapshot) *weighing {
	w := &weighing{sights: sights{snapshot: s}, at: s.TakenAt, byRule: map[string][]int{}}
	for i, waiver := range p.Waivers {
		w.list = append(w.list, Weighed{Waiver: waiver, Over: waiver.Until.Over(s.TakenAt), Off: p.Off[waiver.Rule]})
		w.byRule[waiver.Rule] = append(w.byRule[waiver.Rule], i)
	}
	return w
}

// waive returns the findings with those waived that a waiver covers, and counts
// them in tally, which is nil or has a row for each rule.
func (w *weighing) waive(findings []report.Finding, tally []report.Tally) []report.Finding {
	if len(w.list) == 0 {
		return findings
	}
	findings = slices.Clone(findings)
	for i := range findings {
		f := &findings[i]
		by := w.covers(*f)
		if by == nil {
			continue
		}
		if row := slices.IndexFunc(tally, func(t report.Tally) bool { return t.Rule == f.Rule }); row >= 0 {
			tally[row].Waived++
			if f.Outcome == report.Fail {
				tally[row].Fail--
			} else {
				tally[row].Unknown--
			}
		}
		f.Waiver = &report.Waiver{Owner: by.Owner, Reason: by.Reason, Until: by.Until.String(), Outcome: f.Outcome}
		f.Outcome = report.Waived
	}
	return findings
}

// covers returns the waiver that waives a finding, or nil. Every waiver that
// matches keeps what it met, so that none looks unused because of another.
func (w *weighing) covers(f report.Finding) *Waiver {
	var first *Waiver
	for _, i := range w.byRule[f.Rule] {
		weighed := &w.list[i]
		if !weighed.matches(f.Subject) {
			continue
		}
		holds, why := !weighed.Over, ""
		if thumbprint := weighed.Until.Certificate; thumbprint != "" {
			holds, why = w.sights.serves(f.Subject, thumbprint)
		}
		switch {
		case holds:
			weighed.Covered++
			if first == nil {
				first = &weighed.Waiver
			}
		case why != "":
			weighed.Unsure++
			weighed.Why = why
		default:
			weighed.Ended++
		}
	}
	return first
}

func (w Waiver) matches(s report.Subject) bool {
	pattern := strings.ToLower(w.Subject)
	for _, text := range []string{s.Name, s.Address, s.Name + " at " + s.Address} {
		if text != "" && glob(pattern, strings.ToLower(text)) {
			return true
		}
	}
	return false
}

// glob says whether a pattern, in which * stands for any run of characters, is all
// of a text. It takes the earliest place for each part, which is enough where * is
// the only wildcard, and never goes back.
func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return pattern == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, part := range parts[1:last] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return strings.HasSuffix(text, parts[last])
}

// judge is what the rules about waivers say once everything else is judged.
func (w *weighing) judge(rules []Rule, tally []report.Tally) []report.Finding {
	var findings []report.Finding
	for i, rule := range rules {
		if rule.Weigh == nil {
			continue
		}
		var verdicts []report.Verdict
		for _, weighed := range w.list {
			if v, ok := rule.Weigh(weighed); ok {
				v.Subject = report.Subject{Kind: "waiver", Name: weighed.Rule + " for " + weighed.Subject}
				v.Evidence = []report.Evidence{{Name: "until", Value: weighed.Until.String()},
					{Name: "owner", Value: weighed.Owner}, {Name: "reason", Value: weighed.Reason}}
				verdicts = append(verdicts, v)
			}
		}
		var row *report.Tally
		if tally != nil {
			row = &tally[i]
		}
		stamped, _ := stamp(rule, verdicts, row)
		findings = append(findings, stamped...)
	}
	return findings
}
