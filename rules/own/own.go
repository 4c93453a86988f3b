package own

import (
	"fmt"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// Source is a rule as its author writes it.
type Source struct {
	ID         string // for errors
	Expression string // true of what is wrong
	Message    string // what is said then; {EXPRESSION} in it stands for a value, {{ and }} for braces
}

// Check judges a snapshot as a rule of exprobe does.
type Check = func(*facts.Snapshot) []report.Verdict

// Error is a mistake in a rule's source.
type Error struct {
	ID           string
	Part         string // "expression" or "message"
	Line, Column int    // in that part, from 1; 0 where there is no place
	Reason       string
	next         string
}

func (e *Error) Error() string {
	place := ""
	if e.Line > 0 {
		place = fmt.Sprintf(" at %d:%d", e.Line, e.Column)
	}
	return e.ID + ": " + e.Part + place + ": " + e.Reason
}

// Hint returns what to do next.
func (e *Error) Hint() string {
	if e.next == "" {
		return "exprobe explain own-rules lists what an expression may look at"
	}
	return e.next
}

// Compile checks rules against the view and returns the check of each, in order.
// Its error is an [*Error].
func Compile(sources []Source) ([]Check, error) {
	if len(sources) == 0 {
		return nil, nil
	}
	l, err := newLanguage()
	if err != nil {
		return nil, err
	}
	checks := make([]Check, len(sources))
	for i, s := range sources {
		r, err := l.compile(s)
		if err != nil {
			err.ID = s.ID
			return nil, err
		}
		checks[i] = r.check
	}
	return checks, nil
}

// rule is a compiled source.
type rule struct {
	about   *kind   // what it is asked of each of; nil for the deployment as a whole
	lists   []*kind // whose lists it looks at
	program cel.Program
	message []piece
}

func (l *language) compile(s Source) (*rule, *Error) {
	condition, err := l.expression(s.Expression, "expression")
	if err != nil {
		return nil, err
	}
	if t := condition.ast.OutputType(); !t.IsExactType(cel.BoolType) {
		return nil, &Error{Part: "expression", Reason: "it gives " + typeName(t) + ", and true or false is expected",
			next: "write the condition of one thing, such as certificate.notAfter < now: it is asked of each certificate"}
	}
	r := &rule{program: condition.program, lists: condition.lists}
	if r.message, err = l.template(s.Message); err != nil {
		return nil, err
	}
	about := slices.Clone(condition.about)
	for _, p := range r.message {
		if p.hole == nil {
			continue
		}
		r.lists = append(r.lists, p.hole.lists...)
		for _, k := range p.hole.about {
			if !slices.Contains(condition.about, k) {
				return nil, &Error{Part: "message", Reason: "it tells of a " + k.name + ", of which the expression does not ask"}
			}
		}
	}
	if len(about) > 1 {
		names := []string{about[0].name, about[1].name}
		slices.Sort(names)
		return nil, &Error{Part: "expression", Reason: "it asks of a " + names[0] + " and of a " + names[1] + " at once",
			next: "ask of one, and look at the others through a list, such as certificates.exists(c, ...)"}
	}
	if len(about) == 1 {
		r.about = about[0]
	}
	return r, nil
}

// A condition of one thing, with the lists that it goes through, costs some ten steps
// for each entry: five thousand hosts, each compared with the others, would be two
// hundred million. A step takes about a tenth of a microsecond.
const (
	maxStepsOfOne = 1_000_000  // of one thing
	maxSteps      = 10_000_000 // of a rule in one snapshot
)

// check is the rule's [Check].
func (r *rule) check(s *facts.Snapshot) []report.Verdict {
	values := map[string]any{"now": instant(s.TakenAt)}
	for _, k := range r.lists {
		values[k.plural] = k.all(s)
	}
	if r.about == nil {
		steps := uint64(0)
		return []report.Verdict{r.verdict(whole(s), values, &steps)}
	}
	l := r.about.list(s)
	slices.SortStableFunc(l.items, func(a, b item) int { return a.subject.Compare(b.subject) })
	verdicts := []report.Verdict{}
	for _, u := range l.unseen {
		verdicts = append(verdicts, report.Verdict{Subject: u.subject, Outcome: report.Unknown, Message: u.why})
	}
	steps := uint64(0)
	for _, i := range l.items {
		values[r.about.name] = &object{r.about, i.subject, i.source}
		verdicts = append(verdicts, r.verdict(i.subject, values, &steps))
	}
	return verdicts
}

// whole is the subject of a rule that asks of no single thing.
func whole(s *facts.Snapshot) report.Subject {
	if org := s.Organization(); org != nil {
		return organizationSubject(org)
	}
	return report.Subject{Kind: "deployment", Name: "deployment"}
}

// verdict asks one question. What it costs is added to steps.
func (r *rule) verdict(subject report.Subject, values map[string]any, steps *uint64) report.Verdict {
	v := report.Verdict{Subject: subject, Outcome: report.Unknown}
	if *steps > maxSteps {
		v.Message = fmt.Sprintf("the rule costs more than %d steps, so it was not asked of this", maxSteps)
		return v
	}
	found, details, err := r.program.Eval(values)
	if details != nil && details.ActualCost() != nil {
		*steps += *details.ActualCost()
	}
	switch {
	case err != nil:
		v.Message = because(err, subject)
	case found == types.True:
		v.Outcome, v.Message = report.Fail, r.say(values, steps)
	case found == types.False:
		v.Outcome = report.Pass
	default:
		v.Message = "the expression gives neither true nor false"
	}
	return v
}

// say is the message about what was found. A value in it that cannot be told costs
// the value and not the finding.
func (r *rule) say(values map[string]any, steps *uint64) string {
	var b strings.Builder
	for _, p := range r.message {
		if p.hole == nil {
			b.WriteString(p.text)
			continue
		}
		value, details, err := p.hole.program.Eval(values)
		if details != nil && details.ActualCost() != nil {
			*steps += *details.ActualCost()
		}
		if err != nil {
			b.WriteString("(not seen: " + because(err, report.Subject{}) + ")")
			continue
		}
		b.WriteString(tell(value))
	}
	return b.String()
}
