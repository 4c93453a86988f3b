package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// Rule is one thing that can be wrong.
type Rule struct {
	ID       string // kebab-case, the file's name with hyphens; never renamed once released
	Severity report.Severity
	Title    string   // one line, what is wrong when it fails
	Why      string   // what it means, who is affected, how to mend it
	Cites    []string // where the facts come from

	// FollowsFrom names rules whose findings bring this rule's about with them: where
	// both find something on one thing, this rule's finding is told as a consequence.
	FollowsFrom []string

	// Check judges each subject of the snapshot. It neither changes the snapshot
	// nor keeps state. A subject that the rule does not concern has no verdict.
	Check func(*facts.Snapshot) []report.Verdict

	// Weigh judges a waiver of the policy instead, once everything else is judged; nil
	// for a rule about the deployment. ok is false where the rule does not concern it.
	Weigh func(Weighed) (v report.Verdict, ok bool)

	// CheckRenewal judges a certificate that is to take the place of others, in the place
	// of Check: a rule has one of the two. The same laws hold.
	CheckRenewal func(*Renewal) []report.Verdict

	Examples []Example
}

// Example breaks one thing in the healthy deployment. Examples are the rule's tests
// and its manual.
type Example struct {
	Name    string
	Break   func(*facts.Snapshot) // nil: the deployment is the healthy one
	Renew   func(*Candidate)      // of a rule about renewals: breaks the healthy renewal
	Policy  Policy                // under which it is judged
	Outcome report.Outcome        // what the rule finds; the zero value is report.Fail
	Fix     string                // the command that the report then gives, if it gives one
}

// want asks the solver for a provider's principal name.
func want(provider string) []report.Change {
	return []report.Change{{Provider: provider, Parameter: "CertPrincipalName"}}
}
