package configs

import (
	"time"

	"exprobe/rules"
	"exprobe/rules/report"
)

// Config is what the user asked for. Its keys, as in a file, are the tags.
type Config struct {
	Directory `mapstructure:",squash"` // of the flags, and of the file's own keys

	// Directories are further directories, each a forest of its own; a key that one
	// of them leaves out is as in Directory, but for ldap-url and ldap-domain, and for
	// what proves the user where it has a user of its own. One that is Inherited is
	// bound to where it surely is of the user's own domain.
	Directories []Directory `mapstructure:"directories"`

	CLIXML []string `mapstructure:"clixml"` // folders that the Exchange Management Shell exported, each an organization

	DNSServer string `mapstructure:"dns-server"` // ADDR:PORT of the DNS server to ask; "" for the system's

	Mailboxes             []string `mapstructure:"mailbox"`               // whose Autodiscover to look up
	Domains               []string `mapstructure:"domain"`                // which domains' Autodiscover to look up without a mailbox
	Site                  string   `mapstructure:"site"`                  // the AD site of the client whose connection points come first; "" for none
	Microsoft365          string   `mapstructure:"microsoft365"`          // Microsoft365Auto or Microsoft365Never
	Auth                  string   `mapstructure:"auth"`                  // AuthNone or its like, for Autodiscover
	AuthUser              string   `mapstructure:"auth-user"`             // "" means the mailbox
	AuthPasswordFile      string   `mapstructure:"auth-password-file"`    // as BindPasswordFile; "" for EXPROBE_AUTH_PASSWORD
	AuthTokenFile         string   `mapstructure:"auth-token-file"`       // a file that holds a bearer token alone; "" for EXPROBE_AUTH_TOKEN
	AuthHosts             []Host   `mapstructure:"auth-host"`             // further hosts that credentials may be sent to
	Proxy                 string   `mapstructure:"proxy"`                 // ProxyNone or ProxyEnvironment, for Autodiscover
	AutodiscoverResponses []string `mapstructure:"autodiscover-response"` // files with saved answers

	Hosts              []Host      `mapstructure:"host"`                 // further hosts to probe
	Served             []Served    `mapstructure:"served"`               // certificate files that stand for what hosts serve
	ServedPasswordFile string      `mapstructure:"served-password-file"` // a file that holds the password of those in PKCS#12 alone
	Probe              string      `mapstructure:"probe"`                // ProbeFull or ProbeHello
	Resolve            []Resolve   `mapstructure:"resolve"`              // addresses to use instead of the resolver's
	ConnectTo          []ConnectTo `mapstructure:"connect-to"`           // where to connect instead
	CAFiles            []string    `mapstructure:"ca-file"`              // further trusted roots for published hosts, PEM

	From []string `mapstructure:"from"` // evidence files to judge, in the place of collecting

	Baseline           string        `mapstructure:"baseline"`             // evidence or a JSON report of an earlier audit; only what is new since is reported
	Expect             string        `mapstructure:"expect"`               // the file of a new certificate that hosts should serve by now
	ExpectPasswordFile string        `mapstructure:"expect-password-file"` // a file that holds the password of that file alone
	Wait               time.Duration `mapstructure:"wait"`                 // how long to look again until Expect is served everywhere; 0 looks once

	At       time.Time      `mapstructure:"at"`        // judge as of this instant, UTC; zero means now
	Rules    []Grade        `mapstructure:"rules"`     // rules that are graded anew or switched off
	Waivers  []rules.Waiver `mapstructure:"waivers"`   // what is accepted, for a time
	OwnRules []OwnRule      `mapstructure:"own-rules"` // rules of the organization's own
	Format   string         `mapstructure:"format"`    // one of Formats, to standard output
	Reports  []Report       `mapstructure:"report"`    // further reports, to files
	FailOn   report.FailOn  `mapstructure:"fail-on"`   // the threshold of exit status 1

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

	// Inherited says of one of Directories that nothing in it names a user or what
	// proves one: both are those of the flags, or of the whole file. It is no key.
	Inherited bool `mapstructure:"-"`
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
	AuthNone      = "none"
	AuthBasic     = "basic"
	AuthNTLM      = "ntlm"
	AuthNegotiate = "negotiate" // Kerberos; on Windows as who is logged on
	AuthBearer    = "bearer"    // a token that somebody else got
)

// When the endpoints of Microsoft 365 are asked: where a client would, or never.
const (
	Microsoft365Auto  = "auto"
	Microsoft365Never = "never"
)

// The proxies that requests go through: none, or the one that the environment
// names (HTTPS_PROXY and its like).
const (
	ProxyNone        = "none"
	ProxyEnvironment = "environment"
)

// How far a probe of a published host goes: through the whole handshake, or to the
// certificate alone.
const (
	ProbeFull  = "full"
	ProbeHello = "hello"
)

// Formats returns the names of the report formats, the default first.
func Formats() []string { return []string{"text", "json", "powershell"} }
