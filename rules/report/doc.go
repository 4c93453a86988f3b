// Package report is what an audit says: the principal table, the findings, the
// fix with its undo, and the tally. A Report is whole: a renderer looks nothing
// up, decides nothing, and needs no other package. It imports the standard
// library alone, and its JSON form is a contract from the first day.
package report
