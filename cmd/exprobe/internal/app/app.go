package app

import (
	"context"
	"io"
	"os/signal"
	"slices"
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
}

// usageStatus is the exit status of a wrong flag, file or configuration.
const usageStatus = 2

// Main runs the command line and returns the exit status.
func Main(args []string, env Environment) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	a := &app{env: env, ui: newUI(env)}
	root := a.root()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		a.ui.fail(err)
		if ctx.Err() != nil {
			return report.Blind.Code
		}
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
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withHint(errNoCommand, "try exprobe demo, or exprobe help")
		},
	}
	root.SetIn(a.env.Stdin)
	root.SetOut(a.env.Stdout)
	root.SetErr(a.env.Stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return withHint(err, "see "+cmd.CommandPath()+" --help")
	})
	root.AddCommand(a.auditCommand(), a.demoCommand(), a.explainCommand(), a.schemaCommand(), a.versionCommand())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Args == nil && !slices.Contains([]string{"help", "completion"}, cmd.Name()) {
			cmd.Args = cobra.NoArgs
		}
	}
	return root
}
