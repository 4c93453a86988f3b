package redact

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// replace puts the names that were learned out of a text.
func (n *names) replace(field, text string) string {
	switch {
	case text == "":
		return text
	case field == "Serial":
		return n.id(text)
	}
	if n.pattern == nil {
		n.pattern = n.compile()
	}
	text = guidLike.ReplaceAllStringFunc(text, n.id)
	text = hashLike.ReplaceAllStringFunc(text, n.id)
	text = ipv4Like.ReplaceAllStringFunc(text, n.address)
	text = ipv6Like.ReplaceAllStringFunc(text, n.address)
	return n.words(text)
}

// compile makes one pattern of all that was learned, the longest first, so that no
// name hides another that it is part of.
func (n *names) compile() *regexp.Regexp {
	var all []string
	for key := range n.phrases {
		all = append(all, key)
	}
	for key := range n.labels {
		all = append(all, key)
	}
	for key := range kept {
		if strings.Contains(key, " ") { // so that no word in it is taken for a name
			all = append(all, key)
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	for i, key := range all {
		all[i] = regexp.QuoteMeta(key)
	}
	if len(all) == 0 {
		return regexp.MustCompile(`$^`)
	}
	return regexp.MustCompile(`(?i)(?:` + strings.Join(all, "|") + `)`)
}

// words replaces names where they stand as words of their own: RE2 knows word
// boundaries of ASCII alone, and a hyphen belongs to a label.
func (n *names) words(text string) string {
	var b strings.Builder
	for at := 0; at < len(text); {
		found := n.pattern.FindStringIndex(text[at:])
		if found == nil {
			b.WriteString(text[at:])
			break
		}
		start, end := at+found[0], at+found[1]
		if found[0] == found[1] || inWord(text, start, end) {
			_, size := utf8.DecodeRuneInString(text[at:])
			next := max(start, at+size)
			if start > at {
				next = start
			}
			b.WriteString(text[at:next])
			if next == start {
				_, size := utf8.DecodeRuneInString(text[start:])
				b.WriteString(text[start : start+size])
				next = start + size
			}
			at = next
			continue
		}
		b.WriteString(text[at:start])
		b.WriteString(n.stand(text[start:end]))
		at = end
	}
	return b.String()
}

// shortest is the length from which a name is replaced in prose too: "a" and "it" are
// replaced only where they stand in a name.
const shortest = 3

// inWord says that what was found is a part of another word, or a word of prose.
func inWord(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	if start > 0 && ofWord(before) || end < len(text) && ofWord(after) {
		return true
	}
	alone := start == 0 && end == len(text)
	return !alone && end-start < shortest && !strings.ContainsRune(`.@\=*`, before) && !strings.ContainsRune(`.@\`, after)
}

func ofWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// stand is what stands for a name, in the same kind of letters.
func (n *names) stand(text string) string {
	lower := strings.ToLower(text)
	if kept[lower] {
		return text
	}
	stand, ok := n.phrases[lower]
	if !ok {
		stand = n.labels[lower]
	}
	if text != lower && stand != "" {
		return strings.ToUpper(stand[:1]) + stand[1:] // spelt otherwise than in small letters
	}
	return stand
}

// id is a GUID, a thumbprint or a serial number of the same form.
func (n *names) id(text string) string {
	lower := strings.ToLower(text)
	if keptIDs[lower] {
		return text
	}
	stand, known := n.ids[lower]
	if !known {
		digits := fmt.Sprintf("%X", len(n.ids)+1)
		hex := []byte(strings.Map(func(r rune) rune {
			if r == '-' {
				return r
			}
			return '0'
		}, text))
		copy(hex[max(0, len(hex)-len(digits)):], digits)
		stand = string(hex)
		n.ids[lower] = stand
	}
	return stand
}

// address is one of the ranges for documentation and benchmarks (RFC 5737, RFC 2544,
// RFC 3849). What only looks like an address stays.
func (n *names) address(text string) string {
	ip, err := netip.ParseAddr(text)
	if err != nil || ip.IsUnspecified() || ip.IsLoopback() {
		return text
	}
	stand, known := n.addresses[ip]
	if !known {
		i := len(n.addresses) + 1
		if ip.Is4() {
			stand = netip.AddrFrom4([4]byte{198, byte(18 + i>>16&1), byte(i >> 8), byte(i)}).String()
		} else {
			stand = fmt.Sprintf("2001:db8::%x:%x", i>>16, i&0xffff)
		}
		n.addresses[ip] = stand
	}
	return stand
}
