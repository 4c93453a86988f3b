package rules

import (
	"strings"

	"exprobe/autodiscover/facts"
)

// microsoft365 are the domains of Exchange Online and of its tenants, those of the
// national clouds included (Microsoft 365 URLs and IP address ranges). A hybrid
// organization sends clients there.
var microsoft365 = []string{"onmicrosoft.com", "outlook.com", "office365.com", "office.com", // worldwide
	"onmicrosoft.us", "office365.us", "partner.onmschina.cn", "partner.outlook.cn"}

// namespace is what a look-up's own organization is known by.
type namespace struct {
	domains []string        // with all names below them
	hosts   map[string]bool // in small letters
	doubt   string          // why there may be more; empty where the directory, if one was asked, told everything
}

// namespaceOf collects the names of the organizations in a snapshot. Each look-up
// adds its own domain.
func namespaceOf(s *facts.Snapshot) *namespace {
	n := &namespace{hosts: map[string]bool{}}
	for i := range s.Organizations {
		org := &s.Organizations[i]
		n.addDomain(org.DomainName)
		for _, d := range org.AcceptedDomains.Value {
			n.addDomain(strings.TrimPrefix(d.Domain.Value.Value, "*."))
			n.miss(d.Domain.Why)
		}
		for _, v := range org.VirtualDirectories.Value {
			n.addHost(v.External.Value.Host)
			n.addHost(v.Internal.Value.Host)
			n.miss(v.External.Why)
			n.miss(v.Internal.Why)
		}
		for _, p := range org.ConnectionPoints.Value {
			for _, binding := range p.Bindings.Value {
				host, _, _ := facts.WebAddress(binding)
				n.addHost(host)
			}
			n.miss(p.Bindings.Why)
		}
		n.miss(org.AcceptedDomains.Why)
		n.miss(org.VirtualDirectories.Why)
		n.miss(org.ConnectionPoints.Why)
	}
	return n
}

func (n *namespace) addDomain(name string) {
	if strings.Contains(name, ".") { // "*" and single labels vouch for nothing
		n.domains = append(n.domains, name)
	}
}

func (n *namespace) addHost(name string) {
	if name != "" {
		n.hosts[strings.ToLower(strings.TrimSuffix(name, "."))] = true
	}
}

func (n *namespace) miss(why string) {
	if why != "" && (n.doubt == "" || why < n.doubt) { // the same one in any order
		n.doubt = why
	}
}

// vouches says whether a name belongs to the organization, to the look-up's domain
// or to Microsoft 365. Labels are compared whole, so that contoso.com.fabrikam.net
// and evilcontoso.com are strangers.
func (n *namespace) vouches(name, domain string) bool {
	name = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
	if n.hosts[name] || within(name, domain) {
		return true
	}
	for _, list := range [][]string{n.domains, microsoft365} {
		for _, own := range list {
			if within(name, own) {
				return true
			}
		}
	}
	return false
}

// within says whether a name is a domain or below it.
func within(name, domain string) bool {
	domain = strings.ToLower(domain)
	return domain != "" && (name == domain || strings.HasSuffix(name, "."+domain))
}
