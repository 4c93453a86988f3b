package rules

import (
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// path is what of a served chain leads from the leaf to its root: the certificates of
// the trusted path where there is one, and else those that the names of issuers lead
// to. What the server sends besides is no part of it. whole is false where the path
// ends below a self-signed certificate while something in the chain could not be
// parsed: that may be its next link.
func path(served facts.Served) (links []facts.Certificate, whole bool) {
	chain := served.Chain
	if len(chain) == 0 || chain[0].Unreadable != "" {
		return nil, false
	}
	unparsed := slices.ContainsFunc(chain, func(c facts.Certificate) bool { return c.Unreadable != "" })
	if positions := served.Trust.Value.Path; len(positions) > 0 && !unparsed {
		for _, at := range positions {
			if at >= 0 && at < len(chain) { // evidence may be anybody's
				links = append(links, chain[at])
			}
		}
		return links, true
	}
	links = []facts.Certificate{chain[0]}
	rest := slices.Clone(chain[1:])
	for {
		last := links[len(links)-1]
		if last.Subject == last.Issuer {
			return links, true
		}
		next := issuerIn(rest, last.Issuer)
		if next < 0 {
			return links, !unparsed
		}
		links = append(links, rest[next])
		rest = slices.Delete(rest, next, next+1)
	}
}

// issuerIn finds the certificate that bears a name. Of several, as before and after a
// renewal, it is an authority's before another, then one that is meant for servers,
// then the one that is valid longest.
func issuerIn(list []facts.Certificate, name string) int {
	best := -1
	for i, c := range list {
		if c.Unreadable == "" && c.Subject == name && (best < 0 || fitter(c, list[best])) {
			best = i
		}
	}
	return best
}

func fitter(a, b facts.Certificate) bool {
	switch {
	case a.Authority != b.Authority:
		return a.Authority
	case notForServers(a) != notForServers(b):
		return notForServers(b)
	}
	return a.NotAfter.After(b.NotAfter)
}

// eachLink is the check of a rule that concerns the leaf and every authority above
// it that is served. The gravest word counts, and of equal ones the first.
func eachLink(check func(c facts.Certificate) (report.Outcome, string)) hostCheck {
	return func(_ string, served facts.Served) (outcome report.Outcome, message string) {
		links, whole := path(served)
		if leaf := served.Leaf(); leaf.Unreadable != "" {
			return report.Unknown, unparsed(leaf)
		}
		if !whole {
			outcome, message = report.Unknown, "a certificate of the chain could not be parsed"
		}
		for i, c := range links {
			if o, text := check(c); grave(o) > grave(outcome) {
				outcome, message = o, text
				if text != "" {
					message = linkName(i, c) + " " + text
				}
			}
		}
		return outcome, message
	}
}

// linkName names a certificate of a path at the beginning of a sentence.
func linkName(i int, c facts.Certificate) string {
	if i == 0 {
		return "the certificate"
	}
	return "the certificate of the authority " + c.Subject
}

// described guards a check that needs what evidence of the first versions does not
// hold: the key and what came into it together with the key.
func described(check func(c facts.Certificate) (report.Outcome, string)) func(facts.Certificate) (report.Outcome, string) {
	return func(c facts.Certificate) (report.Outcome, string) {
		if c.Key == "" {
			return report.Unknown, "was recorded without its key, signature and purposes"
		}
		return check(c)
	}
}
