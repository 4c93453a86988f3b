// Package fix finds the one value that mends an OutlookProvider, or says why there
// is none, and writes the PowerShell for it.
//
// The idea: EXPR and EXCH hold one value each for the whole organization, so a fix
// is solved over every certificate at every address of every host that the
// provider feeds, never guessed from one of them. A change is data
// ([exprobe/rules/report.Change]); [Apply] makes the snapshot as it would be
// afterwards, and the same rules judge it again.
//
// The same holds for a certificate that takes the place of others: [Switch] plans what
// is done before, at and after, in the order in which the fewest clients are refused
// for the shortest time, and [Carried] makes the snapshot that the plan would leave.
//
// The laws: the fewest changes win; a value that is right is kept; a value is
// printed only when it is in the safe grammar; every command has its undo or says
// why it has none; this package alone writes PowerShell.
package fix
