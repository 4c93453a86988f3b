package render

import "strings"

const (
	defaultWidth = 80
	// minWidth is the narrowest page on which the longest fixed words still stand
	// beside a value.
	minWidth = 40
)

// color is the parameter of an ANSI SGR sequence; "" leaves a text plain.
type color string

const (
	red    color = "31"
	green  color = "32"
	yellow color = "33"
	cyan   color = "36"
)

// page collects lines that are no wider than its width.
type page struct {
	b     strings.Builder
	width int
	color bool
}

func newPage(style Style) *page {
	width := style.Width
	if width <= 0 {
		width = defaultWidth
	}
	return &page{width: max(width, minWidth), color: style.Color}
}

func (p *page) line(text string) {
	p.b.WriteString(strings.TrimRight(text, " "))
	p.b.WriteByte('\n')
}

// section begins a part of the page with a blank line, and with a title unless it
// is "".
func (p *page) section(title string) {
	if p.b.Len() > 0 {
		p.b.WriteByte('\n')
	}
	if title != "" {
		p.line(title)
	}
}

// para writes one paragraph, escaped and wrapped: its first line begins at column
// indent, and the others at hang.
func (p *page) para(indent, hang int, text string) {
	p.painted(indent, hang, "", "", text)
}

// painted writes a paragraph that begins with a coloured word.
func (p *page) painted(indent, hang int, word string, c color, text string) {
	word = escape(word)
	for i, line := range wrap(word+escape(text), p.width-indent, p.width-hang) {
		if i > 0 {
			p.line(strings.Repeat(" ", hang) + line)
			continue
		}
		if rest, ok := strings.CutPrefix(line, word); ok {
			line = p.paint(c, word) + rest
		}
		p.line(strings.Repeat(" ", indent) + line)
	}
}

func (p *page) paint(c color, text string) string {
	if !p.color || c == "" || text == "" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

// command writes a line to be copied: verbatim, however wide. One that holds what
// a terminal would obey or hide is not a command to a reader, and is shown as data.
func (p *page) command(indent int, label, line string) {
	switch {
	case line == "":
	case escape(line) == line:
		p.b.WriteString(strings.Repeat(" ", indent) + label + line + "\n")
	default:
		p.para(indent, indent+max(2, len(label)), label+"(as data, because it holds characters that a terminal does not show) "+line)
	}
}

// wrap breaks an escaped text into lines of at most first columns, then rest. It
// breaks after a blank, else after punctuation, else where it must; nothing but
// the blank at a break is left out.
func wrap(text string, first, rest int) []string {
	var lines []string
	for width := first; ; width = rest {
		end, next := breakAt(text, width)
		lines = append(lines, text[:end])
		if next == len(text) {
			return lines
		}
		text = text[next:]
	}
}

// breakAt says where the line that begins a text ends, and where the next begins.
func breakAt(text string, width int) (end, next int) {
	blank, mark, used := 0, 0, 0
	for i, r := range text {
		used += terminal.RuneWidth(r)
		if r == ' ' && i > 0 {
			blank = i // a blank at the edge of the page may hang over it, for it is left out
		}
		if used > width && i > 0 {
			switch {
			// A blank near the beginning would leave a line almost empty.
			case blank*2 > i, blank > 0 && mark == 0:
				return blank, blank + 1
			case mark > 0:
				return mark, mark
			}
			return i, i
		}
		if strings.ContainsRune(":/.,;@=", r) {
			mark = i + 1
		}
	}
	return len(text), len(text)
}
