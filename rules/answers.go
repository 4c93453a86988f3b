package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// sighting is what a rule saw of a subject at one URL. A look-up asks many URLs, and
// what is wrong with a deployment shows at several.
type sighting struct {
	subject  report.Subject
	outcome  report.Outcome
	url      string // where it was seen, a URL or another name; empty where the text says it
	text     string // of Fail and Unknown
	evidence []report.Evidence
}

// merge makes one verdict of all that was seen of a subject: what failed outranks
// what was not seen, and that outranks what passed. What shows at several URLs is
// said once.
func merge(seen []sighting) []report.Verdict {
	slices.SortStableFunc(seen, func(a, b sighting) int {
		return cmp.Or(a.subject.Compare(b.subject), rankOf(a.outcome)-rankOf(b.outcome), strings.Compare(a.text, b.text), strings.Compare(a.url, b.url),
			slices.CompareFunc(a.evidence, b.evidence, compareEvidence))
	})
	var verdicts []report.Verdict
	for len(seen) > 0 {
		first := seen[0]
		n := 0
		for n < len(seen) && seen[n].subject == first.subject {
			n++
		}
		same := seen[:n]
		seen = seen[n:]
		if i := slices.IndexFunc(same, func(o sighting) bool { return o.outcome != first.outcome }); i >= 0 {
			same = same[:i]
		}
		v := report.Verdict{Subject: first.subject, Outcome: first.outcome}
		if first.outcome != report.Pass {
			v.Message = told(same)
		}
		for _, o := range same {
			for _, e := range o.evidence {
				if !slices.Contains(v.Evidence, e) {
					v.Evidence = append(v.Evidence, e)
				}
			}
		}
		verdicts = append(verdicts, v)
	}
	return verdicts
}

// told is the message of sightings that are sorted by text: each text once, behind
// the URLs where it was seen.
func told(seen []sighting) string {
	var parts []string
	for i := 0; i < len(seen); {
		var urls []string
		text := seen[i].text
		for ; i < len(seen) && seen[i].text == text; i++ {
			if seen[i].url != "" && !slices.Contains(urls, seen[i].url) {
				urls = append(urls, seen[i].url)
			}
		}
		switch len(urls) {
		case 0:
			parts = append(parts, text)
		case 1:
			parts = append(parts, urls[0]+": "+text)
		case 2:
			parts = append(parts, urls[0]+" and "+urls[1]+": "+text)
		default:
			parts = append(parts, fmt.Sprintf("%s and %d more: %s", urls[0], len(urls)-1, text))
		}
	}
	return strings.Join(parts, "; ")
}

func rankOf(o report.Outcome) int {
	return slices.Index([]report.Outcome{report.Fail, report.Unknown, report.Pass}, o)
}

// hidden lists where a rule about settings would have looked: the mailboxes that
// were given none, and the answers that could not be seen.
func hidden(s *facts.Snapshot, view facts.View) []sighting {
	seen := unread(s, view)
	for _, o := range gapsOf(s) {
		if ofLookUp(o.subject) {
			seen = append(seen, o)
		}
	}
	return seen
}

// gapsOf lists what could not be seen and may publish more, in look-ups and in the
// directory.
func gapsOf(s *facts.Snapshot) []sighting {
	var seen []sighting
	_, gaps := s.Places()
	for _, g := range gaps {
		seen = append(seen, sighting{report.Subject{Kind: g.Kind, Name: g.Name, DN: g.DN}, report.Unknown, "", g.Why, nil})
	}
	return seen
}

func ofLookUp(subject report.Subject) bool {
	return subject.Kind == "mailbox" || subject.Kind == "domain" || subject.Kind == "file"
}

// unread lists the answers of a view, or of any where it is empty, in which a server
// said in good order something that could not be seen. The root domain's web site is
// left out: a page there is what is expected, and clients go on from it.
func unread(s *facts.Snapshot, view facts.View) []sighting {
	var seen []sighting
	for i := range s.Answers {
		a := &s.Answers[i]
		if isPOX(a) && a.Mailbox != "" && !webSite(a) && a.Status == 200 && !a.Response.Known && a.Response.Asked() &&
			(view == "" || a.View == view || a.View == facts.ViewUnknown) {
			seen = append(seen, sighting{whose(a), report.Unknown, "", a.URL + ": " + a.Response.Why, nil})
		}
	}
	return seen
}

// isPOX says whether an answer is one of plain old XML.
func isPOX(a *facts.Answer) bool { return a.Protocol == facts.POX || a.Protocol == "" }

// webSite says whether an answer comes from the root domain of the address that it
// was asked about, where mostly a web site is.
func webSite(a *facts.Answer) bool {
	if a.Hop == 0 && a.Step == facts.StepRootDomain {
		return true
	}
	host, _, _ := facts.WebAddress(a.URL)
	domain := domainOf(a)
	if _, of, ok := strings.Cut(a.Asked, "@"); ok {
		domain = of
	}
	return host != "" && facts.EqualName(host, domain)
}

// whose is the mailbox, the domain or the file that an answer is about.
func whose(a *facts.Answer) report.Subject {
	switch {
	case a.Step == facts.StepFile:
		return report.Subject{Kind: "file", Name: a.URL}
	case a.Mailbox == "":
		return report.Subject{Kind: "domain", Name: a.Domain}
	}
	return report.Subject{Kind: "mailbox", Name: a.Mailbox}
}

// domainOf is the domain whose look-up an answer belongs to.
func domainOf(a *facts.Answer) string {
	if _, domain, ok := strings.Cut(a.Mailbox, "@"); ok {
		return domain
	}
	return a.Domain
}

// at is the host of a URL as a subject.
func at(url string) report.Subject {
	host, port, _ := facts.WebAddress(url)
	if host == "" {
		return report.Subject{Kind: "host", Name: url}
	}
	return report.Subject{Kind: "host", Name: strings.ToLower(facts.Label(host, port))}
}

// ofExchange says whether an answer holds settings as Exchange publishes them.
func ofExchange(r facts.Response) bool {
	return slices.ContainsFunc(r.Nodes, func(n facts.Node) bool {
		return n.Is(facts.NodeEXPR) || n.Is(facts.NodeEXCH) || n.Is(facts.NodeEXHTTP) || n.Is(facts.NodeMapi)
	})
}

// settings says whether an answer shows what clients of a view are given on
// premises. A view that is not known counts as either.
func settings(a *facts.Answer, view facts.View) bool {
	return isPOX(a) && a.Response.Known && (a.View == view || a.View == facts.ViewUnknown) &&
		!a.Response.Value.MicrosoftOnline && ofExchange(a.Response.Value)
}
