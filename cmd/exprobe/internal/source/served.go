package source

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/tlsprobe"
	"exprobe/autodiscover/tlsprobe/certfile"
	"exprobe/configs"
)

// stand is a certificate file that stands for what a host serves.
type stand struct {
	host     configs.Host
	file     string
	contents certfile.Contents
}

// prepareServed reads the certificate files. A password is asked for where one of
// them turns out to need it.
func (l *live) prepareServed(cfg *configs.Config) error {
	l.probe = tlsprobe.ModeFull
	if cfg.Probe == configs.ProbeHello {
		l.probe = tlsprobe.ModeHello
	}
	password, err := filePassword(cfg.ServedPasswordFile, "--served-password-file")
	if err != nil {
		return err
	}
	for _, s := range cfg.Served {
		contents, err := readCertificate("--served", s.File, password)
		if err != nil {
			return err
		}
		if contents.Note != "" {
			l.env.Progress(s.File + ": " + contents.Note)
		}
		l.served = append(l.served, stand{s.Host, s.File, contents})
	}
	return nil
}

// filePassword is the password of certificate files, or "" where no file holds one.
func filePassword(name, flag string) (string, error) {
	if name == "" {
		return "", nil
	}
	return secret{"password", name, flag, "", "", maxPassword}.read()
}

func readCertificate(flag, name, password string) (certfile.Contents, error) {
	data, err := readFile(name, maxFile)
	if err != nil {
		return certfile.Contents{}, fmt.Errorf("reading %s: %w", flag, err)
	}
	contents, err := certfile.Read(data, password)
	if err != nil {
		return certfile.Contents{}, fmt.Errorf("reading %s %s: %w", flag, name, err)
	}
	return contents, nil
}

// further are the hosts that the operator names, by themselves or with a file.
func (l *live) further() []configs.Host {
	hosts := l.hosts
	for _, s := range l.served {
		hosts = append(hosts[:len(hosts):len(hosts)], s.host)
	}
	return hosts
}

// visit probes every target, but for the hosts that a file stands for: nothing is
// sent to those.
func (l *live) visit(ctx context.Context, found []Target, at time.Time) []facts.Host {
	var probed []Target
	hosts := make([]facts.Host, 0, len(found))
	for _, t := range found {
		if stands := l.standsFor(t.Name, t.Port); len(stands) > 0 {
			if t.Node == "" {
				hosts = append(hosts, l.fromFiles(t, stands, at))
			}
			continue
		}
		probed = append(probed, t)
	}
	if len(probed) == 0 {
		return hosts
	}
	l.env.Progress(fmt.Sprintf("probing published hosts: %d", len(probed)))
	return append(hosts, tlsprobe.Probe(ctx, plain(probed), tlsprobe.Options{Resolve: l.network.Addresses, Dial: l.network.Dial,
		Roots: l.roots, At: at, Timeout: l.timeout, Concurrency: l.concurrency, Probe: l.probe, Now: l.env.Now})...)
}

// standsFor are the files that stand for a host: several are so many servers of it.
func (l *live) standsFor(name string, port int) []stand {
	var list []stand
	for _, s := range l.served {
		if s.host.Port == port && strings.EqualFold(s.host.Name, strings.TrimSuffix(name, ".")) {
			list = append(list, s)
		}
	}
	return list
}

// fromFiles is a host as the files would have it; a file's name stands for an
// address, and the same file twice is one.
func (l *live) fromFiles(t Target, stands []stand, at time.Time) facts.Host {
	var endpoints []facts.Endpoint
	for _, s := range stands {
		if slices.ContainsFunc(endpoints, func(e facts.Endpoint) bool { return e.Address == s.file }) {
			continue
		}
		endpoints = append(endpoints, facts.Endpoint{Address: s.file, Served: tlsprobe.FromFile(s.file, s.contents.Chain, s.contents.Whole, l.roots, at)})
	}
	return facts.Host{Name: strings.TrimSuffix(t.Name, "."), Port: t.Port, Addresses: facts.Known(endpoints)}
}
