package render

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"exprobe/rules/report"
)

//go:embed delta.json
var deltaSchemaJSON []byte

// DeltaSchema returns the JSON Schema (draft 2020-12) of the JSON form of a delta.
func DeltaSchema() []byte { return slices.Clone(deltaSchemaJSON) }

// DeltaFormats returns the formats of a delta, the default first.
func DeltaFormats() []string { return []string{"text", "json"} }

// DeltaRenderer writes a delta in one format.
type DeltaRenderer func(w io.Writer, d *report.Delta) error

// Delta returns the renderer of one of [DeltaFormats].
func Delta(format string, style Style) (DeltaRenderer, error) {
	switch format {
	case "text":
		return func(w io.Writer, d *report.Delta) error { return writeDelta(w, d, style) }, nil
	case "json":
		return writeDeltaJSON, nil
	}
	return nil, fmt.Errorf("format %q of a delta is not one of %s", format, strings.Join(DeltaFormats(), ", "))
}

func writeDeltaJSON(w io.Writer, d *report.Delta) error {
	data, err := json.MarshalIndent(normalDelta(d), "", "  ")
	if err != nil {
		return fmt.Errorf("writing the delta: %w", err)
	}
	return write(w, escapeJSON(string(data))+"\n")
}

// normalDelta copies a delta with no list nil, and its instants in UTC.
func normalDelta(d *report.Delta) *report.Delta {
	c := *d
	c.Old.TakenAt, c.New.TakenAt = c.Old.TakenAt.UTC(), c.New.TakenAt.UTC()
	c.Warnings, c.Facts, c.Principals = filled(c.Warnings), filled(c.Facts), filled(c.Principals)
	for i := range c.Facts {
		c.Facts[i].Changes = filled(c.Facts[i].Changes)
	}
	for i := range c.Principals {
		for _, side := range []**report.Principal{&c.Principals[i].Old, &c.Principals[i].New} {
			if *side != nil {
				row := **side
				row.Published = filled(row.Published)
				*side = &row
			}
		}
	}
	for _, list := range []*[]report.Finding{&c.Introduced, &c.Resolved, &c.Kept, &c.Unseen, &c.Blinded, &c.StillBlind, &c.Sighted} {
		*list = filled(*list)
		for i := range *list {
			(*list)[i].Evidence = filled((*list)[i].Evidence)
		}
	}
	return &c
}

// writeDelta writes what changed for a reader at a terminal: the verdict first, then
// the findings that it rests on, then the facts behind them.
func writeDelta(w io.Writer, d *report.Delta, style Style) error {
	p := newPage(style)
	for _, warning := range d.Warnings {
		p.painted(0, 2, "warning:", yellow, " "+warning)
	}
	for _, side := range []struct {
		name string
		side report.Side
	}{{"Old", d.Old}, {"New", d.New}} {
		p.para(0, 5, fmt.Sprintf("%s: as of %s, status %d: %s", side.name, side.side.TakenAt.UTC().Format(time.RFC3339), side.side.Exit.Code, side.side.Exit.Name))
	}
	writeDeltaFindings(p, d)
	writeRows(p, d.Principals)
	writeFacts(p, d.Facts)
	p.section("")
	p.para(0, 2, fmt.Sprintf("status %d: %s", d.Exit.Code, d.Exit.Name))
	return write(w, p.b.String())
}

// writeDeltaFindings writes what was introduced in full and the rest by name: who
// wants to know more of what was there before has the report of then.
func writeDeltaFindings(p *page, d *report.Delta) {
	p.section("")
	p.para(0, 2, "Verdict: "+deltaVerdict(d))
	writeFindingsUnder(p, "Introduced", d.Introduced)
	writeBriefly(p, "Resolved", d.Resolved)
	writeBriefly(p, "No longer seen, and not resolved", d.Unseen)
	writeNotSeenUnder(p, "Became unknown", d.Blinded)
	writeBriefly(p, "Kept", d.Kept)
	writeBriefly(p, "Unknown as before", d.StillBlind)
	writeBriefly(p, "Unknown before, and no finding now", d.Sighted)
}

func deltaVerdict(d *report.Delta) string {
	parts := []string{count(len(d.Introduced), "finding", "findings") + " introduced",
		fmt.Sprintf("%d resolved", len(d.Resolved)), fmt.Sprintf("%d kept", len(d.Kept))}
	text := strings.Join(parts, ", ") + "."
	if n := len(d.Unseen); n > 0 {
		text += " " + count(n, "failure", "failures") + " of before can no longer be seen."
	}
	if n := len(d.Blinded); n > 0 {
		text += " " + count(n, "check", "checks") + " could be made before and could not now."
	}
	return text
}

