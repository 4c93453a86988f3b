// Package ldaptest serves an LDIF over LDAP, as httptest serves a handler.
//
// The idea: a directory is a text that a person can read. [Serve] turns one into
// a server on a loopback port that answers the requests an Active Directory
// client makes: simple, NTLM and anonymous binds, StartTLS, paged searches, values by range.
//
// The laws:
//
//   - Only what the LDIF says is served. Nothing can be written.
//   - An attribute with the option ";x-hidden" takes part in filters and is never
//     returned. An entry that has no other attribute comes back as a bare DN, which
//     is how Active Directory shows an object whose attributes the account may
//     not read.
//   - As in every Active Directory, an entry has whenCreated and whenChanged: where
//     the LDIF does not say, an entry with something to show is given them.
//   - An entry whose parent is not in the LDIF is served all the same: a search
//     from above finds it, and a search of the parent gets noSuchObject. So looks a
//     hidden container with readable children.
//   - The entry with an empty DN is the RootDSE. Where there is none, one is made
//     up from the domain components of the first entry.
//   - It is for loopback and for texts that one has written oneself. It is not a
//     directory server.
package ldaptest
