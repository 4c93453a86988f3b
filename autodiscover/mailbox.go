package autodiscover

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Longest mailbox, domain and label: RFC 5321 4.5.3.1 and RFC 1035 2.3.4. A host
// name has to have room for the label "autodiscover" and its dot.
const (
	maxMailbox = 254
	maxLabel   = 63
	maxHost    = 253
	maxDomain  = maxHost - len("autodiscover.")
)

// CheckMailbox says what is wrong with a mailbox address before anything is sent
// for it: it must be user@domain, with a domain of at least two host labels that is
// not a public suffix. "autodiscover.<public suffix>" belongs to whoever registered
// it, and collects the credentials of those who ask there.
func CheckMailbox(mailbox string) error {
	_, err := domainOf(mailbox)
	return err
}

// domainOf is the domain of a mailbox as it is asked in DNS: lower case, an
// internationalized name as its A-labels.
func domainOf(mailbox string) (string, error) {
	wrong := func(format string, args ...any) (string, error) {
		return "", fmt.Errorf("checking mailbox %q: "+format, append([]any{clean(mailbox)}, args...)...)
	}
	if len(mailbox) > maxMailbox {
		return wrong("it is longer than %d bytes", maxMailbox)
	}
	if !utf8.ValidString(mailbox) || strings.ContainsFunc(mailbox, notInAddress) {
		return wrong("it holds a blank or an invisible character")
	}
	user, domain, found := strings.Cut(mailbox, "@")
	if !found || user == "" || domain == "" || strings.Contains(domain, "@") {
		return wrong("want user@domain")
	}
	asked, err := askedDomain(domain)
	if err != nil {
		return wrong("%w", err)
	}
	return asked, nil
}

// CheckDomain says what is wrong with a domain before anything is sent for it, as
// [CheckMailbox] does for the domain of a mailbox.
func CheckDomain(domain string) error {
	if _, err := askedDomain(domain); err != nil {
		return fmt.Errorf("checking domain %q: %w", clean(domain), err)
	}
	return nil
}

// askedDomain is a domain as it is asked in DNS.
func askedDomain(domain string) (string, error) {
	if isASCII(domain) {
		domain = strings.ToLower(domain)
	} else {
		ascii, err := idna.Lookup.ToASCII(domain)
		if err != nil {
			return "", fmt.Errorf("the domain is not a valid internationalized name: %w", err)
		}
		domain = ascii
	}
	if why := badDomain(domain); why != "" {
		return "", errors.New(why)
	}
	return domain, nil
}

func badDomain(domain string) string {
	if len(domain) > maxDomain {
		return fmt.Sprintf("the domain is longer than %d bytes", maxDomain)
	}
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if !isHostLabel(label) {
			return "the domain is not a host name: labels are letters, digits and hyphens"
		}
	}
	top := labels[len(labels)-1]
	suffix, _ := publicsuffix.PublicSuffix(domain)
	switch {
	case len(labels) < 2:
		return "the domain has no dot"
	case strings.Trim(top, "0123456789") == "":
		return "the domain is an address or ends in a number"
	case suffix == domain:
		return "the domain is a public suffix, under which anybody may register names"
	}
	return ""
}

func isHostLabel(label string) bool {
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(label, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
}

func notInAddress(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
