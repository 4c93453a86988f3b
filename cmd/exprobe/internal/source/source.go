// Package source makes snapshots: it is where the collectors meet, and the one
// place where an error becomes a fact and the audit goes on. A dead host, a
// refused bind or an unreadable answer costs its own verdicts and no others.
package source

import (
	"context"
	"errors"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/configs"
)

// Source gives a snapshot.
type Source interface {
	Snapshot(context.Context) (*facts.Snapshot, error)
}

// Environment is what a source needs of the world besides the configuration.
type Environment struct {
	Environ  []string            // "NAME=value", for the two passwords that may stand there
	Now      func() time.Time    // the clock; required
	Progress func(string)        // says what is being done; nil is silent
	Ask      func(string) string // asks the person at the terminal for a password; nil where there is none
}

// New prepares a live source. Everything that can be wrong with the configuration
// is found here, before anything is sent to a network; such an error is the
// user's to mend.
func New(cfg *configs.Config, env Environment) (Source, error) {
	if len(cfg.From) > 0 {
		return newReplay(cfg)
	}
	if len(cfg.LDAPURLs) == 0 && cfg.LDAPDomain == "" && len(cfg.Directories) == 0 && len(cfg.CLIXML) == 0 && len(cfg.Mailboxes) == 0 && len(cfg.Domains) == 0 &&
		len(cfg.AutodiscoverResponses) == 0 && len(cfg.Hosts) == 0 && len(cfg.Served) == 0 {
		return nil, hinted{errors.New("there is nothing to audit"),
			"give --ldap-url or --ldap-domain, --clixml, --mailbox, --autodiscover-response, --host or --from; or try exprobe demo"}
	}
	l := &live{env: env, at: cfg.At, hosts: cfg.Hosts, timeout: cfg.Timeout, concurrency: cfg.Concurrency,
		passwords: map[[2]string]string{}, network: newNetwork(cfg.Resolve, cfg.ConnectTo, cfg.DNSServer)}
	if l.env.Progress == nil {
		l.env.Progress = func(string) {}
	}
	prepare := []struct {
		step func(*configs.Config) error
		hint string // where the error itself has none
	}{
		{l.prepareDirectories, "write it as --ldap-url ldaps://dc1.contoso.com"},
		{l.prepareExports, "check the name; it counts from the current folder"},
		{l.prepareAutodiscover, "write it as --mailbox user@contoso.com"},
		{l.prepareFiles, "check the name; it counts from the current folder"},
		{l.prepareServed, "write it as --served mail.contoso.com=mail.pem"},
		{l.prepareRoots, "check the name; it counts from the current folder"},
	}
	for _, p := range prepare {
		if err := p.step(cfg); err != nil {
			return nil, hintedUnless(err, p.hint)
		}
	}
	return l, nil
}

// hinted is an error with the next step.
type hinted struct {
	error
	hint string
}

func (h hinted) Hint() string  { return h.hint }
func (h hinted) Unwrap() error { return h.error }

// hintedUnless gives an error the next step where it has none.
func hintedUnless(err error, hint string) error {
	var h interface{ Hint() string }
	if errors.As(err, &h) && h.Hint() != "" {
		return err
	}
	return hinted{err, hint}
}

// why is an error as the reason of a fact that could not be seen, with the next
// step where the error knows one.
func why(err error) string {
	text := err.Error()
	var h interface{ Hint() string }
	if errors.As(err, &h) && h.Hint() != "" {
		text += "; next: " + h.Hint()
	}
	return text
}
