package fix

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// safe is the grammar of the values that may stand in a printed command. Nothing
// in it expands, escapes or closes a string, so the double-quoted and the
// single-quoted reading are the same (PowerShell's about_Quoting_Rules). Go's $
// does not match before a trailing line break.
// It is compiled when first used, so that starting the command costs nothing.
var safe = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^msstd:(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
})

// serverName is what may stand as a computer name in a printed command.
var serverName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
})

// Safe says whether a value of CertPrincipalName may stand in a command: msstd: and
// a full host name or wildcard in ASCII, the name at most 253 characters long.
func Safe(value string) bool {
	return safe().MatchString(value) && len(value)-len("msstd:") <= 253
}

// printable says whether a text shows itself: no control, format or line-breaking
// character, and no blank but the plain one.
func printable(text string) bool {
	for _, r := range text {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return false
		}
	}
	return true
}

// setLine is the command that sets a provider's principal name. Its caller has made
// sure of the value: $null, none, or one in the safe grammar.
func setLine(c report.Change) string {
	if c.Null {
		return "Set-OutlookProvider " + c.Provider + " -CertPrincipalName:$null"
	}
	return "Set-OutlookProvider " + c.Provider + ` -CertPrincipalName:"` + c.Value + `"`
}

// restoreLine is the command that restores any printable value, as one verbatim
// literal.
func restoreLine(provider, value string) string {
	return "Set-OutlookProvider " + provider + " -CertPrincipalName:" + Verbatim(value)
}

// Verbatim is a text as one single-quoted PowerShell string. PowerShell takes four
// typographic quotation marks for the plain one, and any of them ends a string
// that another began; each is written twice (about_Quoting_Rules; CharTraits in
// PowerShell's public sources).
func Verbatim(text string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range text {
		switch r {
		case '\'', '\u2018', '\u2019', '\u201a', '\u201b':
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}

func newProvider(provider string) string { return "New-OutlookProvider -Name:" + provider }

func verifyLine(provider string) string {
	return "Get-OutlookProvider " + provider + " | Format-List Name,CertPrincipalName"
}

// recycleLines make each Exchange server of the directory read the providers anew
// (KB 940726 names the app pool). Where no server is known by a plain name, the
// command stands alone, to be run on every client access server.
func recycleLines(s *facts.Snapshot) []string {
	const recycle = "Restart-WebAppPool MSExchangeAutodiscoverAppPool"
	lines := []string{}
	for i := range s.Organizations {
		for _, v := range s.Organizations[i].VirtualDirectories.Value {
			if serverName().MatchString(v.Server) {
				lines = append(lines, "Invoke-Command -ComputerName "+v.Server+" -ScriptBlock { "+recycle+" }")
			}
		}
	}
	slices.Sort(lines)
	if lines = slices.Compact(lines); len(lines) == 0 {
		lines = append(lines, recycle)
	}
	return lines
}

// valueText is a change's value as a person reads it.
func valueText(c report.Change) string {
	if c.Null {
		return "$null"
	}
	return c.Value
}

func storedIsNone(t facts.Text) bool { return strings.EqualFold(t.Value, "none") }
