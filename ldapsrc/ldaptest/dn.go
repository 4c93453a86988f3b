package ldaptest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// dn is a distinguished name for comparison: its RDNs, leaf first, each unescaped
// and in lower case. Active Directory compares names without regard to case.
type dn []string

// parseDN reads a distinguished name (RFC 4514). It is lenient where Active
// Directory is: parentheses and other special characters may stand unescaped.
func parseDN(text string) (dn, error) {
	if strings.Trim(text, " ") == "" {
		return nil, nil
	}
	var name dn
	for _, rdn := range splitEscaped(text, ',') {
		var parts []string
		for _, part := range splitEscaped(rdn, '+') {
			kind, value, ok := strings.Cut(part, "=")
			kind = strings.ToLower(strings.Trim(kind, " "))
			if !ok || kind == "" {
				return nil, fmt.Errorf("%q is not an attribute and its value", part)
			}
			value, err := unescape(value)
			if err != nil {
				return nil, err
			}
			parts = append(parts, kind+"="+strings.ToLower(value))
		}
		slices.Sort(parts)
		name = append(name, strings.Join(parts, "+"))
	}
	return name, nil
}

// key is equal for equal names. NUL cannot stand unescaped in a DN and an escaped
// one separates nothing that a test would confuse.
func (d dn) key() string { return strings.Join(d, "\x00") }

// splitEscaped splits at every separator that no backslash protects.
func splitEscaped(text string, separator byte) []string {
	var parts []string
	start := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case separator:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// unescape decodes a value of an RDN: \, and its like, and \2C. Blanks around it
// count only where they are escaped.
func unescape(text string) (string, error) {
	text = strings.TrimLeft(text, " ")
	var out []byte
	keep := 0 // the length up to the last byte that is not an unescaped blank
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '\\' {
			out = append(out, c)
			if c != ' ' {
				keep = len(out)
			}
			continue
		}
		if i+1 == len(text) {
			return "", errors.New("a backslash at the end escapes nothing")
		}
		if i+2 < len(text) {
			if b, err := hex.DecodeString(text[i+1 : i+3]); err == nil {
				out = append(out, b...)
				keep = len(out)
				i += 2
				continue
			}
		}
		i++
		out = append(out, text[i])
		keep = len(out)
	}
	return string(out[:keep]), nil
}
