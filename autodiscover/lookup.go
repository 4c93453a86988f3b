package autodiscover

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
)

// LookUp takes every step of the look-up that Outlook could take, for each subject:
// the service connection points, the root domain, the autodiscover host, the HTTP
// redirect, SRV records and the endpoints of Microsoft 365. All of them are taken
// side by side and to their ends, not only as far as the first that works. It never
// fails as a whole: each answer carries its own failure, and a subject that
// [CheckMailbox] or [CheckDomain] refuses has one answer, for which nothing was sent.
//
// The order of the answers follows from the subjects, the options and what the
// answers say: by subject, by step in Outlook's order, and within a step as a client
// goes, both views of a URL before what they lead to. A request that several steps
// make is made once, and its answer stands in each of them.
func LookUp(ctx context.Context, subjects []Subject, o Options) []facts.Answer {
	common := newShared()
	var runs []run
	for _, s := range subjects {
		runs = append(runs, newRun(s, o, common))
	}
	for i := range runs {
		runs[i].line()
	}
	limit := o.limit(len(subjects))
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%s: it may take %s in all", cutShort, limit))
	defer cancel()
	var list []facts.Answer
	for _, answers := range sideBySide(runs, func(r run) []facts.Answer { return r.all(ctx) }) {
		list = append(list, answers...)
	}
	return list
}

// run is the look-up of one subject.
type run struct {
	client  *client
	subject Subject
	domain  string // in which the steps begin
	refused string // why nothing is sent
	steps   []step
}

func newRun(s Subject, o Options, common *shared) run {
	if s.Mailbox != "" {
		s.Domain = ""
	}
	r := run{subject: s}
	domain, err := s.domain()
	if err != nil {
		r.refused = err.Error()
		return r
	}
	credited := domain
	if s.Mailbox == "" {
		credited = ""
	}
	r.domain, r.client = domain, newClient(o, s, credited, common)
	r.steps = r.plan(o)
	return r
}

// domain is where the steps of a subject begin.
func (s Subject) domain() (string, error) {
	if s.Mailbox != "" {
		return domainOf(s.Mailbox)
	}
	if err := CheckDomain(s.Domain); err != nil {
		return "", err
	}
	return askedDomain(s.Domain)
}

// line puts the first requests of a run's steps into the line before the gate of its
// account. The root domain, which mostly is a web site that has nothing to say, goes
// last: it must not see credentials, and refuse them, that others were meant to have.
func (r run) line() {
	if r.refused != "" || r.subject.Mailbox == "" {
		return
	}
	g := r.client.openGate()
	var last []string
	for _, s := range r.steps {
		if s.url == nil || s.protocol != facts.POX {
			continue
		}
		key := r.question(s).key(r.subject.Mailbox)
		switch {
		case slices.Contains(g.order, key) || slices.Contains(last, key):
		case s.kind == facts.StepRootDomain:
			last = append(last, key)
		default:
			g.order = append(g.order, key)
		}
	}
	for _, key := range last {
		if !slices.Contains(g.order, key) {
			g.order = append(g.order, key)
		}
	}
}

func (r run) question(s step) question {
	q := question{protocol: s.protocol, url: s.url, asked: r.subject.Mailbox}
	if s.protocol == facts.POX {
		q.view = facts.ViewRPC
	}
	return q
}

func (r run) all(ctx context.Context) []facts.Answer {
	if r.refused != "" {
		return []facts.Answer{{Mailbox: r.subject.Mailbox, Domain: r.subject.Domain, Step: facts.StepAutodiscoverHost,
			Response: facts.Unknown[facts.Response](r.refused)}}
	}
	var list []facts.Answer
	for _, answers := range sideBySide(r.steps, func(s step) []facts.Answer { return r.take(ctx, s) }) {
		list = append(list, answers...)
	}
	return list
}

// step is one step of a look-up before it is taken.
type step struct {
	kind, source string
	url          *url.URL // nil where there is nothing to ask over HTTP
	text         string   // the URL as it was given, where url is nil
	skipped      string   // why the step is not taken
	protocol     string   // of the request to url
	json         bool     // version 2 is asked of the host too
}

// plan lists the steps in Outlook's order (KB2212902; KB3211279 for the last).
func (r run) plan(o Options) []step {
	protocol := facts.POX
	if r.subject.Mailbox == "" {
		protocol = facts.Redirect
	}
	var steps []step
	for _, p := range inSiteOrder(o.Points, o.Site) {
		s := step{kind: facts.StepConnectionPoint, source: p.Source, protocol: protocol, json: true, text: printable(p.URL)}
		if s.url, s.skipped = redirectTarget(nil, p.URL); s.skipped != "" {
			s.skipped = "the connection point leads nowhere: " + s.skipped
			s.text = location(nil, p.URL)
		}
		switch known := slices.IndexFunc(steps, func(other step) bool { return other.same(s) }); {
		case known >= 0: // many servers' points hold the same URL
		case len(steps) >= maxPoints:
			s.url, s.skipped = nil, "more connection points were found than are asked"
			steps = append(steps, s)
		default:
			steps = append(steps, s)
		}
	}
	steps = append(steps,
		step{kind: facts.StepRootDomain, url: at(r.domain, pathPOX), protocol: protocol},
		step{kind: facts.StepAutodiscoverHost, url: at("autodiscover."+r.domain, pathPOX), protocol: protocol, json: true},
		step{kind: facts.StepHTTPRedirect, url: plainHTTP(r.domain), protocol: facts.Redirect},
		step{kind: facts.StepSRV, source: recordsOf(r.domain), protocol: facts.DNS})
	for _, host := range []string{"autodiscover-s.outlook.com", office365} {
		s := step{kind: facts.StepMicrosoft365, url: at(host, pathPOX), protocol: facts.POX, json: host == office365}
		switch {
		case o.NoMicrosoft365:
			s.skipped = "the endpoints of Microsoft 365 were left out, as the operator wanted"
		case r.subject.Mailbox == "":
			s.skipped = "the endpoints of Microsoft 365 are asked for a mailbox, and none was given"
		}
		if s.skipped != "" {
			s.text, s.url = s.url.String(), nil
		}
		steps = append(steps, s)
	}
	return steps
}

const (
	// maxPoints bounds the connection points with URLs of their own that are asked.
	// Every Exchange server has one, and most share a URL.
	maxPoints = 64

	// office365 is the host that answers version 2 for every tenant.
	office365 = "outlook.office365.com"
)

func (s step) same(other step) bool {
	if s.url == nil || other.url == nil {
		return s.url == other.url && s.text == other.text
	}
	return sameURL(s.url) == sameURL(other.url)
}

// inSiteOrder puts the points of the own site first, then those of every site, then
// the others (Microsoft, "How to: Generate a list of Autodiscover endpoints").
func inSiteOrder(points []Point, site string) []Point {
	rank := func(p Point) int {
		switch {
		case len(p.Sites) == 0:
			return 1
		case site != "" && slices.ContainsFunc(p.Sites, func(s string) bool { return strings.EqualFold(s, site) }):
			return 0
		}
		return 2
	}
	ordered := slices.Clone(points)
	slices.SortStableFunc(ordered, func(a, b Point) int { return cmp.Compare(rank(a), rank(b)) })
	return ordered
}
