package world

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"exprobe/autodiscover/hosttest"
	"exprobe/ldapsrc/ldaptest"

	"golang.org/x/tools/txtar"
)

const (
	defaultController = "dc1.contoso.com"
	defaultUser       = "auditor@contoso.com"
	password          = "an audit of contoso" // of every account of every world

	nowhere     = "192.0.2.254" // where names that the archive does not know lead
	nowherePort = 1             // and what that address leads to on loopback: nothing listens there
)

// World is a deployment that is up.
type World struct {
	Deployment
	Dir string // holds ca.pem, the password file and exprobe.yaml

	authority *hosttest.CA // issues what is trusted
	stranger  *hosttest.CA // issues what is not
	flags     [][2]string  // in order; the value "" for a switch
	resolve   []string
	connectTo []string
	closers   []io.Closer
}

// Start brings an archive up. Whoever starts a world closes it.
func Start(archive *txtar.Archive) (*World, error) {
	c, err := read(archive)
	if err != nil {
		return nil, err
	}
	w := &World{Deployment: c.Deployment}
	if err := w.start(c); err != nil {
		w.Close()
		return nil, fmt.Errorf("starting the world: %w", err)
	}
	return w, nil
}

// Close takes the world down and removes its folder.
func (w *World) Close() error {
	var failures []error
	for _, c := range w.closers {
		failures = append(failures, c.Close())
	}
	if w.Dir != "" {
		failures = append(failures, os.RemoveAll(w.Dir))
	}
	return errors.Join(failures...)
}

func (w *World) start(c contents) error {
	for _, step := range []func(contents) error{w.prepare, w.serveDirectory, w.serveHosts, w.writeConfig} {
		if err := step(c); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) prepare(contents) error {
	var err error
	if w.Dir, err = os.MkdirTemp("", "exprobe-world-"); err != nil {
		return err
	}
	root, err := hosttest.NewCA("Contoso Root CA")
	if err != nil {
		return err
	}
	if w.authority, err = root.Intermediate("Contoso Issuing CA"); err != nil {
		return err
	}
	if w.stranger, err = hosttest.NewCA("Fabrikam Root CA"); err != nil {
		return err
	}
	if err := os.WriteFile(w.file("ca.pem"), root.PEM(), 0o600); err != nil {
		return err
	}
	return os.WriteFile(w.file("password"), []byte(password+"\n"), 0o600)
}

func (w *World) file(name string) string { return filepath.Join(w.Dir, name) }

func (w *World) set(flag, value string) { w.flags = append(w.flags, [2]string{flag, value}) }

func (w *World) serveDirectory(c contents) error {
	if c.ldif == nil {
		return nil
	}
	controller, user := or(c.Controller, defaultController), or(c.User, defaultUser)
	leaf, err := w.authority.Issue(hosttest.Spec{CommonNames: []string{controller}, DNSNames: []string{controller}})
	if err != nil {
		return err
	}
	server, err := ldaptest.Serve(c.ldif, ldaptest.Options{Users: map[string]string{user: password},
		TLS: &tls.Config{Certificates: []tls.Certificate{leaf}}})
	if err != nil {
		return fmt.Errorf("serving directory.ldif: %w", err)
	}
	w.closers = append(w.closers, server)
	w.set("ldap-url", "ldaps://"+controller)
	w.set("bind-user", user)
	w.set("bind-password-file", w.file("password"))
	w.set("ldap-ca-file", w.file("ca.pem"))
	w.connectTo = append(w.connectTo, controller+":636:"+server.Addr())
	return nil
}

func (w *World) serveHosts(c contents) error {
	for _, h := range c.hosts {
		if err := w.serveHost(c, h); err != nil {
			return fmt.Errorf("serving %s: %w", h.name, err)
		}
	}
	if c.Mailbox != "" {
		w.set("mailbox", c.Mailbox)
		w.set("auth", "basic")
		w.set("auth-password-file", w.file("password"))
	}
	w.set("ca-file", w.file("ca.pem"))
	if !c.At.IsZero() {
		w.set("at", c.At.UTC().Format(time.RFC3339))
	}
	w.resolve = append(w.resolve, "*:443:"+nowhere)
	w.connectTo = append(w.connectTo, fmt.Sprintf("%s:443:127.0.0.1:%d", nowhere, nowherePort))
	return nil
}

func (w *World) serveHost(c contents, h host) error {
	var certificates []tls.Certificate
	var alive, all []string
	for _, a := range h.Addresses {
		all = append(all, a.Address)
		if a.Dead {
			w.connectTo = append(w.connectTo, fmt.Sprintf("%s:443:127.0.0.1:%d", bracket(a.Address), nowherePort))
			continue
		}
		issuer := w.authority
		if a.Certificate.Untrusted {
			issuer = w.stranger
		}
		leaf, err := issuer.Issue(a.Certificate.spec())
		if err != nil {
			return err
		}
		certificates, alive = append(certificates, leaf), append(alive, a.Address)
	}
	w.resolve = append(w.resolve, h.name+":443:"+strings.Join(all, ","))
	if len(certificates) == 0 {
		return nil
	}
	server, err := hosttest.Serve(h.handler(c), certificates...)
	if err != nil {
		return err
	}
	w.closers = append(w.closers, server)
	for i, addr := range server.Addrs() {
		w.connectTo = append(w.connectTo, bracket(alive[i])+":443:"+addr)
	}
	return nil
}

func (h host) handler(c contents) http.Handler {
	if h.Autodiscover == nil {
		return http.NotFoundHandler()
	}
	handler := hosttest.Autodiscover{RPC: c.files[h.Autodiscover.RPC], Mapi: c.files[h.Autodiscover.Mapi],
		Status: h.Autodiscover.Status, Header: h.Autodiscover.Header}
	if h.Autodiscover.Authenticate {
		handler.User, handler.Password = c.Mailbox, password
	}
	return handler
}

func bracket(address string) string {
	if strings.Contains(address, ":") {
		return "[" + address + "]"
	}
	return address
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// Directory is the address of the domain controller's LDAPS listener, or "".
func (w *World) Directory() string {
	for _, entry := range w.connectTo {
		if host, to, ok := strings.Cut(entry, ":636:"); ok && host != "" {
			if _, _, err := net.SplitHostPort(to); err == nil {
				return to
			}
		}
	}
	return ""
}
