package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// published is one host that is published for Outlook Anywhere, by an answer or by
// a virtual directory, with what clients are told of it.
type published struct {
	scope  string
	host   string
	port   int
	ssl    bool
	method facts.Observed[string] // how to sign in; empty where nothing is told
	wire   bool                   // Autodiscover sends it
	beside bool                   // with an internal host beside it, so that the host is surely the external one
	by     string                 // the URL of the answer, or the virtual directory
	dn     string
}

func (p published) subject() report.Subject {
	return report.Subject{Kind: "host", Name: strings.ToLower(facts.Label(p.host, p.port))}
}

// basicInClear says that a password crosses the network as good as in clear text.
func (p published) basicInClear() bool {
	return !p.ssl && p.method.Known && strings.EqualFold(p.method.Value, "basic")
}

// outlookAnywhere lists what is published for Outlook Anywhere, and as unknown what
// may publish more of it. Exchange Online publishes for itself.
func outlookAnywhere(s *facts.Snapshot) (list []published, unseen []sighting) {
	unseen = append(unread(s, facts.ViewRPC), gapsOf(s)...)
	for i := range s.Answers {
		a := &s.Answers[i]
		if !settings(a, facts.ViewRPC) || s.Stranger(a) != "" {
			continue
		}
		for j, node := range a.Response.Value.Nodes {
			_, scope := s.Feed(a, j)
			host := strings.TrimSuffix(node.ServerName(), ".")
			if scope == "" || host == "" {
				continue
			}
			p := published{scope: scope, host: host, port: 443, ssl: !node.SSLOff(), wire: true, by: a.URL,
				method: facts.Known(strings.TrimSpace(node.AuthPackage.Value))}
			if !p.ssl {
				p.port = 80
			}
			p.beside = node.Is(facts.NodeEXHTTP) && slices.ContainsFunc(a.Response.Value.Nodes[:j], func(n facts.Node) bool { return n.Is(facts.NodeEXHTTP) })
			list = append(list, p)
		}
	}
	for i := range s.Organizations {
		for _, v := range s.Organizations[i].VirtualDirectories.Value {
			if v.BackEnd || v.Service != facts.ServiceRPC {
				continue
			}
			list = appendDirectory(list, v, facts.External, v.External, v.ExternalAuthentication)
			list = appendDirectory(list, v, facts.Internal, v.Internal, v.InternalAuthentication)
		}
	}
	return list, unseen
}

func appendDirectory(list []published, v facts.VirtualDirectory, scope string, url facts.Observed[facts.PublishedURL], method facts.Observed[string]) []published {
	if u := url.Value; url.Known && u.Host != "" && u.Problem == "" {
		list = append(list, published{scope: scope, host: strings.TrimSuffix(u.Host, "."), port: u.Port, ssl: u.SSL,
			method: method, by: v.Server + "\\" + v.Name, dn: v.DN})
	}
	return list
}

// outside says whether a directory publishes a host to the outside. Autodiscover
// gives outside clients the internal host where no external one is set, with its SSL
// switch (observed in Exchange 2013 CU23); so only a directory can tell, and known
// is false where none was read.
func outside(s *facts.Snapshot, host string) (external, known bool) {
	inside := false
	for i := range s.Organizations {
		org := &s.Organizations[i]
		known = known || org.VirtualDirectories.Known
		for _, v := range org.VirtualDirectories.Value {
			if v.BackEnd || v.Service != facts.ServiceRPC {
				continue
			}
			if strings.EqualFold(v.External.Value.Host, host) {
				return true, true
			}
			inside = inside || strings.EqualFold(v.Internal.Value.Host, host)
		}
	}
	return !inside, known || inside
}
