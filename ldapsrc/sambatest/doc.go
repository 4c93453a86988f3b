// Package sambatest runs a real Active Directory domain controller for a test.
//
// The idea: the directory that the tests of ldapsrc fear most is one that nobody
// of the project wrote. Samba brings Active Directory's schema, access control,
// account states and transport rules; this package adds an Exchange organization
// and takes everything away again.
//
// The laws:
//
//   - Nothing outlives the test. One shell provisions, serves and tidies up; its
//     life hangs on a pipe that closes with the test process, however that ends.
//   - Nothing leaves the machine. A controller listens on one loopback address
//     of its own and writes inside one folder of its own.
//   - Every secret is made for the run: the authority, the keys, the passwords.
//   - A test that cannot run says so, and fails where EXPROBE_REQUIRE_PEERS=1.
//
// The schema holds the classes and attributes that exprobe reads, by their real
// names. Object identifiers are the published ones where there are any, and
// otherwise lie in an arc for tests; superiors and contents are simplified.
package sambatest
