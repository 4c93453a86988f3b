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
//	hosts/<name>.yaml    an HTTPS host: its addresses, each with its certificate, the
//	                     Autodiscover answer that it gives, what else it answers, and
//	                     what it answers on port 80
//	certificates/<name>.yaml  a certificate that nobody serves yet, as in hosts/: it is
//	                     written to <name>.pem in the world's folder
//	dns/<view>.zone      what a DNS server answers, a record to a line: NAME TYPE DATA.
//	                     Without any, the name of each host leads to its addresses;
//	                     with one, hosts/<name> is a label and the zones say it all
//
// Addresses in an archive are documentation addresses; --dns-server leads from the
// names to them and --connect-to from them to loopback. A name that no zone holds
// does not exist, so a world never touches a real network.
//
// What reaches a world is written to two files in its folder, for scripts to look
// at: names.log ("SRV _autodiscover._tcp.contoso.com") and requests.log ("HOST METHOD
// URL SCHEME", where HOST is the file's name and SCHEME that of the credentials, or
// "-" where none came).
package world
