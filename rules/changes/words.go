package changes

import (
	"strings"
	"unicode"
)

// known are the words for fields whose names do not say it as a reader would. ""
// stands for a field that its parent speaks for.
var known = map[string]string{
	"Addresses": "", "Served": "", "Response": "", "Value": "", "Nodes": "", "Chain": "", "Leaf": "certificate", "Secured": "",

	"CertPrincipalName": "CertPrincipalName", // a parameter, as the shell writes it
	"CommonNames":       "common name",
	"DNSNames":          "alternative names",
	"SANEmails":         "e-mail names",
	"SubjectEmails":     "e-mail addresses in the subject",
	"NotBefore":         "valid from",
	"NotAfter":          "valid until",
	"KeyBits":           "bits of the key",
	"Unreadable":        "cannot be parsed",
	"Lenient":           "refused by strict parsers",
	"Purposes":          "extended key usage",
	"Fetch":             "where its issuer can be fetched",
	"Authority":         "is a CA",
	"Others":            "to other clients",
	"OldVersions":       "old TLS versions",
	"Version":           "version",
	"AsksForOwn":        "asks for a client certificate",
	"Insecure":          "read over an unprotected connection",
	"MapiHTTPEnabled":   "MAPI over HTTP is on",
	"External":          "external URL",
	"Internal":          "internal URL",
	"Origins":           "published by",
	"Status":            "HTTP status",
	"Leaks":             "header",
	"Location":          "redirects to",
	"CredentialsSent":   "credentials sent",
}

// words is the name of a field as a reader would say it: ServerVersion is server
// version, and RPCFlags is RPC flags.
func words(field string) string {
	if text, ok := known[field]; ok {
		return text
	}
	var b strings.Builder
	runes := []rune(field)
	for i, r := range runes {
		begins := unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if begins {
			b.WriteByte(' ')
		}
		if acronym := i+1 < len(runes) && unicode.IsUpper(runes[i+1]) || i > 0 && unicode.IsUpper(runes[i-1]) && !begins; !acronym {
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}
