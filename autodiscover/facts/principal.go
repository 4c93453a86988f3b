package facts

import (
	"net/netip"
	"strings"
)

// Form is what kind of principal name a text is.
type Form int

// The forms. Schannel knows msstd and fullsic (Microsoft Win32 documentation,
// "Principal Names"); none is Autodiscover's own word for "demand no name"
// (CertPrincipalName, POX element reference).
const (
	Malformed Form = iota // anything else: Schannel answers ERROR_INVALID_PARAMETER
	None                  // no name is demanded
	HostName              // msstd:<host name>
	Wildcard              // msstd:*.<domain>
	FullSIC               // fullsic:\<root>\<authority>\<subject>, the whole chain
)

// Principal is a certificate principal name: what a client demands of the
// certificate that an Outlook Anywhere host shows.
type Principal struct {
	Text string // as it was stored, sent or derived
	Form Form
	Name string // for HostName and Wildcard: what the certificate must carry
	Why  string // for Malformed: what is wrong with it; for None: why no name is demanded
}

// ParsePrincipal reads a principal name. Nothing is forgiven, because nothing
// forgives on the way: what is not exactly none, msstd:<host name>,
// msstd:*.<domain> or a chain in the form fullsic:, without regard to case, is
// Malformed, and Why says how.
func ParsePrincipal(text string) Principal {
	p := Principal{Text: text}
	prefix, name, found := strings.Cut(text, ":")
	switch {
	case equalFold(text, "none"):
		p.Form, p.Why = None, "the value none switches the check off"
	case strings.TrimSpace(text) == "":
		p.Why = "it is blank"
	case strings.TrimSpace(text) != text:
		p.Why = "it has blanks around it"
	case found && equalFold(prefix, "fullsic"):
		if _, p.Why = chainOf(name); p.Why == "" {
			p.Form = FullSIC
		}
	case !found:
		p.Why = "it lacks the prefix msstd:"
	case !equalFold(prefix, "msstd"):
		p.Why = "its prefix is not msstd:"
	case strings.ContainsAny(name, " \t\r\n"):
		p.Why = "it has a blank inside"
	case strings.HasPrefix(name, "*.") && isHostName(name[2:]):
		p.Form, p.Name = Wildcard, name
	case isHostName(name):
		p.Form, p.Name = HostName, name
	case strings.HasSuffix(name, ".") && isHostName(name[:len(name)-1]):
		p.Why = "its host name ends in a dot"
	default:
		p.Why = "what follows msstd: is not a host name"
	}
	return p
}

// DefaultPrincipal is the name that a client derives when it is given none and SSL
// is on: msstd: and the node's own server name (CertPrincipalName, POX element
// reference).
func DefaultPrincipal(host string) Principal { return ParsePrincipal("msstd:" + host) }

// EffectivePrincipal is what a client demands of a host that is published with
// this SSL switch and this value. A blank value counts as none given. derived says
// that the client made the name itself.
func EffectivePrincipal(value Text, host string, ssl bool) (p Principal, derived bool) {
	switch {
	case !ssl:
		return Principal{Form: None, Why: "SSL is off, so no certificate is looked at"}, false
	case strings.TrimSpace(value.Value) == "":
		return DefaultPrincipal(host), true
	}
	return ParsePrincipal(value.Value), false
}

// Match is how a certificate meets a principal name.
type Match string

// The matches, best first, then those that are no comparison.
const (
	Matches     Match = "match"       // the common name is the name
	BySAN       Match = "san"         // only a subject alternative name is: Windows XP and Vista RTM refuse
	ByWildcard  Match = "wildcard"    // only a wildcard pattern covers it: old clients and the Connectivity Analyzer refuse
	Mismatch    Match = "mismatch"    // nothing is
	Undecidable Match = "undecidable" // a malformed name, or a certificate or chain that cannot be compared
	Unchecked   Match = "unchecked"   // no name is demanded
	Unseen      Match = "unknown"     // the name or the certificate could not be seen
)

