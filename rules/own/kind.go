package own

import (
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types/ref"
)

// kind is one sort of thing that a rule can be about.
type kind struct {
	name   string // in the singular, as an expression says it
	plural string // of the list of all
	about  string // one line
	fields []field
	// ofDirectory says that only a directory knows of such things: where none was asked,
	// nobody knows that there are none.
	ofDirectory bool

	list func(*facts.Snapshot) listing
}

// field is one fact of a thing. get returns an error value where it was not seen.
type field struct {
	name  string
	typ   *cel.Type
	about string
	get   func(source any) ref.Val
}

// listing is all things of a kind in a snapshot.
type listing struct {
	items  []item
	unseen []unseen // what may hide further ones, or be one
}

// item is a thing with the fact that it stands for.
type item struct {
	subject report.Subject
	source  any
}

// unseen is something that could not be seen, and why.
type unseen struct {
	subject report.Subject
	why     string
	source  any // of a thing that is there with facts that are not; nil where nobody knows what is there
}

// fact describes a field of things that stand for a T.
func fact[T any](name string, typ *cel.Type, about string, get func(T) ref.Val) field {
	return field{name: name, typ: typ, about: about, get: func(source any) ref.Val {
		if of, ok := source.(T); ok {
			return get(of)
		}
		return blind("it was not seen")
	}}
}

func (k *kind) field(name string) (field, bool) {
	i := slices.IndexFunc(k.fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return k.fields[i], true
}

func (k *kind) object() *cel.Type { return cel.ObjectType(k.name) }

// view is every kind, in the order in which it is explained.
func view() []*kind {
	return []*kind{hostKind(), certificateKind(), principalKind(), organizationKind(), providerKind(),
		directoryKind(), serverKind(), pointKind(), answerKind(), nodeKind()}
}
