package facts

import (
	"regexp"
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

var (
	outlookVersion  = regexp.MustCompile(`\b\d{1,3}\.\d{1,5}\.\d{1,5}\.\d{1,5}\b`)
	requiredVersion = regexp.MustCompile(`\b(\d{1,3}\.\d{1,5}\.\d{1,5}\.\d{1,5})\b[^0-9]{1,64}(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z)`)
)

// RequiredVersions reads the entries out of the stored text, whose XML nobody
// documents: each version with the instant that follows it. ok is false where a version
// stands without one. The attribute is a general one, so a text without any version
// asks for none.
func RequiredVersions(text string) (list []RequiredVersion, ok bool) {
	for _, m := range requiredVersion.FindAllStringSubmatch(text, -1) {
		at, err := time.Parse(time.RFC3339Nano, m[2])
		if err != nil {
			return list, false
		}
		list = append(list, RequiredVersion{Version: m[1], From: at})
	}
	return list, len(list) == len(outlookVersion.FindAllString(text, -1))
}
