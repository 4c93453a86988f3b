package autodiscover

import (
	"strings"

	"github.com/beevik/etree"

	"exprobe/autodiscover/facts"
)

// The namespaces of the root and of an error, and of settings or a redirect, as
// real servers write them. Microsoft's documentation prints them with https.
const (
	schemaAnswer   = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
	schemaSettings = responseSchema
)

// isNamed compares a local name without regard to case: Microsoft itself spells
// RedirectUrl in two ways.
func isNamed(e *etree.Element, name string) bool { return strings.EqualFold(e.Tag, name) }

// children are the direct children with a local name.
func children(e *etree.Element, name string) []*etree.Element {
	var found []*etree.Element
	for _, child := range e.ChildElements() {
		if isNamed(child, name) {
			found = append(found, child)
		}
	}
	return found
}

// child is the first direct child with a local name, or nil.
func (p *parser) child(e *etree.Element, name string) *etree.Element {
	found := children(e, name)
	if len(found) == 0 {
		return nil
	}
	if len(found) > 1 {
		p.notes.add("duplicate element %s", name)
	}
	if found[0].Tag != name {
		p.notes.add("element name in another case")
	}
	return found[0]
}

// value is the trimmed text of a direct child.
func (p *parser) value(e *etree.Element, name string) facts.Text {
	child := p.child(e, name)
	if child == nil {
		return facts.Text{}
	}
	text := p.text(child, name)
	trimmed := trim(text)
	if trimmed != text {
		p.notes.add("blanks around a value")
	}
	return facts.Present(trimmed)
}

// attribute is the trimmed text of the first attribute with a local name.
func (p *parser) attribute(e *etree.Element, name string) facts.Text {
	var value facts.Text
	for _, a := range e.Attr {
		switch {
		case a.Space == "xmlns" || !strings.EqualFold(a.Key, name):
		case value.Present:
			p.notes.add("duplicate attribute %s", name)
		default:
			value = facts.Present(trim(p.bounded(a.Value, name)))
		}
	}
	return value
}

// text joins the character data of an element, across comments.
func (p *parser) text(e *etree.Element, name string) string {
	var b strings.Builder
	for _, token := range e.Child {
		switch t := token.(type) {
		case *etree.CharData:
			b.WriteString(t.Data)
		case *etree.Element:
			p.notes.add("element inside %s", name)
		}
	}
	return p.bounded(b.String(), name)
}

func (p *parser) bounded(text, name string) string {
	if len(text) > maxValue {
		p.refuse("it is too large: %s has more than %d bytes", clean(name), maxValue)
		return ""
	}
	return text
}

func (p *parser) refuse(format string, args ...any) {
	if p.err == nil {
		p.err = refuse(format, args...)
	}
}

// trim takes XML's blanks off, and no others: a no-break space is somebody's fault
// that must be seen.
func trim(text string) string { return strings.Trim(text, " \t\r\n") }

// structure notes text where only elements belong, and an odd spelling of an
// element that is found by children.
func (p *parser) structure(e *etree.Element, name string) {
	if e.Tag != name {
		p.notes.add("element name in another case")
	}
	for _, token := range e.Child {
		if data, ok := token.(*etree.CharData); ok && trim(data.Data) != "" {
			p.notes.add("stray text in %s", name)
			return
		}
	}
}

// namespace notes an unexpected namespace. Nothing else ever depends on one.
func (p *parser) namespace(e *etree.Element, want string) {
	switch uri := e.NamespaceURI(); {
	case uri == want:
	case uri == strings.Replace(want, "http:", "https:", 1):
		p.notes.add("https namespace")
	case uri == "":
		p.notes.add("no namespace")
	default:
		p.notes.add("wrong namespace")
	}
}

// prefixes notes prefixes that nothing declares.
func (p *parser) prefixes(e *etree.Element) {
	if e.Space != "" && e.NamespaceURI() == "" {
		p.notes.add("undeclared prefix")
	}
	for i := range e.Attr {
		a := &e.Attr[i]
		if a.Space != "" && a.Space != "xml" && a.Space != "xmlns" && a.NamespaceURI() == "" {
			p.notes.add("undeclared prefix")
		}
	}
	for _, child := range e.ChildElements() {
		p.prefixes(child)
	}
}
