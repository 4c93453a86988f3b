// Package facts is the vocabulary of exprobe: everything that one audit knew,
// at one instant, and the arithmetic of principal names over it.
//
// The idea: facts stand at the bottom, judgement above them, words on top.
// Collectors fill a [Snapshot]; rules read it; nothing in this package touches
// a network, a file or a clock, and it imports the standard library alone.
//
// The laws:
//
//   - A fact that may be missing is an [Observed]: known, failed with a reason,
//     or never asked. The zero value is "never asked", so a forgotten field
//     can never read as an answer.
//   - An attribute or element that may be absent is an [Optional]: absent and
//     present-but-empty are different facts.
//   - Texts are kept as they arrived. They are hostile; whoever prints one
//     escapes it for its sink.
package facts
