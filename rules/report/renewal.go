package report

import (
	"slices"
	"time"
)

// RenewalSchema names the JSON form of a [Renewal]. Fields are added to it; none is
// renamed or changes its meaning.
const RenewalSchema = "exprobe.renewal/v1"

// Renewal is what a certificate would change that is to take the place of others:
// where, for better and worse, and how to go about it. Lists are never null.
type Renewal struct {
	Schema   string    `json:"schema"`
	TakenAt  time.Time `json:"takenAt"` // the instant as of which both sides are judged
	Tool     Tool      `json:"tool"`
	Exit     Status    `json:"status"`
	Answer   Answer    `json:"answer"`
	Warnings []string  `json:"warnings"`
	Notes    []string  `json:"notes"`

	Candidate   Candidate    `json:"candidate"`
	Concerned   []Concerned  `json:"concerned"` // would serve it
	Unseen      []Concerned  `json:"unseen"`    // may be concerned, and could not be seen
	Elsewhere   []Concerned  `json:"elsewhere"` // keep the certificate that they have
	Comparisons []Comparison `json:"comparisons"`

	Judged    []Finding `json:"judged"`    // what the rules about renewals say of it
	Delta     *Delta    `json:"delta"`     // what the switch alone introduces, resolves and keeps
	NotJudged []string  `json:"notJudged"` // rules that need what only the authority will write
	Plan      Plan      `json:"plan"`
	Left      []Finding `json:"left"`      // introduced by the switch, and not mended by the plan
	AfterPlan Count     `json:"afterPlan"` // what would be found once the plan is carried out
	Tally     []Tally   `json:"tally"`     // of the rules about renewals
}

// Answer is what a reviewer wants to know first.
type Answer struct {
	Word string `json:"word"` // yes, with-plan, no, unknown
	Why  string `json:"why"`  // one sentence
}

// The answers.
const (
	Yes      = "yes"       // it breaks nothing that was seen
	WithPlan = "with-plan" // it breaks something that the plan mends
	No       = "no"        // it breaks something that no plan mends
	NotKnown = "unknown"   // a concerned address could not be seen
)

// Candidate is the certificate that is to come.
type Candidate struct {
	File       string     `json:"file"`
	Request    bool       `json:"request"` // a request: no authority has issued it yet
	CommonName string     `json:"commonName"`
	Names      []string   `json:"names"` // DNS names among the alternative names
	Subject    string     `json:"subject"`
	Issuer     string     `json:"issuer"`
	Serial     string     `json:"serial"`
	Thumbprint string     `json:"thumbprint"`
	NotBefore  *time.Time `json:"notBefore"` // null for a request
	NotAfter   *time.Time `json:"notAfter"`
	Key        string     `json:"key"` // "RSA 2048"
	Signature  string     `json:"signature"`
	Purposes   []string   `json:"purposes"`
	Trust      string     `json:"trust"`      // in words
	WhenIssued []string   `json:"whenIssued"` // what is known only then
}

// Concerned is one address and what it serves today.
type Concerned struct {
	Host       string     `json:"host"` // with its port where that is not 443
	Node       string     `json:"node"` // the server that was asked in the place of the host's own addresses
	Address    string     `json:"address"`
	CommonName string     `json:"commonName"`
	Thumbprint string     `json:"thumbprint"`
	NotAfter   *time.Time `json:"notAfter"`
	Note       string     `json:"note"`
}

// Comparison is the candidate beside one certificate that it replaces.
type Comparison struct {
	CommonName string   `json:"commonName"` // of the old one
	Thumbprint string   `json:"thumbprint"`
	At         []string `json:"at"` // "mail.contoso.com at 192.0.2.10:443"
	Rows       []Row    `json:"rows"`
}

// Row is one property on both sides, and what the difference does, in a sentence.
type Row struct {
	What    string `json:"what"`
	Old     string `json:"old"`
	New     string `json:"new"`
	Changed bool   `json:"changed"`
	Effect  string `json:"effect"`
}

// Status is the exit status under a threshold: by what the switch introduces and the
// rules about renewals find, and blind where a concerned address could not be seen.
// A plan that mends what breaks does not make it harmless: whoever only swaps the
// certificate breaks it.
func (r *Renewal) Status(failOn FailOn) Status {
	found := Report{Findings: slices.Concat(r.Judged, r.Delta.Introduced)}
	switch status := found.Status(failOn); {
	case status == Findings:
		return status
	case len(r.Unseen) > 0 || status == Blind || len(r.Delta.Blinded) > 0:
		return Blind
	}
	return Clean
}
