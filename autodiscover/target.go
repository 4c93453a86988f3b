package autodiscover

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxURL is the longest URL that is asked, in bytes; Autodiscover's have about 60.
const maxURL = 2048

// redirectTarget is where a redirect leads, or why it is not followed. from is the
// URL that answered, against which a Location may be relative; nil where the URL
// must be absolute, as that of a document and of the directory.
func redirectTarget(from *url.URL, text string) (to *url.URL, refused string) {
	text = trim(text)
	switch {
	case text == "":
		return nil, "it names no URL"
	case len(text) > maxURL:
		return nil, fmt.Sprintf("its URL has more than %d bytes", maxURL)
	}
	u, err := url.Parse(text)
	if err != nil || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return nil, "its URL cannot be read"
	}
	if from != nil {
		u = from.ResolveReference(u)
	}
	switch {
	case u.Scheme == "http":
		return nil, "it leads to http, where nothing proves who answers"
	case u.Scheme != "https":
		return nil, "it leads to no https URL"
	case u.User != nil:
		return nil, "its URL holds a user name, which disguises the host"
	}
	host := hostName(u.Hostname())
	if host == "" {
		return nil, "its URL names no host"
	}
	port := u.Port()
	if number, err := strconv.Atoi(port); port != "" && (err != nil || number < 1 || number >= 1<<16) {
		return nil, "its URL has an impossible port"
	}
	if why := anybodys(host); why != "" {
		return nil, why
	}
	clone := *u
	clone.Host, clone.Fragment, clone.RawFragment = authority(host, port), "", ""
	if clone.Path == "" {
		clone.Path = "/"
	}
	return &clone, ""
}

// authority joins a host and a port; https's own port is left out.
func authority(host, port string) string {
	switch {
	case port != "" && port != "443":
		return net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		return "[" + host + "]"
	}
	return host
}

// anybodys says that a host is one that whoever registered it collects strangers'
// credentials with: a public suffix, or "autodiscover." before one.
func anybodys(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	for _, name := range []string{host, strings.TrimPrefix(host, "autodiscover.")} {
		suffix, listed := publicsuffix.PublicSuffix(name)
		if suffix == name && (listed || strings.Contains(name, ".")) { // a short name inside is nobody's trap
			return "its host belongs to nobody in particular: " + name + " is a public suffix"
		}
	}
	return ""
}

// hostName is a host as it is asked in DNS: lower case, an internationalized name as
// its A-labels, without a trailing dot; or an address. It is "" for what is neither.
func hostName(host string) string {
	if address, err := netip.ParseAddr(host); err == nil && address.Zone() == "" {
		return address.String()
	}
	host = strings.TrimSuffix(host, ".")
	if isASCII(host) {
		host = strings.ToLower(host)
	} else if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	if host == "" || len(host) > maxHost {
		return ""
	}
	for label := range strings.SplitSeq(host, ".") {
		if !isHostLabel(label) {
			return ""
		}
	}
	return host
}

// location is a redirect's URL as a fact: absolute where it can be read, and without
// the user that it may name.
func location(from *url.URL, text string) string {
	u, err := url.Parse(trim(text))
	if err != nil || len(text) > maxURL {
		return clean(text)
	}
	if from != nil {
		u = from.ResolveReference(u)
	}
	clone := *u
	clone.User = nil
	return printable(clone.String())
}

// sameURL is the key under which two spellings of a URL are one: the servers that
// answer Autodiscover, IIS among them, fold the case of a path.
func sameURL(u *url.URL) string { return strings.ToLower(u.String()) }
