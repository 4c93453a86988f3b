// Package world turns an archive into a live deployment on loopback: a directory
// over LDAPS and hosts over HTTPS, each with its certificate. The demonstration and
// the end-to-end tests run against the same worlds, through the same wires and
// flags that an operator has.
//
// An archive (txtar) holds:
//
//	deployment.yaml      what the world is called, the instant it is judged as of,
//	                     the mailbox to ask for, the domain controller's name
//	directory.ldif       what the domain controller serves; without it there is none
//	hosts/<name>.yaml    an HTTPS host: its addresses, each with its certificate, and
//	                     the Autodiscover answer that it gives
//
// Addresses in an archive are documentation addresses; --resolve and --connect-to
// lead from the names to them and from them to loopback. A name that the archive
// does not know leads nowhere, so a world never touches a real network.
package world
