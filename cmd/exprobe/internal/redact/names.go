package redact

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/publicsuffix"
)

// names maps what is replaced to what stands for it. Keys are in lower case.
type names struct {
	labels    map[string]string // one label of a host name, or a name without dots
	phrases   map[string]string // a name of several words
	addresses map[netip.Addr]string
	ids       map[string]string // GUIDs, thumbprints and serial numbers
	pattern   *regexp.Regexp    // of all labels and phrases; nil until the first replacement
}

func newNames() *names {
	return &names{labels: map[string]string{}, phrases: map[string]string{}, addresses: map[netip.Addr]string{}, ids: map[string]string{}}
}

var (
	// hostLike is a name with dots, also one with letters of other scripts; what is a
	// number or a file of Autodiscover is told apart afterwards.
	hostLike = regexp.MustCompile(`[\pL\pN_](?:[\pL\pN_-]*[\pL\pN_])?(?:\.[\pL\pN_](?:[\pL\pN_-]*[\pL\pN_])?)+`)
	mailLike = regexp.MustCompile(`[\pL\pN.!#$%&'*+/=?^_{|}~-]+@[\pL\pN_-]+(?:\.[\pL\pN_-]+)*`)
	ipv4Like = regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b`)
	ipv6Like = regexp.MustCompile(`[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}`)
	guidLike = regexp.MustCompile(`\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b`)
	hashLike = regexp.MustCompile(`\b(?:[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40})\b`)
	timeLike = regexp.MustCompile(`^\d+\.\d+Z$`) // the end of a time with fractions of a second, or all of one as LDAP writes it
	rdnLike  = regexp.MustCompile(`(?i)\b(CN|DC|OU|O|L|ST|C|E|SERIALNUMBER|STREET)=((?:\\.|[^,+\\])*)`)
)

// learn finds the names in a text. Fields that hold one bare name are told by theirs.
func (n *names) learn(field, text string) string {
	if text == "" {
		return text
	}
	for _, found := range mailLike.FindAllString(text, -1) {
		local, _, _ := strings.Cut(found, "@")
		if !guidLike.MatchString(local) {
			for _, part := range strings.FieldsFunc(local, func(r rune) bool { return !ofWord(r) && r != '-' }) {
				n.label(part)
			}
		}
	}
	for _, found := range hostLike.FindAllString(text, -1) {
		n.host(found)
	}
	for _, rdn := range rdnLike.FindAllStringSubmatch(text, -1) {
		kind, value := strings.ToUpper(rdn[1]), strings.TrimSpace(rdn[2])
		switch {
		case kind == "C" || len(value) < 2:
		case kind == "DC" && publicSuffix(value):
		default:
			n.name(value)
		}
	}
	if bare[field] || field == "Directory" && !strings.Contains(text, "://") { // a folder
		n.name(text)
	}
	return text
}

// bare are the fields that hold one name and nothing else.
var bare = map[string]bool{"Name": true, "Server": true, "Site": true, "Sites": true, "CommonNames": true, "OtherNames": true,
	"Host": true, "Mailbox": true, "Domain": true, "DomainName": true, "Controller": true, "Node": true, "Realm": true,
	"ClientAccessServers": true, "TransportServers": true, "FrontendTransportServers": true, "EdgeTransportServers": true,
	"Certificates": true, "SmartHost": true, "Servers": true}

// host learns the labels of a name with dots that are its owner's own.
func (n *names) host(name string) {
	for _, label := range ownLabels(name) {
		n.label(label)
	}
}

// ownLabels are the labels of a host name that tell whose it is: not the public
// suffix, not the domains of Microsoft 365, not numbers and not the files of
// Autodiscover.
func ownLabels(name string) []string {
	labels := strings.Split(name, ".")
	last := strings.ToLower(labels[len(labels)-1])
	if strings.Trim(name, "0123456789.") == "" || timeLike.MatchString(name) || slices.Contains(files, last) {
		return nil
	}
	lower := strings.ToLower(name)
	for _, domain := range common {
		if lower == domain || strings.HasSuffix(lower, "."+domain) {
			own := labels[:len(labels)-strings.Count(domain, ".")-1]
			if !tenants[domain] {
				return nil // a host of Microsoft's own
			}
			return own
		}
	}
	suffix, _ := publicsuffix.PublicSuffix(lower)
	return labels[:max(0, len(labels)-strings.Count(suffix, ".")-1)]
}

func publicSuffix(label string) bool {
	suffix, known := publicsuffix.PublicSuffix(strings.ToLower(label))
	return known && suffix == strings.ToLower(label) || slices.Contains([]string{"local", "internal", "lan", "test", "corp"}, strings.ToLower(label))
}

// name learns a name that may hold dots, blanks or neither.
func (n *names) name(text string) {
	text = strings.TrimSpace(text)
	switch lower := strings.ToLower(text); {
	case text == "" || kept[lower] || ordinary(lower):
	case strings.Contains(text, ",") && rdnLike.MatchString(text): // a distinguished name, whose parts are learned
	case hostLike.FindString(text) == text && strings.Contains(text, "."):
		n.host(text)
	case hostLike.MatchString(text) && len(ownLabels(hostLike.FindString(text))) > 0:
		n.host(hostLike.FindString(text)) // a name within something else, such as *.contoso.com
	case strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' }) < 0:
		n.label(text)
	default:
		if _, known := n.phrases[lower]; !known {
			n.phrases[lower] = fmt.Sprintf("Name %d", len(n.phrases)+1)
		}
	}
}

func (n *names) label(text string) {
	lower := strings.ToLower(text)
	if _, known := n.labels[lower]; known || kept[lower] || lower == "" {
		return
	}
	stand := fmt.Sprintf("n%d", len(n.labels)+1)
	if strings.IndexFunc(text, func(r rune) bool { return r >= 0x80 }) >= 0 {
		stand = "\u00f1" + stand // what is no host name because of its letters stays none
	}
	if len(text) > 63 {
		stand += strings.Repeat("x", 64-len(stand)) // and what is too long stays too long
	}
	n.labels[lower] = stand
}
