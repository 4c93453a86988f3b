package source

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"exprobe/autodiscover"
	"exprobe/autodiscover/facts"
)

// ask looks every mailbox and domain up, with what the directories publish: where
// connection points lead, and to which hosts credentials may go. What a directory
// said over a connection that nobody protected earns no host anything.
func (l *live) ask(ctx context.Context, organizations []facts.Organization) []facts.Answer {
	var subjects []autodiscover.Subject
	for _, mailbox := range l.mailboxes {
		l.env.Progress("asking Autodiscover for " + mailbox)
		subjects = append(subjects, autodiscover.Subject{Mailbox: mailbox})
	}
	for _, domain := range l.domains {
		l.env.Progress("asking Autodiscover for " + domain)
		subjects = append(subjects, autodiscover.Subject{Domain: domain})
	}
	if len(subjects) == 0 {
		return nil
	}
	o := l.guided(organizations)
	if !l.wasRefused(o.User) {
		return autodiscover.LookUp(ctx, subjects, o)
	}
	o.Auth = autodiscover.AuthNone
	answers := autodiscover.LookUp(ctx, subjects, o)
	for i := range answers {
		if a := &answers[i]; a.Status == http.StatusUnauthorized && !a.Response.Known {
			a.Response.Why += "; " + o.User + " does not sign in here, because the directory refused that user, and each further refusal counts against the account"
		}
	}
	return answers
}

// guided is how to look up, with what the organizations publish. What an export says
// earns no host anything either: nobody vouches for a file.
func (l *live) guided(organizations []facts.Organization) autodiscover.Options {
	o := l.lookUp
	for i := range organizations {
		org := &organizations[i]
		if len(organizations) > 1 && !l.home(org) {
			continue
		}
		o.Points = append(o.Points, points(org)...)
		if org.Insecure == "" && !org.Exported {
			o.Earned = append(o.Earned, earned(org)...)
		}
	}
	return o
}

// refuse remembers a user whose password is wrong, so that it is not tried elsewhere.
func (l *live) refuse(user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused = append(l.refused, user)
}

func (l *live) wasRefused(user string) bool {
	return user != "" && slices.ContainsFunc(l.refused, func(other string) bool { return mayBeSame(user, other) })
}

// mayBeSame says whether two spellings may be of one account: DOMAIN\user and
// user@domain are, and which domain is which nobody here knows.
func mayBeSame(a, b string) bool {
	down := func(user string) (name string, domain string) {
		if domain, name, ok := strings.Cut(user, `\`); ok {
			return name, "\\" + domain
		}
		name, domain, _ = strings.Cut(user, "@")
		return name, domain
	}
	first, domain := down(a)
	second, other := down(b)
	sameWay := domain != "" && other != "" && strings.HasPrefix(domain, "\\") == strings.HasPrefix(other, "\\")
	return strings.EqualFold(first, second) && (!sameWay || strings.EqualFold(domain, other))
}

// home says whether an organization is that of what is looked up: of several forests
// only its own connection points are a client's.
func (l *live) home(org *facts.Organization) bool {
	names := []string{org.DomainName}
	for _, d := range org.AcceptedDomains.Value {
		names = append(names, strings.TrimPrefix(d.Domain.Value.Value, "*."))
	}
	wanted := slices.Clone(l.domains)
	for _, mailbox := range l.mailboxes {
		_, domain, _ := strings.Cut(mailbox, "@")
		wanted = append(wanted, domain)
	}
	return slices.ContainsFunc(wanted, func(domain string) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			return name != "" && (strings.EqualFold(domain, name) || strings.HasSuffix(strings.ToLower(domain), "."+strings.ToLower(name)))
		})
	})
}

// points are the connection points that lead to a URL.
func points(org *facts.Organization) []autodiscover.Point {
	var list []autodiscover.Point
	for _, p := range org.ConnectionPoints.Value {
		if p.Kind.Value != facts.PointURL {
			continue
		}
		for _, binding := range p.Bindings.Value {
			list = append(list, autodiscover.Point{URL: binding, Source: p.DN, Sites: p.Sites})
		}
	}
	return list
}

// earned are the hosts at which the organization itself publishes Autodiscover.
func earned(org *facts.Organization) []string {
	var hosts []string
	add := func(host string, port int) {
		if text := facts.HostPort(host, port); host != "" && !slices.Contains(hosts, text) {
			hosts = append(hosts, text)
		}
	}
	for _, p := range points(org) {
		if host, port, ok := secure(p.URL); ok {
			add(host, port)
		}
	}
	for _, v := range org.VirtualDirectories.Value {
		if v.Service != facts.ServiceAutodiscover || v.BackEnd {
			continue
		}
		for _, u := range []facts.Observed[facts.PublishedURL]{v.External, v.Internal} {
			if u.Known && u.Value.SSL {
				add(u.Value.Host, u.Value.Port)
			}
		}
	}
	return hosts
}

// maxOffers is how many URLs are asked what they offer: one for each published host
// of a large organization.
const maxOffers = 1000

// offers are the URLs that say what a client may sign in with: Outlook Anywhere's
// endpoint at every host that publishes it with SSL. A host that a file stands for
// is left in peace.
func (l *live) offers(s *facts.Snapshot) []autodiscover.OfferTarget {
	var list []autodiscover.OfferTarget
	places, _ := s.Places()
	for _, p := range places {
		t := autodiscover.OfferTarget{URL: "https://" + facts.Label(p.Host, p.Port) + "/rpc/rpcproxy.dll", Service: facts.ServiceRPC}
		fit := p.Host != "" && (!unfit(p.Host) || s.Names(p.Host)) && len(l.standsFor(p.Host, p.Port)) == 0
		if fit && !p.SSLOff() && !p.Online && !slices.Contains(list, t) && len(list) < maxOffers {
			list = append(list, t)
		}
	}
	return list
}
