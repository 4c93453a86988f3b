package render

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"exprobe/rules/report"
)

// maxRows is how many rows of the principal table are shown before those that
// match are only counted.
const maxRows = 200

// The words for a value that is not there.
const (
	wordNull    = "$null"    // the directory holds no value
	wordNotRead = "not read" // the directory was not read
	wordNotSeen = "not seen" // no address, or no certificate, could be seen
	wordNothing = "-"        // nothing was sent, or the certificate says nothing
)

// writePrincipals writes the principal table: on one line a row where the page is
// wide enough, else with the three values one under another.
func writePrincipals(p *page, rows []report.Principal) {
	p.section("")
	if len(rows) == 0 {
		p.para(0, 2, "No place was seen where Outlook Anywhere is published.")
		return
	}
	shown := rows
	if len(rows) > maxRows {
		shown = slices.DeleteFunc(slices.Clone(rows), func(r report.Principal) bool { return r.Match == "match" })
	}
	if len(shown) > 0 && !wide(p, shown) {
		stacked(p, shown)
	}
	if hidden := len(rows) - len(shown); hidden > 0 {
		p.para(0, 2, "and "+count(hidden, "row", "rows")+" not shown, each of them a match")
	}
}

func wide(p *page, rows []report.Principal) bool {
	several := severalOrganizations(rows)
	table := [][]cell{slices.Concat(
		placeTitles(several), titles("AD STORES", "AUTODISCOVER SENDS", "CERTIFICATE SAYS", "MATCH"))}
	for _, r := range rows {
		table = append(table, slices.Concat(place([]report.Principal{r}, several), []cell{stored(r), published(r), certificate(r), match(r)}))
	}
	widths, ok := fit(table, p.width)
	if !ok {
		return false
	}
	p.row(widths, table[0])
	for i, r := range rows {
		p.row(widths, table[i+1])
		if derived := derivedName(r); derived != "" {
			p.para(4, 6, derived)
		}
		if r.Note != "" {
			p.para(4, 6, r.Note)
		}
	}
	return true
}

// stacked writes rows that differ in their address alone as one.
func stacked(p *page, rows []report.Principal) {
	several := severalOrganizations(rows)
	table := [][]cell{placeTitles(several)}
	equal := group(rows, butAddress)
	for _, same := range equal {
		table = append(table, place(same, several))
	}
	widths, ok := fit(table, p.width)
	heading := func(cells []cell) {
		if ok {
			p.row(widths, cells)
			return
		}
		var words []string
		for _, c := range cells {
			words = append(words, c.values...)
		}
		p.para(0, 2, strings.Join(words, " "))
	}
	heading(table[0])
	label := []int{len("  AUTODISCOVER SENDS"), 0}
	label[1] = p.width - label[0] - gap
	for i, same := range equal {
		r := same[0]
		heading(table[i+1])
		p.row(label, []cell{plainCell("  AD STORES"), stored(r)})
		sent := published(r)
		if derived := derivedName(r); derived != "" {
			sent.values = append(sent.values, escape(derived))
		}
		p.row(label, []cell{plainCell("  AUTODISCOVER SENDS"), sent})
		p.row(label, []cell{plainCell("  CERTIFICATE SAYS"), certificate(r)})
		p.row(label, []cell{plainCell("  MATCH"), match(r)})
		if r.Note != "" {
			p.para(4, 6, r.Note)
		}
	}
}

// butAddress is equal for rows that differ in nothing but the address that was
// seen.
func butAddress(r report.Principal) string {
	seen := r.Address != ""
	r.Address = ""
	return fmt.Sprintf("%t %#v", seen, r)
}

// severalOrganizations says whether the rows need a column that tells them apart.
func severalOrganizations(rows []report.Principal) bool {
	return slices.ContainsFunc(rows, func(r report.Principal) bool { return r.Organization != "" })
}

func placeTitles(several bool) []cell {
	cells := titles("PROVIDER", "SCOPE", "HOST", "ADDRESS")
	if several {
		return append(titles("ORGANIZATION"), cells...)
	}
	return cells
}

// place is the place of rows that differ in their address alone.
func place(rows []report.Principal, several bool) []cell {
	r := rows[0]
	var addresses cell
	for _, r := range rows {
		addresses.values = append(addresses.values, escape(cmp.Or(r.Address, wordNotSeen)))
	}
	cells := []cell{plainCell(r.Provider), plainCell(r.Scope), plainCell(r.Host), addresses}
	if several {
		return append([]cell{plainCell(r.Organization)}, cells...)
	}
	return cells
}

func stored(r report.Principal) cell {
	switch {
	case !r.Stored.Read:
		return plainCell(wordNotRead)
	case !r.Stored.Present:
		return plainCell(wordNull)
	}
	return plainCell(value(r.Stored.Value))
}

func published(r report.Principal) cell {
	if len(r.Published) == 0 {
		return plainCell(wordNothing)
	}
	var c cell
	for _, sent := range r.Published {
		c.values = append(c.values, escape(value(sent)))
	}
	return c
}

func certificate(r report.Principal) cell {
	switch {
	case r.CommonName != "":
		return plainCell(value(r.CommonName))
	case r.Match == "unknown" || r.Address == "":
		return plainCell(wordNotSeen)
	}
	return plainCell(wordNothing)
}

func match(r report.Principal) cell {
	c := plainCell(r.Match)
	switch r.Match {
	case "match":
		c.color = green
	case "mismatch":
		c.color = red
	case "san", "wildcard", "undecidable", "unknown":
		c.color = yellow
	}
	return c
}

// derivedName says which name the client demands where nobody wrote it down.
func derivedName(r report.Principal) string {
	same := func(text string) bool { return strings.EqualFold(text, r.Effective) }
	if r.Effective == "" || r.Stored.Present && same(r.Stored.Value) || slices.ContainsFunc(r.Published, same) {
		return ""
	}
	if same("msstd:" + r.Host) {
		return "= " + r.Effective + " (default)"
	}
	return "= " + r.Effective
}

// value puts quotes around a value that would look like one of the words for a
// missing value.
func value(text string) string {
	switch text {
	case wordNull, wordNotRead, wordNotSeen, wordNothing:
		return `"` + text + `"`
	}
	return edges(text)
}

// edges makes an empty text, and blanks at the ends of one, visible.
func edges(text string) string {
	if text == "" || text[0] == '"' {
		return `"` + text + `"`
	}
	const blank = `\u{20}`
	body := strings.TrimLeft(text, " ")
	front := len(text) - len(body)
	body = strings.TrimRight(body, " ")
	back := len(text) - front - len(body)
	return strings.Repeat(blank, front) + body + strings.Repeat(blank, back)
}

// count writes a number with its noun.
func count(n int, singular, plural string) string {
	if n == 1 {
		return "1 " + singular
	}
	return strconv.Itoa(n) + " " + plural
}
