package app

import (
	"errors"

	"exprobe/configs"

	"github.com/spf13/cobra"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "the configuration",
		RunE: func(*cobra.Command, []string) error {
			return withHint(errors.New("config needs to be told what to do"), "try exprobe config check")
		},
		Args: atMost(0),
	}
	cmd.AddCommand(a.configCheckCommand())
	return cmd
}

func (a *app) configCheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "check a configuration, and print what it comes to",
		Long: `check reads the configuration as exprobe audit would, with the file, the environment and the flags, compiles the
organization's own rules, and prints every key with its value and the place that says it, as YAML. No secret is
printed. Waivers that have ended, or will within thirty days, are named on standard error. Nothing is collected.

Exit status: 0 the configuration can be used, 2 it cannot.`,
		Example: "  exprobe config check --config contoso.yaml",
		Args:    atMost(0),
	}
	addFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		path, flags := givenFlags(cmd, a.env.Environ)
		cfg, text, err := configs.Effective(path, a.env.Environ, flags)
		if err != nil {
			return err
		}
		if err := idle(cfg, flags); err != nil {
			return err
		}
		at := cfg.At
		if at.IsZero() {
			at = a.env.Now()
		}
		for _, r := range cfg.Reminders(at) {
			a.ui.remind(r.Text, r.Hint)
		}
		_, err = a.env.Stdout.Write(text)
		return err
	}
	return cmd
}
