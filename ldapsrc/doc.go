// Package ldapsrc reads what Active Directory holds about an Exchange
// organization's client access: its OutlookProvider objects, its servers and their
// virtual directories, its service connection points, what refers to a certificate,
// and the namespaces and partners that are reached under further names.
//
// The idea: an audit of a directory is a handful of searches by an ordinary
// account, over a network that may fail and against access rights that hide
// without saying so. So the package is as careful about what it did not see as
// about what it saw.
//
// The laws:
//
//   - Absent, empty and not readable are three facts. Active Directory never says
//     "denied" on a read: it leaves the attribute out. So every request asks for
//     attributes that each object surely has (whenCreated, whenChanged); only
//     where one of them came back does a missing attribute mean that nothing is
//     stored.
//   - A list is known only where it is complete. What arrived of an incomplete one
//     is kept beside the reason.
//   - What is read is a list of sections. Whatever happens to one costs no other.
//   - An empty list is known only where the account may read the container itself, and
//     where an organization may do without: what an account may not list looks empty.
//   - A search by class does not find an object whose class the account may not read.
//     So containers are listed, whatever is in them, and the class is judged here; by
//     class is asked only where a container does not show itself. An object that hides
//     its class makes its list incomplete.
//   - References to other servers are noted and never followed.
//   - A password, and what is read with it, goes over the wire in clear only where the
//     operator said so. A Kerberos bind protects the connection by itself where there
//     is no TLS; over TLS, Kerberos and NTLM are bound to the certificate that was seen.
//   - Nothing is written. Below [Read] there is an interface that can search, and
//     nothing else.
//   - Texts are kept byte for byte; errors hold only what is safe to print, and
//     never a password.
//   - An error that has a next step has a method Hint() string that says it. What
//     went wrong is told by result codes and by the "data" word of Active
//     Directory, never by a server's prose.
//   - Everything a server sends is bounded: bytes, nesting, entries, values, time. What
//     was not asked for is never copied.
package ldapsrc
