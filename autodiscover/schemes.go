package autodiscover

import (
	"slices"
	"strings"
)

// Caps on the authentication schemes of one answer; a Forefront TMG in front of
// Exchange offers four.
const (
	maxSchemes    = 16
	maxSchemeName = 64
)

// schemes are the names of the authentication schemes of WWW-Authenticate headers,
// as written and in order, each once. One header may hold several challenges
// (Exchange Online: `Basic Realm="",Negotiate`), and a challenge may hold commas of
// its own (RFC 9110 11.6.1).
func schemes(headers []string) []string {
	var names []string
	for _, header := range headers {
		for _, item := range splitUnquoted(header) {
			name, rest, _ := strings.Cut(item, " ")
			isParameter := strings.Contains(name, "=") || strings.HasPrefix(strings.TrimSpace(rest), "=")
			if isParameter || !isToken(name) || offers(names, name) || len(names) == maxSchemes {
				continue
			}
			names = append(names, name)
		}
	}
	return names
}

// offers says whether a scheme is in the list; scheme names have no case.
func offers(names []string, scheme string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, scheme) })
}

// splitUnquoted splits at the commas that are outside quoted strings.
func splitUnquoted(s string) []string {
	var items []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			items = append(items, strings.TrimSpace(s[start:i]))
			start = i + 1
		}
	}
	return append(items, strings.TrimSpace(s[start:]))
}

// isToken accepts a token of RFC 9110 5.6.2.
func isToken(s string) bool {
	if s == "" || len(s) > maxSchemeName {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}
