// Command list writes all.go: the table of contents of the rules, from the files
// of the folder that it is run in. It is run by go generate.
package main

import (
	"fmt"
	"os"

	"exprobe/rules/internal/contents"
)

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "list:", err)
		os.Exit(1)
	}
}

func write() error {
	source, err := contents.Source(".")
	if err != nil {
		return err
	}
	return os.WriteFile("all.go", source, 0o644)
}
