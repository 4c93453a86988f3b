package render

import "strings"

const (
	// gap separates columns.
	gap = 2
	// minColumn is as narrow as a column may be squeezed: a common host name still
	// stands on one line.
	minColumn = 16
)

// cell is one field of a table: values one under another, already escaped.
type cell struct {
	values []string
	color  color
}

func plainCell(text string) cell { return cell{values: []string{escape(text)}} }

func titles(words ...string) []cell {
	cells := make([]cell, len(words))
	for i, word := range words {
		cells[i] = plainCell(word)
	}
	return cells
}

// fit returns the widths of the columns of a table that is no wider than width. It
// takes from the widest column until all fit; ok is false where they cannot.
func fit(rows [][]cell, width int) (widths []int, ok bool) {
	widths = make([]int, len(rows[0]))
	for _, row := range rows {
		for i, c := range row {
			for _, value := range c.values {
				widths[i] = min(max(widths[i], columns(value)), width)
			}
		}
	}
	total := gap * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for ; total > width; total-- {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= minColumn {
			return nil, false
		}
		widths[widest]--
	}
	return widths, true
}

// row writes cells side by side, each wrapped within its column.
func (p *page) row(widths []int, row []cell) {
	wrapped := make([][]string, len(row))
	height := 0
	for i, c := range row {
		for _, value := range c.values {
			wrapped[i] = append(wrapped[i], wrap(value, widths[i], widths[i])...)
		}
		height = max(height, len(wrapped[i]))
	}
	for y := range height {
		var b strings.Builder
		for i, lines := range wrapped {
			text := ""
			if y < len(lines) {
				text = lines[y]
			}
			b.WriteString(p.paint(row[i].color, text))
			b.WriteString(strings.Repeat(" ", max(0, widths[i]-columns(text))+gap))
		}
		p.line(b.String())
	}
}
