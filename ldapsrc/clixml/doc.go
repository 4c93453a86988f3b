// Package clixml reads an Exchange organization from what its administrator exported
// from the Exchange Management Shell: a folder of files that Export-Clixml wrote, one
// or more for each cmdlet. It is for organizations that hand out files and not access.
//
// The idea: a cmdlet shows what the directory holds, with the encodings undone. So this
// package does the encodings again where a fact is the stored text (Outlook Anywhere's
// host and its SSL switch are one URL), and fills the facts that a reader of the
// directory fills, so that the same rules judge both.
//
// The laws:
//
//   - Whichever files are there are read; what is not there is not known, and the reason
//     names the cmdlet to run. A property that a file does not hold is not known either.
//   - A cmdlet that ran and listed nothing is a known, empty list.
//   - Where the script noted that a cmdlet reported errors, its list may lack something.
//   - The shell shows "" for many a text that is not stored ([Organization] samples of
//     Microsoft's CSS-Exchange), and Exchange treats both alike: "" is absent.
//   - Which certificate a host serves is a fact of the wire. Those that
//     Get-ExchangeCertificate lists are only those that a server could serve.
//
// Marks in the comments: "confirmed" was seen in exports that Microsoft publishes as
// test data (https://github.com/microsoft/CSS-Exchange, folders Tests, Exchange 2013 to
// 2019); "documented" stands in Microsoft's cmdlet reference as a parameter of the
// matching Set- cmdlet; the rest is believed.
package clixml
