package ldapsrc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"exprobe/autodiscover/facts"
)

// Read reads the Exchange organization from the first URL that gives it. Where
// the forest holds several, it is the one of the highest level, and the others are
// named. The URLs that did not give it are noted, each with the reason.
//
// A domain controller that is lost while the organization is read is not the end:
// all is read again from the next URL, and no two readings are mixed. Where no
// other gives the whole, what the one said that answered most is returned, and what
// it did not say is unknown.
//
// The error is not nil only where no organization could be read at all; a section
// that could not be read is an Observed that says why. A wrong password is not
// tried on the next URL: every domain controller would count it, and lock the
// account. The organization's Directory is set even beside an error.
func Read(ctx context.Context, o Options) (facts.Organization, error) {
	if err := o.Check(); err != nil {
		return facts.Organization{Directory: firstURL(o.URLs)}, fmt.Errorf("checking the options: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.limit(), errLimit)
	defer cancel()
	var failures []error
	var part facts.Organization // of the lost controller that answered most
	answers, partAt := 0, 0
	insecure := "" // of the first connection that was, whatever became of it
	for _, raw := range o.URLs {
		org, err := readFrom(ctx, o, raw)
		insecure = cmp.Or(insecure, org.Insecure)
		if err == nil {
			org.Insecure, org.Passed = insecure, passed(failures)
			return org, nil
		}
		var midway *lost
		if errors.As(err, &midway) && midway.answers > answers {
			part, answers, partAt = org, midway.answers, len(failures)
		}
		failures = append(failures, fmt.Errorf("%s: %w", raw, err))
		if errors.Is(err, errCredentials) || ctx.Err() != nil {
			break
		}
	}
	if answers > 0 {
		part.Insecure, part.Passed = insecure, passed(slices.Delete(failures, partAt, partAt+1))
		return part, nil
	}
	return facts.Organization{Directory: firstURL(o.URLs), Insecure: insecure}, errors.Join(failures...)
}

// readFrom reads the organization from one directory server. Beside an error that is
// lost, it returns what was read before.
func readFrom(ctx context.Context, o Options, raw string) (facts.Organization, error) {
	server, err := parseURL(raw)
	if err != nil {
		return facts.Organization{}, err
	}
	s, err := connect(ctx, o, server)
	if err != nil {
		return facts.Organization{}, fmt.Errorf("connecting: %w", err)
	}
	defer s.close()

	root, err := readRootDSE(ctx, s)
	if err != nil {
		return facts.Organization{}, server.explainPort(err)
	}
	insecure := o.unprotected(server)
	if err := s.bind(ctx, o); err != nil {
		return facts.Organization{Insecure: insecure}, err
	}
	s.wire.bound()
	if s.layer != nil {
		if !s.layer.proven {
			insecure = notProven
		}
		// Nothing protected the first one.
		if root, err = readRootDSE(ctx, s); err != nil {
			return facts.Organization{Insecure: insecure}, err
		}
	}
	org := facts.Organization{
		Directory:  raw,
		Insecure:   insecure,
		DomainName: root.domainName(),
		Controller: root.controller(),
	}
	if err := readOrganization(ctx, s, root, &org); err != nil {
		return facts.Organization{Insecure: insecure}, err
	}
	w := &watched{session: s}
	readSections(ctx, &forest{directory: w, root: root, orgDN: org.DN}, &org)
	return org, w.lost()
}

// firstURL is the first URL without a password that it may hold.
func firstURL(urls []string) string {
	if len(urls) == 0 {
		return ""
	}
	u, err := url.Parse(urls[0])
	if err != nil {
		return "(not a URL)"
	}
	u.User = nil
	return u.String()
}
