package world

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
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
	token             = "a-ticket-of-contoso" // that every host of every world takes from a bearer
)

// World is a deployment that is up.
type World struct {
	Deployment
	Dir string // holds ca.pem, the files password and token, exprobe.yaml, and the logs of what is asked

	authority *hosttest.CA // issues what is trusted
	stranger  *hosttest.CA // issues what is not
	names     *heard       // the questions of DNS
	requests  *heard       // the requests over HTTP
	flags     [][2]string  // in order; the value "" for a switch
	connectTo []string
	environ   []string
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
	for _, c := range slices.Backward(w.closers) { // the logs last
		failures = append(failures, c.Close())
	}
	if w.Dir != "" {
		failures = append(failures, os.RemoveAll(w.Dir))
	}
	return errors.Join(failures...)
}

func (w *World) start(c contents) error {
	for _, step := range []func(contents) error{w.prepare, w.serveDirectory, w.serveNames, w.serveHosts, w.mint, w.closeOthers, w.writeConfig} {
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
	for name, secret := range map[string]string{"password": password, "token": token} {
		if err := os.WriteFile(w.file(name), []byte(secret+"\n"), 0o600); err != nil {
			return err
		}
	}
	if w.names, err = hear(w.file("names.log")); err != nil {
		return err
	}
	w.closers = append(w.closers, w.names)
	if w.requests, err = hear(w.file("requests.log")); err != nil {
		return err
	}
	w.closers = append(w.closers, w.requests)
	return nil
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
	return nil
}

func (w *World) serveHost(c contents, h host) error {
	var certificates []tls.Certificate
	var secure []address
	for _, a := range h.Addresses {
		if !a.secure() {
			continue
		}
		leaf, err := w.issuer(a.Certificate).Issue(a.Certificate.spec())
		if err != nil {
			return err
		}
		certificates, secure = append(certificates, leaf), append(secure, a)
	}
	server, err := hosttest.Serve(w.hearRequests(h.name, "https", h.secureHandler(c)), certificates...)
	if err != nil {
		return err
	}
	w.closers = append(w.closers, server)
	for i, addr := range server.Addrs() {
		w.lead(secure[i].Address, secure[i].port(), addr)
	}
	if len(h.HTTP) == 0 {
		return nil
	}
	plain, err := hosttest.ServePlain(w.hearRequests(h.name, "http", h.plainHandler(c)))
	if err != nil {
		return err
	}
	w.closers = append(w.closers, plain)
	for _, a := range h.Addresses {
		if !a.Dead {
			w.lead(a.Address, httpPort, plain.Addrs()[0])
		}
	}
	return nil
}

// lead sends the connections for an address and a port to a listener on loopback.
func (w *World) lead(address string, port int, to string) {
	w.connectTo = append(w.connectTo, fmt.Sprintf("%s:%d:%s", bracket(address), port, to))
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

// Environ is what the world says to a script, as NAME=value: WORLD is its folder,
// and DNS_<VIEW> the address of the DNS server of a view.
func (w *World) Environ() []string { return append([]string{"WORLD=" + w.Dir}, w.environ...) }

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
