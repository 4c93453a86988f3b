package app

import (
	"errors"
	"strings"

	"exprobe/configs"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// addFlags gives a command the flags of collecting, judging and reporting.
func addFlags(cmd *cobra.Command) {
	addCollectFlags(cmd)
	addFrom(cmd)
	addChangeFlags(cmd.Flags())
	addReportFlags(cmd.Flags())
}

// addChangeFlags are those of the night of a change.
func addChangeFlags(f *pflag.FlagSet) {
	f.String("baseline", "", "evidence or JSON report of an earlier audit, `FILE`: report only what is new since")
	f.String("expect", "", "`FILE` with a new certificate: say which addresses serve it, with status 1 until all do")
	f.String("expect-password-file", "", "`FILE` that holds the password of a PKCS#12 --expect file alone")
	f.String("wait", "", "with --expect: look again for this `DURATION`, 20m, until all serve it and agree")
}

func addFrom(cmd *cobra.Command) {
	cmd.Flags().StringArray("from", nil, "take the evidence in `FILE`, from exprobe collect, instead of collecting (repeat: vantage points of one deployment)")
}

// addCollectFlags gives a command the flags of collecting. Their defaults stand in
// the configuration, so here they have none; what the user gives is handed over as
// it was written.
func addCollectFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.String("config", "", "configuration `FILE`, YAML; its keys are these flags")
	f.StringArray("ldap-url", nil, "directory server `URL`, ldaps:// or ldap:// (repeat: those of one DNS domain are tried in turn, those of another are another forest)")
	f.String("ldap-domain", "", "AD `DOMAIN` whose domain controllers DNS names, instead of --ldap-url")
	f.String("bind", "", "how to bind: simple (the default), kerberos, ntlm, sspi (on Windows: who is logged on), anonymous")
	f.String("bind-user", "", "`USER` to bind as: user@domain, DOMAIN\\user or a DN")
	f.String("bind-password-file", "", "`FILE` that holds its password alone; or EXPROBE_BIND_PASSWORD")
	f.String("bind-keytab", "", "kerberos: `FILE` with the user's keys, instead of a password")
	f.String("bind-ccache", "", "kerberos: `FILE` with a ticket that kinit got")
	f.String("bind-realm", "", "kerberos: the user's `REALM`, where --bind-user does not say it")
	f.String("bind-kdc", "", "kerberos: `HOST[:PORT]` of the KDC, where it is not the directory server")
	f.String("bind-krb5-config", "", "kerberos: `FILE` krb5.conf; none is needed")
	f.Bool("start-tls", false, "protect ldap:// by StartTLS")
	f.String("ldap-ca-file", "", "`FILE` with roots in PEM for the directory servers, beside the system's")
	f.Bool("ldap-insecure", false, "do not verify the directory's certificate, and allow a password over plain LDAP")
	f.StringArray("clixml", nil, "`FOLDER` that the Exchange Management Shell exported, in the place of a directory: see exprobe collect --shell-script (repeat: each is an organization)")
	f.StringArray("mailbox", nil, "`ADDRESS` whose Autodiscover to ask (repeat)")
	f.StringArray("domain", nil, "`DOMAIN` whose Autodiscover to look up without a mailbox (repeat)")
	f.String("site", "", "AD `SITE` of the client whose connection points come first")
	f.String("microsoft365", "", "whether to ask Microsoft 365 too: auto (the default: where Outlook would) or never")
	f.String("auth", "", "credentials for Autodiscover: none (the default), basic, ntlm, negotiate, bearer; over verified TLS alone")
	f.String("auth-user", "", "`USER` for Autodiscover; the mailbox unless given")
	f.String("auth-password-file", "", "`FILE` that holds its password alone; or EXPROBE_AUTH_PASSWORD")
	f.String("auth-token-file", "", "bearer: `FILE` that holds the token alone; or EXPROBE_AUTH_TOKEN")
	f.StringArray("auth-host", nil, "further host that the credentials may be sent to, `NAME[:PORT]` (repeat)")
	f.String("proxy", "", "proxy for Autodiscover: none (the default), or environment for that of HTTPS_PROXY")
	f.StringArray("autodiscover-response", nil, "`FILE` with a saved Autodiscover answer (repeat)")
	f.StringArray("host", nil, "further host to probe, `NAME[:PORT]` (repeat)")
	f.StringArray("served", nil, "certificate file that stands for what a host serves, `HOST=FILE` (repeat)")
	f.String("served-password-file", "", "`FILE` that holds the password of a --served PKCS#12 file alone")
	f.String("probe", "", "how far to go with a published host: full (the default) or hello, which ends at the certificate")
	f.StringArray("resolve", nil, "`HOST:PORT:ADDR[,ADDR]`: addresses to use for a name, as in curl (repeat)")
	f.StringArray("connect-to", nil, "`HOST:PORT:HOST2:PORT2`: where to connect instead, as in curl; HOST may be an address (repeat)")
	f.String("dns-server", "", "`ADDR[:PORT]` of the DNS server to ask, instead of the system's")
	f.StringArray("ca-file", nil, "`FILE` with roots in PEM for published hosts, beside the system's (repeat)")
	f.String("at", "", "judge as of this `TIME`, 2026-11-22 or 2026-11-22T09:00:00Z; now unless given")
	f.String("timeout", "", "`DURATION` that one connection or request may take (default 10s)")
	f.Int("concurrency", 0, "probes at a time (`N`, 0: exprobe chooses)")
	f.Bool("quiet", false, "no progress on standard error")
}

func addReportFlags(f *pflag.FlagSet) {
	f.String("format", "", "format of standard output: text (the default), json, powershell")
	f.StringArray("report", nil, "write a further report, `FORMAT=FILE` (repeat)")
	f.String("fail-on", "", "threshold of exit status 1: error, warning (the default), info, never")
	f.Bool("no-color", false, "no colour, even on a terminal")
}

// givenFlags returns the configuration file's name, from the flag or EXPROBE_CONFIG,
// and the flags that the user gave.
func givenFlags(cmd *cobra.Command, environ []string) (path string, given map[string]any) {
	for _, entry := range environ {
		if value, ok := strings.CutPrefix(entry, "EXPROBE_CONFIG="); ok {
			path = value
		}
	}
	given = map[string]any{}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch list, ok := f.Value.(pflag.SliceValue); {
		case f.Name == "config":
			path = f.Value.String()
		case f.Name == "help":
		case ok:
			given[f.Name] = list.GetSlice()
		default:
			given[f.Name] = f.Value.String()
		}
	})
	return path, given
}

// flagError gives a mistake in the flags its hint: the flag that was probably
// meant, or where a password may stand, because none may stand in a flag.
func flagError(cmd *cobra.Command, err error) error {
	hint := "see " + cmd.CommandPath() + " --help"
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		name := unknown.GetSpecifiedName()
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		near := configs.Nearest(name, known)
		switch {
		case strings.HasSuffix(name, "token"):
			hint = "a token stands in a file, named with --auth-token-file, or in EXPROBE_AUTH_TOKEN"
		case strings.HasSuffix(name, "password"):
			hint = "a password stands in a file, named with --bind-password-file or --auth-password-file, or in EXPROBE_BIND_PASSWORD or EXPROBE_AUTH_PASSWORD"
		case near != "":
			hint = "did you mean --" + near + "?"
		}
	}
	return withHint(err, hint)
}
