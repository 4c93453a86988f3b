package fix

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// Renewal is a certificate that takes the place of others in one organization.
type Renewal struct {
	Organization  string // its name, where there are several
	Before, After *facts.Snapshot
	Changes       []report.Change // of the principal names, solved on the snapshot after
	Commands      []report.Command
	Refused       []report.Refusal

	File    string
	Leaf    facts.Certificate
	Request bool // there is no certificate yet
	Sealed  bool // the file holds the key
	Seats   []Seat
}

// Seat is one address that would serve the certificate.
type Seat struct {
	Host, Node, Address string
	Port                int
	Old                 facts.Certificate
}

func (s Seat) label() string {
	text := facts.Label(s.Host, s.Port)
	if s.Node != "" {
		text += " on " + s.Node
	}
	return text + " at " + s.Address
}

// Switch plans a renewal: everything that is done before, at and after the switch, in
// the order in which the fewest clients are refused for the shortest time, each with
// its undo. It plans nothing where the certificate is to be stopped; stop says why.
func Switch(parts []Renewal, stop []string) report.Plan {
	plan := report.Plan{Assumes: []string{}, Steps: []report.PlanStep{}, Undo: []report.PlanUndo{}, Refused: []report.Refusal{}, Stop: []string{}}
	plan.Window.Hosts = []string{}
	if len(stop) > 0 {
		plan.Stop = stop
		plan.Order = "There is no plan: the certificate should not be installed as it is."
		return plan
	}
	var crossings []crossing
	var acts []act
	for _, part := range parts {
		p := newPlanner(part)
		acts = append(acts, p.acts()...)
		crossings = append(crossings, p.crossings...)
		plan.Assumes = append(plan.Assumes, p.assumes...)
		plan.Refused = append(plan.Refused, part.Refused...)
	}
	if len(acts) == 0 {
		plan.Order = "Nothing that was seen would serve the certificate, so there is nothing to do."
		return plan
	}
	acts = frame(acts, parts)
	slices.SortStableFunc(acts, func(a, b act) int { return a.rank - b.rank })
	for i := range acts {
		acts[i].Number = i + 1
		plan.Steps = append(plan.Steps, acts[i].PlanStep)
	}
	for _, a := range backwards(acts) {
		if len(a.Undo) > 0 || a.UndoNote != "" {
			plan.Undo = append(plan.Undo, report.PlanUndo{Step: a.Number, Title: a.undoTitle, Commands: a.Undo, Note: a.UndoNote})
		}
	}
	plan.Order, plan.Window = explainOrder(crossings), window(crossings)
	if text := forGood(parts); text != "" {
		if !plan.Window.Open {
			plan.Window.Text = ""
		}
		plan.Window.Text = strings.TrimSpace(plan.Window.Text + " " + text)
	}
	plan.Assumes = unique(plan.Assumes)
	plan.Script = switchScript(parts, acts)
	return plan
}

// The places of steps in the order.
const (
	rankRecord = iota
	rankImport
	rankMail // the certificate is enabled for SMTP beside the old one
	rankValueFirst
	rankValueTogether
	rankBinding
	rankBalancer
	rankValueLast
	rankRecycle
	rankConnectors
	rankHybrid
	rankVerify
	rankLater
)

// act is a step with what the script needs of it.
type act struct {
	report.PlanStep
	rank      int
	undoTitle string
	values    []report.Change // for the script, which checks what is there first
}

func newAct(rank int, title, why string) act {
	when := report.At
	switch {
	case rank <= rankValueFirst:
		when = report.Before
	case rank >= rankConnectors:
		when = report.After
	}
	return act{rank: rank, PlanStep: report.PlanStep{When: when, Title: title, Why: why, Where: report.ShellExchange,
		Commands: []string{}, Verify: []string{}, Undo: []string{}}}
}

// backwards is the way back: the last step first, but that servers read the values anew
// only when all are restored.
func backwards(acts []act) []act {
	back := slices.Clone(acts)
	slices.Reverse(back)
	slices.SortStableFunc(back, func(a, b act) int {
		switch last := rankRecycle; {
		case a.rank == last && b.rank != last:
			return 1
		case a.rank != last && b.rank == last:
			return -1
		}
		return 0
	})
	return back
}

// Carried returns the snapshot as it would be once a plan is carried out: the
// addresses serve the certificate already, the values are set, and what named an old
// certificate names the new one.
func Carried(r Renewal) *facts.Snapshot {
	after := Apply(r.After, r.Changes)
	if r.Request {
		return after // what names it is known when it is issued
	}
	next := facts.TLSCertificateName{Raw: facts.Present("<I>" + r.Leaf.Issuer + "<S>" + r.Leaf.Subject), Issuer: r.Leaf.Issuer, Subject: r.Leaf.Subject}
	rename := func(name *facts.Observed[facts.TLSCertificateName]) {
		if name.Known && r.names(name.Value) {
			*name = facts.Known(next)
		}
	}
	for i := range after.Organizations {
		org := &after.Organizations[i]
		org.SendConnectors.Value = slices.Clone(org.SendConnectors.Value)
		for j := range org.SendConnectors.Value {
			rename(&org.SendConnectors.Value[j].TLSCertificateName)
		}
		org.ReceiveConnectors.Value = slices.Clone(org.ReceiveConnectors.Value)
		for j := range org.ReceiveConnectors.Value {
			rename(&org.ReceiveConnectors.Value[j].TLSCertificateName)
		}
		org.Hybrids.Value = slices.Clone(org.Hybrids.Value)
		for j := range org.Hybrids.Value {
			rename(&org.Hybrids.Value[j].TLSCertificateName)
		}
	}
	return after
}

// names says whether a text names a certificate that is replaced.
func (r Renewal) names(name facts.TLSCertificateName) bool {
	return slices.ContainsFunc(r.Seats, func(s Seat) bool { return name.Names(s.Old) })
}

// renamed says that issuer and subject are not those of every old certificate.
func (r Renewal) renamed() bool {
	return r.Request || slices.ContainsFunc(r.Seats, func(s Seat) bool {
		return !facts.SameName(s.Old.Issuer, r.Leaf.Issuer) || !facts.SameName(s.Old.Subject, r.Leaf.Subject)
	})
}

func unique(list []string) []string {
	kept := []string{}
	for _, text := range list {
		if !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	return kept
}

func equalName(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}
