package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"exprobe/cmd/exprobe/internal/source"
	"exprobe/configs"

	"github.com/spf13/cobra"
)

func (a *app) auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "collect, judge, report",
		Long: `audit reads the OutlookProvider objects and the Outlook Anywhere virtual directories from Active Directory, asks
Autodiscover, probes every address of every published host, and reports what does not fit, with the command that
mends it and its undo. It reads only. Every flag is a key of the configuration file (--config) and, in capitals
with EXPROBE_ before it, an environment variable.

--baseline reports only what is new since an earlier audit. --expect says how far the change to a new certificate has
come; status 1 until every address of every host that it is for serves it, and the directory, Autodiscover and the
certificates agree. Other findings count too: --baseline leaves out those that were there before the change.

Exit status: 0 clean, 1 findings at or above --fail-on, 2 usage or configuration, 3 something could not be seen.`,
		Example: `  exprobe audit --ldap-url ldaps://dc1.contoso.com --bind-user auditor@contoso.com --mailbox user@contoso.com --auth basic
  exprobe audit --autodiscover-response answer.xml
  exprobe audit --config contoso.yaml --format powershell --report json=audit.json
  exprobe audit --config contoso.yaml --baseline before.json --expect new.pem --wait 20m`,
		Args: atMost(0),
	}
	addFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		path, flags := givenFlags(cmd, a.env.Environ)
		cfg, err := configs.Load(path, a.env.Environ, flags)
		if err != nil {
			return err
		}
		if err := idle(cfg, flags); err != nil {
			return err
		}
		return a.audit(cmd.Context(), cfg)
	}
	return cmd
}

// judging are the flags that mean something to evidence that is collected already.
var judging = []string{"from", "baseline", "expect", "expect-password-file", "at", "format", "report", "fail-on", "no-color", "quiet"}

// idle refuses flags that would do nothing: whoever gives a password expects it to
// be used.
func idle(cfg *configs.Config, flags map[string]any) error {
	if _, ok := flags["from"]; ok {
		for name := range flags {
			if !slices.Contains(judging, name) {
				return withHint(fmt.Errorf("--%s would do nothing: --from judges what was collected before", name),
					"leave one of the two out")
			}
		}
	}
	given := func(name string) bool { return flags[name] != nil }
	credentials := given("auth-user") || given("auth-password-file") || given("auth-token-file") || given("auth-host")
	switch {
	case credentials && !given("auth") && cfg.Auth == configs.AuthNone:
		return withHint(errors.New("credentials for Autodiscover are given, and nothing says to send them"), "give --auth basic too, or another of its kinds")
	case given("auth-token-file") && cfg.Auth != configs.AuthBearer:
		return withHint(fmt.Errorf("a token is given, and --auth %s sends none", cfg.Auth), "give --auth bearer")
	case given("auth-password-file") && cfg.Auth == configs.AuthBearer:
		return withHint(errors.New("a password is given, and --auth bearer sends none"), "give the token in a file with --auth-token-file")
	case given("expect-password-file") && cfg.Expect == "":
		return withHint(errors.New("a password of the expected certificate's file is given, and no such file"), "give --expect FILE too")
	case cfg.Wait > 0 && cfg.Expect == "":
		return withHint(errors.New("there is nothing to wait for: --wait looks again until a new certificate is served"), "give --expect FILE too")
	case given("wait") && len(cfg.From) > 0:
		return withHint(errors.New("--wait would do nothing: --from judges what was collected before"), "leave one of the two out")
	case given("served-password-file") && len(cfg.Served) == 0:
		return withHint(errors.New("a password of certificate files is given, and no such file"), "give --served HOST=FILE too")
	}
	return nil
}

// environment is what a source needs of the process.
func (a *app) environment(ctx context.Context, cfg *configs.Config) source.Environment {
	return source.Environment{Environ: a.env.Environ, Now: a.env.Now, Progress: a.ui.say(cfg.Quiet), Ask: a.ui.ask(ctx)}
}

// audit is the straight line: a configuration, a snapshot, a report, its renderings
// and its status.
func (a *app) audit(ctx context.Context, cfg *configs.Config) error {
	src, err := source.New(cfg, a.environment(ctx, cfg))
	if err != nil {
		return err
	}
	judge, err := a.judge(cfg)
	if err != nil {
		return err
	}
	out, err := a.outputs(cfg)
	if err != nil {
		return err
	}
	rep, err := a.look(ctx, cfg, src, judge)
	if err != nil {
		return err
	}
	if err := out.write(rep); err != nil {
		return err
	}
	a.status = rep.Status(cfg.FailOn).Code
	return nil
}
