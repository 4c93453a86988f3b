// Package tlsprobe looks at what every address of every published host really
// serves.
//
// The idea: seeing and judging are two steps. The handshake verifies nothing, so
// that the wrong certificate is seen as well as the right one; then the chain, its
// trust, its names and its dates are separate facts, and none of them hides
// another.
//
// The laws:
//
//   - A name is what the client asks for (SNI), an address is where it asks; they
//     are separate inputs. Every address of a name is asked.
//   - A probe never fails as a whole. What could not be seen is an unknown fact
//     with a reason and a next step, and never a mismatch.
//   - A server that no modern client takes is seen all the same: a hello of our own
//     ends at its certificates, and a lenient reader reads them. That the handshake
//     failed, and why, stays a fact beside them.
//   - A host costs its own time-out and nobody else's; what it may send is capped.
//   - Nothing is asked twice: a name is resolved once, an address asked once for each
//     name, a chain verified once. Whoever waits costs no goroutine.
//   - Nothing secret is ever sent: no request and no credential follows the
//     handshake.
package tlsprobe
