// Package own judges a snapshot by rules that an organization writes itself, in the
// Common Expression Language (cel.dev).
//
// The idea: a rule is the condition of one thing. Its expression names that thing in
// the singular, as certificate, and is asked of each one there is: true is a fault,
// false is a pass. What an expression may look at is a view of the snapshot that is
// written down in this package and stays when the snapshot changes.
//
// The laws:
//
//   - A rule that does not fit the view is refused when it is compiled, with its
//     place.
//   - Ignorance never acquits: a fact that was not seen is an error to whoever looks
//     at it, and an error that decides is unknown, never false. Where the rest of the
//     expression decides without it, it does not matter.
//   - An expression sees the snapshot and nothing else: no clock, no time zones of
//     the machine, no network.
//   - What it costs is counted in steps and not in seconds, so that two runs agree.
//   - Nothing is set up where there is no rule.
package own
