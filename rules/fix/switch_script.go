package fix

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"exprobe/rules/report"
)

// switchHead begins the script of a renewal, before its parameters.
const switchHead = `# Run it in the Exchange Management Shell, phase by phase: -Phase Before, then Switch, then After; each first
# with -WhatIf. With -Undo a phase is taken back; take the last one back first.
# Steps that say "by hand" are only printed.
`

// switchBody are the functions of the script beside those of scriptHead.
const switchBody = `
function Invoke-Step {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param([string] $Title, [scriptblock] $Change)
    if ($PSCmdlet.ShouldProcess($Title)) { & $Change }
}

function Test-Imported {
    param([string] $Server)
    $target = @{ ErrorAction = 'Stop' }
    if ($Server) { $target.Server = $Server }
    [bool] (Get-ExchangeCertificate @target | Where-Object { $_.Thumbprint -eq $new })
}
`

// switchScript writes the steps of a plan as one PowerShell script in three phases. It
// is pure ASCII, as [Script] is.
func switchScript(parts []Renewal, acts []act) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# exprobe: the renewal of a certificate, as judged at %s.\n", parts[0].Before.TakenAt.UTC().Format(time.RFC3339))
	b.WriteString(switchHead + "#\n# The plan:\n")
	for _, a := range acts {
		fmt.Fprintf(&b, "#   %d. (%s) %s\n", a.Number, a.When, remark(a.Title))
		if a.Wait != "" {
			fmt.Fprintf(&b, "#      wait: %s\n", remark(a.Wait))
		}
	}
	b.WriteString("[CmdletBinding(SupportsShouldProcess = $true)]\nparam(\n" +
		"    [Parameter(Mandatory = $true)] [ValidateSet('Before', 'Switch', 'After')] [string] $Phase,\n    [switch] $Undo")
	request := slices.ContainsFunc(parts, func(p Renewal) bool { return p.Request || !thumbprint().MatchString(p.Leaf.Thumbprint) })
	if request {
		b.WriteString(",\n    # of the issued certificate\n    [Parameter(Mandatory = $true)] [ValidatePattern('^[0-9A-Fa-f]{40}$')] [string] $Thumbprint")
	}
	asked := map[string]bool{}
	for _, part := range parts {
		for _, a := range acts {
			for _, change := range a.values {
				if st := stepOf(part, change); st.ask && !asked[st.provider] {
					asked[st.provider] = true
					fmt.Fprintf(&b, ",\n    [string] $Present%s = $(throw 'Give -Present%s with what %s holds before the change, an empty text for no value')", st.provider, st.provider, st.provider)
				}
			}
		}
	}
	b.WriteString("\n)\n" + scriptHead + switchBody + "\n")
	if request {
		b.WriteString("$new = $Thumbprint.ToUpper()\n")
	} else {
		fmt.Fprintf(&b, "$new = '%s'\n", parts[0].Leaf.Thumbprint)
	}
	for _, phase := range []struct{ name, when string }{{"Before", report.Before}, {"Switch", report.At}, {"After", report.After}} {
		var forth, back string
		for _, a := range acts {
			if a.When == phase.when {
				forth += a.forth(parts)
			}
		}
		for _, a := range backwards(acts) {
			if a.When == phase.when && (len(a.Undo) > 0 || a.UndoNote != "") {
				back += a.back(parts)
			}
		}
		fmt.Fprintf(&b, "\nif ($Phase -eq '%s' -and -not $Undo) {\n%s}\nif ($Phase -eq '%s' -and $Undo) {\n%s}\n", phase.name, forth, phase.name, back)
	}
	return b.String()
}

// stepOf is a value's change with what is there now, in the organization of the part.
func stepOf(part Renewal, change report.Change) step {
	at := slices.IndexFunc(part.Commands, func(c report.Command) bool { return c.Provider == change.Provider })
	if at < 0 {
		return step{}
	}
	st := newStep(part.Before, part.Commands[at], change)
	st.organization = part.Organization
	return st
}

func (a act) part(parts []Renewal) Renewal {
	at := slices.IndexFunc(parts, func(p Renewal) bool { return p.Organization == a.Organization })
	return parts[max(at, 0)]
}

func (a act) forth(parts []Renewal) string {
	if len(a.values) > 0 {
		part := a.part(parts)
		st := stepOf(part, a.values[0])
		text := st.inShell(st.forth())
		if a.rank == rankValueFirst {
			text += a.invoke("Make each server read the value anew", a.Commands[1:])
		}
		return text + a.say(a.Wait)
	}
	return a.invoke(a.Title, a.Commands) + a.say(a.Caution) + a.say(a.Wait)
}

func (a act) back(parts []Renewal) string {
	if len(a.values) > 0 {
		st := stepOf(a.part(parts), a.values[0])
		return st.inShell(st.back())
	}
	return a.invoke(a.undoTitle, a.Undo) + a.say(a.UndoNote)
}

// invoke runs commands in the management shell as one step; what is done elsewhere is
// printed.
func (a act) invoke(title string, commands []string) string {
	label := literal(fmt.Sprintf("%d. %s", a.Number, title))
	if a.Where != report.ShellExchange || len(commands) == 0 {
		text := "    Write-Output " + label + "\n"
		for _, line := range commands {
			text += "    Write-Output " + literal("   "+line) + "\n"
		}
		return text
	}
	var b strings.Builder
	fmt.Fprintf(&b, "    Invoke-Step -Title %s -Change {\n", label)
	for _, line := range commands {
		if strings.HasPrefix(line, "$new = ") {
			continue // a parameter of the script
		}
		fmt.Fprintf(&b, "        %s\n", guarded(line))
	}
	b.WriteString("    }\n")
	return b.String()
}

func (a act) say(text string) string {
	if text == "" {
		return ""
	}
	return "    Write-Output " + literal("   "+text) + "\n"
}

// guarded makes a command stop the script where it fails, and an import do nothing
// where the certificate is there already.
func guarded(line string) string {
	verb := strings.TrimPrefix(line, "$c = ")
	if !strings.Contains(line, "|") && (strings.Contains(verb, "-ExchangeCertificate ") || strings.HasPrefix(verb, "Set-") ||
		strings.HasPrefix(verb, "Invoke-Command ") || strings.HasPrefix(verb, "Restart-WebAppPool ")) {
		line += stop
	}
	if rest, ok := strings.CutPrefix(line, "Import-ExchangeCertificate "); ok {
		server := "''"
		if name, ok := strings.CutPrefix(rest, "-Server "); ok {
			name, _, _ = strings.Cut(name, " ")
			server = "'" + name + "'"
		}
		return "if (-not (Test-Imported " + server + ")) { " + line + " }"
	}
	return line
}
