package psobject

import "strings"

// Value is an object, a property of one, or an entry of a list.
type Value struct {
	Name  string   // of a property, or the key of a table's entry as text; empty otherwise
	Types []string // names of the type and of those that it comes from, without "Deserialized."; none for primitive values

	Null bool // $null

	// Text is that of a primitive value, or what an object's ToString gave. HasText
	// tells "" from nothing.
	Text    string
	HasText bool

	// Number is that of an enumeration, whose name is its Text.
	Number    string
	HasNumber bool

	List    bool     // a list, whatever its kind
	Items   []*Value // of a list
	Members []*Value // the properties, first those of the object itself and then those that PowerShell added; or a table's entries
}

// Member returns the named property, or nil. PowerShell compares names without regard
// to case.
func (v *Value) Member(name string) *Value {
	for _, m := range v.Members {
		if strings.EqualFold(m.Name, name) {
			return m
		}
	}
	return nil
}

// Is says whether the value is of a type, or of one that comes from it, by the last
// part of the type's name.
func (v *Value) Is(kind string) bool {
	for _, t := range v.Types {
		if t == kind || strings.HasSuffix(t, "."+kind) {
			return true
		}
	}
	return false
}
