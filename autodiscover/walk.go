package autodiscover

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
)

// maxHops is how many redirects a client follows in all, over HTTP and in XML
// (MS-OXDSCLI 3.1.5).
const maxHops = 10

// visit is one URL to ask on the way of a step.
type visit struct {
	url      *url.URL
	protocol string
	views    []facts.View // of POX, both at once
	asked    string       // the address in the request
	hop      int
	from     string
	named    bool     // as of a question
	trail    []string // what was asked before on this way
}

// bothViews are the views in the order in which their answers stand.
var bothViews = []facts.View{facts.ViewRPC, facts.ViewMapi}

// onward is where an answer sends a client: to a URL, or with an address to the
// beginning of the steps.
type onward struct {
	by      visit // what sends it, with the views that it sends
	text    string
	address bool
}

// walker takes one step of one subject.
type walker struct {
	run
	kind, source string
}

// take takes a step to its end. A document that names another address starts the
// steps over, and there the first that names one more does, in Outlook's order: so
// the way stays a line, however many a server would have of them.
func (r run) take(ctx context.Context, s step) []facts.Answer {
	w := walker{run: r, kind: s.kind, source: s.source}
	if s.skipped != "" {
		return []facts.Answer{w.stamp(facts.Answer{Protocol: s.protocol, URL: s.text, Skipped: s.skipped}, visit{})}
	}
	first := visit{url: s.url, protocol: s.protocol, asked: r.subject.Mailbox}
	var found []walked
	if s.protocol == facts.DNS {
		found = []walked{w.records(ctx, r.domain, first)}
	} else {
		work := []func() walked{func() walked { return w.visit(ctx, first) }}
		if s.json && r.subject.Mailbox != "" {
			work = append(work, func() walked { return w.versionTwo(ctx, s.url) })
		}
		found = sideBySide(work, func(f func() walked) walked { return f() })
	}
	answers, next := join(found)
	for len(next) > 0 {
		var more walked
		more.answers, next = w.startOver(ctx, next)
		answers = append(answers, more.answers...)
	}
	return answers
}

// walked is what a part of a way gave: answers, and the addresses with which the
// steps would start over.
type walked struct {
	answers []facts.Answer
	next    []onward
}

func join(parts []walked) (answers []facts.Answer, next []onward) {
	for _, p := range parts {
		answers, next = append(answers, p.answers...), append(next, p.next...)
	}
	return answers, next
}

// stamp notes on an answer how it was come by.
func (w walker) stamp(a facts.Answer, v visit) facts.Answer {
	a.Mailbox, a.Domain = w.subject.Mailbox, w.subject.Domain
	a.Step, a.Source, a.Hop, a.From = w.kind, w.source, v.hop, v.from
	return a
}

// visit asks a URL, and then side by side the SOAP service of its host and whatever
// the answers lead to.
func (w walker) visit(ctx context.Context, v visit) walked {
	if v.protocol == facts.POX && v.views == nil {
		v.views = bothViews
	}
	v.trail = append(slices.Clone(v.trail), v.mark())
	views := v.views
	if v.protocol != facts.POX {
		views = []facts.View{""}
	}
	replies := sideBySide(views, func(view facts.View) fetched {
		asked := v.asked
		if v.protocol == facts.Redirect {
			asked = ""
		}
		f := w.client.ask(ctx, w.subject, question{protocol: v.protocol, view: view, url: v.url, asked: asked, named: v.named,
			paired: slices.Contains(views, facts.ViewRPC)})
		f.answer.Response = expected(f.answer)
		return f
	})
	var result walked
	for _, f := range replies {
		result.answers = append(result.answers, w.stamp(f.answer, v))
	}
	var work []func() walked
	if v.protocol == facts.POX && speaksSOAP(replies) {
		work = append(work, func() walked {
			q := question{protocol: facts.SOAP, url: at(v.url.Host, pathSOAP), asked: v.asked, named: v.named}
			return walked{answers: []facts.Answer{w.stamp(w.client.ask(ctx, w.subject, q).answer, v)}}
		})
	}
	for _, next := range onwards(v, views, replies) {
		if next.address {
			result.next = append(result.next, next)
			continue
		}
		work = append(work, func() walked { return w.follow(ctx, next) })
	}
	answers, later := join(sideBySide(work, func(f func() walked) walked { return f() }))
	return walked{append(result.answers, answers...), append(result.next, later...)}
}

// mark is what a way must not come to twice.
func (v visit) mark() string { return sameURL(v.url) + "\x00" + strings.ToLower(v.asked) }

// speaksSOAP says whether the host of a POX request answered it with a document, or
// says that it has the SOAP service.
func speaksSOAP(replies []fetched) bool {
	return slices.ContainsFunc(replies, func(f fetched) bool {
		return f.answer.Response.Known || slices.Contains(f.answer.Capabilities, soapEnabled)
	})
}

