package configs

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"exprobe/rules/report"
)

// form is the shape that a key's value has in a file.
type form string

// The forms, in the words of error messages.
const (
	formText   form = "a text"
	formList   form = "a list of texts"
	formNumber form = "a whole number"
	formTruth  form = "true or false"
	formTables form = "a list of tables"
	formTable  form = "a table"
)

// key is a word of the configuration: the same in a file, in the environment and
// as a flag.
type key struct {
	name    string
	form    form
	example string // as it would stand in a file
	read    func(texts []string) (any, error)

	directory bool // may stand in a table of directories
}

// plainExample is the example without YAML's brackets and quotes.
func (k key) plainExample() string { return strings.Trim(k.example, `[]"`) }

var keys = []key{
	ofDirectory("ldap-url", formList, "[ldaps://dc1.contoso.com]", many(verbatim)),
	ofDirectory("ldap-domain", formText, "contoso.com", one(parseDomain)),
	ofDirectory("bind", formText, "simple", one(choice(BindSimple, BindKerberos, BindNTLM, BindSSPI, BindAnonymous))),
	ofDirectory("bind-user", formText, "reader@contoso.com", one(verbatim)),
	ofDirectory("bind-password-file", formText, "/etc/exprobe/bind-password", one(verbatim)),
	ofDirectory("bind-keytab", formText, "/etc/exprobe/reader.keytab", one(verbatim)),
	ofDirectory("bind-ccache", formText, "/tmp/krb5cc_1000", one(verbatim)),
	ofDirectory("bind-realm", formText, "CONTOSO.COM", one(verbatim)),
	ofDirectory("bind-kdc", formText, "dc1.contoso.com", one(verbatim)),
	ofDirectory("bind-krb5-config", formText, "/etc/krb5.conf", one(verbatim)),
	ofDirectory("start-tls", formTruth, "true", one(parseTruth)),
	ofDirectory("ldap-ca-file", formText, "/etc/exprobe/roots.pem", one(verbatim)),
	ofDirectory("ldap-insecure", formTruth, "true", one(parseTruth)),
	{name: "directories", form: formTables, example: "[{ldap-url: [ldaps://dc1.fabrikam.com]}]", read: fileAlone},
	{name: "clixml", form: formList, example: "[contoso-export]", read: many(verbatim)},
	{name: "dns-server", form: formText, example: "192.0.2.53:53", read: one(parseServer)},
	{name: "mailbox", form: formList, example: "[user@contoso.com]", read: many(verbatim)},
	{name: "domain", form: formList, example: "[contoso.com]", read: many(parseMailDomain)},
	{name: "site", form: formText, example: "Default-First-Site-Name", read: one(verbatim)},
	{name: "microsoft365", form: formText, example: "never", read: one(choice(Microsoft365Auto, Microsoft365Never))},
	{name: "auth", form: formText, example: "basic", read: one(choice(AuthNone, AuthBasic, AuthNTLM, AuthNegotiate, AuthBearer))},
	{name: "auth-user", form: formText, example: "user@contoso.com", read: one(verbatim)},
	{name: "auth-password-file", form: formText, example: "/etc/exprobe/auth-password", read: one(verbatim)},
	{name: "auth-token-file", form: formText, example: "/etc/exprobe/auth-token", read: one(verbatim)},
	{name: "auth-host", form: formList, example: "[mail.contoso.com]", read: many(ParseHost)},
	{name: "proxy", form: formText, example: "environment", read: one(parseProxy)},
	{name: "autodiscover-response", form: formList, example: "[answer.xml]", read: many(verbatim)},
	{name: "host", form: formList, example: "[mail.contoso.com]", read: many(ParseHost)},
	{name: "served", form: formList, example: `["mail.contoso.com=mail.pem"]`, read: many(ParseServed)},
	{name: "served-password-file", form: formText, example: "/etc/exprobe/served-password", read: one(verbatim)},
	{name: "probe", form: formText, example: "hello", read: one(choice(ProbeFull, ProbeHello))},
	{name: "resolve", form: formList, example: `["mail.contoso.com:443:192.0.2.10"]`, read: many(ParseResolve)},
	{name: "connect-to", form: formList, example: `["mail.contoso.com:443:lb1.contoso.com:443"]`, read: many(ParseConnectTo)},
	{name: "ca-file", form: formList, example: "[/etc/exprobe/roots.pem]", read: many(verbatim)},
	{name: "from", form: formList, example: "[evidence.json]", read: many(verbatim)},
	{name: "baseline", form: formText, example: "before.json", read: one(verbatim)},
	{name: "expect", form: formText, example: "new.pem", read: one(verbatim)},
	{name: "expect-password-file", form: formText, example: "/etc/exprobe/expect-password", read: one(verbatim)},
	{name: "wait", form: formText, example: "20m", read: one(parseWait)},
	{name: "at", form: formText, example: `"2026-11-22T09:00:00Z"`, read: one(parseAt)},
	{name: "rules", form: formTable, example: "{certificate-expires-soon: info, principal-name-not-checked: off}", read: fileAlone},
	{name: "waivers", form: formTables, example: `[{rule: certificate-expired, subject: old.contoso.com, owner: Exchange team, reason: switched off, until: 2027-01-31}]`, read: fileAlone},
	{name: "own-rules", form: formTables, example: `[{id: own-issuer, title: a certificate is not ours, severity: warning, expression: certificate.selfSigned, message: it is self-signed}]`, read: fileAlone},
	{name: "format", form: formText, example: "json", read: one(choice(Formats()...))},
	{name: "report", form: formList, example: "[json=audit.json]", read: many(ParseReport)},
	{name: "fail-on", form: formText, example: "error", read: one(report.ParseFailOn)},
	{name: "timeout", form: formText, example: "10s", read: one(parseTimeout)},
	{name: "concurrency", form: formNumber, example: "4", read: one(parseConcurrency)},
	{name: "quiet", form: formTruth, example: "true", read: one(parseTruth)},
	{name: "no-color", form: formTruth, example: "true", read: one(parseTruth)},
}

func ofDirectory(name string, f form, example string, read func([]string) (any, error)) key {
	return key{name, f, example, read, true}
}

// fileAlone reads a key that a flag or a variable cannot say.
func fileAlone([]string) (any, error) {
	return nil, errors.New("it stands in a configuration file alone")
}

func one[T any](parse func(string) (T, error)) func([]string) (any, error) {
	return func(texts []string) (any, error) {
		if len(texts) != 1 {
			return nil, fmt.Errorf("one value is expected, not %d", len(texts))
		}
		return parse(texts[0])
	}
}

func many[T any](parse func(string) (T, error)) func([]string) (any, error) {
	return func(texts []string) (any, error) {
		values := make([]T, 0, len(texts))
		for _, text := range texts {
			value, err := parse(text)
			if err != nil {
				return nil, err
			}
			values = append(values, value)
		}
		return values, nil
	}
}

func verbatim(text string) (string, error) { return text, nil }

func choice(allowed ...string) func(string) (string, error) {
	return func(text string) (string, error) {
		if !slices.Contains(allowed, text) {
			return "", fmt.Errorf("%q is not one of %s", text, strings.Join(allowed, ", "))
		}
		return text, nil
	}
}

func keyNamed(name string) (key, bool) {
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	if i < 0 {
		return key{}, false
	}
	return keys[i], true
}

func keyNames() []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return names
}

// variable is the environment's name of a key.
func variable(key string) string {
	return environPrefix + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}
