// Command exprobe tells whether the certificate principal name that Outlook is told
// to expect is the one that the published hosts' certificates carry, and prints the
// command that mends it, with its undo.
package main

import (
	"os"
	"time"

	"exprobe/cmd/exprobe/internal/app"
)

func main() {
	os.Exit(app.Main(os.Args[1:], app.Environment{
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Environ: os.Environ(),
		Now:     time.Now,
	}))
}
