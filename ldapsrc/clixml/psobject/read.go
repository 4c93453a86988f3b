package psobject

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The most that is taken from a file.
const (
	maxDepth = 64 // elements inside each other; Export-Clixml goes some ten deep

	// maxValues in one file. A virtual directory of Outlook on the web has some three
	// hundred, and an organization some hundred servers.
	maxValues = 4 << 20
)

// heading stands before the XML that powershell.exe writes to its standard output.
const heading = "#< CLIXML"

// Errors of a file that is not taken.
var (
	ErrNotCLIXML = errors.New("this is not what Export-Clixml writes")
	ErrTooLarge  = errors.New("the file holds more than any export of Exchange")
)

// Read hands each object of a file to each, in their order. A file may hold several
// documents one behind the other. The error is that of each, or says why the file
// could not be read to its end.
func Read(r io.Reader, each func(*Value) error) error {
	in := bufio.NewReader(utf8Reader(r))
	if start, _ := in.Peek(len(heading)); string(start) == heading {
		_, _ = in.Discard(len(heading))
	}
	p := parser{decoder: xml.NewDecoder(in)}
	p.decoder.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is in UTF-8 by now
	documents := 0
	for {
		token, err := p.decoder.Token()
		switch {
		case errors.Is(err, io.EOF) && documents > 0:
			return nil
		case errors.Is(err, io.EOF):
			return ErrNotCLIXML
		case err != nil && documents == 0:
			return fmt.Errorf("%w: %w", ErrNotCLIXML, err)
		case err != nil:
			return fmt.Errorf("reading the XML: %w", err)
		}
		switch t := token.(type) {
		case xml.Directive:
			return ErrNotCLIXML // a document type can define what nobody wants to see
		case xml.StartElement:
			if t.Name.Local != "Objs" {
				return ErrNotCLIXML
			}
			documents++
			p.objects, p.types = map[string]*Value{}, map[string][]string{} // the numbers begin anew
			if err := p.document(each); err != nil {
				return err
			}
		}
	}
}

type parser struct {
	decoder *xml.Decoder
	objects map[string]*Value   // by RefId
	types   map[string][]string // by RefId of a TN
	values  int
}

func (p *parser) document(each func(*Value) error) error {
	return p.children(1, func(e xml.StartElement) error {
		v, err := p.value(e, 2)
		if err != nil {
			return err
		}
		return each(v)
	})
}

// children hands over the elements inside one, each of which must be read to its end.
func (p *parser) children(depth int, element func(xml.StartElement) error) error {
	if depth > maxDepth {
		return ErrTooLarge
	}
	for {
		token, err := p.decoder.Token()
		if err != nil {
			return fmt.Errorf("reading the XML: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := element(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		case xml.Directive:
			return ErrNotCLIXML
		}
	}
}

// value reads an element that is an object, a reference or a primitive value.
func (p *parser) value(e xml.StartElement, depth int) (*Value, error) {
	if p.values++; p.values > maxValues {
		return nil, ErrTooLarge
	}
	v := &Value{Name: unescape(attribute(e, "N"))}
	switch e.Name.Local {
	case "Obj":
		if id := attribute(e, "RefId"); id != "" {
			p.objects[id] = v
		}
		return v, p.children(depth, func(part xml.StartElement) error { return p.part(v, part, depth+1) })
	case "Ref":
		if before := p.objects[attribute(e, "RefId")]; before != nil {
			name := v.Name
			*v = *before
			v.Name = name
		}
		return v, p.decoder.Skip()
	case "Nil":
		v.Null = true
		return v, p.decoder.Skip()
	case "SS": // a secure string
		return v, p.decoder.Skip()
	}
	text, err := p.text()
	v.Text, v.HasText = text, true
	return v, err
}

// part reads one element of an object into it.
func (p *parser) part(v *Value, e xml.StartElement, depth int) (err error) {
	add := func(list *[]*Value) func(xml.StartElement) error {
		return func(inner xml.StartElement) error {
			m, err := p.value(inner, depth+1)
			*list = append(*list, m)
			return err
		}
	}
	switch e.Name.Local {
	case "TN":
		v.Types, err = p.typeNames(depth)
		p.types[attribute(e, "RefId")] = v.Types
		return err
	case "TNRef":
		v.Types = p.types[attribute(e, "RefId")]
		return p.decoder.Skip()
	case "ToString":
		v.Text, err = p.text()
		v.HasText = true
		return err
	case "Props", "MS":
		return p.children(depth, add(&v.Members))
	case "LST", "STK", "QUE", "IE":
		v.List = true
		return p.children(depth, add(&v.Items))
	case "DCT":
		return p.children(depth, func(xml.StartElement) error {
			var pair []*Value
			if err := p.children(depth+1, add(&pair)); err != nil || len(pair) != 2 {
				return err
			}
			pair[1].Name = pair[0].Text
			v.Members = append(v.Members, pair[1])
			return nil
		})
	}
	// A primitive value with properties of its own, or the number of an enumeration.
	inner, err := p.value(e, depth)
	if v.HasText {
		v.Number, v.HasNumber = inner.Text, inner.HasText
		return err
	}
	v.Text, v.HasText, v.Null = inner.Text, inner.HasText, inner.Null
	return err
}

// typeNames reads a list of types.
func (p *parser) typeNames(depth int) (names []string, err error) {
	err = p.children(depth, func(xml.StartElement) error {
		name, err := p.text()
		names = append(names, strings.TrimPrefix(name, "Deserialized."))
		return err
	})
	return names, err
}

// text reads the text of an element; elements inside it are none of CLIXML.
func (p *parser) text() (string, error) {
	var b strings.Builder
	for {
		token, err := p.decoder.Token()
		if err != nil {
			return "", fmt.Errorf("reading the XML: %w", err)
		}
		switch t := token.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.StartElement:
			return "", ErrNotCLIXML
		case xml.EndElement:
			return unescape(b.String()), nil
		case xml.Directive:
			return "", ErrNotCLIXML
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
