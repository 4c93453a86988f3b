// Package configs says how exprobe was asked to run.
//
// The idea: four layers say the same words. A key of the configuration file is
// the name of the flag, and its environment variable is that name in capitals
// (ldap-url, --ldap-url, EXPROBE_LDAP_URL). Each layer is read into typed values
// where its own words are still known, so a mistake is named by the file and
// line, variable or flag that made it; only then are the layers merged.
//
// The laws:
//
//   - The order is default.yaml, the user's file, the environment, the flags; a
//     later layer replaces a value whole, lists too.
//   - Nothing is ignored: a key or variable that is not known is an error that
//     names the nearest one that is.
//   - No password is a key. Where somebody writes one, the error says where it
//     may stand and never repeats it.
//   - A policy is whole or refused: its rules exist, its waivers have an owner, a
//     reason and an end, and rules of the organization's own are compiled here.
//   - No map is keyed by the user's text: viper lower-cases keys and splits them.
//   - The process is not touched: the environment is an argument, and the one
//     file that is read is the one that was named.
package configs
