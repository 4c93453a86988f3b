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
	writeCommands(p, fix.Commands)
	if len(fix.Commands) > 0 {
		after := "after this: " + count(r.After.Failed, "finding", "findings")
		if r.After.Unknown > 0 {
			after += fmt.Sprintf(", %d not seen", r.After.Unknown)
		}
		p.para(2, 4, after)
	}
	for _, refused := range fix.Refused {
		p.para(2, 4, "No command for "+named(refused.Provider, refused.Organization)+": "+refused.Why)
		if refused.Next != "" {
			p.para(4, 6, "Next: "+refused.Next)
		}
	}
	for _, kept := range fix.Kept {
		p.para(2, 4, named(kept.Provider, kept.Organization)+" keeps its value: "+kept.Why)
	}
}

// named is a provider, with its organization where there are several.
func named(provider, organization string) string {
	if organization == "" {
		return provider
	}
	return provider + " of " + organization
}

// writeCommands writes the lines to run as one block to copy for each organization,
// then what belongs to each. What is to be done afterwards is said once for commands
// that share it.
func writeCommands(p *page, commands []report.Command) {
	if len(commands) == 0 {
		return
	}
	for i, c := range commands {
		if i == 0 || c.Organization != commands[i-1].Organization {
			where := ""
			if c.Organization != "" {
				where = " of " + c.Organization
			}
			p.para(2, 4, "Run in the Exchange Management Shell"+where+":")
		}
		p.command(4, "", c.Line)
	}
	shared := !slices.ContainsFunc(commands, func(c report.Command) bool { return !sameAftermath(c, commands[0]) })
	for _, c := range commands {
		indent := 2
		if len(commands) > 1 {
			p.para(2, 4, "For "+named(c.Provider, c.Organization)+":")
			indent = 4
		}
		writeCommand(p, indent, c)
		if !shared {
			writeAftermath(p, indent, c)
		}
	}
	if shared {
		writeAftermath(p, 2, commands[0])
	}
}

func writeCommand(p *page, indent int, c report.Command) {
	value := indent + len("Preview first:  ")
	p.command(indent, "Preview first:  ", c.Preview)
	p.command(indent, "Undo:           ", c.Undo)
	switch {
	case c.Undo == "" && c.UndoNote == "":
		p.para(indent, value, "Undo:           none is known")
	case c.Undo == "":
		p.para(indent, value, "Undo:           none: "+c.UndoNote)
	case c.UndoNote != "":
		p.para(value, value+1, "("+c.UndoNote+")")
	}
	p.command(indent, "Verify:         ", c.Verify)
	if len(c.Answers) > 0 {
		p.para(indent, value, "Answers:        "+strings.Join(c.Answers, ", "))
	}
	if len(c.Unproven) > 0 {
		p.para(indent, value, "Not proven for: "+strings.Join(c.Unproven, ", "))
	}
}

func sameAftermath(a, b report.Command) bool {
	return a.Wait == b.Wait && slices.Equal(a.Recycle, b.Recycle)
}

func writeAftermath(p *page, indent int, c report.Command) {
	if len(c.Recycle) > 0 {
		p.para(indent, indent+2, "Then, on each server (or wait):")
		for _, line := range c.Recycle {
			p.command(indent+2, "", line)
		}
	}
	if c.Wait != "" {
		p.para(indent, indent+2, "Wait: "+c.Wait)
	}
}
