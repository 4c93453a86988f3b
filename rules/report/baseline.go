package report

import (
	"slices"
	"time"
)

// Baseline says that a report shows only what is new since an earlier one.
type Baseline struct {
	TakenAt time.Time `json:"takenAt"` // of the earlier one
	Failed  int       `json:"failed"`  // findings that are left out, because they were there then
	Unknown int       `json:"unknown"` // checks that are left out, because they could not be made then either
}

// Since leaves of a report only the findings that the earlier one did not have, told
// apart by their fingerprints. What failed then and cannot be seen now is new. The
// fix stays where one of its commands or refusals answers something new; the
// principal table, the inventory and the tally stay whole. Neither report is changed.
func Since(r, earlier *Report, failOn FailOn) *Report {
	d := Compare(earlier, r, failOn)
	known := map[string]bool{}
	for _, f := range slices.Concat(d.Kept, d.StillBlind) {
		known[f.Fingerprint] = true
	}
	c := *r
	for _, text := range earlier.Warnings {
		if !slices.Contains(r.Warnings, text) {
			c.Warnings = append(slices.Clip(c.Warnings), "of the baseline: "+text)
		}
	}
	c.Baseline = &Baseline{TakenAt: earlier.TakenAt}
	c.Findings = []Finding{}
	concerned := map[string]bool{} // providers
	for _, f := range r.Findings {
		switch {
		case !known[f.Fingerprint]:
			c.Findings = append(c.Findings, f)
			concerned[f.Subject.Provider] = concerned[f.Subject.Provider] || f.Outcome == Fail
		case f.Outcome == Unknown:
			c.Baseline.Unknown++
		default:
			c.Baseline.Failed++
		}
	}
	answered := false
	for _, command := range r.Fix.Commands {
		answered = answered || concerned[command.Provider]
	}
	for _, refusal := range r.Fix.Refused {
		answered = answered || concerned[refusal.Provider]
	}
	if !answered {
		c.Fix = Fix{Commands: []Command{}, Refused: []Refusal{}, Kept: []Keep{}}
	}
	left := c.Findings
	if answered {
		left = slices.DeleteFunc(slices.Clone(r.Left), func(f Finding) bool { return known[f.Fingerprint] })
	}
	c.Left, c.After = left, countOf(left)
	c.Exit = c.Status(failOn)
	return &c
}

func countOf(findings []Finding) Count {
	var n Count
	for _, f := range findings {
		switch f.Outcome {
		case Fail:
			n.Failed++
		case Unknown:
			n.Unknown++
		}
	}
	return n
}
