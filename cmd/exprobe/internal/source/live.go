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
	"exprobe/ldapsrc/clixml"
)

// live collects from a directory, from Autodiscover and from the published hosts.
type live struct {
	env         Environment
	network     *network
	at          time.Time // as of which to judge; zero is the instant at which a snapshot is taken
	timeout     time.Duration
	concurrency int

	directories []directory
	exports     []clixml.Export // folders that the Exchange Management Shell exported
	mu          sync.Mutex
	refused     []string             // users that a directory refused
	flagsUser   string               // who binds where a directory names nobody of its own
	passwords   map[[2]string]string // by user and file
	mailboxes   []string
	domains     []string
	lookUp      autodiscover.Options
	saved       []facts.Answer
	hosts       []configs.Host
	served      []stand // certificate files that stand for what hosts serve
	probe       tlsprobe.Mode
	roots       *x509.CertPool // for the published hosts; nil means the system's
}

// instant is that of a snapshot that begins now.
func (l *live) instant() time.Time {
	if l.at.IsZero() {
		return l.env.Now().UTC().Truncate(time.Second)
	}
	return l.at
}

// Snapshot reads the directories, then asks Autodiscover where they lead, and then
// every host that either publishes. It fails only where the context ends.
func (l *live) Snapshot(ctx context.Context) (*facts.Snapshot, error) {
	s := &facts.Snapshot{Schema: facts.EvidenceSchema, TakenAt: l.instant(),
		Answers: []facts.Answer{}, Hosts: []facts.Host{}}
	var work sync.WaitGroup
	organizations := make([]facts.Organization, len(l.directories))
	for _, chain := range byUser(l.directories) {
		work.Go(func() { l.readDirectories(ctx, chain, organizations) })
	}
	work.Wait()
	for _, x := range l.exports {
		organizations = append(organizations, x.Organization)
	}
	s.Organizations = distinct(organizations)
	s.Certificates = held(l.exports)
	s.Answers = append(s.Answers, l.ask(ctx, s.Organizations)...)
	s.Answers = append(s.Answers, l.saved...)
	if urls := l.offers(s); len(urls) > 0 {
		work.Go(func() { s.Offers = autodiscover.Offers(ctx, urls, l.lookUp) })
	}
	if found := Targets(s, l.further()); len(found) > 0 {
		s.Hosts = l.visit(ctx, found, s.TakenAt)
		attribute(s.Hosts, found)
	}
	work.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("collecting: %w", err)
	}
	return s, nil
}
