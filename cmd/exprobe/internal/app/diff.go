package app

import (
	"fmt"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/cmd/exprobe/internal/render"
	"exprobe/cmd/exprobe/internal/source"
	"exprobe/rules"
	"exprobe/rules/changes"
	"exprobe/rules/report"

	"github.com/spf13/cobra"
)

func (a *app) diffCommand() *cobra.Command {
	var format, failOn string
	var noColor bool
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "what changed between two evidence files",
		Long: `diff judges two files of exprobe collect by the same rules, each as of its own instant, and says what changed: the
findings that were introduced, resolved and kept, and the facts behind them. What failed in OLD and could not be seen in
NEW is neither resolved nor fine, and is said to be no longer seen.

Exit status: 0 nothing at --fail-on was introduced, 1 a finding was, 2 usage, 3 something became unknown.`,
		Example: `  exprobe diff before.json after.json
  exprobe diff before.json after.json --format json --fail-on error`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return withHint(fmt.Errorf("two evidence files are compared, and %d are named", len(args)), "write it as exprobe diff OLD NEW")
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&format, "format", "text", "format of standard output: "+strings.Join(render.DeltaFormats(), ", "))
	f.StringVar(&failOn, "fail-on", "", "threshold of exit status 1: error, warning (the default), info, never")
	f.BoolVar(&noColor, "no-color", false, "no colour, even on a terminal")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		threshold, err := report.ParseFailOn(failOn)
		if err != nil {
			return withHint(fmt.Errorf("reading --fail-on: %w", err), "see exprobe diff --help")
		}
		write, err := render.Delta(format, a.ui.style(noColor))
		if err != nil {
			return withHint(err, suggest(format, render.DeltaFormats(), "see exprobe diff --help"))
		}
		return a.diff(args[0], args[1], threshold, write)
	}
	return cmd
}

// diff is a straight line too: two snapshots, two reports, what is between them.
func (a *app) diff(oldFile, newFile string, failOn report.FailOn, write render.DeltaRenderer) error {
	var snaps [2]*facts.Snapshot
	for i, name := range []string{oldFile, newFile} {
		snap, err := source.Open(name)
		if err != nil {
			return fmt.Errorf("comparing: %w", err)
		}
		snaps[i] = snap
	}
	policy := rules.Policy{FailOn: failOn}
	delta := report.Compare(rules.Evaluate(snaps[0], rules.All(), policy), rules.Evaluate(snaps[1], rules.All(), policy), failOn)
	delta.Tool = report.Tool{Name: "exprobe", Version: Version()}
	delta.Facts = changes.Between(snaps[0], snaps[1])
	if err := write(a.env.Stdout, delta); err != nil {
		return withHint(&outputError{err}, "make room, and run it again")
	}
	a.status = delta.Exit.Code
	return nil
}
