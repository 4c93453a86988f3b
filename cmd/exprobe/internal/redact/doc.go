// Package redact replaces the names in a snapshot, so that evidence can go to a
// vendor: hosts, domains, servers, sites, mailboxes, addresses and distinguished
// names become others, one name always the same other, and what the rules judge by
// stays: which names are equal, which lies below which, where a wildcard stands,
// which letters are capitals, what is malformed.
//
// Two laws. The snapshot is judged as before: the same rules say the same of as many
// subjects. And no name that was replaced is left anywhere, in no text and in no
// certificate: their DER is left out, and what was read of them stays.
//
// What everybody has in common is no secret and stays: the words of Exchange's own
// objects, public suffixes, and the domains of Microsoft 365.
package redact