// writeBriefly names rules and what they are about, and leaves the rest away.
func writeBriefly(p *page, title string, findings []report.Finding) {
	if len(findings) == 0 {
		return
	}
	p.section(title)
	for _, byRule := range group(findings, func(f report.Finding) string { return f.Rule + string(f.Outcome) }) {
		bare := slices.Clone(byRule)
		for i := range bare {
			bare[i].Evidence = nil
		}
		if f := byRule[0]; f.Outcome == report.Unknown {
			p.para(2, 6, f.Rule)
		} else {
			writeHeading(p, byRule)
		}
		for _, line := range gather(bare, objects{}) {
			p.para(4, 8, line.String())
		}
	}
}

// writeRows writes the places whose row of the principal table changed, and what
// changed in it.
func writeRows(p *page, rows []report.PrincipalRow) {
	if len(rows) == 0 {
		return
	}
	p.section("Principal names")
	for _, same := range group(rows, func(r report.PrincipalRow) string {
		return fmt.Sprintf("%q", []any{rowName(r), rowChanges(r)})
	}) {
		var addresses []string
		for _, r := range same {
			if at := presentRow(r).Address; at != "" {
				addresses = append(addresses, at)
			}
		}
		text := rowName(same[0])
		if len(addresses) > 0 {
			text += " at " + enumerate(addresses)
		}
		p.para(2, 6, text+presence(same[0].Old == nil, same[0].New == nil))
		for _, c := range rowChanges(same[0]) {
			writeDiffer(p, c, same[0].Old == nil || same[0].New == nil)
		}
	}
}

func presentRow(r report.PrincipalRow) report.Principal {
	if r.New != nil {
		return *r.New
	}
	return *r.Old
}

func rowName(r report.PrincipalRow) string {
	row := presentRow(r)
	text := row.Provider + " " + row.Scope + " " + row.Host
	if row.Organization != "" {
		text = row.Organization + " " + text
	}
	return text
}

func rowChanges(r report.PrincipalRow) []report.Differ {
	words := func(row *report.Principal) []string {
		if row == nil {
			return make([]string, 5)
		}
		say := func(c cell) string { return strings.Join(c.values, ", ") }
		return []string{row.Match, say(stored(*row)), say(published(*row)), row.Effective, say(certificate(*row))}
	}
	old, new := words(r.Old), words(r.New)
	var changes []report.Differ
	for i, what := range []string{"match", "AD stores", "Autodiscover sends", "the client demands", "the certificate says"} {
		if old[i] != new[i] {
			changes = append(changes, report.Differ{What: what, Old: old[i], New: new[i]})
		}
	}
	return changes
}

func presence(onlyNew, onlyOld bool) string {
	switch {
	case onlyNew:
		return " (only in the new)"
	case onlyOld:
		return " (only in the old)"
	}
	return ""
}

// writeFacts writes the facts that differ, object by object.
func writeFacts(p *page, list []report.Object) {
	if len(list) == 0 {
		p.section("")
		p.para(0, 2, "No fact differs.")
		return
	}
	p.section("Facts")
	for _, o := range list {
		text := o.Kind + " " + o.Name
		if o.Organization != "" && o.Organization != o.Name {
			text += " in " + o.Organization
		}
		p.para(2, 6, text+presence(o.Presence == report.OnlyNew, o.Presence == report.OnlyOld))
		for _, c := range o.Changes {
			for _, text := range []*string{&c.Old, &c.New} {
				if *text != "" {
					*text = edges(*text)
				}
			}
			writeDiffer(p, c, o.Presence != "")
		}
	}
}

// writeDiffer writes one fact on one line where it fits, and else the two sides one
// under the other, so that they can be compared. Of what one side alone has, there
// is nothing to compare.
func writeDiffer(p *page, c report.Differ, alone bool) {
	was, is := cmp.Or(c.Old, "none"), cmp.Or(c.New, "none")
	switch line := c.What + ": " + was + " -> " + is; {
	case alone && c.Old == "":
		p.para(4, 8, c.What+": "+is)
	case alone && c.New == "":
		p.para(4, 8, c.What+": "+was)
	case columns(escape(line)) <= p.width-4:
		p.para(4, 8, line)
	default:
		p.para(4, 8, c.What)
		p.para(6, 10, "was "+was)
		p.para(6, 10, "is  "+is)
	}
}
