package configs

import (
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
)

// key is a word of the configuration: the same in a file, in the environment and
// as a flag.
type key struct {
	name    string
	form    form
	example string // as it would stand in a file
	read    func(texts []string) (any, error)
}

// plainExample is the example without YAML's brackets and quotes.
func (k key) plainExample() string { return strings.Trim(k.example, `[]"`) }

var keys = []key{
	{"ldap-url", formList, "[ldaps://dc1.contoso.com]", many(verbatim)},
	{"bind", formText, "simple", one(choice(BindSimple, BindAnonymous))},
	{"bind-user", formText, "reader@contoso.com", one(verbatim)},
	{"bind-password-file", formText, "/etc/exprobe/bind-password", one(verbatim)},
	{"start-tls", formTruth, "true", one(parseTruth)},
	{"ldap-ca-file", formText, "/etc/exprobe/roots.pem", one(verbatim)},
	{"ldap-insecure", formTruth, "true", one(parseTruth)},
	{"mailbox", formList, "[user@contoso.com]", many(verbatim)},
	{"auth", formText, "basic", one(choice(AuthNone, AuthBasic))},
	{"auth-user", formText, "user@contoso.com", one(verbatim)},
	{"auth-password-file", formText, "/etc/exprobe/auth-password", one(verbatim)},
	{"autodiscover-response", formList, "[answer.xml]", many(verbatim)},
	{"host", formList, "[mail.contoso.com]", many(ParseHost)},
	{"resolve", formList, `["mail.contoso.com:443:192.0.2.10"]`, many(ParseResolve)},
	{"connect-to", formList, `["mail.contoso.com:443:lb1.contoso.com:443"]`, many(ParseConnectTo)},
	{"ca-file", formList, "[/etc/exprobe/roots.pem]", many(verbatim)},
	{"at", formText, `"2026-11-22T09:00:00Z"`, one(parseAt)},
	{"format", formText, "json", one(choice(Formats()...))},
	{"report", formList, "[json=audit.json]", many(ParseReport)},
	{"fail-on", formText, "error", one(report.ParseFailOn)},
	{"timeout", formText, "10s", one(parseTimeout)},
	{"concurrency", formNumber, "4", one(parseConcurrency)},
	{"quiet", formTruth, "true", one(parseTruth)},
	{"no-color", formTruth, "true", one(parseTruth)},
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