// Match compares the principal name with a certificate as Windows' RPC run time is
// documented to (Win32 "Principal Names"; Connectivity Analyzer, "Mutual
// Authentication Established by Subject Alternative Name"): the common name first,
// then the alternative names literally, then patterns. The string why explains a
// result that the word alone does not; it is a note where the match is good.
//
// [crypto/x509.Certificate.VerifyHostname] would be the wrong tool: it ignores the
// common name and takes a pattern on the expected side.
func (p Principal) Match(c Certificate) (m Match, why string) {
	switch p.Form {
	case None:
		return Unchecked, p.Why
	case Malformed:
		return Undecidable, "the name is malformed: " + p.Why
	case FullSIC:
		return Undecidable, "the name is in the fullsic form, which is compared with a whole chain"
	}
	if why := c.Ambiguity(); why != "" {
		return Undecidable, why
	}
	if name, ok := c.CommonName(); ok && equalFold(name, p.Name) {
		if name != p.Name {
			why = "letters differ in case"
		}
		return Matches, why
	}
	for _, name := range c.DNSNames {
		if equalFold(name, p.Name) {
			return BySAN, ""
		}
	}
	if p.Form == HostName && c.patternCovers(p.Name) {
		return ByWildcard, ""
	}
	return Mismatch, ""
}

// Ambiguity says why a certificate has no one clear principal name, or "". Windows
// prefers an e-mail name that holds "@" to the common name (Win32 "Principal
// Names"), and which of several common names counts is not documented.
func (c Certificate) Ambiguity() string {
	switch {
	case c.Unreadable != "":
		return "the certificate could not be parsed: " + c.Unreadable
	case holdsAddress(c.SubjectEmails):
		return "the subject holds an e-mail address, which is the principal name instead of the common name"
	case holdsAddress(c.SANEmails):
		return "an alternative name is an e-mail address, which may be the principal name instead of the common name"
	case len(c.CommonNames) > 1:
		return "the subject has several common names, and which one counts is not documented"
	}
	return ""
}

func holdsAddress(names []string) bool {
	for _, name := range names {
		if strings.Contains(name, "@") {
			return true
		}
	}
	return false
}

// CoversHost says whether a client that dials host accepts the certificate's
// names: an alternative name, literally or by a pattern in its left-most label, or
// the common name where the certificate has no alternative DNS name, as Windows
// falls back to. This is the name check of the connection (WinHTTP error bit
// 0x10), which comes before the principal name and is not mended by it.
func (c Certificate) CoversHost(host string) bool {
	host = strings.TrimSuffix(host, ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		for _, other := range c.IPAddresses {
			if listed, err := netip.ParseAddr(other); err == nil && listed.Unmap() == ip.Unmap() {
				return true
			}
		}
	}
	names := c.DNSNames
	if len(names) == 0 {
		names = c.CommonNames
	}
	for _, name := range names {
		if equalFold(name, host) || covers(name, host) {
			return true
		}
	}
	return false
}

func (c Certificate) patternCovers(host string) bool {
	for _, names := range [][]string{c.CommonNames, c.DNSNames} {
		for _, name := range names {
			if covers(name, host) {
				return true
			}
		}
	}
	return false
}

// covers says whether a pattern such as *.contoso.com stands for the host: the
// asterisk is the whole left-most label, for exactly one label, above a domain of
// at least two.
func covers(pattern, host string) bool {
	domain, ok := strings.CutPrefix(pattern, "*.")
	if !ok || !strings.Contains(domain, ".") {
		return false
	}
	label, rest, found := strings.Cut(host, ".")
	return found && label != "" && equalFold(rest, domain)
}

// isHostName accepts what can stand in a certificate as a host name: dot-separated
// labels of ASCII letters, digits, hyphens and underscores, none of them empty,
// over-long or with a hyphen at its edge; one label is enough.
func isHostName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
				return false
			}
		}
	}
	return true
}

// EqualName says whether two names are one, without regard to the case of ASCII
// letters.
func EqualName(a, b string) bool { return equalFold(a, b) }

// equalFold compares names without regard to the case of ASCII letters. Unicode
// folding would take the Kelvin sign for a k, and a look-alike for the name.
func equalFold(a, b string) bool {
	return isASCII(a) && isASCII(b) && strings.EqualFold(a, b) || a == b
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
