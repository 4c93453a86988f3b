package own

import (
	"fmt"
	"reflect"

	"exprobe/rules/report"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// object is a thing as an expression sees it.
type object struct {
	kind    *kind
	subject report.Subject
	source  any
}

// Type is the kind.
func (o *object) Type() ref.Type { return o.kind.object() }

// Value is the object itself.
func (o *object) Value() any { return o }

// Equal compares what two objects stand for.
func (o *object) Equal(other ref.Val) ref.Val {
	same, ok := other.(*object)
	return types.Bool(ok && o.kind == same.kind && o.subject == same.subject)
}

// Get is a field by its name, as a list of mixed things asks for it.
func (o *object) Get(index ref.Val) ref.Val {
	name, ok := index.Value().(string)
	if f, known := o.kind.field(name); ok && known {
		return f.get(o.source)
	}
	return types.NewErr("%s has no field %v", o.kind.name, index.Value())
}

// ConvertToNative refuses: a thing of the view is nothing else.
func (o *object) ConvertToNative(to reflect.Type) (any, error) {
	return nil, fmt.Errorf("converting a %s to %v", o.kind.name, to)
}

// ConvertToType tells the kind and refuses the rest.
func (o *object) ConvertToType(to ref.Type) ref.Val {
	if to == types.TypeType {
		return o.kind.object()
	}
	return types.NewErr("a %s is no %s", o.kind.name, to.TypeName())
}

// provider tells the type checker of the view. Of other messages it knows nothing.
type provider struct{ kinds map[string]*kind }

// EnumValue knows none.
func (p provider) EnumValue(name string) ref.Val { return types.NewErr("%s is not known", name) }

// FindIdent knows none: names of the view are variables.
func (p provider) FindIdent(name string) (ref.Val, bool) { return nil, false }

// FindStructType is the type of a kind.
func (p provider) FindStructType(name string) (*types.Type, bool) {
	if k, ok := p.kinds[name]; ok {
		return types.NewTypeTypeWithParam(k.object()), true
	}
	return nil, false
}

// FindStructFieldNames lists the fields of a kind.
func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	k, ok := p.kinds[name]
	if !ok {
		return nil, false
	}
	names := make([]string, len(k.fields))
	for i, f := range k.fields {
		names[i] = f.name
	}
	return names, true
}

// FindStructFieldType is the type of a field and the way to its value.
func (p provider) FindStructFieldType(name, member string) (*types.FieldType, bool) {
	k, ok := p.kinds[name]
	if !ok {
		return nil, false
	}
	f, ok := k.field(member)
	if !ok {
		return nil, false
	}
	return &types.FieldType{
		Type:  f.typ,
		IsSet: func(any) bool { return true }, // every field is there; what is absent is null
		GetFrom: func(target any) (any, error) {
			o, ok := target.(*object)
			if !ok {
				return nil, fmt.Errorf("looking for %s in something else", member)
			}
			value := f.get(o.source)
			if err, failed := value.(*types.Err); failed {
				return nil, &unseenFact{subject: o.subject, field: f.name, why: err.Error()}
			}
			return value, nil
		},
	}, true
}

// NewValue refuses: only what was seen can be judged.
func (p provider) NewValue(name string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("a %s cannot be made", name)
}

// unseenFact is the error of an expression that looks at what was not seen.
type unseenFact struct {
	subject report.Subject
	field   string
	why     string
}

func (e *unseenFact) Error() string { return e.field + " of " + name(e.subject) + ": " + e.why }

// name is a subject as people read it.
func name(s report.Subject) string {
	if s.Address != "" {
		return s.Name + " at " + s.Address
	}
	return s.Name
}

// adapter leaves values of the view as they are.
type adapter struct{}

// NativeToValue leaves an object as it is.
func (adapter) NativeToValue(value any) ref.Val {
	if o, ok := value.(*object); ok {
		return o
	}
	return types.DefaultTypeAdapter.NativeToValue(value)
}
