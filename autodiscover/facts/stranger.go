package facts

import "strings"

// Stranger says why the settings of an answer are not to be taken for those of the
// organization, or "". Anybody can answer for a mail domain over plain http, and a
// hoster answers for many: what they say is told where the look-up is judged, and is
// neither held against the directory nor planned with.
func (s *Snapshot) Stranger(a *Answer) string {
	if !a.Response.Known || len(a.Response.Value.Nodes) == 0 || a.Step == StepFile {
		return ""
	}
	if s.unvouched(a) {
		return "the settings came, by a redirect over plain http, from " + hostOf(a.URL) + ", a host that nobody vouches for"
	}
	hosts, _ := a.Response.Value.publishes()
	if foreign, _ := s.foreign(hosts); foreign && !a.Response.Value.MicrosoftOnline {
		return "the settings are those of another deployment: the directory publishes none of their hosts"
	}
	return ""
}

// publishes lists the hosts that settings lead an Exchange client to. exchange says
// that they are settings of Exchange at all.
func (r Response) publishes() (hosts []string, exchange bool) {
	for _, n := range r.Nodes {
		for _, kind := range []string{NodeEXPR, NodeEXCH, NodeEXHTTP, NodeMapi} {
			exchange = exchange || n.Is(kind)
		}
		if name := n.ServerName(); name != "" && (n.Is(NodeEXPR) || n.Is(NodeEXHTTP)) {
			hosts = append(hosts, name)
		}
		if n.Is(NodeMapi) {
			for _, u := range n.URLs {
				hosts = append(hosts, hostOf(u.URL))
			}
		}
	}
	return hosts, exchange
}

// unvouched says that a redirect over plain http led to a host that is not the mail
// domain's, not Microsoft's, and not named by a directory.
func (s *Snapshot) unvouched(a *Answer) bool {
	host := strings.TrimSuffix(hostOf(a.URL), ".")
	return a.Step == StepHTTPRedirect && a.Hop > 0 && host != "" &&
		!ofMicrosoft(host) && !s.Vouched(a, host)
}

// Vouched says that a host is of the mail domain of an answer, or that a directory
// names it: such a one may be sent to because an answer names it.
func (s *Snapshot) Vouched(a *Answer, host string) bool {
	host = strings.TrimSuffix(host, ".")
	return within(host, a.domain()) || s.Names(host)
}

// Names says that a directory publishes a host, or accepts mail for a domain of which
// it is one.
func (s *Snapshot) Names(host string) bool {
	for i := range s.Organizations {
		org := &s.Organizations[i]
		for _, v := range org.VirtualDirectories.Value {
			if EqualName(v.External.Value.Host, host) || EqualName(v.Internal.Value.Host, host) {
				return true
			}
		}
		for _, p := range org.ConnectionPoints.Value {
			for _, binding := range p.Bindings.Value {
				if point, _, _ := WebAddress(binding); EqualName(point, host) {
					return true
				}
			}
		}
		for _, d := range org.AcceptedDomains.Value {
			if within(host, strings.TrimPrefix(d.Domain.Value.Value, "*.")) {
				return true
			}
		}
	}
	return false
}

// within says that a host is a domain or below it.
func within(host, domain string) bool {
	host, domain = strings.ToLower(host), strings.ToLower(domain)
	return domain != "" && (host == domain || strings.HasSuffix(host, "."+domain))
}
