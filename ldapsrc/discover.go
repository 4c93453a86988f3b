package ldapsrc

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// maxControllers is the most domain controllers that are returned. Each that is
	// down costs a timeout, and an administrator waits for no more than these.
	maxControllers = 16

	// siteShare is the part of the timeout, one in so many, that finding the nearest
	// site may take: it improves the order and nothing else.
	siteShare = 4

	maxHostName = 253 // RFC 1035 2.3.4, written without the final dot
	maxLabel    = 63  // RFC 1035 2.3.4
)

// DiscoverOptions say whose domain controllers to find. Only Domain is required.
type DiscoverOptions struct {
	Domain string // the DNS name of the Active Directory domain, e.g. "contoso.com"
	TLS    bool   // return ldaps:// URLs instead of ldap://

	// LookupSRV finds SRV records as net.Resolver does; the name is absolute, with
	// its final dot. Nil means net.DefaultResolver.
	LookupSRV func(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)

	// Dial connects to a domain controller over UDP; nil means a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	Timeout time.Duration // for the whole discovery; 0 means 10 s
}

// Discover finds the domain controllers of an Active Directory domain by its SRV
// records (MS-ADTS 6.3.2.3) and returns their LDAP URLs in the order in which they
// should be tried: those of this machine's own site first, then by priority (the
// lowest first), weight (the highest first) and name.
//
// RFC 2782 would draw lots among records of one priority, so that many clients
// share the load. An audit is one client, and the same audit should ask the same
// domain controller twice.
//
// The site is what a domain controller answers to an LDAP ping. Where none answers,
// as where UDP is filtered, or where the site has no records, the order is the one
// without a site, and that is no error.
//
// DNS is not signed, and a password may follow where it leads. So a record counts
// only where it names a host inside the domain: for another host anyone can have a
// certificate that the system's roots trust. Domain controllers whose names lie
// outside their domain (a disjoint namespace) are for the operator to name.
func Discover(ctx context.Context, o DiscoverOptions) ([]string, error) {
	domain, ok := hostName(o.Domain)
	if !ok {
		return nil, &failure{
			what: fmt.Sprintf("%q is not the DNS name of a domain", printable(o.Domain)),
			hint: "write the Active Directory domain as --ldap-domain contoso.com",
		}
	}
	o.Domain = domain
	ctx, cancel := context.WithTimeout(ctx, o.timeout())
	defer cancel()
	all, err := o.controllers(ctx, "dc._msdcs."+domain)
	if err != nil {
		return nil, fmt.Errorf("finding the domain controllers of %s: %w", domain, err)
	}
	return urls(append(o.nearest(ctx, all), all...)), nil
}

// nearest is the domain controllers of this machine's site, or none where the site
// cannot be found out. Read-only ones are registered under their site alone (MS-ADTS
// 6.3.2.3), so that a site may have some which are not among all.
func (o DiscoverOptions) nearest(ctx context.Context, all []controller) []controller {
	ctx, cancel := context.WithTimeout(ctx, o.timeout()/siteShare)
	defer cancel()
	site := o.site(ctx, all)
	if site == "" {
		return nil
	}
	near, err := o.controllers(ctx, site+"._sites.dc._msdcs."+o.Domain)
	if err != nil {
		return nil
	}
	return near
}

// controller is a domain controller that DNS names.
type controller struct {
	host string
	url  string
}

// controllers looks up what is registered as an LDAP server under a name.
func (o DiscoverOptions) controllers(ctx context.Context, name string) ([]controller, error) {
	lookup := o.LookupSRV
	if lookup == nil {
		lookup = net.DefaultResolver.LookupSRV
	}
	_, records, err := lookup(ctx, "ldap", "tcp", name+".")
	// A net.Resolver that finds some records invalid returns the others beside the error.
	if err != nil && len(records) == 0 {
		return nil, explainLookup(err, "_ldap._tcp."+name)
	}
	usable, refused := o.ordered(records)
	if len(usable) == 0 {
		return nil, explainRecords(refused, "_ldap._tcp."+name, o.Domain)
	}
	return usable, nil
}

// ordered is the records that can be used, in the order in which to try them, and
// the targets of those that cannot.
func (o DiscoverOptions) ordered(records []*net.SRV) (usable []controller, refused []string) {
	records = slices.DeleteFunc(slices.Clone(records), func(r *net.SRV) bool {
		return r == nil || r.Target == "." // "there is no such service", RFC 2782
	})
	slices.SortFunc(records, func(a, b *net.SRV) int {
		return cmp.Or(
			cmp.Compare(a.Priority, b.Priority),
			cmp.Compare(b.Weight, a.Weight),
			strings.Compare(strings.ToLower(a.Target), strings.ToLower(b.Target)),
			cmp.Compare(a.Port, b.Port),
		)
	})
	for _, r := range records {
		host, ok := hostName(r.Target)
		url := o.url(host, r.Port)
		if _, err := parseURL(url); !ok || err != nil || !inside(host, o.Domain) {
			refused = append(refused, net.JoinHostPort(r.Target, strconv.Itoa(int(r.Port))))
			continue
		}
		usable = append(usable, controller{host, url})
	}
	return usable, refused
}

// url is the LDAP URL of a host. Active Directory registers port 389 alone, and
// serves TLS on 636 beside it (MS-ADTS 5.1.1.2); any other port was chosen by hand.
func (o DiscoverOptions) url(host string, port uint16) string {
	scheme, standard := "ldap", uint16(389)
	if o.TLS {
		scheme = "ldaps"
		if port == standard {
			port = 636
		}
		standard = 636
	}
	if port == standard {
		return scheme + "://" + host
	}
	return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(int(port)))
}

func (o DiscoverOptions) timeout() time.Duration {
	if o.Timeout <= 0 {
		return defaultTimeout
	}
	return o.Timeout
}

// urls lists each URL once, and no more of them than can be tried.
func urls(controllers []controller) []string {
	var list []string
	for _, c := range controllers {
		if len(list) < maxControllers && !slices.Contains(list, c.url) {
			list = append(list, c.url)
		}
	}
	return list
}

// hostName returns a host name in lower case and without its final dot, and whether
// it is one: letters, digits, hyphens and the underscores that Windows lets pass. A
// resolver may return a name in any case.
func hostName(text string) (string, bool) {
	name := strings.TrimSuffix(text, ".")
	labels := strings.Split(name, ".")
	last := labels[len(labels)-1]
	if len(name) > maxHostName || strings.Trim(last, "0123456789") == "" { // an address, RFC 1123 2.1
		return "", false
	}
	if slices.ContainsFunc(labels, func(label string) bool { return !isLabel(label) }) {
		return "", false
	}
	return strings.ToLower(name), true
}

// isLabel says that a text can stand between two dots of a host name.
func isLabel(text string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	return text != "" && len(text) <= maxLabel && strings.Trim(text, allowed) == "" &&
		!strings.HasPrefix(text, "-") && !strings.HasSuffix(text, "-")
}

func inside(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}
