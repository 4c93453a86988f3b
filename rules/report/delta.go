package report

import (
	"slices"
	"strings"
	"time"
)

// DeltaSchema names the JSON form of a [Delta]. Fields are added to it; none is
// renamed or changes its meaning.
const DeltaSchema = "exprobe.delta/v1"

// Delta is what changed between two reports, finding by finding. Two reports that
// are compared may be of two instants (a diff), or of one instant and its what-if (a
// renewal). Lists are never null; their order is that of the reports.
//
// The seven lists of findings part every fingerprint of the two reports: each
// stands in one list, but for what is no longer seen, which has its reason among
// Blinded.
type Delta struct {
	Schema string `json:"schema"`
	Tool   Tool   `json:"tool"` // that judged the new side
	Exit   Status `json:"status"`
	Old    Side   `json:"old"`
	New    Side   `json:"new"`

	Warnings []string `json:"warnings"` // of either report, each once

	Facts      []Object       `json:"facts"`      // what changed in the facts themselves; Compare, which sees none, leaves it empty
	Principals []PrincipalRow `json:"principals"` // rows of the principal table that are not the same

	Introduced []Finding `json:"introduced"`   // fail now, and did not: whether they passed, were not there or could not be seen
	Resolved   []Finding `json:"resolved"`     // failed, and are gone; as the old report tells them
	Kept       []Finding `json:"kept"`         // failed, and do so still or are waived; as the new report tells them
	Unseen     []Finding `json:"noLongerSeen"` // failed, and nobody can see now whether they still do: neither resolved nor fine; as the old report tells them
	Blinded    []Finding `json:"blinded"`      // unknown now, and were not
	StillBlind []Finding `json:"stillUnknown"` // unknown in both; as the new report tells them
	Sighted    []Finding `json:"nowSeen"`      // were unknown and are no finding now; as the old report tells them
}

// Side is one of the two reports.
type Side struct {
	TakenAt time.Time `json:"takenAt"`
	Exit    Status    `json:"status"`
}

// PrincipalRow is a place, a host's address under a provider, whose row of the
// principal table changed. Old is null where the place is new, New where it is gone.
type PrincipalRow struct {
	Old *Principal `json:"old"`
	New *Principal `json:"new"`
}

// Object is one thing of a snapshot and what changed about it, in words.
type Object struct {
	Kind         string   `json:"kind"` // e.g. host, provider, virtual directory, Autodiscover answer
	Name         string   `json:"name"`
	Organization string   `json:"organization,omitempty"` // where there are several
	Presence     string   `json:"presence,omitempty"`     // OnlyOld, OnlyNew; "" where both sides have it
	Changes      []Differ `json:"changes"`
}

// Where an object was seen that was not seen on both sides.
const (
	OnlyOld = "only-old"
	OnlyNew = "only-new"
)

