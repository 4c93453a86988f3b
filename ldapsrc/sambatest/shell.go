package sambatest

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"text/template"
	"time"
)

var (
	//go:embed run.sh
	runScript []byte
	//go:embed provision.py
	provisionScript []byte
	//go:embed smb.conf.tmpl
	smbConf string
)

var smbConfTemplate = template.Must(template.New("smb.conf").Parse(smbConf))

// shell is the process that provisions, serves and tidies up (run.sh).
type shell struct {
	stdin   io.Closer     // closing it ends everything
	console *bytes.Buffer // to be read only when ended is closed
	stopped bool          // it was told to end
	ended   chan struct{}
	err     error // set when ended is closed
}

// launch writes what Samba needs into a folder of its own and starts the shell. It
// does not wait for the controller to be ready.
func launch(o Options) (_ *Controller, err error) {
	// Not the test's own temporary folder, whose long name would not fit into the
	// address of a Unix socket (108 bytes), and whose parent the shell could not remove.
	dir, err := os.MkdirTemp("", "sambatest-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()

	identity, err := mint(o.Address)
	if err != nil {
		return nil, fmt.Errorf("minting a certificate: %w", err)
	}
	var conf bytes.Buffer
	if err := smbConfTemplate.Execute(&conf, map[string]any{
		"Address": o.Address, "Dir": dir, "StrongAuth": o.StrongAuth, "DNS": o.DNS,
	}); err != nil {
		return nil, err
	}
	files := map[string][]byte{
		"run.sh":       runScript,
		"provision.py": provisionScript,
		"smb.conf":     conf.Bytes(),
		"ca.pem":       identity.authority,
		"cert.pem":     identity.certificate,
		"key.pem":      identity.key,
	}
	arguments := []string{filepath.Join(dir, "run.sh"), dir, o.Address}
	if !o.WithoutExchange {
		files["schema.ldif"] = schema
		arguments = append(arguments, filepath.Join(dir, "schema.ldif"))
	}
	for name, content := range files {
		// Samba does not start with a key that others may read (CVE-2013-4476).
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return nil, err
		}
	}

	c := &Controller{
		Address: o.Address, Host: host, CAFile: filepath.Join(dir, "ca.pem"), BaseDN: baseDN, Realm: realm, OrgDN: orgDN,
		Administrator: newAccount("Administrator"),
		dir:           dir, roots: identity.roots,
	}
	c.shell, err = startShell(dir, arguments, c.Administrator.Password)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func startShell(dir string, arguments []string, password string) (*shell, error) {
	cmd := exec.Command("/bin/sh", arguments...)
	cmd.Env = append(os.Environ(), "SAMBATEST_PASSWORD="+password)
	cmd.Dir = dir
	s := &shell{console: new(bytes.Buffer), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = s.console, s.console
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	s.stdin = stdin
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		s.err = cmd.Wait()
		close(s.ended)
	}()
	return s, nil
}

const (
	// startTimeout is how long a controller may take to be ready. It takes three
	// seconds; a busy machine may take many times that.
	startTimeout = 3 * time.Minute
	// retryAfter is the pause between two attempts to connect.
	retryAfter = 20 * time.Millisecond
)

// awaitReady waits until the Administrator can bind over LDAPS.
func (c *Controller) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		conn, err := c.bind()
		if err == nil {
			return conn.Close()
		}
		select {
		case <-c.shell.ended:
			return c.shell.untimely()
		case <-ctx.Done():
			return fmt.Errorf("waiting for samba: %w", errors.Join(ctx.Err(), err))
		case <-time.After(retryAfter):
		}
	}
}

// Stop ends the controller before the test does, and waits until nothing of it is
// left: no file, no process, no listening port.
func (c *Controller) Stop() error {
	if c.shell.stopped {
		return nil
	}
	c.shell.stopped = true
	var err error
	select {
	case <-c.shell.ended:
		err = c.shell.untimely()
	default:
		err = c.shell.stdin.Close()
		<-c.shell.ended
	}
	// The shell has removed the folder, unless it could not run at all.
	return errors.Join(err, os.RemoveAll(c.dir))
}

// untimely is the error of a shell that ended before it was told to.
func (s *shell) untimely() error {
	return fmt.Errorf("samba ended by itself: %v\n%s", s.err, s.console)
}
