package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Severity grades a rule. A rule has one, never the branch's.
type Severity string

// The severities, gravest first.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Rank orders severities: 0 is the gravest.
func (s Severity) Rank() int {
	switch s {
	case Error:
		return 0
	case Warning:
		return 1
	}
	return 2
}

// Outcome is what a rule says of one subject.
type Outcome string

// The outcomes. A report's findings hold Fail, Unknown and Waived; passes are
// counted in the tally.
const (
	Pass    Outcome = "pass"
	Fail    Outcome = "fail"
	Unknown Outcome = "unknown" // a fact that the rule needs could not be seen
	Waived  Outcome = "waived"
)

// Subject is what a verdict is about.
type Subject struct {
	Kind     string `json:"kind"` // host, provider, organization, virtual directory, connection point, site, mailbox, domain, file
	Name     string `json:"name"`
	Address  string `json:"address,omitempty"`
	Provider string `json:"provider,omitempty"` // whose value is concerned, where the subject is a host
	DN       string `json:"dn,omitempty"`       // the directory object that is concerned
}

// Compare orders subjects by kind, name, address, provider and DN.
func (s Subject) Compare(o Subject) int {
	return cmp.Or(
		strings.Compare(s.Kind, o.Kind), strings.Compare(s.Name, o.Name),
		strings.Compare(s.Address, o.Address), strings.Compare(s.Provider, o.Provider),
		strings.Compare(s.DN, o.DN))
}

// Evidence is one observed fact beside a finding.
type Evidence struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Change asks for one parameter of one OutlookProvider to change: data, not text.
type Change struct {
	Provider  string `json:"provider"`
	Parameter string `json:"parameter"` // CertPrincipalName
	Value     string `json:"value"`
	Null      bool   `json:"null"` // the value is $null
}

// Verdict is what a rule says of one subject. Want names what should change; a
// Want of CertPrincipalName leaves the value to the solver, because it is one for
// the whole organization.
type Verdict struct {
	Subject  Subject
	Outcome  Outcome
	Message  string
	Evidence []Evidence
	Want     []Change
}

// Finding is a verdict that is not a pass, stamped with its rule.
type Finding struct {
	Rule        string     `json:"rule"`
	Severity    Severity   `json:"severity"`
	Outcome     Outcome    `json:"outcome"`
	Title       string     `json:"title"`
	Subject     Subject    `json:"subject"`
	Message     string     `json:"message"`
	Evidence    []Evidence `json:"evidence"`
	Fingerprint string     `json:"fingerprint"` // stable between runs: rule and subject

	// Cause is the fingerprint of the finding that this one follows from, where it has
	// one: the beginning of its story, which follows from nothing itself. It changes
	// neither tally nor status.
	Cause  string  `json:"cause,omitempty"`
	Help   string  `json:"help,omitempty"`   // where RULES.md tells of the rule; "" for a rule of the organization's own
	Waiver *Waiver `json:"waiver,omitempty"` // of an outcome Waived
}

// Waiver is why a finding does not count, and until when.
type Waiver struct {
	Owner   string  `json:"owner"`
	Reason  string  `json:"reason"`
	Until   string  `json:"until"`   // its last day, or "certificate" and a thumbprint
	Outcome Outcome `json:"outcome"` // what it would be otherwise: Fail or Unknown
}

// Fingerprint identifies a finding between runs: the same rule about the same
// subject. Letters' case does not count.
func Fingerprint(rule string, s Subject) string {
	text := strings.Join([]string{rule, s.Kind, s.Name, s.Address, s.Provider, s.DN}, "\x00")
	sum := sha256.Sum256([]byte(strings.ToLower(text)))
	return hex.EncodeToString(sum[:8])
}
