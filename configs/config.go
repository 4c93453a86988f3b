package configs

import (
	"time"

	"exprobe/rules/report"
)

// Config is what the user asked for. Its keys, as in a file, are the tags.
type Config struct {
	Directory `mapstructure:",squash"` // of the flags, and of the file's own keys

	// Directories are further directories, each a forest of its own; a key that one
	// of them leaves out is as in Directory, but for ldap-url and ldap-domain, and for
	// what proves the user where it has a user of its own.
	Directories []Directory `mapstructure:"directories"`

	DNSServer string `mapstructure:"dns-server"` // ADDR:PORT of the DNS server to ask; "" for the system's

	Mailboxes             []string `mapstructure:"mailbox"`               // whose Autodiscover to look up
	Auth                  string   `mapstructure:"auth"`                  // AuthNone or AuthBasic, for Autodiscover
	AuthUser              string   `mapstructure:"auth-user"`             // "" means the mailbox
	AuthPasswordFile      string   `mapstructure:"auth-password-file"`    // as BindPasswordFile; "" for EXPROBE_AUTH_PASSWORD
	AutodiscoverResponses []string `mapstructure:"autodiscover-response"` // files with saved answers

	Hosts     []Host      `mapstructure:"host"`       // further hosts to probe
	Resolve   []Resolve   `mapstructure:"resolve"`    // addresses to use instead of the resolver's
	ConnectTo []ConnectTo `mapstructure:"connect-to"` // where to connect instead
	CAFiles   []string    `mapstructure:"ca-file"`    // further trusted roots for published hosts, PEM

	From []string `mapstructure:"from"` // evidence files to judge, in the place of collecting

	At      time.Time     `mapstructure:"at"`      // judge as of this instant, UTC; zero means now
	Format  string        `mapstructure:"format"`  // one of Formats, to standard output
	Reports []Report      `mapstructure:"report"`  // further reports, to files
	FailOn  report.FailOn `mapstructure:"fail-on"` // the threshold of exit status 1

	Timeout     time.Duration `mapstructure:"timeout"`     // for each single connection or request
	Concurrency int           `mapstructure:"concurrency"` // probes at a time; 0 lets exprobe choose
	Quiet       bool          `mapstructure:"quiet"`       // no progress on standard error
	NoColor     bool          `mapstructure:"no-color"`    // no colour even on a terminal
}

// Directory says which directory to read, and as whom.
type Directory struct {
	LDAPURLs         []string `mapstructure:"ldap-url"`           // directory servers, e.g. ldaps://dc1.contoso.com
	LDAPDomain       string   `mapstructure:"ldap-domain"`        // the AD domain whose domain controllers DNS names
	Bind             string   `mapstructure:"bind"`               // BindSimple or its like
	BindUser         string   `mapstructure:"bind-user"`          // a DN, a UPN or DOMAIN\user
	BindPasswordFile string   `mapstructure:"bind-password-file"` // a file that holds the password alone; "" for EXPROBE_BIND_PASSWORD
	BindKeytab       string   `mapstructure:"bind-keytab"`        // a keytab for a Kerberos bind
	BindCCache       string   `mapstructure:"bind-ccache"`        // a Kerberos credential cache
	BindRealm        string   `mapstructure:"bind-realm"`         // the account's Kerberos realm; "" for the one that BindUser or the directory names
	BindKDC          string   `mapstructure:"bind-kdc"`           // host[:port] of the KDC; "" for the directory server
	BindKrb5Config   string   `mapstructure:"bind-krb5-config"`   // a krb5.conf; "" needs none
	StartTLS         bool     `mapstructure:"start-tls"`          // protect ldap:// by StartTLS before binding
	LDAPCAFile       string   `mapstructure:"ldap-ca-file"`       // PEM roots for the directory servers, beside the system's
	LDAPInsecure     bool     `mapstructure:"ldap-insecure"`      // allow a password over plain LDAP or unverified TLS
}

// The ways to bind to a directory.
const (
	BindSimple    = "simple"
	BindKerberos  = "kerberos"
	BindNTLM      = "ntlm"
	BindSSPI      = "sspi"
	BindAnonymous = "anonymous"
)

// The ways to authenticate to Autodiscover.
const (
	AuthNone  = "none"
	AuthBasic = "basic"
)

// Formats returns the names of the report formats, the default first.
func Formats() []string { return []string{"text", "json", "powershell"} }
