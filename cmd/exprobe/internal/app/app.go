package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"
	"time"

	"exprobe/rules/report"

	"github.com/spf13/cobra"
)

// Environment is what the process gives to the command: streams, variables and
// the clock.
type Environment struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string // "NAME=value"
	Now            func() time.Time

	// Sleep waits, or returns the context's error where that ends first; nil is a timer.
	Sleep func(context.Context, time.Duration) error
}

// usageStatus is the exit status of a wrong flag, file or configuration.
const usageStatus = 2

// Main runs the command line and returns the exit status.
func Main(args []string, env Environment) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process, whatever it waits for
	a := &app{env: env, ui: newUI(env)}
	root := a.root()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		var unwritten *outputError
		if errors.As(err, &unwritten) {
			a.ui.fail(err)
			return report.Blind.Code // the audit is done, and somebody cannot see it
		}
		if ctx.Err() != nil {
			a.ui.fail(withHint(errors.New("interrupted: nothing was judged"), "run it again; a shorter --timeout gives up on dead hosts sooner"))
			return report.Blind.Code
		}
		a.ui.fail(err)
		return usageStatus
	}
	return a.status
}

type app struct {
	env    Environment
	ui     *ui
	status int
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "exprobe",
		Short: "audit the certificate principal name that Outlook is told to expect",
		Long: `exprobe tells whether the certificate principal name that Outlook is told to expect (msstd:...) is the one
that the published hosts' certificates carry, and prints the command that mends it, with its undo.

Start with: exprobe demo`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withHint(errNoCommand, "try exprobe demo, or exprobe help")
		},
	}
	root.SuggestionsMinimumDistance = 2
	root.Version = Version()
	root.SetVersionTemplate("exprobe {{.Version}}\n")
	root.SetIn(a.env.Stdin)
	root.SetOut(a.env.Stdout)
	root.SetErr(a.env.Stderr)
	root.SetFlagErrorFunc(flagError)
	root.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		hint := "see exprobe help"
		if near := root.SuggestionsFor(args[0]); len(near) > 0 {
			hint = "did you mean " + near[0] + "?"
		}
		return withHint(fmt.Errorf("unknown command %q", args[0]), hint)
	}
	root.AddCommand(a.auditCommand(), a.collectCommand(), a.configCommand(), a.demoCommand(), a.diffCommand(), a.explainCommand(), a.renewalCommand(), a.schemaCommand(), a.versionCommand())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	return root
}

// atMost takes the arguments of a command: flags say everything else.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return withHint(fmt.Errorf("unexpected argument %q", args[n]), "see "+cmd.CommandPath()+" --help")
	}
}
