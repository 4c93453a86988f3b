package fix

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// Planned is the fix of one organization.
type Planned struct {
	Fix report.Fix

	// Changes are those that Apply needs to make the snapshot as it will be: those of
	// the commands, and the kept values that Autodiscover does not send yet.
	Changes []report.Change

	organization string
	steps        []step
}

// Plan merges what the rules want into one fix: a command, a refusal or a reason
// to keep, for each provider once, EXPR first. Answers of the commands are left for
// the caller, who judges again.
func Plan(s *facts.Snapshot, wants []report.Change) Planned {
	var plan Planned
	for _, provider := range []string{facts.EXPR, facts.EXCH} {
		wanted := slices.ContainsFunc(wants, func(c report.Change) bool {
			return c.Provider == provider && c.Parameter == CertPrincipalName
		})
		if !wanted {
			continue
		}
		switch sol := Solve(s, provider); {
		case sol.Change != nil:
			unproven := sol.Unproven
			if sol.Unasked {
				unproven = append(unproven, "that each server holds the key of its certificate: no handshake was completed, as --probe hello asks for none")
			}
			c := command(s, *sol.Change, unproven)
			plan.Fix.Commands = append(plan.Fix.Commands, c)
			plan.steps = append(plan.steps, newStep(s, c, *sol.Change))
			plan.Changes = append(plan.Changes, *sol.Change)
		case sol.Why != "":
			plan.Fix.Refused = append(plan.Fix.Refused, report.Refusal{Provider: provider, Why: sol.Why, Next: sol.Next})
		case sol.Keep != "":
			plan.Fix.Kept = append(plan.Fix.Kept, report.Keep{Provider: provider, Why: sol.Keep +
				": Autodiscover still sends another; wait up to 15 minutes for each server's cache, or recycle MSExchangeAutodiscoverAppPool on each server, then audit again"})
			stored := s.Provider(provider).CertPrincipalName.Value
			plan.Changes = append(plan.Changes, report.Change{Provider: provider, Parameter: CertPrincipalName,
				Value: stored.Value, Null: !stored.Present})
		}
	}
	return plan
}

// Name says which organization the fix is for, where a report holds several.
func (p *Planned) Name(organization string) {
	p.organization = organization
	for i := range p.Fix.Commands {
		p.Fix.Commands[i].Organization = organization
	}
	for i := range p.Fix.Refused {
		p.Fix.Refused[i].Organization = organization
	}
	for i := range p.Fix.Kept {
		p.Fix.Kept[i].Organization = organization
	}
}

func command(s *facts.Snapshot, change report.Change, unproven []string) report.Command {
	line := setLine(change)
	undo, note := undo(s, change.Provider)
	if unproven == nil {
		unproven = []string{}
	}
	return report.Command{
		Provider: change.Provider,
		Line:     line,
		Preview:  line + " -WhatIf",
		Undo:     undo,
		UndoNote: note,
		Verify:   verifyLine(change.Provider),
		Recycle:  recycleLines(s),
		Wait:     wait(s, change.Provider),
		Answers:  []string{},
		Unproven: unproven,
	}
}

// undo is the command that restores what the directory held, and what to know
// about it. What Autodiscover sent is no proof of what the directory holds: a
// cache, a proxy or another product may stand between.
func undo(s *facts.Snapshot, provider string) (line, note string) {
	object := s.Provider(provider)
	record := "; record what " + verifyLine(provider) + " shows before you run the command"
	switch {
	case s.Organization() == nil:
		return "", "the directory was not read, so the value that it holds is not known" + record
	case object == nil || !object.CertPrincipalName.Known:
		return "", "the directory's value could not be read" + record
	}
	stored := object.CertPrincipalName.Value
	old := report.Change{Provider: provider, Parameter: CertPrincipalName, Value: stored.Value, Null: stored.Value == ""}
	switch {
	case old.Null:
		return setLine(old), "the directory held no value"
	case Safe(stored.Value) || strings.EqualFold(stored.Value, "none"):
		return setLine(old), ""
	case printable(stored.Value):
		return restoreLine(provider, stored.Value), "the directory held a value outside the usual form; it is restored as it was"
	}
	return "", fmt.Sprintf("the directory held %+q, which cannot stand in a command", stored.Value)
}

// wait says how long a change takes to reach clients: replication, the server's
// cache of 15 minutes (observed in Exchange 2013 CU23; field reports agree), and
// the time to live that clients are given, 1 hour unless the provider says other.
func wait(s *facts.Snapshot, provider string) string {
	text := "directory replication, then up to 15 minutes for each server's Autodiscover cache unless its app pool is recycled, then "
	hours := 1
	if object := s.Provider(provider); object != nil && object.TTL.Known && object.TTL.Value.Present {
		hours = object.TTL.Value.Value
	}
	switch {
	case hours == 0:
		return text + "until Outlook is restarted: the provider's TTL is 0, so running clients never ask again"
	case hours == 1:
		return text + "up to 1 hour until running clients ask again"
	}
	return text + fmt.Sprintf("up to %d hours until running clients ask again", hours)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
