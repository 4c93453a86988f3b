package own

import (
	"cmp"
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types/ref"
)

// answerKind is of the requests that ask for settings. What only leads to one, a
// question to DNS or a bare request that shows a redirect, is no answer: it can say
// nothing of a mailbox, and the request that it leads to stands beside it.
func answerKind() *kind {
	type answer = *facts.Answer
	return &kind{name: "answer", plural: "answers", about: "one request for settings and what came back; not the SRV records and the plain redirect that lead to one",
		fields: []field{
			fact("mailbox", optionalText, "", func(a answer) ref.Val { return orNull(a.Mailbox) }),
			fact("domain", optionalText, "where no mailbox was given", func(a answer) ref.Val { return orNull(a.Domain) }),
			fact("step", cel.StringType, "scp, https-root-domain, https-autodiscover-host, http-redirect, srv, microsoft-365, file", func(a answer) ref.Val { return text(a.Step) }),
			fact("protocol", cel.StringType, "pox, soap, json", func(a answer) ref.Val { return text(cmp.Or(a.Protocol, facts.POX)) }),
			fact("view", cel.StringType, "of pox: rpc-http or mapi-http", func(a answer) ref.Val { return text(string(a.View)) }),
			fact("url", cel.StringType, "", func(a answer) ref.Val { return text(a.URL) }),
			fact("status", cel.IntType, "of HTTP, 0 where there was no answer", func(a answer) ref.Val { return number(a.Status) }),
			fact("location", optionalText, "where an HTTP redirect leads", func(a answer) ref.Val { return orNull(a.Location) }),
			fact("schemes", texts, "what a 401 offers", func(a answer) ref.Val { return list(a.Schemes) }),
			fact("credentialsSent", optionalText, "the scheme of what was sent", func(a answer) ref.Val { return orNull(a.CredentialsSent) }),
			fact("error", optionalText, "the code of an error document", func(a answer) ref.Val {
				return documented(a, func(r facts.Response) ref.Val {
					if r.Error == nil {
						return orNull("")
					}
					return text(r.Error.Code)
				})
			}),
			fact("online", cel.BoolType, "whether a document says that the mailbox is in Microsoft 365", func(a answer) ref.Val {
				return documented(a, func(r facts.Response) ref.Val { return truth(r.MicrosoftOnline) })
			}),
		},
		list: func(s *facts.Snapshot) (l listing) {
			for i := range s.Answers {
				if a := &s.Answers[i]; a.Protocol != facts.DNS && a.Protocol != facts.Redirect {
					l.items = append(l.items, item{report.Subject{Kind: "answer", Name: a.URL}, a})
				}
			}
			return l
		}}
}

// Statuses of HTTP (RFC 9110 15).
const (
	statusOK               = 200
	statusUnauthorized     = 401
	statusNotFound         = 404
	statusMethodNotAllowed = 405
	statusGone             = 410
)

// documented is a fact of an answer's document. A redirect and a status that says
// that nothing is there come with none, and that is known; of any other answer that is
// no document nobody knows what it would have said.
func documented(a *facts.Answer, value func(facts.Response) ref.Val) ref.Val {
	nothing := a.Location != "" || slices.Contains([]int{statusNotFound, statusMethodNotAllowed, statusGone}, a.Status)
	if !a.Response.Known && nothing {
		return value(facts.Response{})
	}
	return observed(a.Response, value)
}

// published is a node of an answer.
type published struct {
	answer *facts.Answer
	node   facts.Node
}

func nodeKind() *kind {
	of := func(name string, about string, get func(facts.Node) facts.Text) field {
		return fact(name, optionalText, about, func(p *published) ref.Val { return optional(get(p.node), text) })
	}
	return &kind{name: "node", plural: "nodes", about: "a Protocol element of an Autodiscover answer",
		fields: []field{
			fact("url", cel.StringType, "of the answer that it is in", func(p *published) ref.Val { return text(p.answer.URL) }),
			fact("mailbox", optionalText, "", func(p *published) ref.Val { return orNull(p.answer.Mailbox) }),
			fact("type", cel.StringType, "EXPR, EXCH, EXHTTP, mapiHttp, WEB", func(p *published) ref.Val { return text(p.node.Type) }),
			of("server", "", func(n facts.Node) facts.Text { return n.Server }),
			of("ssl", "On or Off, as sent", func(n facts.Node) facts.Text { return n.SSL }),
			of("authPackage", "", func(n facts.Node) facts.Text { return n.AuthPackage }),
			of("certPrincipalName", "", func(n facts.Node) facts.Text { return n.CertPrincipalName }),
			of("ttl", "hours", func(n facts.Node) facts.Text { return n.TTL }),
			of("serverVersion", "", func(n facts.Node) facts.Text { return n.ServerVersion }),
			fact("urls", texts, "every URL that it publishes", func(p *published) ref.Val {
				urls := []string{}
				for _, u := range p.node.URLs {
					urls = append(urls, u.URL)
				}
				return list(urls)
			}),
		},
		list: func(s *facts.Snapshot) (l listing) {
			shown := map[string]bool{}
			for i := range s.Answers {
				a := &s.Answers[i]
				shown[lookUpOf(a)] = shown[lookUpOf(a)] || len(a.Response.Value.Nodes) > 0
			}
			for i := range s.Answers {
				a := &s.Answers[i]
				if hidesNodes(a, shown[lookUpOf(a)]) {
					l.unseen = append(l.unseen, unseen{report.Subject{Kind: "answer", Name: a.URL}, a.Response.Why, nil})
				}
				for _, n := range a.Response.Value.Nodes {
					l.items = append(l.items, item{report.Subject{Kind: "answer", Name: a.URL, Provider: n.Type}, &published{a, n}})
				}
			}
			return l
		}}
}

// hidesNodes says whether an answer that is no document may keep nodes from sight. One
// that is in good order, or that wants a sign-in, may. The others are steps at which a
// client finds nothing and goes on: they hide nodes only where no step of the look-up
// shows any.
func hidesNodes(a *facts.Answer, shown bool) bool {
	if a.Response.Known || !a.Response.Asked() || cmp.Or(a.Protocol, facts.POX) != facts.POX {
		return false
	}
	return !shown || a.Status == statusOK || a.Status == statusUnauthorized
}

// lookUpOf tells the look-ups apart, and each file from them.
func lookUpOf(a *facts.Answer) string {
	if a.Step == facts.StepFile {
		return "file " + a.URL
	}
	return cmp.Or(a.Mailbox, a.Domain)
}
