package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
)

// Candidate is a certificate that may take the place of others.
type Candidate struct {
	File     string
	Served   facts.Served // as it would be served, leaf first
	Request  bool         // the leaf is what a request asks for: no authority has issued it yet
	Sealed   bool         // the file holds the key as well
	Note     string       // how the certificate was chosen, where the file left a choice
	Replaces []string     // hosts, servers, addresses or thumbprints; none: whatever shares a published name with it
}

// Renewal is a candidate and where it would be served: what a rule about renewals
// judges.
type Renewal struct {
	Candidate
	Before *facts.Snapshot

	Seats     []Seat // would serve it
	Unseen    []Seat // would perhaps, and could not be seen
	Elsewhere []Seat // keep the certificate that they have
}

// Seat is one address of a host, or a host none of whose addresses is known.
type Seat struct {
	Host     facts.Host
	Endpoint facts.Endpoint
}

// NewRenewal finds the addresses that would serve a candidate: those that it is said
// to replace, or those whose present certificate covers a published name that it
// covers too. The error says which of the things to replace is nowhere.
func NewRenewal(s *facts.Snapshot, c Candidate) (*Renewal, error) {
	r := &Renewal{Candidate: c, Before: s.Settled()}
	if c.Request {
		r.Served = asIssued(c.Served, s)
	}
	shares := r.sharesName()
	met := make([]bool, len(c.Replaces))
	for _, h := range s.Hosts {
		endpoints := h.Addresses.Value
		if len(endpoints) == 0 {
			endpoints = []facts.Endpoint{{}}
		}
		for _, e := range endpoints {
			seat := Seat{h, e}
			named := false
			for i, text := range c.Replaces {
				if seat.is(text) {
					met[i], named = true, true
				}
			}
			switch leaf := seat.Leaf(); {
			case seat.blank() && h.Node != "": // behind a balancer, where not everybody sees
			case seat.blank() && (named || len(c.Replaces) == 0 && r.Leaf().CoversHost(h.Name)):
				r.Unseen = append(r.Unseen, seat)
			case seat.blank():
			case named || len(c.Replaces) == 0 && shares(leaf):
				r.Seats = append(r.Seats, seat)
			default:
				r.Elsewhere = append(r.Elsewhere, seat)
			}
		}
	}
	for i, found := range met {
		if !found {
			return nil, fmt.Errorf("nothing that was seen is %q", c.Replaces[i])
		}
	}
	for _, list := range [][]Seat{r.Seats, r.Unseen, r.Elsewhere} {
		slices.SortStableFunc(list, compareSeats)
	}
	return r, nil
}

// Leaf is the candidate's own certificate.
func (r *Renewal) Leaf() facts.Certificate { return r.Served.Leaf() }

// After is the snapshot as it would be once every seat serves the candidate.
func (r *Renewal) After() *facts.Snapshot {
	seats := map[string]bool{}
	for _, seat := range r.Seats {
		seats[seat.key()] = true
	}
	return r.Before.WithLeaf(func(h facts.Host, e facts.Endpoint) bool { return seats[Seat{h, e}.key()] }, r.Served)
}

// Leaf is what the seat serves today.
func (s Seat) Leaf() facts.Certificate { return s.Endpoint.Served.Value.Leaf() }

// Label names the seat for a reader.
func (s Seat) Label() string {
	text := facts.Label(s.Host.Name, s.Host.Port)
	if s.Host.Node != "" {
		text += " on " + s.Host.Node
	}
	if s.Endpoint.Address != "" {
		text += " at " + s.Endpoint.Address
	}
	return text
}

// blank says that nobody knows what the seat serves.
func (s Seat) blank() bool {
	leaf := s.Leaf()
	return !s.Endpoint.Served.Known || leaf.Unreadable != "" || leaf.Thumbprint == "" || len(leaf.DNSNames)+len(leaf.CommonNames) == 0
}

// Why says why nobody knows what the seat serves.
func (s Seat) Why() string {
	switch {
	case s.Endpoint.Served.Known && s.Leaf().Unreadable != "":
		return unparsed(s.Leaf())
	case s.Endpoint.Served.Known:
		return "what it serves was not recorded"
	case s.Endpoint.Address == "" && s.Host.Addresses.Why != "":
		return s.Host.Addresses.Why
	case s.Endpoint.Address == "":
		return s.Host.Name + " was not probed"
	}
	return unseen(s.Endpoint)
}

func (s Seat) key() string {
	return strings.ToLower(facts.HostPort(s.Host.Name, s.Host.Port) + " " + s.Host.Node + " " + s.Endpoint.Address + " " + s.Leaf().Thumbprint)
}

// is says whether an operator means this seat: by a name, with or without a port, by
// the server behind it, by an address or by a thumbprint.
func (s Seat) is(text string) bool {
	if print := asThumbprint(text); print != "" {
		return s.Leaf().Thumbprint == print
	}
	name, port, found := strings.Cut(text, ":")
	if address, err := netip.ParseAddrPort(s.Endpoint.Address); err == nil {
		if ip, err := netip.ParseAddr(text); err == nil {
			return ip == address.Addr()
		}
		if text == s.Endpoint.Address {
			return true
		}
	}
	name = strings.TrimSuffix(name, ".")
	if found && port != fmt.Sprint(s.Host.Port) {
		return false
	}
	return strings.EqualFold(name, s.Host.Name) || s.Host.Node != "" && strings.EqualFold(name, s.Host.Node)
}

// asThumbprint reads forty hexadecimal digits, as Windows shows them: with blanks, or
// with the invisible mark that its dialog puts first.
func asThumbprint(text string) string {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" :-\u200e", r) {
			return -1
		}
		return r
	}, strings.ToUpper(text))
	if len(digits) != 40 || strings.Trim(digits, "0123456789ABCDEF") != "" {
		return ""
	}
	return digits
}

// sharesName returns whether a present certificate covers a published name that the
// candidate covers too.
func (r *Renewal) sharesName() func(facts.Certificate) bool {
	var names []string
	for _, h := range r.Before.Hosts {
		if r.Leaf().CoversHost(h.Name) && !slices.Contains(names, h.Name) {
			names = append(names, h.Name)
		}
	}
	known := map[string]bool{}
	return func(c facts.Certificate) bool {
		key := c.Thumbprint + " " + strings.Join(c.DNSNames, " ") + " " + strings.Join(c.CommonNames, " ")
		shares, ok := known[key]
		if !ok {
			shares = slices.ContainsFunc(names, c.CoversHost)
			known[key] = shares
		}
		return shares
	}
}

func compareSeats(a, b Seat) int { return strings.Compare(a.key(), b.key()) }
