package clixml

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/clixml/psobject"
)

// object is one object that a cmdlet showed.
type object struct {
	*psobject.Value
	file string
}

func (o object) name() string { return o.plain("Name") }

// dn is the distinguished name, which every object of the directory shows (confirmed).
func (o object) dn() string { return o.plain("DistinguishedName") }

// plain is a property's text, or "".
func (o object) plain(property string) string {
	if m := o.Member(property); m != nil {
		return m.Text
	}
	return ""
}

// said says whether the object has a property with a value.
func (o object) said(property string) bool {
	m := o.Member(property)
	return m != nil && !m.Null && (m.HasText || m.List)
}

func unsaid[T any](o object, property string) facts.Observed[T] {
	return facts.Unknown[T](fmt.Sprintf("%s says no %s of %s; export the whole object", o.file, property,
		printable(cmp.Or(o.dn(), o.name(), "an object"))))
}

// text is a property as the directory has it: the shell shows "" for a text that is
// not stored.
func (o object) text(property string) facts.Observed[facts.Text] {
	m := o.Member(property)
	switch {
	case m == nil || m.List:
		return unsaid[facts.Text](o, property)
	case m.Null || m.Text == "":
		return facts.Null()
	}
	return facts.Say(m.Text)
}

// number is a property that is a number or an enumeration.
func (o object) number(property string) facts.Observed[facts.Number] {
	m := o.Member(property)
	if m == nil || m.List {
		return unsaid[facts.Number](o, property)
	}
	if m.Null {
		return facts.Known(facts.Number{})
	}
	text := m.Text
	if m.HasNumber {
		text = m.Number
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return unsaid[facts.Number](o, property)
	}
	return facts.Known(facts.Present(n))
}

// truth is a property that is true or false.
func (o object) truth(property string) facts.Observed[bool] {
	m := o.Member(property)
	if m == nil || m.Null {
		return unsaid[bool](o, property)
	}
	value, err := strconv.ParseBool(strings.ToLower(m.Text))
	if err != nil {
		return unsaid[bool](o, property)
	}
	return facts.Known(value)
}

// list is a property that is a list of texts, or of objects that are known by a text.
// A list of one may have become that one.
func (o object) list(property string) facts.Observed[[]string] {
	m := o.Member(property)
	switch {
	case m == nil:
		return unsaid[[]string](o, property)
	case m.List:
		values := make([]string, 0, len(m.Items))
		for _, item := range m.Items {
			values = append(values, item.Text)
		}
		return facts.Known(values)
	case m.Null || m.Text == "":
		return facts.Known([]string{})
	}
	return facts.Known([]string{m.Text})
}

// dns is a list of references to objects: their distinguished names where they are
// shown, and otherwise what they are called.
func (o object) dns(property string) facts.Observed[[]string] {
	names := o.list(property)
	if m := o.Member(property); m != nil && m.List {
		for i, item := range m.Items {
			if dn := item.Member("DistinguishedName"); dn != nil && dn.Text != "" {
				names.Value[i] = dn.Text
			}
		}
	}
	return names
}

// decode gives a shown value its meaning, where the value is known.
func decode[S, T any](o facts.Observed[S], meaning func(S) T) facts.Observed[T] {
	if !o.Known {
		return facts.Unknown[T](o.Why)
	}
	return facts.Known(meaning(o.Value))
}

// listOf maps what a cmdlet showed to facts, in the order of the distinguished names.
func listOf[T any](e export, fact func(object) T) facts.Observed[[]T] {
	slices.SortStableFunc(e.objects, func(a, b object) int {
		return strings.Compare(strings.ToLower(a.dn()), strings.ToLower(b.dn()))
	})
	list := make([]T, 0, len(e.objects))
	seen := map[string]bool{}
	for _, o := range e.objects {
		key := strings.ToLower(o.dn())
		if key != "" && seen[key] {
			continue // two files hold it
		}
		seen[key] = true
		list = append(list, fact(o))
	}
	return observed(list, e.why)
}

// observed is a list that is known where nothing speaks against it.
func observed[T any](list []T, why []string) facts.Observed[[]T] {
	if len(why) == 0 {
		return facts.Known(list)
	}
	incomplete := facts.Unknown[[]T](strings.Join(why, "; "))
	if len(list) > 0 {
		incomplete.Value = list
	}
	return incomplete
}

// longestReason caps what a file can put into a reason, in bytes.
const longestReason = 300

// printable is a text from a file as an error may hold it.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
	if len(text) > longestReason {
		text = strings.ToValidUTF8(text[:longestReason], "") + "..."
	}
	return text
}
