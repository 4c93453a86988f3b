package render

import (
	"fmt"
	"slices"
	"strings"

	"exprobe/rules/report"
)

// writeFix writes the commands with what belongs to each, then what no command
// is given for.
func writeFix(p *page, r *report.Report) {
	fix := r.Fix
	if len(fix.Commands)+len(fix.Refused)+len(fix.Kept) == 0 {
		return
	}
	p.section("Fix")
	for i, c := range fix.Commands {
		writeCommand(p, c)
		// What is to be done afterwards is said once for commands that share it.
		if i+1 == len(fix.Commands) || !sameAftermath(c, fix.Commands[i+1]) {
			writeAftermath(p, c)
		}
	}
	if len(fix.Commands) > 0 {
		after := "after this: " + count(r.After.Failed, "finding", "findings")
		if r.After.Unknown > 0 {
			after += fmt.Sprintf(", %d not seen", r.After.Unknown)
		}
		p.para(2, 4, after)
	}
	for _, refused := range fix.Refused {
		p.para(2, 4, "No command for "+refused.Provider+": "+refused.Why)
		if refused.Next != "" {
			p.para(4, 6, "Next: "+refused.Next)
		}
	}
	for _, kept := range fix.Kept {
		p.para(2, 4, kept.Provider+" keeps its value: "+kept.Why)
	}
}

func writeCommand(p *page, c report.Command) {
	p.para(2, 4, "Run in the Exchange Management Shell:")
	p.command(4, "", c.Line)
	p.command(2, "Preview first:  ", c.Preview)
	p.command(2, "Undo:           ", c.Undo)
	switch {
	case c.Undo == "" && c.UndoNote == "":
		p.para(2, 18, "Undo:           none is known")
	case c.Undo == "":
		p.para(2, 18, "Undo:           none: "+c.UndoNote)
	case c.UndoNote != "":
		p.para(18, 18, c.UndoNote)
	}
	p.command(2, "Verify:         ", c.Verify)
	if len(c.Answers) > 0 {
		p.para(2, 18, "Answers:        "+strings.Join(c.Answers, ", "))
	}
	if len(c.Unproven) > 0 {
		p.para(2, 18, "Not proven for: "+strings.Join(c.Unproven, ", "))
	}
}

func sameAftermath(a, b report.Command) bool {
	return a.Wait == b.Wait && slices.Equal(a.Recycle, b.Recycle)
}

func writeAftermath(p *page, c report.Command) {
	if len(c.Recycle) > 0 {
		p.para(2, 4, "Then, on each server (or wait):")
		for _, line := range c.Recycle {
			p.command(4, "", line)
		}
	}
	if c.Wait != "" {
		p.para(2, 4, "Wait: "+c.Wait)
	}
}
