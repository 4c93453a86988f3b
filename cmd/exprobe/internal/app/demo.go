package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"exprobe/cmd/exprobe/internal/world"
	"exprobe/configs"

	"github.com/spf13/cobra"
)

func (a *app) demoCommand() *cobra.Command {
	var list, serve bool
	cmd := &cobra.Command{
		Use:   "demo [SCENARIO]",
		Short: "audit an embedded deployment",
		Long: `demo starts a small Exchange deployment on loopback (a directory over LDAPS, hosts over HTTPS) and audits it as
exprobe audit would. --list names the scenarios. --serve keeps one up and prints the flags to audit it with.`,
		Args: atMost(1),
	}
	cmd.Flags().BoolVar(&list, "list", false, "list the scenarios")
	cmd.Flags().BoolVar(&serve, "serve", false, "keep the deployment up and print the flags to audit it with")
	addReportFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if list {
			return a.listScenarios()
		}
		name := world.DefaultScenario
		if len(args) > 0 {
			name = args[0]
		}
		return a.demo(cmd, name, serve)
	}
	return cmd
}

func (a *app) listScenarios() error {
	for _, name := range world.Scenarios() {
		archive, _ := world.Scenario(name)
		about, err := world.Describe(archive)
		if err != nil {
			return fmt.Errorf("describing %s: %w", name, err)
		}
		fmt.Fprintf(a.env.Stdout, "%-16s %s\n", name, about.Title)
	}
	return nil
}

func (a *app) demo(cmd *cobra.Command, name string, serve bool) (err error) {
	archive, ok := world.Scenario(name)
	if !ok {
		return withHint(fmt.Errorf("scenario %q is not known", name), suggest(name, world.Scenarios(), "exprobe demo --list names the scenarios"))
	}
	w, err := world.Start(archive)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if serve {
		return a.serve(cmd.Context(), w)
	}
	_, flags := givenFlags(cmd, nil)
	cfg, err := configs.Load(w.Config(), nil, flags)
	if err != nil {
		return err
	}
	return a.audit(cmd.Context(), cfg)
}

func (a *app) serve(ctx context.Context, w *world.World) error {
	fmt.Fprintf(a.env.Stdout, "# %s\n# It is up until you press Ctrl-C. Audit it with either of:\nexprobe audit --config %s\nexprobe audit", w.Title, w.Config())
	for i, flag := range w.Flags() {
		if i%2 == 0 {
			fmt.Fprint(a.env.Stdout, " \\\n  ")
		} else {
			fmt.Fprint(a.env.Stdout, " ")
		}
		fmt.Fprint(a.env.Stdout, quote(flag))
	}
	fmt.Fprintln(a.env.Stdout)
	<-ctx.Done()
	return nil
}

// quote makes a flag safe to paste into a shell.
func quote(flag string) string {
	if strings.ContainsAny(flag, " *'\"\\$") {
		return "'" + strings.ReplaceAll(flag, "'", `'\''`) + "'"
	}
	return flag
}
