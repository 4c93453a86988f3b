package autodiscover

import (
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// earned is the rule of where the credentials of one mailbox may go, whatever the
// scheme: to hosts that its own domain or the directory publishes or the operator
// allows. It looks at a URL alone and not at the way there, so a redirect earns
// nothing, to another host or to another port. That the connection is verified is
// for [exchange.send] to see.
type earned struct {
	domain string          // of the mailbox
	hosts  map[string]bool // "host:port"
}

// newEarned makes the rule for a mailbox's domain; "" is no mailbox and earns nothing.
func newEarned(domain string, o Options) earned {
	e := earned{domain: domain, hosts: map[string]bool{}}
	for _, list := range [][]string{o.Earned, o.AllowHosts} {
		for _, entry := range list {
			host, port, err := net.SplitHostPort(entry)
			if err != nil {
				host, port = strings.Trim(entry, "[]"), "443"
			}
			if host = hostName(host); host != "" {
				e.hosts[net.JoinHostPort(host, port)] = true
			}
		}
	}
	if domain != "" {
		e.hosts[net.JoinHostPort(domain, "443")] = true
		e.hosts[net.JoinHostPort("autodiscover."+domain, "443")] = true
	}
	return e
}

// refuses says why no credentials may go to a URL, or "". named says that an SRV
// record of the mailbox's own domain names the host. DNS does not prove who wrote a
// record, so that counts under the domain's own registrable name alone.
func (e earned) refuses(u *url.URL, named bool) string {
	host, port := hostName(u.Hostname()), u.Port()
	if port == "" {
		port = "443"
	}
	switch {
	case u.Scheme != "https":
		return "credentials go over https alone"
	case e.domain == "":
		return "no mailbox was given, and so no credentials go out"
	case u.User != nil:
		return "the URL names a user of its own"
	case host == "":
		return "the URL names no host"
	case e.hosts[net.JoinHostPort(host, port)]:
		return ""
	case named && port == "443" && sameOwner(host, e.domain):
		return ""
	}
	return "neither the directory nor the mailbox's own domain publishes " + clean(net.JoinHostPort(host, port)) + ", and the operator does not allow it"
}

// sameOwner says whether a host is, or is below, the name that the owner of the
// domain registered.
func sameOwner(host, domain string) bool {
	registered, err := publicsuffix.EffectiveTLDPlusOne(domain)
	return err == nil && (host == registered || strings.HasSuffix(host, "."+registered))
}
