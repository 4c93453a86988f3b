// Package rules judges a snapshot. A rule is a pure function of a snapshot, a
// struct literal in a file of its own with its prose, its sources and its examples;
// [Evaluate] runs them all, solves the fix and judges again what the fix would
// leave. [Renew] does so for a deployment with another certificate, and rules of
// their own judge the certificate that is to come.
//
// The laws, each a test over every rule: the healthy deployment is silent; each
// example is found by its rule; the snapshot is not changed, and two runs agree;
// the order of hosts and providers does not matter; a fix heals; ignorance never
// acquits: take a fact away, and a failure may become unknown, never a pass and
// never silence.
//
// A [Policy] grades rules, switches them off, waives what they find and adds rules of
// an organization's own. It changes what counts and never what is seen: a waived
// finding stays in the report with its owner, reason and end, and keeps its fix.
//
// To add a rule: write <rule_id>.go, run go generate ./rules, read the difference
// in RULES.md.
package rules

//go:generate go run ./internal/list
//go:generate go run ./internal/manual
