// Command manual writes RULES.md: the manual of the rules, from the rules
// themselves. It is run by go generate.
package main

import (
	"fmt"
	"os"

	"exprobe/rules"
)

func main() {
	if err := os.WriteFile("RULES.md", []byte(rules.Manual()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}
