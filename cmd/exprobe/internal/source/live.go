package source

import (
	"context"
	"crypto/x509"
	"fmt"
	"sync"
	"time"

	"exprobe/autodiscover"
	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/tlsprobe"
	"exprobe/configs"
)

// live collects from a directory, from Autodiscover and from the published hosts.
type live struct {
	env         Environment
	network     *network
	at          time.Time
	timeout     time.Duration
	concurrency int

	directories []directory
	flagsUser   string               // who binds where a directory names nobody of its own
	passwords   map[[2]string]string // by user and file
	mailboxes   []string
	lookUp      autodiscover.Options
	saved       []facts.Answer
	hosts       []configs.Host
	roots       *x509.CertPool // for the published hosts; nil means the system's
}

// Snapshot asks the directories and Autodiscover side by side, and then every host
// that they publish. It fails only where the context ends.
func (l *live) Snapshot(ctx context.Context) (*facts.Snapshot, error) {
	s := &facts.Snapshot{Schema: facts.EvidenceSchema, TakenAt: l.at,
		Answers: []facts.Answer{}, Hosts: []facts.Host{}}
	var work sync.WaitGroup
	organizations := make([]facts.Organization, len(l.directories))
	for _, chain := range byUser(l.directories) {
		work.Go(func() { l.readDirectories(ctx, chain, organizations) })
	}
	var answers []facts.Answer
	work.Go(func() { answers = l.ask(ctx) })
	work.Wait()
	s.Organizations = distinct(organizations)
	s.Answers = append(s.Answers, answers...)
	s.Answers = append(s.Answers, l.saved...)
	if found := Targets(s, l.hosts); len(found) > 0 {
		l.env.Progress(fmt.Sprintf("probing published hosts: %d", len(found)))
		s.Hosts = tlsprobe.Probe(ctx, plain(found), tlsprobe.Options{Resolve: l.network.Addresses, Dial: l.network.Dial,
			Roots: l.roots, At: l.at, Timeout: l.timeout, Concurrency: l.concurrency})
		attribute(s.Hosts, found)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("collecting: %w", err)
	}
	return s, nil
}

func (l *live) ask(ctx context.Context) []facts.Answer {
	var subjects []autodiscover.Subject
	for _, mailbox := range l.mailboxes {
		l.env.Progress("asking Autodiscover for " + mailbox)
		subjects = append(subjects, autodiscover.Subject{Mailbox: mailbox})
	}
	return autodiscover.LookUp(ctx, subjects, l.lookUp)
}
