package ldapsrc

import (
	"fmt"
	"regexp"
	"strconv"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/stored"
)

// versionMarks are set in every versionNumber of Exchange 2007 and later. The rest is
// major (6 bits), minor (6 bits) and build (15 bits); a revision is not stored.
// Observed in Exchange 2013 CU23; later versions are believed the same.
const versionMarks = 0x70008000

// version decodes a server's versionNumber.
func version(e entry) facts.Observed[facts.Version] {
	n := e.number(attrVersionNumber)
	switch {
	case !n.Known:
		return facts.Unknown[facts.Version](n.Why)
	case !n.Value.Present:
		return facts.Known(facts.Version{})
	}
	v, ok := versionOf(n.Value.Value)
	if !ok {
		return facts.Unknown[facts.Version](fmt.Sprintf("%s of %s holds %d, which is no version of Exchange 2007 or later",
			attrVersionNumber, printable(e.DN), n.Value.Value))
	}
	return facts.Known(v)
}

// build is a version of Exchange as versionNumber holds it.
type build struct{ major, minor, number int }

// buildOf takes a versionNumber apart.
func buildOf(n int) (build, bool) {
	if n < 0 || n&versionMarks != versionMarks {
		return build{}, false
	}
	return build{major: n >> 22 & 63, minor: n >> 16 & 63, number: n & 0x7FFF}, true
}

func versionOf(n int) (facts.Version, bool) {
	b, ok := buildOf(n)
	if !ok {
		return facts.Version{}, false
	}
	return stored.Version(b.major, b.minor, b.number), true
}

// serialText is the form of serialNumber; a patch text may follow a colon. Observed in
// Exchange 2013 CU23; later versions are believed the same.
var serialText = regexp.MustCompile(`^Version (\d{1,3})\.(\d{1,3}) \(Build (\d{1,6})\.(\d{1,6})(: ?[^)]*)?\)(: ?.*)?$`)

// serialOf decodes a serialNumber, such as "Version 15.2 (Build 31748.10)", to
// "15.2.1748.10". From Exchange 2007 on 30000 is added to the build, or 10000.
func serialOf(text string) (version, problem string) {
	m := serialText.FindStringSubmatch(text)
	if m == nil {
		return "", `is not of the form "Version 15.2 (Build 31748.10)"`
	}
	var parts [4]int
	for i := range parts {
		parts[i], _ = strconv.Atoi(m[i+1]) // at most six digits
	}
	if parts[0] >= 8 {
		switch {
		case parts[2] >= 30000:
			parts[2] -= 30000
		case parts[2] >= 10000:
			parts[2] -= 10000
		}
	}
	return fmt.Sprintf("%d.%d.%d.%d", parts[0], parts[1], parts[2], parts[3]), ""
}
