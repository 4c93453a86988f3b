package main

import (
	"regexp"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
)

// shell carries out the commands of a plan on an estate, as the Exchange Management
// Shell would on a deployment. What it does not know fails the test: a plan may hold
// no command that nobody has tried.
type shell struct {
	t        *testing.T
	estate   *estate
	known    map[string]spec // by thumbprint
	imported map[string]bool // server and thumbprint
	file     spec            // what Read-Host is answered with
	name     string          // $name
	current  facts.Certificate
}

func newShell(t *testing.T, e *estate, candidate spec) *shell {
	s := &shell{t: t, estate: e, known: map[string]spec{}, imported: map[string]bool{}, file: candidate}
	s.known[candidate.facts(t).Thumbprint] = candidate
	for _, b := range e.addresses {
		print := b.spec.facts(t).Thumbprint
		s.known[print] = b.spec
		s.imported[b.server+" "+print] = true
	}
	return s
}

var (
	importLine  = regexp.MustCompile(`^Import-ExchangeCertificate -Server ([A-Z0-9]+) -FileData \$file -Password \$password$`)
	removeLine  = regexp.MustCompile(`^Remove-ExchangeCertificate -Server ([A-Z0-9]+) -Thumbprint (\$new|[0-9A-F]{40})$`)
	enableLine  = regexp.MustCompile(`^Enable-ExchangeCertificate -Server ([A-Z0-9]+) -Thumbprint (\$new|[0-9A-F]{40}) -Services (IIS|SMTP)$`)
	providerSet = regexp.MustCompile(`^Set-OutlookProvider (EXPR|EXCH) -CertPrincipalName:(\$null|"[^"]*")$`)
	getLine     = regexp.MustCompile(`^\$c = Get-ExchangeCertificate -Server ([A-Z0-9]+) -Thumbprint (\$new|[0-9A-F]{40})$`)
	recycleLine = regexp.MustCompile(`^Invoke-Command -ComputerName [A-Z0-9]+ -ScriptBlock \{ Restart-WebAppPool MSExchangeAutodiscoverAppPool \}$`)
)

func (s *shell) run(commands []string) {
	s.t.Helper()
	for _, line := range commands {
		s.line(line)
	}
}

func (s *shell) line(line string) {
	s.t.Helper()
	switch {
	case strings.HasPrefix(line, "$file = "), strings.HasPrefix(line, "$password = "), strings.HasPrefix(line, "$new = Read-Host "),
		strings.HasPrefix(line, "exprobe "), recycleLine.MatchString(line):
		return
	case line == `$name = "<I>$($c.Issuer)<S>$($c.Subject)"`:
		s.name = "<I>" + s.current.Issuer + "<S>" + s.current.Subject
		return
	case line == "Set-SendConnector 'Outbound to Office 365' -TlsCertificateName $name":
		s.estate.connector = s.name
		return
	}
	if m := importLine.FindStringSubmatch(line); m != nil {
		s.imported[strings.ToLower(m[1])+" "+s.file.facts(s.t).Thumbprint] = true
		return
	}
	if m := removeLine.FindStringSubmatch(line); m != nil {
		delete(s.imported, strings.ToLower(m[1])+" "+s.print(m[2]))
		return
	}
	if m := enableLine.FindStringSubmatch(line); m != nil {
		s.enable(strings.ToLower(m[1]), s.print(m[2]), m[3])
		return
	}
	if m := providerSet.FindStringSubmatch(line); m != nil {
		s.estate.providers[m[1]] = strings.Trim(strings.TrimPrefix(m[2], "$null"), `"`)
		return
	}
	if m := getLine.FindStringSubmatch(line); m != nil {
		s.current = s.known[s.print(m[2])].facts(s.t)
		return
	}
	s.t.Errorf("nobody knows the command %q", line)
}

// print is a thumbprint as the shell reads it.
func (s *shell) print(text string) string {
	if text == "$new" {
		return s.file.facts(s.t).Thumbprint
	}
	return text
}

func (s *shell) enable(server, print, service string) {
	s.t.Helper()
	if !s.imported[server+" "+print] {
		s.t.Errorf("%s has no certificate %s to enable for %s", server, print, service)
	}
	if service != "IIS" {
		return
	}
	for _, b := range s.estate.addresses {
		if b.server == server {
			b.spec = s.known[print]
		}
	}
}
