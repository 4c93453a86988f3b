package clixml

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// code is the script without its comments and with its strings emptied, as far as a
// careful reader needs: the script has no here-strings and no # in a string.
func code(t *testing.T) (lines []string, whole string) {
	t.Helper()
	for line := range strings.SplitSeq(Script(), "\n") {
		if before, _, found := strings.Cut(line, "#"); found {
			line = before
		}
		lines = append(lines, line)
	}
	return lines, strings.Join(lines, "\n")
}

// Only these are run. Everything that changes Exchange has another verb.
func TestTheScriptRunsReadingCmdletsAlone(t *testing.T) {
	_, whole := code(t)
	allowed := []string{
		"Export-Answer", "Write-Note", // its own
		"Export-Clixml", "Out-File", "New-Item", "Out-Null", // to files of the new folder
		"Get-Command", "Get-Location", "Join-Path", "Test-Path", "Select-Object", "Where-Object", "ForEach-Object",
		"Write-Warning", "Write-Output",
	}
	for _, c := range cmdlets {
		allowed = append(allowed, c.name, c.also)
	}
	found := regexp.MustCompile(`\b[A-Z][A-Za-z]+-[A-Z][A-Za-z]+\b`).FindAllString(whole, -1)
	if len(found) < 40 {
		t.Fatalf("only %d cmdlets were found", len(found))
	}
	for _, name := range found {
		if !slices.Contains(allowed, name) {
			t.Errorf("the script runs %s", name)
		}
	}
	for _, word := range []string{"Invoke-", "iex ", "Import-", "-Credential", "::", "Remove-", "Set-", "New-Object", "Add-", "-Encoding Unicode"} {
		if strings.Contains(whole, word) {
			t.Errorf("the script holds %q", word)
		}
	}
}

// What powershell would say about the text, as far as that can be told without one.
func TestTheScriptIsBalanced(t *testing.T) {
	lines, whole := code(t)
	for i, line := range lines {
		bare := strings.ReplaceAll(line, "''", "")
		if strings.Count(bare, "'")%2 != 0 || strings.Count(bare, `"`)%2 != 0 {
			t.Errorf("line %d has an open string: %s", i+1, line)
		}
	}
	for i, line := range strings.Split(Script(), "\n") {
		if strings.HasSuffix(line, " ") || strings.Contains(line, "\t") {
			t.Errorf("line %d ends in a blank or holds a tab", i+1)
		}
	}
	whole = regexp.MustCompile(`'[^'\n]*'`).ReplaceAllString(whole, "")
	var open []rune
	closes := map[rune]rune{')': '(', '}': '{', ']': '['}
	for _, r := range whole {
		switch r {
		case '(', '{', '[':
			open = append(open, r)
		case ')', '}', ']':
			if len(open) == 0 || open[len(open)-1] != closes[r] {
				t.Fatalf("%c closes nothing", r)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%c is never closed", open)
	}
	for _, r := range Script() {
		if r != '\n' && (r < ' ' || r > '~') {
			t.Errorf("the script holds %q: a shell of 2010 takes ASCII for what it is, and nothing else", r)
		}
	}
	for _, newer := range []string{"[ordered]", "[pscustomobject]", " -in ", "-notin", "$PSItem", "??", "&&", "||", ".ForEach(", ".Where(", "using ", "class "} {
		if strings.Contains(strings.ToLower(whole), strings.ToLower(newer)) {
			t.Errorf("PowerShell 2.0 does not know %s", newer)
		}
	}
}

// The script exports what the reader reads: every cmdlet, with every property that some
// file of the reader asks for by name.
func TestTheScriptExportsWhatIsRead(t *testing.T) {
	script := Script()
	for _, c := range cmdlets {
		if strings.Count(script, "Export-Answer '"+c.name+"'") != 1 || strings.Count(script, "    '"+c.name+"' = ") != 1 {
			t.Errorf("%s is not exported once", c.name)
		}
		if c.service != "" && !strings.Contains(script, "Export-Answer '"+c.name+"' -Arguments @{ ADPropertiesOnly = $true }") {
			t.Errorf("%s asks the metabase", c.name)
		}
	}
	for _, property := range []string{"CertPrincipalName", "TTL", "OutlookProviderFlags", "RequiredClientVersions", "ExternalHostname", "InternalHostname",
		"ExternalClientsRequireSsl", "InternalClientsRequireSsl", "ExternalClientAuthenticationMethod", "InternalClientAuthenticationMethod",
		"ClientAuthenticationMethod", "IISAuthenticationMethods", "MetabasePath", "InternalUrl", "ExternalUrl", "InternalAuthenticationMethods",
		"ExternalAuthenticationMethods", "Fqdn", "Site", "ServerRole", "IsEdgeServer", "AdminDisplayVersion", "AutoDiscoverServiceCN",
		"AutoDiscoverServiceInternalUri", "AutoDiscoverSiteScope", "TlsCertificateName", "Features", "ServiceInstance", "Domains", "OnPremisesSmartHost",
		"ClientAccessServers", "SendingTransportServers", "ReceivingTransportServers", "EdgeTransportServers", "MapiHttpEnabled", "ObjectVersion",
		"HybridConfigurationStatus", "OriginatingServer", "DomainName", "DomainType", "RawData"} {
		if !strings.Contains(script, "'"+property+"'") {
			t.Errorf("%s is read and not exported", property)
		}
	}
	for _, secret := range []string{"AuthenticationCredential", "AlternateServiceAccount", "PrivateKey", "SerializationData", "*"} {
		if strings.Contains(strings.ReplaceAll(script, "Get-*", ""), "'"+secret+"'") {
			t.Errorf("%s is exported", secret)
		}
	}
}
