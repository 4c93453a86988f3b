package facts

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// WithLeaf returns the snapshot as it would be once every address for which replaces
// says so serves another chain in the name of its host: that of served, with its
// trust. All else about those servers stays as it was seen, and so does an address
// that could not be seen: a certificate wakes no dead host.
//
// The Autodiscover answers of those addresses follow. Where a client would refuse the
// new certificate, it asks nothing and is led nowhere; where it refused the old one
// and would take the new, nobody knows what it would be told.
//
// The snapshot given is not changed.
func (s *Snapshot) WithLeaf(replaces func(Host, Endpoint) bool, served Served) *Snapshot {
	after := s.Unsettled()
	gone := map[string]bool{} // a host and the thumbprint that it serves no more
	after.Hosts = slices.Clone(s.Hosts)
	for i := range after.Hosts {
		h := &after.Hosts[i]
		h.Addresses.Value = slices.Clone(h.Addresses.Value)
		for j := range h.Addresses.Value {
			e := &h.Addresses.Value[j]
			if !e.Served.Known || !replaces(*h, *e) {
				continue
			}
			gone[hostKey(h.Name, h.Port)+" "+e.Served.Value.Leaf().Thumbprint] = true
			e.Served.Value = e.Served.Value.with(served)
		}
	}
	after.answerAgain(gone, served)
	if after.Certificates.Known && len(gone) > 0 { // the old ones stay beside it
		after.Certificates.Value = append(slices.Clip(after.Certificates.Value), served.Leaf())
	}
	return after
}

// with is what a server would serve after it was given another certificate. A server
// that keeps one for each kind of key keeps the others.
func (s Served) with(next Served) Served {
	kind := next.Leaf().Key
	others := slices.Clone(s.Others.Value)
	same := func(o OtherChain) bool { return len(o.Chain) > 0 && o.Chain[0].Key == kind }
	if at := slices.IndexFunc(others, same); at >= 0 && s.Leaf().Key != kind {
		others[at].Chain, others[at].Trust = next.Chain, next.Trust
		s.Others.Value = others
		return s
	}
	s.Others.Value = slices.DeleteFunc(others, same)
	if s.Leaf().Key != kind {
		s.Cipher = "" // of another kind of key
	}
	s.Chain, s.Trust = next.Chain, next.Trust
	s.Proven, s.Unproven, s.Stapled = false, "", false
	return s
}

// answerAgain gives the answers of replaced certificates their new outcome.
func (s *Snapshot) answerAgain(gone map[string]bool, served Served) {
	type hop struct {
		look, url string
		hop       int
	}
	dropped := map[hop]bool{}
	look := func(a *Answer) string {
		return a.Mailbox + "\x00" + a.Domain + "\x00" + a.Step + "\x00" + string(a.View)
	}
	var kept []Answer
	for _, a := range s.Answers {
		if a.Hop > 0 && dropped[hop{look(&a), a.From, a.Hop - 1}] {
			dropped[hop{look(&a), a.URL, a.Hop}] = true
			continue
		}
		host, port, secure := WebAddress(a.URL)
		if secure && a.Secured.Known && gone[hostKey(host, port)+" "+a.Secured.Value.Leaf.Thumbprint] {
			a.meet(host, served, s.TakenAt)
			if a.Secured.Known && !a.Secured.Value.Verified {
				dropped[hop{look(&a), a.URL, a.Hop}] = true
			}
		}
		kept = append(kept, a)
	}
	s.Answers = kept
}

// meet makes an answer that of a server with another certificate.
func (a *Answer) meet(host string, served Served, at time.Time) {
	before := a.Secured.Value
	why := served.refusal(host, at)
	now := Secured{Leaf: served.Leaf(), Verified: why == "", Why: why, Address: before.Address}
	a.Secured = Known(now)
	switch {
	case !served.Trust.Known && why == "":
		a.Secured = Unknown[Secured]("whether the new certificate is trusted is not known: " + served.Trust.Why)
	case now.Verified && !before.Verified:
		a.Skipped = "its present certificate was refused, so it was not asked, and nobody knows what it would answer with the new one"
	case !now.Verified:
		*a = Answer{Mailbox: a.Mailbox, Domain: a.Domain, Step: a.Step, Source: a.Source, Protocol: a.Protocol, URL: a.URL, View: a.View,
			Hop: a.Hop, From: a.From, Asked: a.Asked, Secured: a.Secured, Response: Unknown[Response](why)}
	}
}

// refusal says why a client that dials the host refuses what is served, or "".
func (s Served) refusal(host string, at time.Time) string {
	leaf := s.Leaf()
	switch {
	case leaf.Unreadable != "":
		return "the certificate cannot be read: " + leaf.Unreadable
	case at.After(leaf.NotAfter) || at.Before(leaf.NotBefore):
		return fmt.Sprintf("the certificate has expired or is not yet valid: it runs from %s to %s",
			leaf.NotBefore.UTC().Format(time.DateOnly), leaf.NotAfter.UTC().Format(time.DateOnly))
	case s.Trust.Known && !s.Trust.Value.Trusted:
		return "the certificate is not trusted: " + s.Trust.Value.Reason
	case !leaf.CoversHost(host):
		return fmt.Sprintf("the certificate does not name %s: it names %s", host, strings.Join(leaf.DNSNames[:min(len(leaf.DNSNames), maxNamed)], ", "))
	}
	return ""
}
