package ldaptest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
)

// hiddenOption marks an attribute that takes part in filters and is not returned.
const hiddenOption = ";x-hidden"

// entry is one content record of an LDIF.
type entry struct {
	dn         string // as written
	name       dn     // for comparison
	attributes []attribute
}

// attribute holds the values of one attribute, in the order written.
type attribute struct {
	name   string // as first written, without the hidden option
	hidden bool
	values []string
}

// visible says whether the attribute is ever returned.
func (a attribute) visible() bool { return !a.hidden && len(a.values) > 0 }

// values are all values of the named attribute, hidden ones included.
func (e *entry) values(name string) []string {
	var all []string
	for _, a := range e.attributes {
		if strings.EqualFold(a.name, name) {
			all = append(all, a.values...)
		}
	}
	return all
}

func (e *entry) add(name, value string) {
	plain, hidden := name, false
	if n := len(name) - len(hiddenOption); n > 0 && strings.EqualFold(name[n:], hiddenOption) {
		plain, hidden = name[:n], true
	}
	for i := range e.attributes {
		a := &e.attributes[i]
		if a.hidden == hidden && strings.EqualFold(a.name, plain) {
			a.values = append(a.values, value)
			return
		}
	}
	e.attributes = append(e.attributes, attribute{name: plain, hidden: hidden, values: []string{value}})
}

// parseLDIF reads content records (RFC 2849). Change records and values from URLs
// are refused: a directory is what its text says.
func parseLDIF(text []byte) ([]*entry, error) {
	var entries []*entry
	var current *entry
	seen := map[string]int{}
	for _, line := range unfold(text) {
		if line.text == "" {
			current = nil
			continue
		}
		name, value, err := splitLine(line.text)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line.number, err)
		}
		switch {
		case current == nil && strings.EqualFold(name, "version"):
			if len(entries) > 0 || value != "1" {
				return nil, fmt.Errorf("line %d: only version 1 is known, and it is said once, at the top", line.number)
			}
		case current == nil && strings.EqualFold(name, "dn"):
			parsed, err := parseDN(value)
			if err != nil {
				return nil, fmt.Errorf("line %d: parsing the DN: %w", line.number, err)
			}
			if first, twice := seen[parsed.key()]; twice {
				return nil, fmt.Errorf("line %d: the entry of line %d is here again", line.number, first)
			}
			seen[parsed.key()] = line.number
			current = &entry{dn: value, name: parsed}
			entries = append(entries, current)
		case current == nil:
			return nil, fmt.Errorf("line %d: a record begins with its dn, not with %q", line.number, name)
		case strings.EqualFold(name, "changetype"), strings.EqualFold(name, "dn"):
			return nil, fmt.Errorf("line %d: %q inside a record: only content records are served", line.number, name)
		default:
			current.add(name, value)
		}
	}
	return entries, nil
}

// line is a logical line and the number, from 1, of the physical one it began on.
type line struct {
	number int
	text   string
}

// unfold joins folded lines (RFC 2849: a line that begins with a space goes on
// with the one above) and drops comments.
func unfold(text []byte) []line {
	var lines []line
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	for i, raw := range strings.Split(string(text), "\n") {
		raw = strings.TrimSuffix(raw, "\r")
		if rest, folded := strings.CutPrefix(raw, " "); folded && len(lines) > 0 && lines[len(lines)-1].text != "" {
			lines[len(lines)-1].text += rest
			continue
		}
		lines = append(lines, line{number: i + 1, text: raw})
	}
	kept := lines[:0]
	for _, l := range lines {
		if !strings.HasPrefix(l.text, "#") {
			kept = append(kept, l)
		}
	}
	return kept
}

// splitLine takes "name: value" or "name:: base64" apart.
func splitLine(text string) (name, value string, err error) {
	name, value, ok := strings.Cut(text, ":")
	if !ok || name == "" || strings.ContainsAny(name, " \t") {
		return "", "", fmt.Errorf("%q is not an attribute and its value", text)
	}
	switch {
	case strings.HasPrefix(value, ":"):
		raw, err := base64.StdEncoding.DecodeString(strings.TrimLeft(value[1:], " "))
		if err != nil {
			return "", "", fmt.Errorf("decoding the base64 of %s: %w", name, err)
		}
		return name, string(raw), nil
	case strings.HasPrefix(value, "<"):
		return "", "", fmt.Errorf("the value of %s is a URL, which is not read", name)
	}
	return name, strings.TrimLeft(value, " "), nil
}
