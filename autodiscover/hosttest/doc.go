// Package hosttest is an HTTPS host with a certificate that is the same on every run,
// and the names that lead to it.
//
// The idea: a certificate is a function of what is written about it. Keys are
// Ed25519 and follow from names, serial numbers follow from the whole
// specification, dates are fixed; so two runs, on two machines, in two years, show
// the same thumbprint, and a thumbprint can stand in a golden file.
//
// The laws:
//
//   - Same specification, same bytes. A change that alters the bytes of existing
//     certificates breaks golden files elsewhere.
//   - It listens on loopback alone. Its keys are public knowledge: whoever can
//     read a name can compute them.
//   - It writes nothing to standard error.
package hosttest
