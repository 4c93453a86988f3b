package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"exprobe/autodiscover/facts"
	"exprobe/cmd/exprobe/internal/redact"
	"exprobe/cmd/exprobe/internal/source"
	"exprobe/configs"
	"exprobe/ldapsrc/clixml"
	"exprobe/rules"
	"exprobe/rules/report"

	"github.com/spf13/cobra"
)

func (a *app) collectCommand() *cobra.Command {
	var output string
	var replace, script bool
	cmd := &cobra.Command{
		Use:   "collect",
		Short: "collect only: the evidence, as JSON",
		Long: `collect sees what exprobe audit would see and saves it: certificates as they were served, who asked what of whom,
what failed and why. No secret is in it. exprobe audit --from FILE judges it, here or elsewhere, now or later, and
says to the byte what an audit at that time would have said.

Exit status: 0 the evidence is written, 2 usage or configuration, 3 it is written and something could not be seen.`,
		Example: `  exprobe collect -o evidence.json --ldap-url ldaps://dc1.contoso.com --bind-user auditor@contoso.com
  exprobe audit --from evidence.json
  exprobe collect --shell-script > export.ps1
  exprobe collect --from inside.json --from outside.json --redact -o for-the-vendor.json`,
		Args: atMost(0),
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "`FILE` to write; - is standard output")
	cmd.Flags().BoolVar(&replace, "redact", false, "replace names, mailboxes and addresses consistently, so that the file can go to others")
	cmd.Flags().BoolVar(&script, "shell-script", false, "print the PowerShell script that exports an organization for --clixml; it only reads")
	addCollectFlags(cmd)
	addFrom(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if script {
			return a.shellScript(cmd)
		}
		if output == "" {
			return withHint(errors.New("no file is named for the evidence"), "give -o evidence.json")
		}
		path, flags := givenFlags(cmd, a.env.Environ)
		delete(flags, "output")
		delete(flags, "redact")
		cfg, err := configs.Load(path, a.env.Environ, flags)
		if err != nil {
			return err
		}
		if err := idle(cfg, flags); err != nil {
			return err
		}
		return a.collect(cmd.Context(), cfg, output, replace)
	}
	return cmd
}

// shellScript prints the script. Whoever gives other flags beside it expects something
// to be collected.
func (a *app) shellScript(cmd *cobra.Command) error {
	if cmd.Flags().NFlag() > 1 {
		return withHint(errors.New("--shell-script prints a script and collects nothing"), "leave the other flags out")
	}
	if _, err := io.WriteString(a.env.Stdout, clixml.Script()); err != nil {
		return &outputError{fmt.Errorf("writing the script: %w", err)}
	}
	return nil
}

func (a *app) collect(ctx context.Context, cfg *configs.Config, output string, replace bool) error {
	if len(cfg.From) == 1 && !replace {
		return withHint(errors.New("there is nothing to collect: --from names evidence that is collected already"),
			"leave --from out, or give --redact, or give --from again to merge several files into one")
	}
	src, err := source.New(cfg, a.environment(ctx, cfg))
	if err != nil {
		return err
	}
	if output != "-" {
		if err := writable(output); err != nil {
			return withHint(fmt.Errorf("preparing -o %s: %w", output, err), "name a file in a folder that exists")
		}
	}
	snap, err := src.Snapshot(ctx)
	if err != nil {
		return err
	}
	if replace {
		if snap, err = redact.Snapshot(snap); err != nil {
			return err
		}
	}
	if err := a.save(snap, output); err != nil {
		return withHint(&outputError{fmt.Errorf("writing the evidence: %w", err)}, "make room or name another file, and collect again")
	}
	// What the rules would miss is missing from the evidence, and whoever collects for
	// somebody else has to know now.
	rep := rules.Evaluate(snap, rules.All(), rules.Policy{FailOn: report.FailOnNever})
	a.status = rep.Exit.Code
	return nil
}

// save writes the evidence beside its place and moves it there, so that an older file
// is whole until the new one is.
func (a *app) save(snap *facts.Snapshot, output string) error {
	e := source.Evidence{Snapshot: snap, Tool: report.Tool{Name: "exprobe", Version: Version()}}
	if output == "-" {
		return e.Write(a.env.Stdout)
	}
	file, err := os.CreateTemp(filepath.Dir(output), filepath.Base(output)+".*")
	if err != nil {
		return err
	}
	err = errors.Join(e.Write(file), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), output)
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return err
}
