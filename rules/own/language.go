package own

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Bounds of one expression. The longest condition that somebody reads has some
// hundred characters.
const (
	maxExpression = 4096 // characters
	maxDepth      = 40   // of parentheses, operators and calls inside one another
)

// language is CEL with the names of the view.
type language struct {
	env      *cel.Env
	singular map[string]*kind
	plural   map[string]*kind
}

func newLanguage() (*language, error) {
	l := &language{singular: map[string]*kind{}, plural: map[string]*kind{}}
	options := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(&env.LibrarySubset{ExcludeMacros: []string{"has"}, ExcludeFunctions: zones()})),
		cel.ParserExpressionSizeLimit(maxExpression), cel.ParserRecursionLimit(maxDepth),
		cel.ASTValidators(cel.ValidateRegexLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateDurationLiterals()),
		cel.Variable("now", cel.TimestampType),
	}
	for _, k := range view() {
		l.singular[k.name], l.plural[k.plural] = k, k
		options = append(options, cel.Variable(k.name, k.object()), cel.Variable(k.plural, cel.ListType(k.object())))
	}
	options = append(options, cel.CustomTypeProvider(provider{l.singular}), cel.CustomTypeAdapter(adapter{}))
	var err error
	if l.env, err = cel.NewCustomEnv(options...); err != nil {
		return nil, fmt.Errorf("preparing the language of rules: %w", err)
	}
	return l, nil
}

// zones are the forms of functions that take a time zone: they would read the
// machine's files, and two machines disagree. Without a zone all are of UTC. The
// macro has is left out because it cannot tell what is absent from what was not
// seen; what is absent is null.
func zones() []*env.Function {
	var list []*env.Function
	for name, overload := range map[string]string{
		"getFullYear": "timestamp_to_year_with_tz", "getMonth": "timestamp_to_month_with_tz",
		"getDayOfYear": "timestamp_to_day_of_year_with_tz", "getDayOfMonth": "timestamp_to_day_of_month_with_tz",
		"getDate": "timestamp_to_day_of_month_1_based_with_tz", "getDayOfWeek": "timestamp_to_day_of_week_with_tz",
		"getHours": "timestamp_to_hours_with_tz", "getMinutes": "timestamp_to_minutes_with_tz",
		"getSeconds": "timestamp_to_seconds_tz", "getMilliseconds": "timestamp_to_milliseconds_with_tz",
	} {
		list = append(list, &env.Function{Name: name, Overloads: []*env.Overload{{ID: overload}}})
	}
	return list
}

// expression is a compiled expression and what of the view it names.
type expression struct {
	ast     *cel.Ast
	program cel.Program
	about   []*kind // named in the singular
	lists   []*kind // named in the plural
}

func (l *language) expression(text, part string) (*expression, *Error) {
	if strings.TrimSpace(text) == "" {
		return nil, &Error{Part: part, Reason: "it is empty"}
	}
	checked, issues := l.env.Compile(text)
	if issues.Err() != nil {
		return nil, mistake(issues, part)
	}
	if len(ast.MatchDescendants(ast.NavigateAST(checked.NativeRep()), ast.KindMatcher(ast.StructKind))) > 0 {
		return nil, &Error{Part: part, Reason: "it makes a thing up, and only what was seen can be judged"}
	}
	e := &expression{ast: checked}
	for _, name := range free(checked.NativeRep().Expr()) {
		if k, ok := l.singular[name]; ok {
			e.about = append(e.about, k)
		} else if k, ok := l.plural[name]; ok {
			e.lists = append(e.lists, k)
		}
	}
	var err error
	if e.program, err = l.env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxStepsOfOne)); err != nil {
		return nil, &Error{Part: part, Reason: err.Error()}
	}
	return e, nil
}

// mistake is the first of what the compiler has to say: the others often follow from
// it.
func mistake(issues *cel.Issues, part string) *Error {
	e := &Error{Part: part, Reason: "it cannot be read"}
	if list := issues.Errors(); len(list) > 0 {
		first := list[0]
		e.Reason = strings.ReplaceAll(first.Message, " (in container '')", "")
		if first.Location != nil && first.Location.Line() > 0 {
			e.Line, e.Column = first.Location.Line(), first.Location.Column()+1
		}
	}
	return e
}

// free lists the names in an expression that no macro of it binds, sorted.
func free(root ast.Expr) []string {
	var names []string
	var walk func(e ast.Expr, bound []string)
	walk = func(e ast.Expr, bound []string) {
		switch e.Kind() {
		case ast.IdentKind:
			if name := e.AsIdent(); !slices.Contains(bound, name) {
				names = append(names, name)
			}
		case ast.SelectKind:
			walk(e.AsSelect().Operand(), bound)
		case ast.CallKind:
			if call := e.AsCall(); call.IsMemberFunction() {
				walk(call.Target(), bound)
			}
			for _, argument := range e.AsCall().Args() {
				walk(argument, bound)
			}
		case ast.ListKind:
			for _, element := range e.AsList().Elements() {
				walk(element, bound)
			}
		case ast.MapKind:
			for _, entry := range e.AsMap().Entries() {
				walk(entry.AsMapEntry().Key(), bound)
				walk(entry.AsMapEntry().Value(), bound)
			}
		case ast.ComprehensionKind:
			c := e.AsComprehension()
			walk(c.IterRange(), bound)
			walk(c.AccuInit(), bound)
			inside := append(slices.Clone(bound), c.IterVar(), c.IterVar2(), c.AccuVar())
			walk(c.LoopCondition(), inside)
			walk(c.LoopStep(), inside)
			walk(c.Result(), inside)
		}
	}
	walk(root, nil)
	slices.Sort(names)
	return slices.Compact(names)
}

// all is the list of every thing of a kind, or an error where it is not whole: what
// an expression does not find in a list must not be there.
func (k *kind) all(s *facts.Snapshot) ref.Val {
	l := k.list(s)
	if k.ofDirectory && len(s.Organizations) == 0 {
		return blind("no directory was asked")
	}
	things := []ref.Val{}
	for _, i := range l.items {
		things = append(things, &object{k, i.subject, i.source})
	}
	for _, u := range l.unseen {
		if u.source == nil {
			return blind(name(u.subject) + ": " + u.why)
		}
		things = append(things, &object{k, u.subject, u.source})
	}
	return types.NewRefValList(adapter{}, things)
}

// because says why an expression has no value, in the words of what was not seen
// where that is why.
func because(err error, subject report.Subject) string {
	var hidden *unseenFact
	switch {
	case !errors.As(err, &hidden):
		return "the expression has no value: " + err.Error()
	case hidden.subject == subject:
		return hidden.why
	}
	return hidden.Error()
}
