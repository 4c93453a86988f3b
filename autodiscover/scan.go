package autodiscover

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html/charset"
)

// Caps on a document. The published answers that were read stay below 5 KiB, 80
// elements, a depth of 12 and 5 nodes; but an organization of hundreds of servers
// lists each one's OWAUrl.
const (
	maxDocument   = 1 << 20 // bytes
	maxDepth      = 32      // elements within elements
	maxElements   = 8192
	maxAttributes = 16   // of one element
	maxName       = 128  // bytes of a name
	maxValue      = 4096 // bytes of a text that is kept
	maxNodes      = 64   // Protocol elements
)

// notes are what the parser had to forgive: short phrases, each once.
type notes []string

func (n *notes) add(format string, args ...any) {
	note := fmt.Sprintf(format, args...)
	if !slices.Contains(*n, note) {
		*n = append(*n, note)
	}
}

// refuse is the error for a document that is something else, or nothing usable.
func refuse(format string, args ...any) error {
	return fmt.Errorf("parsing the Autodiscover answer: "+format, args...)
}

// scan is the first pass. It builds nothing, and so can refuse what is too deep or
// too many before there is a tree of it. It also knows where the XML is broken,
// which etree does not tell, and refuses a document type declaration, which both
// etree and encoding/xml accept.
func scan(data []byte, n *notes) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = charsetReader(n)
	s := scanner{}
	for {
		token, err := d.RawToken()
		if err == nil {
			err = s.see(token, n)
		} else if errors.Is(err, io.EOF) {
			err = s.end()
			if err == nil {
				return nil
			}
		}
		if err == nil {
			continue
		}
		var limit limitError
		if errors.As(err, &limit) {
			return refuse("it %s", limit)
		}
		line, column := d.InputPos()
		hint := ""
		if s.leadingText {
			hint = "; it begins with text, so its beginning may be cut off"
		}
		return refuse("it is not well-formed XML: line %d, column %d: %s%s", line, column, clean(syntax(err)), hint)
	}
}

// limitError is a refusal that is not about well-formedness.
type limitError string

func (e limitError) Error() string { return string(e) }

type scanner struct {
	open        []xml.Name
	elements    int
	roots       int
	leadingText bool
}

func (s *scanner) see(token xml.Token, n *notes) error {
	switch t := token.(type) {
	case xml.StartElement:
		s.elements++
		if len(s.open) == 0 {
			s.roots++
		}
		s.open = append(s.open, t.Name)
		return s.limits(t)
	case xml.EndElement:
		if len(s.open) == 0 {
			return fmt.Errorf("the end tag </%s> has no start tag", fullName(t.Name))
		}
		last := s.open[len(s.open)-1]
		if last != t.Name {
			return fmt.Errorf("the element <%s> is closed by </%s>", fullName(last), fullName(t.Name))
		}
		s.open = s.open[:len(s.open)-1]
	case xml.CharData:
		if len(s.open) > 0 || len(bytes.TrimSpace(t)) == 0 {
			return nil
		}
		if s.roots == 0 {
			s.leadingText = true
			n.add("text before the root element")
		} else {
			n.add("text after the root element")
		}
	case xml.ProcInst:
		if t.Target == "xml" && s.elements > 0 {
			n.add("declaration inside the document")
		}
	case xml.Directive:
		return limitError("has a document type declaration (DTD), which is not allowed")
	}
	return nil
}

func (s *scanner) limits(t xml.StartElement) error {
	switch {
	case len(s.open) > maxDepth:
		return limitError(fmt.Sprintf("is too deep: more than %d elements within each other", maxDepth))
	case s.elements > maxElements:
		return limitError(fmt.Sprintf("is too large: more than %d elements", maxElements))
	case len(t.Attr) > maxAttributes:
		return limitError(fmt.Sprintf("is too large: an element with more than %d attributes", maxAttributes))
	case len(fullName(t.Name)) > maxName:
		return limitError(fmt.Sprintf("is too large: an element name of more than %d bytes", maxName))
	}
	return nil
}

func (s *scanner) end() error {
	switch {
	case len(s.open) > 0:
		return fmt.Errorf("the element <%s> is never closed", fullName(s.open[len(s.open)-1]))
	case s.roots == 0:
		return errors.New("there is no element")
	case s.roots > 1:
		return errors.New("there is more than one root element")
	}
	return nil
}

func fullName(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// syntax is the message of a decoder's error without its own line number, which
// stands before it already.
func syntax(err error) string {
	var s *xml.SyntaxError
	if errors.As(err, &s) {
		return s.Msg
	}
	return strings.TrimPrefix(err.Error(), "xml: ")
}

// charsetReader converts from a declared charset, once: a second declaration must
// not convert what is converted already.
func charsetReader(n *notes) func(string, io.Reader) (io.Reader, error) {
	converted := false
	return func(label string, input io.Reader) (io.Reader, error) {
		label = strings.ToLower(strings.TrimSpace(label))
		if converted {
			return nil, errors.New("a second declaration of a charset")
		}
		converted = true
		if strings.HasPrefix(label, "utf-16") || label == "utf8" {
			// The decoder could read the declaration, so the bytes are UTF-8, or
			// UTF-16 that was converted before.
			n.add("unexpected charset %s", label)
			return input, nil
		}
		r, err := charset.NewReaderLabel(label, input)
		if err != nil {
			return nil, err
		}
		n.add("unexpected charset %s", label)
		return r, nil
	}
}
