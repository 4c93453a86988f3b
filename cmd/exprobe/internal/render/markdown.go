package render

import (
	"regexp"
	"strings"
	"sync"
)

// markup are the characters that Markdown would obey inside a line. A backslash takes
// the meaning from any punctuation of ASCII (CommonMark 0.31.2, 2.4).
const markup = "\\`*_[]<>#|~&!$"

// beginnings are what Markdown obeys at the start of a text: a bullet, a number, a
// line under a heading.
var beginnings = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:[-+=]|[0-9]{1,9}[.)])`) })

// prose is any text as one line of Markdown that looks as it is: nothing in it is
// obeyed, and no address in it becomes a link of its own (GitHub's autolinks).
func prose(text string) string {
	var b strings.Builder
	for _, r := range escape(text) {
		if strings.ContainsRune(markup, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	line := strings.NewReplacer("://", `\://`, "www.", `www\.`).Replace(b.String())
	if at := beginnings().FindStringIndex(line); at != nil {
		line = line[:at[1]-1] + `\` + line[at[1]-1:]
	}
	return line
}

// span is a text in a code span, in which nothing is obeyed but the fence, which is
// longer than any run of back-ticks inside (CommonMark 6.1).
func span(text string) string {
	text = escape(text)
	if text == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(text)+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") || strings.TrimSpace(text) != text {
		text = " " + text + " "
	}
	return fence + text + fence
}

// block is lines as a fenced block of code. A line that a terminal would not show as
// it is stands there as data, as in text.
func block(language string, indent string, lines []string) string {
	longest := 2
	for _, line := range lines {
		longest = max(longest, longestRun(line))
	}
	fence := strings.Repeat("`", longest+1)
	var b strings.Builder
	b.WriteString(indent + fence + language + "\n")
	for _, line := range lines {
		if shown := escape(line); shown != line {
			line = "# (as data, because it holds characters that a terminal does not show) " + shown
		}
		b.WriteString(indent + line + "\n")
	}
	b.WriteString(indent + fence + "\n")
	return b.String()
}

func longestRun(text string) (longest int) {
	run := 0
	for _, r := range text {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// tableRow is cells, already Markdown, as a row: a pipe inside a code span ends the
// cell too, unless it is escaped (GitHub Flavored Markdown, 4.10).
func tableRow(cells ...string) string {
	var b strings.Builder
	b.WriteString("|")
	for _, c := range cells {
		b.WriteString(" " + escapePipes(c) + " |")
	}
	return b.String() + "\n"
}

// escapePipes escapes the pipes that are not escaped yet: those behind an even number of
// backslashes, of which each pair is one.
func escapePipes(text string) string {
	var b strings.Builder
	slashes := 0
	for i := range len(text) {
		if text[i] == '|' && slashes%2 == 0 {
			b.WriteByte('\\')
		}
		if slashes++; text[i] != '\\' {
			slashes = 0
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
