package autodiscover

import (
	"testing"

	"exprobe/autodiscover/facts"
)

const (
	soapUser   = "SOAP Autodiscover answer (GetUserSettingsResponseMessage)"
	soapDomain = "SOAP Autodiscover answer (GetDomainSettingsResponseMessage)"
	activeSync = "an ActiveSync (mobilesync) answer: it carries no Outlook Anywhere settings; "
	guid       = "5b0b0c2c-0000-0000-0000-000000000001@example.com"
)

// corpus says for every file what its line in INDEX.tsv expects.
var corpus = map[string]expectation{
	"ms-docs-pox-settings-2013-double-escaped.xml": gives(nodeTypes("EXCH", "EXPR", "WEB"),
		node("EXPR", "Server=mail.contoso.com", "SSL=Off", "AuthPackage=Ntlm", "CertPrincipalName=None", "ServerExclusiveConnect=on", "TTL"),
		node("EXCH", "Server=5f76be3c-9138-4f66-85e0-21bc23ca35f0@contoso.com", "ServerVersion=73C08204"),
		urls("WEB", "Internal/OWAUrl", "https://mail.contoso.com/owa/"), forgave("https namespace"), seen(facts.ViewRPC, "mara@contoso.com")),
	"ms-docs-pox-settings-2007-style.xml": gives(nodeTypes("EXCH", "EXPR", "WEB"),
		node("EXPR", "Server=Exchange.contoso.com", "SSL", "AuthPackage", "CertPrincipalName"), effective("EXPR", "msstd:Exchange.contoso.com"),
		node("EXCH", "Server=MBX-SERVER.mail.internal.contoso.com"),
		urls("WEB", "Internal/OWAUrl", "https://cas-01-server.mail.internal.contoso.com/owa", "https://cas-02-server.mail.internal.contoso.com/owa",
			"https://cas-04-server.mail.internal.contoso.com/owa", "https://cas-05-server.mail.internal.contoso.com/owa")),
	"ms-docs-pox-error-600.xml":                             gives(failed("600", "Invalid Request", "4130155072"), nodeTypes(), forgave("https namespace")),
	"ms-docs-pox-redirectaddr.xml":                          gives(action("redirectAddr"), redirected("elvin@mail.contoso.com", "")),
	"ms-docs-soap-redirectaddress.xml":                      refused(soapUser),
	"ms-docs-soap-usersettings-truncated-close.xml":         refused("not well-formed XML: line 94, column 1: unexpected EOF"),
	"ms-docs-soap-domainsettings.xml":                       refused(soapDomain),
	"ms-docs-soap-domainsettings-truncated-start.xml":       refused("the end tag </s:Envelope> has no start tag; it begins with text, so its beginning may be cut off"),
	"ms-docs-soap-connpoints-domain.xml":                    refused(soapUser),
	"ms-docs-soap-federationinfo.xml":                       refused("SOAP Autodiscover answer (GetFederationInformationResponseMessage)"),
	"ms-docs-ews-findfolder-not-autodiscover.xml":           refused("not an Autodiscover answer but one of Exchange Web Services or another SOAP service (FindFolderResponse)"),
	"ms-kb3047178-exch-fragment-ex2010.xml":                 refused("a bare Protocol fragment"),
	"ms-ascmd-error-600-unquoted-attr.xml":                  refused("not well-formed XML: line 4, column 21: unquoted or missing attribute value"),
	"deltachat-redirecturl-leading-newline.xml":             gives(action("redirectUrl"), redirected("", "https://mail.example.com/autodiscover/autodiscover.xml"), forgave("text or blanks before the declaration")),
	"exchangelib-pox-redirectaddr.xml":                      gives(redirected("foo@example.com", ""), seen(facts.ViewUnknown, "john@demo.affect-it.dk")),
	"exchangelib-pox-redirecturl-uppercase-URL.xml":         gives(action("redirectUrl"), redirected("", "https://example.com/foo.asmx"), forgave("element name in another case")),
	"exchangelib-soap-redirectaddress.xml":                  refused(soapUser),
	"exchangelib-soap-redirecturl.xml":                      refused(soapUser),
	"exchangelib-soap-error-invalidsetting.xml":             refused(soapUser),
	"ewsjava-soap-alternatemailboxes.xml":                   refused(soapUser),
	"exgateway-soap12-prefixed-rendered.xml":                refused(soapUser),
	"uwumail-prefixed-namespaces.xml":                       gives(action("settings"), nodeTypes(), forgave()),
	"uwumail-not-xml.txt":                                   refused("it is not XML"),
	"domaindetective-error-600-https-ns.xml":                gives(failed("600", "Invalid Request", ""), forgave("https namespace")),
	"domaindetective-unrelated-ns-bogus.xml":                refused("it has nothing usable: its root holds no Response"),
	"domaindetective-right-ns-bogus.xml":                    refused("it has nothing usable: its root holds no Response"),
	"domaindetective-redirectaddr-invalid.xml":              gives(redirected("invalid", ""), forgave("wrong namespace", "redirect address without @")),
	"gromox-redirectaddr-missing-last-char-rendered.xml":    gives(redirected("use@other.example.com", "")),
	"gromox-v2-protocolnotsupported-200-rendered.json":      refused("v2 (JSON) error, ProtocolNotSupported"),
	"gromox-v2-missingprotocol-200-rendered.json":           refused("v2 (JSON) error, MissingProtocol"),
	"gromox-v2-mandatoryparametermissing-200-rendered.json": refused("v2 (JSON) error, MandatoryParameterMissing"),
	"gromox-v2-empty-url-rendered.json":                     refused("protocol Rest is known and not offered"),
	"mailcow-error-600-rendered.xml":                        gives(failed("600", "Invalid Request", "4130155072"), forgave()),
	"mailcow-activesync-rendered.xml":                       refused(activeSync + "it names https://mail.example.com/Microsoft-Server-ActiveSync"),
	"mailcow-v2-activesync-rendered.json":                   refused("protocol ActiveSync is at https://mail.example.com/Microsoft-Server-ActiveSync"),
	"mailcow-v2-invalidprotocol-400-rendered.json":          refused("v2 (JSON) error, InvalidProtocol"),
	"openchange-error-500-rendered.xml":                     gives(failed("500", "Unknown e-mail address", "5893478291")),
	"openchange-http500-traceback-rendered.txt":             refused(`it is not XML; it begins with "An exception occurred:"`),
	"zimbra-mobilesync-action-error-status1.xml":            refused(activeSync + `it reports error status 1, "Active Directory currently not available"`),
	"zpush-fork-mobilesync-ok.xml":                          refused(activeSync + "it names https://mail.example.com/Microsoft-Server-ActiveSync"),
	"zpush-fork-error-600-malformed.xml":                    refused("the element <Autodiscover> is never closed"),
	"winrb-nonamespace-no-known-children.xml":               refused("its Response holds neither an Account nor an Error"),
	"shtrum-json-not-v2.json":                               refused("it is JSON, and not an Autodiscover v2 answer"),
	"tmg-autodiscover-401-multi-scheme.headers.txt":         refused(`it is not XML; it begins with "HTTP/1.1 401`), // its schemes: TestSchemesOfTheCorpus
	"spacecommand-expr-basic-no-cert.xml": gives(nodeTypes("EXPR"),
		node("EXPR", "Server=outlook.spacecommand.sol", "SSL=On", "AuthPackage=Basic", "CertPrincipalName"), effective("EXPR", "msstd:outlook.spacecommand.sol")),
	"exchangelib-pox-exch-only.xml": gives(nodeTypes("EXCH"), node("EXCH", "Server"), urls("EXCH", "EwsUrl", "https://exch.example.com/EWS/Exchange.asmx")),
	"exgateway-outlook-rendered.xml": gives(nodeTypes("EXCH", "EXPR"),
		node("EXPR", "Server=mail.example.com", "SSL=on", "AuthPackage=Basic", "CertPrincipalName=None", "TTL=1", "ServerExclusiveConnect=on"),
		node("EXCH", "CertPrincipalName=None", "ServerVersion=15.20.0.0")),
	"uwumail-exo-alternativemailboxes.xml": gives(nodeTypes("EXCH"), seen(facts.ViewRPC, "alex@contoso.example"),
		func(t *testing.T, a facts.Answer) {
			if !a.Response.Value.MicrosoftOnline {
				t.Error("MicrosoftOnline was not read")
			}
		}),
	"wino-exch-expr-no-action.xml": gives(action(""), nodeTypes("EXCH", "EXPR"), forgave("no action"),
		node("EXPR", "Server=mail.example.com", "SSL", "AuthPackage", "CertPrincipalName"), effective("EXPR", "msstd:mail.example.com")),
	"wino-mapihttp-internal-external-and-exch.xml": gives(nodeTypes("mapiHttp", "EXCH"), node("EXCH", "Server=EX01"),
		urls("mapiHttp", "MailStore/InternalUrl", "https://mail.internal/mapi/emsmdb/?MailboxId=11111111-2222-3333-4444-555555555555@example.com"),
		urls("mapiHttp", "MailStore/ExternalUrl", "https://mail.example.com/mapi/emsmdb/?MailboxId=11111111-2222-3333-4444-555555555555@example.com"),
		urls("mapiHttp", "AddressBook/InternalUrl"),
		urls("mapiHttp", "AddressBook/ExternalUrl", "https://mail.example.com/mapi/nspi/?MailboxId=11111111-2222-3333-4444-555555555555@example.com")),
	"wino-no-namespace-archive-publicfolder.xml": gives(nodeTypes("mapiHttp", "EXCH"), forgave("no namespace", "no action"),
		urls("mapiHttp", "MailStore/ExternalUrl", "https://mail.example.com/mapi/emsmdb/?MailboxId=1@example.com")),
	"quickmail-no-namespace-exch-exhttp.xml": gives(nodeTypes("EXCH", "EXHTTP"), forgave("no namespace", "no action"),
		node("EXHTTP", "Server=outlook.office365.com", "SSL", "AuthPackage"), node("EXCH", "Server=abc.outlook.office365.com", "SSL", "AuthPackage")),
	"quickmail-prefix-declared-unused-imap.xml": gives(nodeTypes("IMAP", "SMTP"), seen(facts.ViewUnknown, ""), forgave("no namespace", "no action")),
	"shtrum-exhttp-no-namespace.xml": gives(nodeTypes("EXHTTP"), forgave("no namespace"), seen(facts.ViewRPC, ""),
		node("EXHTTP", "Server=your-server.com", "SSL=On", "AuthPackage=Basic", "ServerExclusiveConnect=On")),
	"skyshift-exch-msstd-nested-rendered.xml": gives(nodeTypes("EXCH", "WEB", "MobileSync", "SMTP"),
		node("EXCH", "Server=mail.example.com", "SSL=On", "AuthPackage=Basic", "CertPrincipalName=msstd:mail.example.com"),
		urls("WEB", "OWAUrl", "https://mail.example.com/owa/")),
	"flowsync-expr-ssl-off-basic-rendered.xml": gives(nodeTypes("EXPR"), effective("EXPR", ""),
		node("EXPR", "Server=mail.example.com", "SSL=Off", "AuthPackage=Basic", "CertPrincipalName")),
	"localxml-redirecturl-https-ns.xml": gives(action("redirectUrl"), forgave("https namespace"),
		redirected("", "https://autodiscover.hoster.com/autodiscover/autodiscover.xml")),
	"gromox-settings-rendered.xml": gives(nodeTypes("EXHTTP", "mapiHttp", "EXCH", "EXPR"), seen(facts.ViewRPC, "user@example.com"), forgave(),
		node("EXHTTP", "Server=mail.example.com", "SSL=On", "CertPrincipalName=None", "AuthPackage=basic", "ServerExclusiveConnect=on"),
		node("EXPR", "Server=mail.example.com", "SSL=On", "CertPrincipalName=None", "AuthPackage=basic", "ServerExclusiveConnect=on"),
		node("EXCH", "Server="+guid, "AuthPackage=anonymous", "CertPrincipalName"),
		urls("EXHTTP", "OOFUrl", "https://mail.example.com/EWS/Exchange.asmx")),
	"mailcow-imap-smtp-dav-rendered.xml": gives(nodeTypes("IMAP", "SMTP", "CalDAV", "CardDAV"),
		node("CalDAV", "Server=https://mail.example.com/SOGo/dav/user@example.com/")),
	"openchange-exch-expr-none-rendered.xml": gives(nodeTypes("EXCH", "EXPR"), effective("EXPR", "none"),
		node("EXPR", "Server=mail.example.com", "SSL=On", "AuthPackage=Ntlm", "CertPrincipalName=none", "ServerExclusiveConnect=On")),
	"zimbra-ews-exch-no-server-rendered.xml": gives(nodeTypes("EXCH"), node("EXCH", "Server"), urls("EXCH", "EwsUrl", "https://mail.example.com/ews/Exchange.asmx")),
	"scalix-two-responses-rendered.xml":      gives(action("settings"), nodeTypes(), forgave("several responses")),
}
