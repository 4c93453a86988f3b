package stored

import (
	"net/url"
	"strconv"

	"golang.org/x/net/idna"

	"exprobe/autodiscover/facts"
)

// Published decodes the text of a host name attribute, which despite its name is
// an absolute URL. The scheme is the only place where Exchange keeps whether
// Outlook Anywhere demands SSL.
func Published(raw string) facts.PublishedURL {
	problem := func(text string) facts.PublishedURL {
		return facts.PublishedURL{Raw: facts.Present(raw), Problem: text}
	}
	if raw == "" {
		return problem("the text is empty")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return problem("the text is not a URL")
	}
	p := facts.PublishedURL{Raw: facts.Present(raw), Host: asciiHost(u.Hostname())}
	switch u.Scheme {
	case "https":
		p.Port, p.SSL = 443, true
	case "http":
		p.Port = 80
	case "":
		return problem("the text has no scheme, where https:// or http:// is expected")
	default:
		return problem("the scheme is neither https nor http")
	}
	if p.Host == "" {
		return problem("the URL names no host")
	}
	if text := u.Port(); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil || port < 1 || port > 65535 {
			return problem("the URL's port is not a port number")
		}
		p.Port = port
	}
	return p
}

// asciiHost is an international host name in the form that DNS, SNI and
// certificates have it in; any other name stays as it is, and no host is found
// under it.
func asciiHost(host string) string {
	for i := range len(host) {
		if host[i] >= 0x80 {
			if ascii, err := idna.Lookup.ToASCII(host); err == nil {
				return ascii
			}
			break
		}
	}
	return host
}
