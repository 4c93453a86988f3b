// Package certfile reads the files that certificates come in, for a reviewer who
// has no access to the server: PEM, DER, PKCS #7 (.p7b), PKCS #12 (.pfx) with a
// password, and what Get-ExchangeCertificate | Export-Clixml writes.
//
// The idea: a file stands for what a server would serve, so the result is a chain,
// leaf first. Where a file is a set without an order, the chain is put together as
// a server of Windows would; where it holds several candidates, the one that is
// bound to the web site is taken, and otherwise the reader is told to choose.
//
// The laws: what is read is capped; a private key is looked over and never kept;
// nothing secret stands in an error; every error names the next step.
package certfile
