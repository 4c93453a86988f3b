package ldapsrc

import (
	"bytes"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// Identifiers of messages and of what a search brings (RFC 4511 4.2 to 4.12; X.690
// 8.1.2).
const (
	tagInteger   = 0x02
	tagOctets    = 0x04
	tagSequence  = 0x30
	tagSet       = 0x31
	tagBound     = 0x61
	tagSearch    = 0x63
	tagEntry     = 0x64
	tagDone      = 0x65
	tagReference = 0x73
	tagExtended  = 0x78
	tagControls  = 0xa0
)

// maxAttributes is how many attributes of one entry are taken, of which every one that is
// asked for is looked for among all. No search asks for half as many.
const maxAttributes = 32

// maxID is the longest message ID in bytes: it is at most 2147483647 (RFC 4511 4.1.1.1).
const maxID = 4

// envelope takes a message apart: its ID as a number and as it came, and its operation,
// with the controls that may stand behind.
func envelope(message []byte) (number int64, id, op []byte, ok bool) {
	id, op, ok = element(message, tagInteger)
	if !ok || len(id) == 0 || len(id) > maxID || id[0] >= 0x80 || len(op) == 0 {
		return 0, nil, nil, false
	}
	for _, b := range id {
		number = number<<8 | int64(b)
	}
	_, rest, ok := element(op, op[0])
	if ok && len(rest) > 0 {
		_, rest, ok = element(rest, tagControls)
	}
	return number, id, op, ok && len(rest) == 0
}

// element takes the first element off a text in BER, where it has the identifier that
// is expected and a length that is definite.
func element(text []byte, identifier byte) (content, rest []byte, ok bool) {
	if len(text) < 2 || text[0] != identifier {
		return nil, nil, false
	}
	length, text := int(text[1]), text[2:]
	if length >= 0x80 {
		n := length - 0x80
		if n == 0 || n > 4 || n > len(text) {
			return nil, nil, false
		}
		length = 0
		for _, b := range text[:n] {
			length = length<<8 | int(b)
		}
		text = text[n:]
	}
	if length > len(text) {
		return nil, nil, false
	}
	return text[:length], text[length:], true
}

// entry copies what was asked for out of an entry as it came.
func (c *intake) entry(body []byte) (*ldap.Entry, error) {
	name, rest, ok1 := element(body, tagOctets)
	list, _, ok2 := element(rest, tagSequence)
	if !ok1 || !ok2 {
		return nil, errNotLDAP
	}
	e := &ldap.Entry{DN: string(name)}
	if !c.weigh(weightOfEntry + len(name)) {
		return nil, errTooMuch
	}
	for len(list) > 0 {
		attribute, more, ok1 := element(list, tagSequence)
		name, rest, ok2 := element(attribute, tagOctets)
		set, _, ok3 := element(rest, tagSet)
		if !ok1 || !ok2 || !ok3 {
			return nil, errNotLDAP
		}
		list = more
		description, ok := c.wanted(name)
		if !ok {
			continue
		}
		if len(e.Attributes) == maxAttributes {
			return nil, errTooMuch
		}
		a := &ldap.EntryAttribute{Name: description}
		if c.values++; c.values > maxValues || !c.weigh(weightOfAttribute+len(description)) {
			return nil, errTooMuch
		}
		for len(set) > 0 {
			value, more, ok := element(set, tagOctets)
			if !ok {
				return nil, errNotLDAP
			}
			if c.values++; c.values > maxValues || !c.weigh(weightOfValue+len(value)) {
				return nil, errTooMuch
			}
			a.Values = append(a.Values, string(value))
			set = more
		}
		e.Attributes = append(e.Attributes, a)
	}
	return e, nil
}

// weigh counts memory that is taken, and says whether there was as much.
func (c *intake) weigh(bytes int) bool {
	c.weight += bytes
	return c.weight <= maxKept
}

// wanted says whether an attribute was asked for, whatever its options.
func (c *intake) wanted(description []byte) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if name, ok := c.asked[string(description)]; ok {
		return name, true // one text for all entries
	}
	plain, _, _ := bytes.Cut(description, []byte(";"))
	for name := range c.asked {
		if strings.EqualFold(name, string(plain)) {
			return string(description), true
		}
	}
	return "", false
}