// Differ is one fact that differs. "" stands for a side that has none.
type Differ struct {
	What string `json:"what"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// Compare says what changed from one report to another. Findings are told apart by
// their fingerprints. failOn is the threshold under which [Delta.Exit] is set.
func Compare(old, new *Report, failOn FailOn) *Delta {
	d := &Delta{
		Schema: DeltaSchema, Tool: new.Tool,
		Old: side(old, failOn), New: side(new, failOn),
		Warnings: []string{}, Facts: []Object{}, Principals: comparePrincipals(old.Principals, new.Principals),
		Introduced: []Finding{}, Resolved: []Finding{}, Kept: []Finding{}, Unseen: []Finding{},
		Blinded: []Finding{}, StillBlind: []Finding{}, Sighted: []Finding{},
	}
	for _, text := range slices.Concat(old.Warnings, new.Warnings) {
		if !slices.Contains(d.Warnings, text) {
			d.Warnings = append(d.Warnings, text)
		}
	}
	before, now := gravest(old.Findings), gravest(new.Findings)
	was, is := outcomes(before), outcomes(now)
	for _, f := range now {
		switch had := was[f.Fingerprint]; {
		case f.Outcome == Fail && had != Fail:
			d.Introduced = append(d.Introduced, f)
		case f.Outcome == Unknown && had == Unknown:
			d.StillBlind = append(d.StillBlind, f)
		case f.Outcome == Unknown:
			d.Blinded = append(d.Blinded, f)
		case had == Fail:
			d.Kept = append(d.Kept, f)
		}
	}
	veils := map[string][]Finding{} // by rule: a large deployment that goes dark has many
	for _, f := range d.Blinded {
		veils[f.Rule] = append(veils[f.Rule], f)
	}
	for _, f := range before {
		switch has := is[f.Fingerprint]; {
		case f.Outcome == Fail && (has == Unknown || has == "" && veiled(f, veils[f.Rule], new.Served)):
			d.Unseen = append(d.Unseen, f)
		case f.Outcome == Fail && has == "":
			d.Resolved = append(d.Resolved, f)
		case f.Outcome == Unknown && has != Unknown && has != Fail:
			d.Sighted = append(d.Sighted, f)
		}
	}
	d.Exit = d.Status(failOn)
	return d
}

func side(r *Report, failOn FailOn) Side { return Side{TakenAt: r.TakenAt, Exit: r.Status(failOn)} }

// Status is the exit status under a threshold: by what was introduced, then by what
// became blind. What was there before counts for nothing.
func (d *Delta) Status(failOn FailOn) Status {
	fresh := Report{Findings: slices.Concat(d.Introduced, d.Blinded)}
	return fresh.Status(failOn)
}

// gravest keeps one finding for each fingerprint, which two organizations may
// share: a failure before what is unknown before what is waived.
func gravest(findings []Finding) []Finding {
	rank := map[Outcome]int{Fail: 0, Unknown: 1, Waived: 2}
	var kept []Finding
	at := map[string]int{}
	for _, f := range findings {
		i, ok := at[f.Fingerprint]
		switch {
		case !ok:
			at[f.Fingerprint] = len(kept)
			kept = append(kept, f)
		case rank[f.Outcome] < rank[kept[i].Outcome]:
			kept[i] = f
		}
	}
	return kept
}

func outcomes(findings []Finding) map[string]Outcome {
	of := map[string]Outcome{}
	for _, f := range findings {
		of[f.Fingerprint] = f.Outcome
	}
	return of
}

// veiled says whether a failure that is gone may only be hidden: its rule says, and
// did not say before, that something is unknown which may be what the failure was
// about; these are the veils. Where a whole directory or host cannot be read, the unknown verdict is
// about it and not about each thing in it.
func veiled(gone Finding, veils []Finding, served []Served) bool {
	return slices.ContainsFunc(veils, func(f Finding) bool { return !apart(f.Subject, gone.Subject, served) })
}

// apart says whether two subjects are certainly two things: of one kind, with
// different names; or at two addresses, where the one of the failure is seen still.
// A host that has moved to an address that cannot be seen is the same host.
func apart(unknown, failed Subject, served []Served) bool {
	differ := func(a, b string) bool { return a != "" && b != "" && !strings.EqualFold(a, b) }
	if unknown.Kind != failed.Kind {
		return false
	}
	return differ(unknown.Name, failed.Name) || differ(unknown.Provider, failed.Provider) ||
		differ(unknown.Address, failed.Address) && slices.ContainsFunc(served, func(s Served) bool {
			return s.Node == "" && s.Address == failed.Address && s.Thumbprint != "" && strings.HasPrefix(strings.ToLower(failed.Name), strings.ToLower(s.Host))
		})
}

type placeKey struct{ organization, provider, scope, host, address string }

func keyOf(p Principal) placeKey {
	return placeKey{p.Organization, p.Provider, p.Scope, strings.ToLower(p.Host), p.Address}
}

// comparePrincipals pairs the rows of two tables by place and keeps the pairs that
// are not the same, in the order of the old table and then of what is new. A place
// may have several rows, one for each answer: those that are the same pair first.
func comparePrincipals(old, new []Principal) []PrincipalRow {
	paired := make([]bool, len(new))
	at := map[placeKey][]int{}
	for j, p := range new {
		at[keyOf(p)] = append(at[keyOf(p)], j)
	}
	pair := func(was Principal, with func(was, is Principal) bool) *Principal {
		for _, j := range at[keyOf(was)] {
			if !paired[j] && with(was, new[j]) {
				paired[j] = true
				return &new[j]
			}
		}
		return nil
	}
	var changed []*Principal
	for i := range old {
		if pair(old[i], same) == nil {
			changed = append(changed, &old[i])
		}
	}
	any := func(_, _ Principal) bool { return true }
	rows := []PrincipalRow{}
	for _, was := range changed {
		rows = append(rows, PrincipalRow{Old: was, New: pair(*was, any)})
	}
	for j := range new {
		if !paired[j] {
			rows = append(rows, PrincipalRow{New: &new[j]})
		}
	}
	return rows
}

// same says that two rows of one place say the same.
func same(a, b Principal) bool {
	return a.Stored == b.Stored && slices.Equal(a.Published, b.Published) &&
		a.Effective == b.Effective && a.CommonName == b.CommonName && a.Match == b.Match && a.Note == b.Note
}
