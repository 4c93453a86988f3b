package fix

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// scriptHead is the part of the script that does not depend on the audit.
// Get-OutlookProvider returns every provider when the named one does not exist, so
// the script looks at the names itself before it believes a value.
const scriptHead = `
$ErrorActionPreference = 'Stop'

# The cmdlets of a remote shell do not see this script's preference, so each is
# told to stop at an error by itself.
function Set-AuditedPrincipalName {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param([string] $Provider, [string] $From, [string] $To, [scriptblock] $Change)
    $found = @(Get-OutlookProvider -ErrorAction Stop | Where-Object { $_.Name -eq $Provider })
    if ($found.Count -ne 1) { throw "Found $($found.Count) providers named $Provider, not one. Audit again." }
    $present = [string] $found[0].CertPrincipalName
    if ($present -ceq $To) { Write-Output "$Provider already holds '$To'. Nothing to do."; return }
    if ($present -cne $From) { throw "$Provider holds '$present', not the '$From' that was audited. Audit again." }
    if ($PSCmdlet.ShouldProcess("OutlookProvider $Provider", "CertPrincipalName from '$From' to '$To'")) { & $Change }
}
`

// Script writes the commands of every plan as one PowerShell script: it changes a
// value only where the present one is the audited one, so running it twice does
// nothing the second time; it takes -WhatIf; and with -Undo it goes back. Steps of
// one organization among several run in that organization's shell alone. It is pure
// ASCII, because Windows PowerShell reads a file without a byte order mark in the
// system's code page. "" says that there is no command.
func Script(at time.Time, plans []Planned) string {
	var steps, backwards []step
	for _, p := range plans {
		for _, st := range p.steps {
			st.organization = p.organization
			steps = append(steps, st)
			backwards = slices.Insert(backwards, 0, st)
		}
	}
	if len(steps) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# exprobe: certificate principal names, as audited at %s.\n", at.UTC().Format(time.RFC3339))
	b.WriteString("# Run it in the Exchange Management Shell: first with -WhatIf, then without; -Undo goes back.\n")
	if slices.ContainsFunc(steps, func(st step) bool { return st.ask }) {
		b.WriteString("# The directory was not read. Say with -Present... what a provider holds before the change, '' for no value,\n" +
			"# and the same again with -Undo. A provider that holds something else is left alone, and the script stops.\n")
	} else {
		b.WriteString("# A value that is not the audited one is left alone, and the script stops.\n")
	}
	b.WriteString(reservations(plans) + "#\n# What it runs:\n")
	for _, st := range steps {
		fmt.Fprintf(&b, "#   %s\n", st.command.Line)
	}
	b.WriteString("# What -Undo runs, last change first:\n")
	for _, st := range backwards {
		fmt.Fprintf(&b, "#   %s\n", st.undoComment())
	}
	b.WriteString("[CmdletBinding(SupportsShouldProcess = $true)]\nparam(\n    [switch] $Undo")
	asked := map[string]bool{}
	for _, st := range steps {
		if st.ask && !asked[st.provider] {
			asked[st.provider] = true
			fmt.Fprintf(&b, ",\n    # what %s holds before the change\n    [string] $Present%s = $(throw 'Give -Present%s with what %s holds before the change, an empty text for no value: see %s')",
				st.provider, st.provider, st.provider, st.provider, st.command.Verify)
		}
	}
	b.WriteString("\n)\n" + scriptHead + "\nif ($Undo) {\n")
	for _, st := range backwards {
		b.WriteString(st.inShell(st.back()))
	}
	b.WriteString("} else {\n")
	for _, st := range steps {
		b.WriteString(st.inShell(st.forth()))
	}
	b.WriteString("}\n\n# See what each provider holds now.\n")
	for _, st := range steps {
		fmt.Fprintf(&b, "%s\n", st.command.Verify)
	}
	fmt.Fprintf(&b, "\n# Clients use the value after: %s.\n# To hasten it, make each Exchange server read it anew:\n", steps[0].command.Wait)
	for _, line := range recycles(steps) {
		fmt.Fprintf(&b, "#   %s\n", line)
	}
	return b.String()
}

