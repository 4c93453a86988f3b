package report

import "time"

// Expectation is how far the change to a new certificate has come: where it is
// served, and whether what the directory stores, what Autodiscover sends and what
// the certificates say agree now.
type Expectation struct {
	Certificate Expected  `json:"certificate"`
	Arrivals    []Arrival `json:"arrivals"` // every address of every host that the certificate concerns
	Accords     []Accord  `json:"accords"`  // every principal name that is demanded of those hosts
	Unseen      []string  `json:"unseen"`   // what could not be seen and may demand further names
	Notes       []string  `json:"notes"`
	Exit        Status    `json:"status"` // Clean where all have arrived and agree, Findings until then, Blind where only what was not seen is left
}

// Expected is the certificate that is expected.
type Expected struct {
	CommonName string    `json:"commonName"`
	Names      []string  `json:"names"` // DNS names among the alternative names
	Issuer     string    `json:"issuer"`
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
	Thumbprint string    `json:"thumbprint"`
}

// The states of an arrival.
const (
	ServesNew   = "new"
	ServesOld   = "old"   // another that fits the host, and was not issued later than the new one
	ServesOther = "other" // one that does not fit the host, or that was issued later
	NotSeen     = "not-seen"
)

// Arrival is what one address serves in the place of the new certificate.
type Arrival struct {
	Host       string `json:"host"`
	Port       int    `json:"port"`
	Node       string `json:"node"` // the server that was asked in the place of the host's own addresses
	Address    string `json:"address"`
	State      string `json:"state"`      // new, old, other, not-seen
	CommonName string `json:"commonName"` // of what is served
	Thumbprint string `json:"thumbprint"`
	Note       string `json:"note"`
}

// Accord is whether a principal name and a certificate agree at one address.
type Accord struct {
	Organization string `json:"organization,omitempty"` // where there are several
	Provider     string `json:"provider"`
	Scope        string `json:"scope"`
	Host         string `json:"host"`
	Address      string `json:"address"`
	State        string `json:"state"` // Agrees and its like
	Match        string `json:"match"` // as in the principal table
	Note         string `json:"note"`
}

// The states of an accord.
const (
	Agrees    = "agree"
	Disagrees = "disagree"
	Unproven  = "unknown"
	NoDemand  = "unchecked" // no name is demanded there
)

// Settle works out the status of an expectation. Behind a balancer, where clients do
// not look, only the old certificate counts: a server that shows another, or cannot
// be seen there, may not be one of those that the name leads to.
func (e *Expectation) Settle() {
	e.Exit = Clean
	failed, unseen := false, len(e.Arrivals) == 0 || len(e.Unseen) > 0
	for _, a := range e.Arrivals {
		failed = failed || a.State == ServesOld || a.State == ServesOther && a.Node == ""
		unseen = unseen || a.State == NotSeen && a.Node == ""
	}
	for _, a := range e.Accords {
		failed = failed || a.State == Disagrees
		unseen = unseen || a.State == Unproven
	}
	switch {
	case failed:
		e.Exit = Findings
	case unseen:
		e.Exit = Blind
	}
}
