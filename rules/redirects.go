package rules

import (
	"fmt"
	"strings"

	"exprobe/autodiscover/facts"
)

// redirect is where an answer sends a client: a URL, or a mail address with which
// the look-up begins anew.
type redirect struct {
	url     string
	address string
	http    bool // by a Location header and not by a document
}

// redirectsOf lists where an answer sends a client.
func redirectsOf(a *facts.Answer) []redirect {
	var list []redirect
	if a.Location != "" && a.Status >= 300 && a.Status < 400 {
		list = append(list, redirect{url: a.Location, http: true})
	}
	if r := a.Response.Value; a.Response.Known {
		if r.RedirectURL != "" {
			list = append(list, redirect{url: r.RedirectURL})
		}
		if r.RedirectAddr != "" {
			list = append(list, redirect{address: r.RedirectAddr})
		}
	}
	return list
}

func (r redirect) String() string {
	if r.address != "" {
		return r.address
	}
	return r.url
}

// host is the name to which a client is sent: that of the URL, or the domain of
// the address.
func (r redirect) host() string {
	if r.address != "" {
		return r.address[strings.LastIndex(r.address, "@")+1:]
	}
	host, _, _ := facts.WebAddress(r.url)
	return host
}

// aside says that a redirect is that of the root domain's web site, which sends
// everything to some page: clients find no Autodiscover there and go on. One that
// leads to an Autodiscover address is none (the EWS Managed API demands that path
// before it follows).
func (r redirect) aside(a *facts.Answer) bool {
	if !webSite(a) || !r.http {
		return false
	}
	return !strings.Contains(strings.ToLower(facts.WebPath(r.url)), "/autodiscover")
}

// question is what a client asked: a URL about an address. Scheme and host are
// compared without regard to case, the path as it stands.
func question(text, address string) string {
	host, port, secure := facts.WebAddress(text)
	return strings.ToLower(fmt.Sprintf("%s %t %s ", address, secure, facts.HostPort(host, port))) + facts.WebPath(text)
}

// asked is the address that a request was about.
func asked(a *facts.Answer) string {
	if a.Asked != "" {
		return a.Asked
	}
	return a.Mailbox
}

// trail lists the answers that led to one, the nearest first, itself included.
func trail(s *facts.Snapshot, a *facts.Answer) []*facts.Answer {
	list := []*facts.Answer{a}
	for a.From != "" && a.Hop > 0 {
		var before *facts.Answer
		for i := range s.Answers {
			b := &s.Answers[i]
			if b.URL == a.From && b.Hop == a.Hop-1 && b.Mailbox == a.Mailbox && b.Domain == a.Domain &&
				(before == nil || before.Step != a.Step && b.Step == a.Step) {
				before = b
			}
		}
		if before == nil {
			break
		}
		list = append(list, before)
		a = before
	}
	return list
}
