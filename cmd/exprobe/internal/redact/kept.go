package redact

import "strings"

// common are the domains that say nothing about whose deployment it is; those of
// tenants hold names of their own below.
var common = []string{"mail.onmicrosoft.com", "onmicrosoft.com", "mail.protection.outlook.com", "outlook.com", "office365.com", "office.com",
	"microsoftonline.com", "microsoft.com", "windows.net", "exchangelabs.com", "w3.org", "live.com", "hotmail.com"}

var tenants = map[string]bool{"mail.onmicrosoft.com": true, "onmicrosoft.com": true, "mail.protection.outlook.com": true}

// files are the endings of what looks like a host name and is a file of a server.
var files = []string{"xml", "svc", "json", "asmx", "dll", "aspx", "owa", "html", "yaml", "txtar", "config", "txt", "clixml"}

// fixed are the fields, by name or by type and name, that hold a word of exprobe's
// own, of Exchange or of a protocol, or a version. RootThumbprint tells public roots
// apart, some of which are distrusted.
var fixed = words(`Schema|Step|Protocol|View|Schemes|Capabilities|CredentialsSent|Action|Type|Element|Service|Scope|Code|Kind|Use|AuthPackage|SSL|TTL|
ServerVersion|ServerExclusiveConnect|ExternalAuthentication|InternalAuthentication|IISAuthentication|Flags.Names|Version|Build|ProductID|Cipher|ALPN|
Key|Curve|Signature|KeyUsage|Purposes|Policies|Offered|OldVersions|RootThumbprint|Header.Name|Setting.Name|Server.Serial|RequiredClientVersions|Actions|
AccessMethod|Tolerances`)

// kept are the names that every organization has (names of containers and objects
// that Exchange's setup creates, observed in Exchange 2013 CU23), and the words of
// protocols.
var kept = words(`autodiscover|_autodiscover|_tcp|www|localhost|exch|expr|exhttp|web|mapihttp|mail|
configuration|services|microsoft exchange|client access|outlook|administrative groups|exchange administrative group (fydibohf23spdlt)|servers|
protocols|http|rpc|ews|oab|owa|ecp|mapi|powershell|microsoft-server-activesync|sites|default-first-site-name|default web site|exchange back end|
routing groups|exchange routing group (dwbgzmfd01qnbjr)|connections|global settings|transport settings|federation|hybrid configuration|
accepted domains|microsoft exchange autodiscover|microsoft exchange online|availability configuration|auth configuration|smtp receive connectors|default|
organization relationships|intra-organization connectors|schema|active directory connections|addressing|pop3|imap4|first organization|1|none`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return r == '|' || r == '\n' }) {
		set[word] = true
	}
	return set
}

// ordinary are the names of virtual directories, such as "Rpc (Default Web Site)",
// and of objects that setup names after a server's role.
func ordinary(lower string) bool {
	return strings.HasSuffix(lower, "(default web site)") || strings.HasSuffix(lower, "(exchange back end)") || strings.HasPrefix(lower, "x-")
}

// keptIDs are the GUIDs that tell the kinds of service connection points apart.
var keptIDs = words("77378f46-2c66-4aa9-a6a6-3e7a48b19596|67661d7f-8fc4-4fa7-bfac-e1d7794c1f68|d3614c7c-d214-4f1f-bd4c-00d91c67f93f|e1aa5f5e-2341-4fcb-8560-e3ab6f081468")
