// Package psobject reads objects as PowerShell writes them down: CLIXML, the format of
// Export-Clixml and of remote sessions ([MS-PSRP] 2.2.5, "Serialization").
//
// The idea: what a cmdlet says arrives in many shapes, and means the same in each. An
// object may be the live one, a copy from a remote session whose types begin with
// "Deserialized.", or what Select-Object left of it; a property may be a text, an
// enumeration with a name and a number, an object that is known by its ToString, or a
// reference to one that stood before. So a [Value] has one form for all of them.
//
// The laws: depth and number are capped; a secure string is never kept; what stood
// before a mistake in the file has been handed over when the mistake is reported.
package psobject