func recycles(steps []step) []string {
	var lines []string
	for _, st := range steps {
		lines = append(lines, st.command.Recycle...)
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// stop makes a cmdlet end the script where it fails.
const stop = " -ErrorAction Stop"

// reservations are comments on what the commands do not settle: the addresses for
// which they are not proven, and the providers for which there is none.
func reservations(plans []Planned) string {
	var b strings.Builder
	for _, p := range plans {
		for _, c := range p.Fix.Commands {
			for _, unproven := range c.Unproven {
				fmt.Fprintf(&b, "# Not proven, %s: %s\n", c.Provider, remark(unproven))
			}
		}
		for _, r := range p.Fix.Refused {
			fmt.Fprintf(&b, "# No command for %s: %s\n", r.Provider, remark(r.Why))
		}
	}
	return b.String()
}

// remark is any text as printable ASCII on one line.
func remark(text string) string {
	quoted := strconv.QuoteToASCII(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// step is one provider's change in the script.
type step struct {
	organization string // "" where there is only one
	dn           string // the organization's, by which a shell knows itself
	provider     string
	command      report.Command
	from, to     string // PowerShell expressions
	ask          bool   // from is a parameter of the script
	undo         string // "" where none can stand in ASCII text
}

func newStep(s *facts.Snapshot, c report.Command, change report.Change) step {
	st := step{provider: c.Provider, command: c, to: literal(change.Value)}
	if org := s.Organization(); org != nil {
		st.dn = org.DN
	}
	object := s.Provider(c.Provider)
	if object == nil || !object.CertPrincipalName.Known {
		st.ask, st.from = true, "$Present"+c.Provider
		st.undo = "if ($Present" + c.Provider + ") { Set-OutlookProvider " + c.Provider + " -CertPrincipalName:$Present" + c.Provider + stop +
			" } else { Set-OutlookProvider " + c.Provider + " -CertPrincipalName:$null" + stop + " }"
		return st
	}
	old := object.CertPrincipalName.Value.Value
	st.from = literal(old)
	if st.undo = c.Undo; st.undo != "" && !ascii(old) {
		st.undo = "Set-OutlookProvider " + c.Provider + " -CertPrincipalName:" + st.from
	}
	return st
}

func (st step) forth() string {
	return fmt.Sprintf("    Set-AuditedPrincipalName -Provider '%s' -From %s -To %s -Change {\n        %s\n    }\n",
		st.provider, st.from, st.to, st.command.Line+stop)
}

func (st step) back() string {
	if st.undo == "" {
		return fmt.Sprintf("    Write-Warning 'The value that %s held cannot be written back by a command. It is in the report of the audit.'\n", st.provider)
	}
	return fmt.Sprintf("    Set-AuditedPrincipalName -Provider '%s' -From %s -To %s -Change {\n        %s\n    }\n",
		st.provider, st.to, st.from, st.runUndo())
}

// runUndo is the undo as the script runs it. One that asks has its own stops.
func (st step) runUndo() string {
	if st.ask {
		return st.undo
	}
	return st.undo + stop
}

func (st step) undoComment() string {
	if st.undo == "" {
		return "(the value that " + st.provider + " held cannot stand in a command)"
	}
	return st.undo
}

// inShell makes a step run in its own organization's shell alone.
func (st step) inShell(text string) string {
	if st.organization == "" || st.dn == "" {
		return text
	}
	return fmt.Sprintf("    if ((Get-OrganizationConfig).DistinguishedName -eq %s) {\n%s    } else { Write-Output %s }\n",
		literal(st.dn), text, literal("Left alone: "+st.provider+" of "+st.organization+", which is another organization."))
}

// literal is any text as a PowerShell expression in printable ASCII.
func literal(text string) string {
	if ascii(text) && printable(text) {
		return Verbatim(text)
	}
	var codes []string
	for _, unit := range utf16.Encode([]rune(text)) {
		codes = append(codes, fmt.Sprint(unit))
	}
	return "(-join [char[]](" + strings.Join(codes, ",") + "))"
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
