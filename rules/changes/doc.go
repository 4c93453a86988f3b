// Package changes says in words what differs between the facts of two snapshots:
// which certificate an address serves now, which value a provider holds, which
// connection point is gone.
//
// The idea: a snapshot is a tree, and every fact in it has a name that a reader
// knows. So two snapshots are walked together, object by object, and what differs is
// told by those names; a fact that the vocabulary gains is told without a word here.
//
// The laws: every fact that differs is told, but for those that say how the
// collecting went and not what was there; what one side could not read is said to
// be unread and never to be gone; equal snapshots have no changes.
package changes
