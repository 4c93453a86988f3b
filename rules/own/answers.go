package own

import (
	"cmp"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types/ref"
)

func answerKind() *kind {
	type answer = *facts.Answer
	return &kind{name: "answer", plural: "answers", about: "one request of Autodiscover and what came back",
		fields: []field{
			fact("mailbox", optionalText, "", func(a answer) ref.Val { return orNull(a.Mailbox) }),
			fact("domain", optionalText, "where no mailbox was given", func(a answer) ref.Val { return orNull(a.Domain) }),
			fact("step", cel.StringType, "scp, https-root-domain, https-autodiscover-host, http-redirect, srv, microsoft-365, file", func(a answer) ref.Val { return text(a.Step) }),
			fact("protocol", cel.StringType, "pox, soap, json, redirect, dns", func(a answer) ref.Val { return text(cmp.Or(a.Protocol, facts.POX)) }),
			fact("view", cel.StringType, "of pox: rpc-http or mapi-http", func(a answer) ref.Val { return text(string(a.View)) }),
			fact("url", cel.StringType, "", func(a answer) ref.Val { return text(a.URL) }),
			fact("status", cel.IntType, "of HTTP, 0 where there was no answer", func(a answer) ref.Val { return number(a.Status) }),
			fact("location", optionalText, "where an HTTP redirect leads", func(a answer) ref.Val { return orNull(a.Location) }),
			fact("schemes", texts, "what a 401 offers", func(a answer) ref.Val { return list(a.Schemes) }),
			fact("credentialsSent", optionalText, "the scheme of what was sent", func(a answer) ref.Val { return orNull(a.CredentialsSent) }),
			fact("error", optionalText, "the code of an error document", func(a answer) ref.Val {
				return observed(a.Response, func(r facts.Response) ref.Val {
					if r.Error == nil {
						return orNull("")
					}
					return text(r.Error.Code)
				})
			}),
			fact("online", cel.BoolType, "whether the mailbox is in Microsoft 365", func(a answer) ref.Val {
				return observed(a.Response, func(r facts.Response) ref.Val { return truth(r.MicrosoftOnline) })
			}),
		},
		list: func(s *facts.Snapshot) (l listing) {
			for i := range s.Answers {
				l.items = append(l.items, item{report.Subject{Kind: "answer", Name: s.Answers[i].URL}, &s.Answers[i]})
			}
			return l
		}}
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
			for i := range s.Answers {
				a := &s.Answers[i]
				if a.Response.Asked() && !a.Response.Known {
					l.unseen = append(l.unseen, unseen{report.Subject{Kind: "answer", Name: a.URL}, a.Response.Why, nil})
				}
				for _, n := range a.Response.Value.Nodes {
					l.items = append(l.items, item{report.Subject{Kind: "answer", Name: a.URL, Provider: n.Type}, &published{a, n}})
				}
			}
			return l
		}}
}
