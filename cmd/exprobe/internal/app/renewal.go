package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"exprobe/cmd/exprobe/internal/render"
	"exprobe/cmd/exprobe/internal/source"
	"exprobe/configs"
	"exprobe/rules"
	"exprobe/rules/report"

	"github.com/spf13/cobra"
)

// renewalFlags are those that the configuration knows nothing of.
type renewalFlags struct {
	certificate, passwordFile string
	replaces                  []string
	format                    string
	reports                   []string
}

func (a *app) renewalCommand() *cobra.Command {
	var own renewalFlags
	cmd := &cobra.Command{
		Use:   "renewal --certificate FILE",
		Short: "what would this certificate break, and how is it put in place?",
		Long: `renewal judges the deployment as it is and as it would be with the certificate in FILE (PEM, DER, PKCS#7, PKCS#12, or a
request for a certificate): which hosts and addresses would serve it, old and new side by side, the findings that the
switch introduces, resolves and keeps, and the plan: what to do before, at and after the switch, each with its undo.
It judges as of --at, which should be the time of the switch. --format markdown writes the change ticket, and
--format powershell the plan as a script.

Exit status: 0 nothing at --fail-on is introduced, 1 a finding is, although the plan may mend it, 2 usage, 3 an address
that is concerned could not be seen.`,
		Example: `  exprobe renewal --certificate new.pfx --certificate-password-file pass --config contoso.yaml --at 2026-12-05T20:00:00Z
  exprobe renewal --certificate request.csr --from evidence.json --format markdown --report json=renewal.json
  exprobe renewal --certificate new.pem --replaces mail.contoso.com --from evidence.json`,
		Args: atMost(0),
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&own.certificate, "certificate", "", "`FILE` of the certificate that is to come, or of the request for it")
	f.StringVar(&own.passwordFile, "certificate-password-file", "", "`FILE` that holds the password of a PKCS#12 file alone")
	f.StringArrayVar(&own.replaces, "replaces", nil, "`HOST|THUMBPRINT` that it takes the place of: a host, a server, an address or a certificate (repeat; default: whatever shares a published name with it)")
	addCollectFlags(cmd)
	addFrom(cmd)
	f.StringVar(&own.format, "format", "", "format of standard output: "+strings.Join(render.RenewalFormats(), ", ")+"; the first unless given")
	f.StringArrayVar(&own.reports, "report", nil, "write a further report, `FORMAT=FILE` (repeat)")
	f.String("fail-on", "", "threshold of exit status 1: error, warning (the default), info, never")
	f.Bool("no-color", false, "no colour, even on a terminal")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if own.certificate == "" {
			return withHint(errors.New("no certificate is named"), "give --certificate FILE: the new certificate, or the request for it")
		}
		path, flags := givenFlags(cmd, a.env.Environ)
		for _, name := range []string{"certificate", "certificate-password-file", "replaces", "format", "report"} {
			delete(flags, name)
		}
		cfg, err := configs.Load(path, a.env.Environ, flags)
		if err != nil {
			return err
		}
		delete(flags, "ca-file") // of use to the candidate, whatever was collected before
		if err := idle(cfg, flags); err != nil {
			return err
		}
		return a.renewal(cmd.Context(), cfg, own)
	}
	return cmd
}

// renewal is a straight line too: a candidate, a snapshot, what becomes of it.
func (a *app) renewal(ctx context.Context, cfg *configs.Config, own renewalFlags) error {
	write, err := a.renewalOutputs(cfg, own)
	if err != nil {
		return err
	}
	candidate, err := source.ReadCandidate(own.certificate, own.passwordFile)
	if err != nil {
		return err
	}
	src, err := source.New(cfg, a.environment(ctx, cfg))
	if err != nil {
		return err
	}
	snap, err := src.Snapshot(ctx)
	if err != nil {
		return err
	}
	if err := candidate.Judge(snap, cfg); err != nil {
		return err
	}
	rep, err := rules.Renew(snap, rules.Candidate{File: candidate.File, Served: candidate.Served, Request: candidate.Request,
		Sealed: candidate.Sealed, Note: candidate.Note, Replaces: own.replaces}, rules.All(), cfg.Policy())
	if err != nil {
		var hosts []string
		for _, h := range snap.Hosts {
			if h.Node == "" {
				hosts = append(hosts, h.Name)
			}
		}
		return withHint(fmt.Errorf("reading --replaces: %w", err), suggest(own.replaces[0], hosts, "name a published host, a server behind it, an address or a thumbprint; exprobe audit lists them"))
	}
	rep.Tool.Version = Version()
	if err := write(rep); err != nil {
		return err
	}
	a.status = rep.Exit.Code
	return nil
}

// renewalOutputs prepares every place where the report goes, before anything is
// collected.
func (a *app) renewalOutputs(cfg *configs.Config, own renewalFlags) (func(*report.Renewal) error, error) {
	format := own.format
	if format == "" {
		format = cfg.Format
	}
	main, err := render.Renewal(format, a.ui.style(cfg.NoColor))
	if err != nil {
		return nil, withHint(err, suggest(format, render.RenewalFormats(), "see exprobe renewal --help"))
	}
	type output struct {
		name  string
		write render.RenewalRenderer
	}
	var files []output
	for _, text := range own.reports {
		format, name, found := strings.Cut(text, "=")
		if !found || name == "" {
			return nil, withHint(fmt.Errorf("--report %q is not FORMAT=FILE", text), "write it as --report json=renewal.json")
		}
		write, err := render.Renewal(format, render.Style{})
		if err != nil {
			return nil, withHint(err, suggest(format, render.RenewalFormats(), "see exprobe renewal --help"))
		}
		if err := writable(name); err != nil {
			return nil, withHint(fmt.Errorf("preparing --report %s: %w", text, err), "name a file in a folder that exists")
		}
		files = append(files, output{name, write})
	}
	return func(r *report.Renewal) error {
		var failures []error
		for _, f := range files {
			if err := writeFile(f.name, func(w io.Writer) error { return f.write(w, r) }); err != nil {
				failures = append(failures, fmt.Errorf("writing %s: %w", f.name, err))
			}
		}
		if err := main(a.env.Stdout, r); err != nil {
			failures = append(failures, fmt.Errorf("writing to standard output: %w", err))
		}
		if len(failures) > 0 {
			return withHint(&outputError{errors.Join(failures...)}, "make room or name another file, and run it again")
		}
		return nil
	}, nil
}
