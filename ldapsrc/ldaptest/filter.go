package ldaptest

import (
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// truth is a filter's result: LDAP's filters are three-valued (RFC 4511 4.5.1.7).
type truth int

const (
	undefined truth = iota
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// Context tags of a filter (RFC 4511 4.5.1).
const (
	filterAnd        = 0
	filterOr         = 1
	filterNot        = 2
	filterEqual      = 3
	filterSubstrings = 4
	filterPresent    = 7
)

// matches evaluates a filter as it came over the wire. Values are compared without
// regard to case, as the strings of Active Directory's schema are. A kind of filter
// that is not known here is undefined, and so selects nothing.
func matches(e *entry, filter *ber.Packet) truth {
	switch filter.Tag {
	case filterAnd:
		result := yes
		for _, child := range filter.Children {
			switch matches(e, child) {
			case no:
				return no
			case undefined:
				result = undefined
			}
		}
		return result
	case filterOr:
		result := no
		for _, child := range filter.Children {
			switch matches(e, child) {
			case yes:
				return yes
			case undefined:
				result = undefined
			}
		}
		return result
	case filterNot:
		if len(filter.Children) != 1 {
			return undefined
		}
		switch matches(e, filter.Children[0]) {
		case yes:
			return no
		case no:
			return yes
		}
		return undefined
	case filterEqual:
		if len(filter.Children) != 2 {
			return undefined
		}
		want := text(filter.Children[1])
		for _, value := range e.values(text(filter.Children[0])) {
			if strings.EqualFold(value, want) {
				return yes
			}
		}
		return no
	case filterSubstrings:
		if len(filter.Children) != 2 {
			return undefined
		}
		for _, value := range e.values(text(filter.Children[0])) {
			if holds(value, filter.Children[1].Children) {
				return yes
			}
		}
		return no
	case filterPresent:
		name := filter.Data.String()
		// Every object has a class, whether or not the LDIF says which.
		return truthOf(strings.EqualFold(name, "objectClass") || len(e.values(name)) > 0)
	}
	return undefined
}

// holds says whether value has the pieces of a substring filter in order: initial
// (tag 0), any (1), final (2).
func holds(value string, pieces []*ber.Packet) bool {
	rest := strings.ToLower(value)
	for _, piece := range pieces {
		want := strings.ToLower(piece.Data.String())
		switch piece.Tag {
		case 0:
			after, ok := strings.CutPrefix(rest, want)
			if !ok {
				return false
			}
			rest = after
		case 1:
			_, after, ok := strings.Cut(rest, want)
			if !ok {
				return false
			}
			rest = after
		case 2:
			if !strings.HasSuffix(rest, want) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// text is the content of a primitive, whatever its tag.
func text(p *ber.Packet) string { return p.Data.String() }
