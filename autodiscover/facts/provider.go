package facts

import (
	"strconv"
	"strings"
	"time"
)

// ConflictOf is the name that a replication conflict took from a provider: of two
// objects that were created under one name, Active Directory renames one to the name,
// a line feed, "CNF:" and its GUID (Win32 documentation, DS_MANGLE_FOR). "" where the
// object is none.
func (p Provider) ConflictOf() string {
	name, guid, found := strings.Cut(p.Name, "\nCNF:")
	if !found || guid == "" {
		return ""
	}
	return name
}

// Custom says that the provider is none of Exchange's own, and no conflict object:
// Exchange publishes it as a node of its name (observed in Exchange 2013 CU23).
func (p Provider) Custom() bool {
	for _, own := range []string{EXPR, EXCH, WEB} {
		if strings.EqualFold(p.Name, own) {
			return false
		}
	}
	return p.ConflictOf() == ""
}

// RequiredVersion is one entry of a provider's RequiredClientVersions: from the instant
// on, older versions of Outlook are to be blocked (Set-OutlookProvider).
type RequiredVersion struct {
	Version string // "14.0.7012.1000"
	From    time.Time
}

// RequiredVersions reads the entries out of the stored text, whose XML nobody
// documents: each version with the first instant behind it. ok is false where a version
// stands without one. The attribute is a general one, so a text without any version
// asks for none.
func RequiredVersions(text string) (list []RequiredVersion, ok bool) {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return !strings.ContainsRune(".:-", r) && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	})
	version := ""
	for _, word := range words {
		switch at, err := time.Parse(time.RFC3339Nano, word); {
		case isOutlookVersion(word) && version != "":
			return list, false
		case isOutlookVersion(word):
			version = word
		case version != "" && err == nil:
			list = append(list, RequiredVersion{Version: version, From: at})
			version = ""
		}
	}
	return list, version == ""
}

// isOutlookVersion says whether a word is four numbers between dots.
func isOutlookVersion(word string) bool {
	parts := strings.Split(word, ".")
	for _, part := range parts {
		if _, err := strconv.ParseUint(part, 10, 16); err != nil {
			return false
		}
	}
	return len(parts) == 4
}
