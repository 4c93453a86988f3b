package fix

import (
	"fmt"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// serverCache is how long a server keeps a provider's value, in minutes (observed in
// Exchange 2013 CU23; field reports agree).
const serverCache = 15

// order is when a provider's value is changed.
type order int

const (
	noChange   order = iota // the value stays
	valueFirst              // clients learn the new value, then the certificate is switched
	valueLast               // the certificate is switched, then the value is changed
	together                // both at once
)

// crossing is how clients fare between two values and two certificates.
type crossing struct {
	provider string
	order    order
	early    facts.Match // the new value before the old certificate, at worst
	late     facts.Match // the old value before the new certificate, at worst
	hosts    []string    // where somebody is refused
	ttl      int         // hours; 0: clients do not ask again
}

// ranks orders matches by who is refused: nobody, strict clients, everybody.
func ranks(m facts.Match) int {
	switch m {
	case facts.Matches, facts.Unchecked:
		return 0
	case facts.BySAN, facts.ByWildcard:
		return 1
	}
	return 2
}

// cross says how the change of one provider's value and that of the certificates meet.
// Rows are those of concerned hosts whose certificate is looked at.
func cross(before, after *facts.Snapshot, change report.Change) crossing {
	c := crossing{provider: change.Provider, early: facts.Matches, late: facts.Matches, ttl: hoursToLive(before, change.Provider)}
	value := facts.Present(change.Value)
	if change.Null {
		value = facts.Text{}
	}
	now, _ := before.Judge()
	then, _ := after.Judge()
	at := map[string]facts.Judgement{}
	for _, row := range then {
		at[rowKey(row)] = row
	}
	refusedEarly, refusedLate := map[string]bool{}, map[string]bool{}
	for _, row := range now {
		next, ok := at[rowKey(row)]
		if !ok || row.Provider != change.Provider || row.Online || row.SSLOff() || !row.Served.Known || !next.Served.Known {
			continue
		}
		wanted, _ := facts.EffectivePrincipal(value, row.Host, true)
		early, _ := wanted.Match(row.Served.Value.Leaf())
		late, _ := row.Effective.Value.Match(next.Served.Value.Leaf())
		host := strings.ToLower(facts.Label(row.Host, row.Port))
		if ranks(early) > ranks(c.early) {
			c.early = early
		}
		if ranks(late) > ranks(c.late) {
			c.late = late
		}
		refusedEarly[host] = refusedEarly[host] || ranks(early) > 0
		refusedLate[host] = refusedLate[host] || ranks(late) > 0
	}
	refused := refusedLate
	switch e, l := ranks(c.early), ranks(c.late); {
	case e == 0 || e < l:
		c.order, refused = valueFirst, refusedEarly
	case l < e:
		c.order = valueLast
	default:
		c.order = together
	}
	for host, is := range refused {
		if is {
			c.hosts = append(c.hosts, host)
		}
	}
	slices.Sort(c.hosts)
	return c
}

func rowKey(j facts.Judgement) string {
	return strings.Join([]string{j.Provider, j.Scope, strings.ToLower(j.Host), fmt.Sprint(j.Port), j.Address, j.Effective.Value.Text}, " ")
}

// hoursToLive is the provider's TTL, 1 hour unless it says other.
func hoursToLive(s *facts.Snapshot, provider string) int {
	if object := s.Provider(provider); object != nil && object.TTL.Known && object.TTL.Value.Present {
		return object.TTL.Value.Value
	}
	return 1
}

// worst is the match of the clients that meet what they should not, in the order that
// was chosen.
func (c crossing) worst() facts.Match {
	if c.order == valueFirst {
		return c.early
	}
	return c.late
}

// minutes is how long the window is open at the most, beside directory replication;
// -1 until clients are restarted, 0 where nobody is refused.
func (c crossing) minutes() int {
	switch {
	case ranks(c.worst()) == 0:
		return 0
	case c.ttl == 0:
		return -1
	}
	return serverCache + 60*c.ttl
}

// window tells the longest window of several providers in plain words.
func window(crossings []crossing) report.Window {
	w := report.Window{Hosts: []string{}}
	var longest *crossing
	for i, c := range crossings {
		if c.minutes() == 0 {
			continue
		}
		if longest == nil || ranks(c.worst()) > ranks(longest.worst()) || c.minutes() < 0 || longest.minutes() > 0 && c.minutes() > longest.minutes() {
			longest = &crossings[i]
		}
		for _, host := range c.hosts {
			if !slices.Contains(w.Hosts, host) {
				w.Hosts = append(w.Hosts, host)
			}
		}
	}
	if longest == nil {
		w.Text = "There is no time in which a client is refused because of a principal name."
		return w
	}
	slices.Sort(w.Hosts)
	w.Open, w.Minutes = true, longest.minutes()
	others := ""
	switch {
	case ranks(longest.worst()) > 1:
		w.Who = "every client that is given a principal name"
	case longest.worst() == facts.ByWildcard:
		w.Who = "strict clients, which are old ones and the Connectivity Analyzer"
		others = " Windows 7 and later take the wildcard, as field reports have it."
	default:
		w.Who = "strict clients, which are Windows XP, Windows Vista without a service pack and the Connectivity Analyzer"
		others = " Later ones find the name among the alternative names."
	}
	w.Length = fmt.Sprintf("up to %d minutes, and directory replication before: %d of each server's Autodiscover cache, unless its app pool is recycled, and %d of the TTL that clients were given",
		w.Minutes, serverCache, w.Minutes-serverCache)
	if w.Minutes < 0 {
		w.Length = "until Outlook is restarted: the provider's TTL is 0, so running clients never ask again"
	}
	when := "after the switch, until they have learned the new value"
	if longest.order == valueFirst {
		when = "before the switch, from when they have learned the new value"
	}
	w.Text = fmt.Sprintf("There is a time in which neither the old nor the new certificate is right for everybody. At %s these are refused %s: %s.%s It lasts %s.",
		list(w.Hosts, ", "), when, w.Who, others, w.Length)
	return w
}

// explainOrder says why the value is changed when it is.
func explainOrder(list []crossing) string {
	var parts []string
	for _, c := range list {
		old, next := tier(c.late), tier(c.early)
		switch c.order {
		case valueFirst:
			text := c.provider + " is changed before the switch, with time for every client to learn it: the new value before the old certificate " + next +
				", and the old value before the new certificate " + old
			parts = append(parts, text)
		case valueLast:
			parts = append(parts, c.provider+" is changed right after the switch: the old value before the new certificate "+old+
				", and the new value before the old certificate "+next)
		case together:
			parts = append(parts, c.provider+" is changed in one go with the switch, and the app pools are recycled at once: the old value before the new certificate "+
				old+", and the new value before the old certificate "+next+
				", so no order spares anybody; a client that is refused asks Autodiscover again, and is then told the new value")
		}
	}
	if len(parts) == 0 {
		return "No value in the directory changes, so only the certificate is switched."
	}
	return strings.Join(parts, ". ") + "."
}

// tier says who takes a match.
func tier(m facts.Match) string {
	switch m {
	case facts.Matches, facts.Unchecked:
		return "is right for everybody"
	case facts.BySAN:
		return "is found among the alternative names by Windows Vista SP1 and later, and refused by strict clients"
	case facts.ByWildcard:
		return "is covered by a wildcard, which strict clients refuse"
	}
	return "is refused by every client"
}

// forGood says who is refused from the switch on, because no value was found that is
// right for what is served then; "" where nobody is who was not refused before.
func forGood(parts []Renewal) string {
	worst := map[string]facts.Match{}
	for _, part := range parts {
		was := map[string]facts.Match{}
		now, _ := part.Before.Judge()
		for _, row := range now {
			was[placeKey(row)] = row.Match
		}
		then, _ := Carried(part).Judge()
		for _, row := range then {
			host := strings.ToLower(facts.Label(row.Host, row.Port))
			concerned := slices.ContainsFunc(part.Seats, func(s Seat) bool { return s.Address == row.Address && equalName(s.Host, row.Host) })
			if !concerned || row.Match == facts.Unseen || ranks(row.Match) <= ranks(was[placeKey(row)]) {
				continue
			}
			if known, ok := worst[host]; !ok || ranks(row.Match) > ranks(known) {
				worst[host] = row.Match
			}
		}
	}
	var strict, all, unclear []string
	for host, match := range worst {
		switch {
		case match == facts.Undecidable:
			unclear = append(unclear, host)
		case ranks(match) == 1:
			strict = append(strict, host)
		default:
			all = append(all, host)
		}
	}
	var parted []string
	for _, kind := range []struct {
		hosts []string
		text  string
	}{
		{all, "every client that is given a principal name is refused at "},
		{strict, "strict clients (Windows XP, Windows Vista without a service pack, the Connectivity Analyzer) are refused at "},
		{unclear, "it is not documented which clients are refused at "},
	} {
		if len(kind.hosts) > 0 {
			slices.Sort(kind.hosts)
			parted = append(parted, kind.text+list(kind.hosts, ", "))
		}
	}
	if len(parted) == 0 {
		return ""
	}
	return "From the switch on, and for good, " + strings.Join(parted, "; ") + ": no value of the principal name that the plan could set is right for what is served then."
}

// placeKey tells places apart whatever is demanded there.
func placeKey(j facts.Judgement) string {
	return strings.Join([]string{j.Provider, j.Scope, strings.ToLower(j.Host), fmt.Sprint(j.Port), j.Address}, " ")
}
