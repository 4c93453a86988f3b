package tlsprobe

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"

	"exprobe/autodiscover/facts"
)

// deepen asks an address what else it serves: each question as a job of its own, so
// that they wait for the network side by side.
func (p *prober) deepen(ctx context.Context, v *visit) {
	if !v.served.Known {
		return
	}
	leaf := v.served.Value.Leaf()
	v.door.do(&p.crew, func() {
		others := p.others(ctx, v.question, leaf)
		v.mu.Lock()
		defer v.mu.Unlock()
		v.served.Value.Others = others
	})
	v.door.do(&p.crew, func() {
		versions := p.oldVersions(ctx, v.question)
		v.mu.Lock()
		defer v.mu.Unlock()
		v.served.Value.OldVersions = versions
	})
}

// others asks for the kinds of certificates that the first one is not of.
func (p *prober) others(ctx context.Context, q question, leaf facts.Certificate) facts.Observed[[]facts.OtherChain] {
	found := []facts.OtherChain{}
	for _, kind := range []string{"RSA", "ECDSA"} {
		if leaf.Key == kind {
			continue
		}
		served, err := p.glance(ctx, q, offer{version: tls.VersionTLS12, kind: kind})
		switch {
		case err != nil && modern(err):
			// Clients of one ability alone are clients of TLS 1.2, to which it shows nothing,
			// and crypto/tls cannot narrow what a hello of TLS 1.3 offers.
			return facts.Observed[[]facts.OtherChain]{}
		case err != nil && !declined(err):
			return facts.Unknown[[]facts.OtherChain](err.Error())
		case err == nil && served.Leaf().Thumbprint != leaf.Thumbprint:
			found = append(found, facts.OtherChain{Offered: kind, Chain: slices.Clone(served.Chain), Trust: served.Trust})
		}
	}
	return facts.Known(found)
}

// oldVersions offers old versions alone, the newest of them first. A server picks
// the highest that it has, so one that takes none up has no lower one either.
func (p *prober) oldVersions(ctx context.Context, q question) facts.Observed[[]string] {
	found := []string{}
	for version := uint16(tls.VersionTLS11); version >= versionSSL30; version-- {
		served, err := p.glance(ctx, q, offer{version: version})
		switch {
		case err != nil && !declined(err):
			return facts.Unknown[[]string](err.Error())
		case err != nil:
			return facts.Known(found)
		}
		if !slices.Contains(found, served.Version) {
			found = append(found, served.Version)
		}
	}
	return facts.Known(found)
}

// declined says that a server that speaks TLS would not go on with an offer. Some
// say so with an alert, those of Windows often close the connection, and a few go on
// with a version that was not offered.
func declined(err error) bool {
	var b blind
	return errors.As(err, &b) && b.err != nil && (alerted(b.err) || ended(b.err) || errors.Is(b.err, errNotOffered))
}

// modern says that a server would not speak TLS 1.2.
func modern(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Err == tls.AlertError(alertProtocolVersion)
}

const alertProtocolVersion = 70 // RFC 8446, section 6

func alerted(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}
