package fix

import (
	"fmt"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// CertPrincipalName is the parameter of Set-OutlookProvider that the solver sets.
const CertPrincipalName = "CertPrincipalName"

// longestCommonName is the upper bound of a common name in characters (RFC 5280,
// ub-common-name; CA/Browser Forum Baseline Requirements 7.1.4.3).
const longestCommonName = 64

// Solution is what the solver says of one provider. Exactly one of Nothing, Keep,
// Change and Why is set.
type Solution struct {
	Provider string
	Nothing  bool           // the provider feeds no host whose certificate is looked at
	Keep     string         // why the stored value needs no change
	Change   *report.Change // the value that makes every certificate a match
	Why      string         // why no value is offered
	Next     string         // what to do instead
	Disagree bool           // the certificates were seen, and no single value is right for all of them
	Unseen   bool           // a host of the provider could not be seen at all
	Unclear  bool           // one of several certificates has no one clear principal name, so nobody knows whether they disagree
	Unproven []string       // addresses and places that could not be seen
	Unasked  bool           // a server was not asked to prove that it holds its certificate's key
}

// Solve finds the value of one provider's CertPrincipalName (EXPR or EXCH) that
// makes every certificate at every address of every host that it feeds a match, in
// the order: keep the value, msstd: and the common name, $null.
func Solve(s *facts.Snapshot, provider string) Solution {
	p := gather(s, provider)
	sol := Solution{Provider: provider, Unproven: p.unproven, Unseen: len(p.blind) > 0, Unasked: p.unasked}
	switch {
	case p.missing:
		sol.Why = "there is no " + provider + " object in the directory, and Set-OutlookProvider fails on a missing one"
		sol.Next = "restore it with " + newProvider(provider) + ", then audit again"
	case len(p.seen) == 0 && len(p.blind) == 0:
		p.solveNothing(&sol)
	case !p.stored.Known && p.allNone:
		sol.Keep = "Autodiscover sends none, which switches the check off by choice"
	case p.stored.Known && storedIsNone(p.stored.Value):
		sol.Keep = "the directory holds none, which switches the check off by choice"
	case p.stored.Known && good(p.seen, p.stored.Value) && len(p.blind) == 0:
		sol.Keep = "the value in the directory is right for every certificate that was seen"
	default:
		p.solve(&sol)
	}
	return sol
}

// Advice is the value that Solve would give a provider whose check is switched off
// by none, or "" where there is none to give.
func Advice(s *facts.Snapshot, provider string) string {
	p := gather(s, provider)
	var sol Solution
	if p.missing || len(p.seen) == 0 {
		return ""
	}
	p.solve(&sol)
	if sol.Change == nil {
		return ""
	}
	return valueText(*sol.Change)
}

// sighting is one certificate that the provider's value is held against.
type sighting struct {
	host, address string
	leaf          facts.Certificate
	trust         facts.Observed[facts.Trust]
	doubt         string // why the server did not prove that it holds the key
}

type problem struct {
	provider string
	snapshot *facts.Snapshot
	stored   facts.Observed[facts.Text]
	missing  bool // the list of providers is known and this one is not in it
	allNone  bool // every place is sent the value none
	seen     []sighting
	blind    []string // hosts of which no address could be seen, with the reason
	unproven []string
	unasked  bool // no server was asked to prove its key, by choice
	gaps     []facts.Gap
}

// gather collects the certificates that a provider's value is compared with. A
// host with SSL off is not among them: the value is not used there.
func gather(s *facts.Snapshot, provider string) *problem {
	p := &problem{provider: provider, snapshot: s}
	directory := false
	p.allNone = true
	if s.Organization() == nil {
		p.unproven = append(p.unproven, "hosts that were not seen published, because no directory was read")
	}
	if org := s.Organization(); org != nil {
		directory = org.VirtualDirectories.Known
		if object := org.Provider(provider); object != nil {
			p.stored = object.CertPrincipalName
		} else {
			p.missing = org.Providers.Known
		}
	}
	rows, gaps := s.Judge()
	seen := map[string]bool{}
	blind := map[string]string{}
	var hosts []string
	for _, row := range rows {
		if row.Provider != provider || row.Online || row.NoProvider || row.SSLOff() {
			continue
		}
		host := strings.ToLower(facts.Label(row.Host, row.Port))
		p.allNone = p.allNone && row.Effective.Known && row.Effective.Value.Form == facts.None
		key := host + " " + row.Address + " " + row.To
		if seen[key] {
			continue
		}
		seen[key] = true
		if _, known := blind[host]; !known {
			blind[host] = row.Served.Why
			hosts = append(hosts, host)
		}
		if !row.Served.Known {
			if row.Address != "" {
				p.unproven = append(p.unproven, host+" at "+row.Address+": "+row.Served.Why)
			}
			continue
		}
		blind[host] = ""
		at := row.Address
		if row.To != "" {
			at += " " + row.To
		}
		if others := row.Served.Value.Others; others.Asked() && !others.Known {
			p.unproven = append(p.unproven, host+" at "+row.Address+", as other clients see it: "+others.Why)
		}
		p.seen = append(p.seen, sighting{strings.ToLower(row.Host), at, row.Served.Value.Leaf(), row.Served.Value.Trust, row.Served.Value.Doubt()})
		p.unasked = p.unasked || row.Served.Value.Unasked()
	}
	for _, host := range hosts {
		if why := blind[host]; why != "" {
			p.blind = append(p.blind, host+": "+why)
		}
	}
	for _, gap := range gaps {
		if !directory || gap.Kind == "virtual directory" {
			p.gaps = append(p.gaps, gap)
			p.unproven = append(p.unproven, gap.Kind+" "+gap.Name+": "+gap.Why)
		}
	}
	return p
}

// solveNothing settles a provider that feeds no certificate: only a malformed
// value is worth mending, and only $null is right whatever is published later.
func (p *problem) solveNothing(sol *Solution) {
	text := strings.TrimSpace(p.stored.Value.Value)
	switch {
	case len(p.gaps) > 0:
		sol.Why = "where " + p.provider + " is used could not be seen"
		sol.Next = "mend what is listed as not seen, then audit again"
	case p.stored.Known && text != "" && facts.ParsePrincipal(p.stored.Value.Value).Form == facts.Malformed:
		sol.Change = &report.Change{Provider: p.provider, Parameter: CertPrincipalName, Null: true}
	default:
		sol.Nothing = true
	}
}

func (p *problem) solve(sol *Solution) {
	clear, unclear, ambiguous := p.sort()
	change := &report.Change{Provider: p.provider, Parameter: CertPrincipalName}
	switch {
	case len(p.seen) == 0:
		sol.refuse("no certificate could be seen: "+list(p.blind, "; "), "make the hosts reachable from here, or audit from where they are, then audit again")
		return
	case len(clear) > 0 && !oneName(clear) && !good(clear, facts.Text{}):
		sol.Disagree = true
		sol.refuse("one value serves the whole organization, and the certificates disagree: "+disagreement(clear),
			"give every site's certificate the same common name, then audit again")
		if unfit := p.unfit(); unfit != "" { // the wrong certificate on one node is mended there
			sol.Why, sol.Next = sol.Why+"; and "+unfit, "mend that certificate first, then audit again"
		}
		return
	case unclear != "":
		sol.Unclear = ambiguous && p.distinct() > 1
		sol.refuse(unclear, "have a certificate issued whose subject holds the host name as its one common name, and no e-mail address")
		return
	}
	name, _ := clear[0].leaf.CommonName()
	if value := "msstd:" + name; oneName(clear) {
		change.Value = value
	} else {
		change.Null = true
	}
	switch {
	case len(p.blind) > 0:
		sol.refuse("a host could not be seen at all: "+list(p.blind, "; "), "make it reachable from here, or audit from where it is, then audit again")
	case p.doubtful() != "":
		sol.refuse("the handshake proved nothing: "+p.doubtful(), "find out why the handshake fails, or bring the certificate in a file with --served, then audit again")
	case p.unfit() != "":
		sol.refuse(p.unfit(), "mend the certificate first, then audit again")
	case !change.Null && (!Safe(change.Value) || len(name) > longestCommonName || !good(clear, facts.Present(change.Value))):
		sol.refuse("the common name is not a host name that can stand in a command", "have a certificate issued whose common name is a full host name")
	default:
		sol.Change = change
	}
}

func (sol *Solution) refuse(why, next string) { sol.Why, sol.Next = why, next }

// sort tells the certificates that have one clear common name from the others, of
// which it says what is wrong; ambiguous says that one of those has some name.
func (p *problem) sort() (clear []sighting, unclear string, ambiguous bool) {
	var reasons reasons
	for _, c := range p.seen {
		switch _, ok := c.leaf.CommonName(); {
		case c.leaf.Ambiguity() != "":
			reasons.add(c, c.leaf.Ambiguity())
			ambiguous = true
		case !ok:
			reasons.add(c, "the certificate has no common name, so there is no msstd: name that every client takes")
		default:
			clear = append(clear, c)
		}
	}
	return clear, reasons.String(), ambiguous
}

// distinct counts the certificates that differ: one cannot disagree with itself.
func (p *problem) distinct() int {
	kinds := map[string]bool{}
	for _, c := range p.seen {
		kinds[fmt.Sprintf("%q %q %q %q %q %q", c.leaf.Thumbprint, c.leaf.CommonNames, c.leaf.DNSNames, c.leaf.SubjectEmails, c.leaf.SANEmails, c.leaf.Unreadable)] = true
	}
	return len(kinds)
}

// oneName says whether all certificates have the same common name.
func oneName(certificates []sighting) bool {
	first, _ := certificates[0].leaf.CommonName()
	return !slices.ContainsFunc(certificates, func(c sighting) bool {
		name, _ := c.leaf.CommonName()
		return !facts.EqualName(first, name)
	})
}

// good says whether a value makes every certificate a match.
func good(certificates []sighting, value facts.Text) bool {
	for _, c := range certificates {
		principal, _ := facts.EffectivePrincipal(value, c.host, true)
		if match, _ := principal.Match(c.leaf); match != facts.Matches {
			return false
		}
	}
	return len(certificates) > 0
}

// unfit says which certificates must not be made the expected one, and why: to
// demand what is served proves nothing unless the certificate is the right one.
func (p *problem) unfit() string {
	var reasons reasons
	for _, c := range p.seen {
		if why := c.unfit(p.snapshot); why != "" {
			reasons.add(c, why)
		}
	}
	return reasons.String()
}

// doubtful says which servers did not prove that the certificate is theirs: whoever
// stands between can show the certificate of another.
func (p *problem) doubtful() string {
	var reasons reasons
	for _, c := range p.seen {
		if c.doubt != "" {
			reasons.add(c, c.doubt)
		}
	}
	return reasons.String()
}

func (c sighting) unfit(s *facts.Snapshot) string {
	name, _ := c.leaf.CommonName()
	switch {
	case c.leaf.SelfSigned:
		return "the certificate is self-signed"
	case !c.trust.Known:
		return "whether the certificate is trusted could not be judged: " + c.trust.Why
	case !c.trust.Value.Trusted:
		return "the certificate is not trusted: " + c.trust.Value.Reason
	case s.TakenAt.After(c.leaf.NotAfter):
		return "the certificate expired on " + day(c.leaf.NotAfter)
	case s.TakenAt.Before(c.leaf.NotBefore):
		return "the certificate is not valid before " + day(c.leaf.NotBefore)
	case !c.leaf.CoversHost(c.host):
		return "the certificate does not cover the host, which no principal name mends"
	case !holdsName(c.leaf.DNSNames, name):
		return "the common name " + name + " is not among the certificate's alternative names"
	}
	return ""
}

func disagreement(certificates []sighting) string {
	var parts []string
	seen := map[string]bool{}
	for _, c := range certificates {
		cn, _ := c.leaf.CommonName()
		if part := fmt.Sprintf("%s at %s has %s", c.host, c.address, cn); !seen[part] {
			seen[part] = true
			parts = append(parts, part)
		}
	}
	return list(parts, "; ")
}

func holdsName(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return facts.EqualName(n, name) })
}
