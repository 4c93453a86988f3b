package facts

import (
	"strings"
	"time"
)

// EvidenceSchema names the JSON form of a [Snapshot].
const EvidenceSchema = "exprobe.evidence/v1"

// Snapshot is all that one audit knew, at one instant. It is a value: rules read
// it, and a fix or a renewal makes another one.
type Snapshot struct {
	Schema  string    `json:"schema"`  // EvidenceSchema
	TakenAt time.Time `json:"takenAt"` // the instant as of which everything is judged, UTC

	// Organizations holds one entry for each directory that was asked, in the
	// order asked; none where no directory was asked.
	Organizations []Organization `json:"organizations"`

	// Answers are the Autodiscover requests and what came back, in the order asked.
	Answers []Answer `json:"answers"`

	// Offers are what the published URLs would accept from a client that signs in.
	Offers []Offer `json:"offers,omitempty"`

	// Hosts are the names that were probed, each at every address it has.
	Hosts []Host `json:"hosts"`

	// Redacted says that the names were replaced by others, and the certificates' DER
	// left out.
	Redacted bool `json:"redacted,omitempty"`

	// Certificates are all that the Exchange servers hold, bound to a service or not,
	// as Get-ExchangeCertificate lists them. Neither the directory nor a handshake
	// shows those that the directory knows by thumbprint or by name alone.
	Certificates Observed[[]Certificate] `json:"certificates,omitzero"`

	// Altered names the evidence files that are not as they were written.
	Altered []string `json:"-"`

	settled *settled // see Settled; nil in every snapshot that may still change
}

// settled is what is derived from a snapshot, worked out once.
type settled struct {
	places  []Place
	gaps    []Gap
	rows    []Judgement
	lookUps []LookUp
}

// Settled returns a copy that has worked out its places, judgements and look-ups,
// for whoever asks for them many times. Neither it nor what it returns may be
// changed: a snapshot that is to change is copied by [Snapshot.Unsettled].
func (s *Snapshot) Settled() *Snapshot {
	c := s.Unsettled()
	var d settled
	d.rows, d.gaps = c.Judge()
	d.places, _ = c.Places()
	d.lookUps = c.LookUps()
	c.settled = &d
	return c
}

// Unsettled returns a copy that works everything out anew. Its lists are those of s.
func (s *Snapshot) Unsettled() *Snapshot {
	c := *s
	c.settled = nil
	return &c
}

// Organization returns the first organization, or nil where no directory was asked.
func (s *Snapshot) Organization() *Organization {
	if len(s.Organizations) == 0 {
		return nil
	}
	return &s.Organizations[0]
}

// Provider returns the named OutlookProvider of the first organization, or nil
// where it was not seen. Exchange matches provider names without regard to case.
func (s *Snapshot) Provider(name string) *Provider {
	org := s.Organization()
	if org == nil {
		return nil
	}
	return org.Provider(name)
}

// Host returns the host that was probed under this name and port, or nil. Names
// are compared without regard to case.
func (s *Snapshot) Host(name string, port int) *Host {
	for i := range s.Hosts {
		if s.Hosts[i].Node == "" && s.Hosts[i].Port == port && strings.EqualFold(s.Hosts[i].Name, name) {
			return &s.Hosts[i]
		}
	}
	return nil
}
