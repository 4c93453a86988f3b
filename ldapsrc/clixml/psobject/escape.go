package psobject

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// escapeLength is that of _xHHHH_.
const escapeLength = 7

// unescape undoes the escapes of characters that XML cannot hold: _xHHHH_ is a unit of
// UTF-16 ([MS-PSRP] 2.2.5.3.2). What is no whole escape stays as it is.
func unescape(text string) string {
	at := strings.Index(text, "_x")
	if at < 0 {
		return text
	}
	var b strings.Builder
	for ; at >= 0; at = strings.Index(text, "_x") {
		b.WriteString(text[:at])
		text = text[at:]
		unit, ok := escaped(text)
		if !ok {
			b.WriteByte('_')
			text = text[1:]
			continue
		}
		text = text[escapeLength:]
		if r := rune(unit); utf16.IsSurrogate(r) {
			if low, ok := escaped(text); ok && utf16.DecodeRune(r, rune(low)) != '\uFFFD' {
				b.WriteRune(utf16.DecodeRune(r, rune(low)))
				text = text[escapeLength:]
				continue
			}
		}
		b.WriteRune(rune(unit)) // a surrogate that stands alone becomes U+FFFD
	}
	b.WriteString(text)
	return b.String()
}

func escaped(text string) (unit uint16, ok bool) {
	if len(text) < escapeLength || text[0] != '_' || text[1] != 'x' && text[1] != 'X' || text[escapeLength-1] != '_' {
		return 0, false
	}
	n, err := strconv.ParseUint(text[2:escapeLength-1], 16, 16)
	return uint16(n), err == nil && !strings.ContainsAny(text[2:escapeLength-1], "+-_")
}