// onwards lists where the answers of a visit lead, each place once with the views
// that lead there.
func onwards(v visit, views []facts.View, replies []fetched) []onward {
	var list []onward
	for i, f := range replies {
		next := onward{by: v, text: f.location}
		if r := f.answer.Response; r.Known && len(r.Value.Nodes) == 0 {
			next.text, next.address = r.Value.Redirected(), r.Value.RedirectAddr != ""
		}
		if next.text == "" {
			continue
		}
		if known := slices.IndexFunc(list, func(o onward) bool { return o.text == next.text && o.address == next.address }); known >= 0 {
			list[known].by.views = append(list[known].by.views, views[i])
			continue
		}
		next.by.views = []facts.View{views[i]}
		list = append(list, next)
	}
	return list
}

// follow goes where an answer leads by a URL. The request stays what it was: a POST
// stays a POST, whatever the status.
func (w walker) follow(ctx context.Context, o onward) walked {
	v := o.by
	v.hop, v.from = o.by.hop+1, printable(o.by.url.String())
	v.named = false
	base := o.by.url
	if o.by.protocol == facts.Redirect && w.subject.Mailbox != "" {
		v.protocol, v.views = facts.POX, nil // the answer of the HTTP step counts for both
	}
	to, refused := redirectTarget(base, o.text)
	if refused != "" {
		return w.skip(v, location(base, o.text), "the redirect is not followed: "+refused)
	}
	v.url = to
	switch {
	case slices.Contains(v.trail, v.mark()):
		return w.skip(v, printable(to.String()), "the redirect leads in a loop: this URL was asked before")
	case v.hop > maxHops:
		return w.skip(v, printable(to.String()), tooManyHops)
	}
	return w.visit(ctx, v)
}

var tooManyHops = fmt.Sprintf("there are more than %d redirects, and a client gives up", maxHops)

// skip is the answer of a redirect that is not followed.
func (w walker) skip(v visit, url, why string) walked {
	a := facts.Answer{Protocol: v.protocol, URL: url, Skipped: why}
	if v.protocol == facts.POX && len(v.views) > 0 {
		a.View = v.views[0]
	}
	if v.asked != "" && !strings.EqualFold(v.asked, w.subject.Mailbox) {
		a.Asked = v.asked
	}
	return walked{answers: []facts.Answer{w.stamp(a, v)}}
}

// startOver takes the steps of a domain for the first address that answers named.
// The others are noted: a client never comes to them.
func (w walker) startOver(ctx context.Context, list []onward) ([]facts.Answer, []onward) {
	o := list[0]
	v := o.by
	v.hop, v.from, v.asked, v.named = o.by.hop+1, printable(o.by.url.String()), o.text, false
	v.protocol, v.views = facts.POX, nil
	var later []facts.Answer
	for _, other := range list[1:] {
		if !strings.EqualFold(other.text, o.text) {
			u := other.by
			u.hop, u.from, u.asked = u.hop+1, printable(u.url.String()), clean(other.text)
			later = append(later, w.skip(u, "", "another answer of this step, which comes first, names "+clean(o.text)).answers...)
		}
	}
	refuse := func(why string) ([]facts.Answer, []onward) {
		v.asked, v.views = clean(o.text), o.by.views
		return append(w.skip(v, "", why).answers, later...), nil
	}
	domain, err := domainOf(o.text)
	switch {
	case err != nil:
		return refuse("the address is not followed: " + err.Error())
	case slices.ContainsFunc(v.trail, func(mark string) bool { return strings.HasSuffix(mark, "\x00"+strings.ToLower(o.text)) }):
		return refuse("the address leads in a loop: it was asked for before")
	case v.hop > maxHops:
		return refuse(tooManyHops)
	}
	to := func(u *url.URL, protocol string) func() walked {
		return func() walked {
			v := v
			v.url, v.protocol = u, protocol
			return w.visit(ctx, v)
		}
	}
	work := []func() walked{
		to(at(domain, pathPOX), facts.POX),
		to(at("autodiscover."+domain, pathPOX), facts.POX),
		to(plainHTTP(domain), facts.Redirect),
		func() walked { return w.records(ctx, domain, v) },
	}
	answers, next := join(sideBySide(work, func(f func() walked) walked { return f() }))
	return append(answers, later...), next
}

// plainHTTP is what the HTTP step asks: over http, where nobody is authenticated.
func plainHTTP(domain string) *url.URL {
	return &url.URL{Scheme: "http", Host: "autodiscover." + domain, Path: pathPOX}
}

// versionTwo asks the host of a URL for the end point of version 1.
func (w walker) versionTwo(ctx context.Context, of *url.URL) walked {
	q := question{protocol: facts.JSON, url: jsonURL(of.Host, w.subject.Mailbox), asked: w.subject.Mailbox}
	return walked{answers: []facts.Answer{w.stamp(w.client.ask(ctx, w.subject, q).answer, visit{})}}
}

// expected adds to a failure that it is normal: a tenant's autodiscover name has no
// listener for https, and only the HTTP redirect there leads on.
func expected(a facts.Answer) facts.Observed[facts.Response] {
	u, err := url.Parse(a.URL)
	tenant := err == nil && u.Scheme == "https" && a.Status == 0 && !a.Secured.Known &&
		strings.HasPrefix(u.Hostname(), "autodiscover.") && strings.HasSuffix(u.Hostname(), ".onmicrosoft.com")
	if !tenant || a.Response.Known {
		return a.Response
	}
	return facts.Unknown[facts.Response](a.Response.Why + "; that is normal for a tenant's name in Exchange Online, where the HTTP redirect leads on")
}
