// Package app is the command line: it wires the configuration to a source, the
// snapshot to the rules and the report to a renderer, and turns what came of it
// into an exit status. It decides nothing about Exchange.
//
// The manners: standard output is the report and nothing else. What a person needs
// goes to standard error, as "exprobe: error: ..." and "exprobe: hint: ..." with
// the next thing to do. Statuses are the same in every format: 0 clean, 1 findings
// at or above the threshold, 2 usage or configuration, 3 blind.
package app
