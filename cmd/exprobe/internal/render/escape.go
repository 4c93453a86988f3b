package render

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// terminal measures as a terminal outside East Asia does, whatever the locale of
// the process: equal reports give equal bytes.
var terminal = &runewidth.Condition{StrictEmojiNeutral: true}

// columns is how many columns an escaped text takes. It counts each rune for
// itself, which is never less than a terminal takes for a cluster of them.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n += terminal.RuneWidth(r)
	}
	return n
}

// visible says whether a terminal shows the rune in a column of its own, in its
// place: no control, bidirectional or zero-width character, no line break, no
// filler that looks like nothing. Combining marks are not visible in this sense:
// one of them makes two different names look alike.
func visible(r rune) bool {
	if r < utf8.RuneSelf {
		return ' ' <= r && r <= '~'
	}
	return unicode.IsPrint(r) && terminal.RuneWidth(r) > 0 &&
		r != '\u2800' && // BRAILLE PATTERN BLANK, a symbol without a mark
		!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// escape writes what is not visible as \u{202e}, and bytes that are no UTF-8 as
// \x{ff}.
func escape(text string) string { return escapeUnless(visible, text) }

// comment escapes a text for a line of a PowerShell comment. Only printable ASCII
// stays, because Windows PowerShell reads a script without a byte order mark in
// the code page of the machine.
func comment(text string) string {
	return escapeUnless(func(r rune) bool { return ' ' <= r && r <= '~' }, text)
}

func escapeUnless(plain func(rune) bool, text string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			fmt.Fprintf(&b, `\x{%02x}`, text[i])
		case plain(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	return b.String()
}
