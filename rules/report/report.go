package report

import (
	"encoding/json"
	"time"
)

// Schema names the JSON form of a [Report]. Fields are added to it; none is
// renamed or changes its meaning.
const Schema = "exprobe.report/v1"

// Report is the result of judging one snapshot. Lists are never null and their
// order is fixed, so equal snapshots give equal bytes.
type Report struct {
	Schema   string    `json:"schema"`
	TakenAt  time.Time `json:"takenAt"`
	Tool     Tool      `json:"tool"`
	Exit     Status    `json:"status"`
	Warnings []string  `json:"warnings"` // what the reader must know before anything else, e.g. unverified TLS
	Notes    []string  `json:"notes"`    // context that is no finding, e.g. that MAPI/HTTP is on

	Expect   *Expectation `json:"expect,omitempty"`   // how far the change to a new certificate has come, where one is expected
	Baseline *Baseline    `json:"baseline,omitempty"` // what was left out of the findings, where an earlier report was given

	Principals []Principal `json:"principals"`
	LookUps    []LookUp    `json:"lookUps"` // the trace of each Autodiscover look-up
	Served     []Served    `json:"served"`  // what every address of every host serves
	Findings   []Finding   `json:"findings"`
	Fix        Fix         `json:"fix"`
	After      Count       `json:"after"` // what would still be found once every command of the fix has taken effect
	Tally      []Tally     `json:"tally"`

	// Left are the findings behind After.
	Left []Finding `json:"-"`
}

// Tool says which program judged.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Count counts findings by outcome.
type Count struct {
	Failed  int `json:"failed"`
	Unknown int `json:"unknown"`
}

// Tally counts a rule's verdicts. A rule with no subject has only zeros: it was
// not applicable.
type Tally struct {
	Rule    string `json:"rule"`
	Pass    int    `json:"pass"`
	Fail    int    `json:"fail"`
	Unknown int    `json:"unknown"`
	Waived  int    `json:"waived,omitempty"` // failed or unknown, and counted here instead
	Off     bool   `json:"off,omitempty"`    // switched off, so nothing was judged
}

// Principal is a row of the principal table: for one provider, host and address,
// what AD stores, what Autodiscover sends and what the certificate says.
type Principal struct {
	Organization string   `json:"organization,omitempty"`
	Provider     string   `json:"provider"` // EXPR, EXCH
	Scope        string   `json:"scope"`    // external, internal
	Host         string   `json:"host"`
	Address      string   `json:"address"`         // "" where no address could be seen
	Stored       Stored   `json:"stored,omitzero"` // null: the directory holds no value; missing: it was not read
	Published    []string `json:"published"`       // what Autodiscover sends for this place
	Effective    string   `json:"effective"`       // the name that the client demands; "" where it is not known
	CommonName   string   `json:"commonName"`      // the certificate's common name or names; "" where there is none
	Chain        []string `json:"chain,omitempty"` // for a principal name of the form fullsic: the names of the chain that is served, root first
	Match        string   `json:"match"`           // match, san, wildcard, mismatch, undecidable, unchecked, unknown
	Note         string   `json:"note,omitempty"`  // why, where the word alone does not say it
}

// Stored is the value that a directory holds. The zero value means that the
// directory was not read.
type Stored struct {
	Read    bool
	Present bool
	Value   string
}

// IsZero says that the directory was not read, so the JSON field is left out.
func (s Stored) IsZero() bool { return !s.Read }

// MarshalJSON writes the value, or null where the directory holds none.
func (s Stored) MarshalJSON() ([]byte, error) {
	if !s.Present {
		return []byte("null"), nil
	}
	return json.Marshal(s.Value)
}

// UnmarshalJSON reads a value, or null for none.
func (s *Stored) UnmarshalJSON(data []byte) error {
	*s = Stored{Read: true}
	if string(data) == "null" {
		return nil
	}
	s.Present = true
	return json.Unmarshal(data, &s.Value)
}
