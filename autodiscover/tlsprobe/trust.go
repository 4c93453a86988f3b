package tlsprobe

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"exprobe/autodiscover/facts"
)

// Judge says whether a served chain, leaf first, leads to a trusted root. Dates and
// names of the leaf are left out, since they are facts of their own: the chain is
// judged at the instant nearest to at at which the leaf is valid. Intermediates are
// those that were served; on Windows and macOS, where roots is nil or the system's,
// the system may know more of them. Nil roots are the system's.
func Judge(chain []*x509.Certificate, roots *x509.CertPool, at time.Time) facts.Trust {
	c := newChains(roots, at)
	trust := c.trust(chain)
	if !trust.Known {
		return facts.Trust{Reason: trust.Why}
	}
	return trust.Value
}

// trust is Judge where missing roots are an unknown and not a verdict.
func (c *chains) trust(chain []*x509.Certificate) facts.Observed[facts.Trust] {
	if len(chain) == 0 {
		return facts.Unknown[facts.Trust]("there is no certificate")
	}
	leaf := chain[0]
	at := clamp(c.at, leaf.NotBefore, leaf.NotAfter)
	intermediates := x509.NewCertPool()
	for _, certificate := range chain[1:] {
		intermediates.AddCert(certificate)
	}
	paths, err := leaf.Verify(x509.VerifyOptions{
		Roots:         c.roots,
		Intermediates: intermediates,
		CurrentTime:   at,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err == nil {
		shortest := slices.MinFunc(paths, func(a, b []*x509.Certificate) int { return cmp.Compare(len(a), len(b)) })
		root := shortest[len(shortest)-1].Raw
		return facts.Known(facts.Trust{Trusted: true, Root: c.authority(root).facts.Subject, RootThumbprint: fmt.Sprintf("%X", sha256.Sum256(root)), Path: positions(shortest, chain)})
	}
	if rootless := (x509.SystemRootsError{}); errors.As(err, &rootless) {
		return facts.Unknown[facts.Trust]("the trusted roots of this system could not be loaded; name the roots with --ca-file")
	}
	trust := facts.Trust{Reason: reason(chain, at, err)}
	if unknown := (x509.UnknownAuthorityError{}); errors.As(err, &unknown) && bare(chain) {
		issued := facts.ReadCertificate(leaf)
		trust.Missing, trust.Fetch = cmp.Or(issued.Issuer, "an authority without a name"), issued.Fetch
	}
	return facts.Known(trust)
}

// positions are those of a path's certificates in the chain that was sent, or nil
// where all of that have a part in it.
func positions(path, chain []*x509.Certificate) []int {
	var list []int
	for _, link := range path {
		if at := slices.IndexFunc(chain, link.Equal); at >= 0 {
			list = append(list, at)
		}
	}
	if len(list) == len(chain) {
		return nil
	}
	return list
}

// bare says that the leaf came without its issuer. Of an issuer further up nobody
// can say whether it is missing or is an unknown root, which is never sent.
func bare(chain []*x509.Certificate) bool {
	issuer, impostor := issuerOf(chain[0], chain)
	return issuer == nil && !impostor && !selfSigned(chain[0]) && !weak(chain[0].SignatureAlgorithm)
}

func clamp(at, notBefore, notAfter time.Time) time.Time {
	if at.After(notAfter) {
		at = notAfter
	}
	if at.Before(notBefore) {
		at = notBefore
	}
	if at.IsZero() {
		at = at.Add(time.Second) // to crypto/x509 the zero time means now
	}
	return at
}

// reason says in plain words why a chain is not trusted.
func reason(chain []*x509.Certificate, at time.Time, err error) string {
	var (
		leaf    = chain[0]
		invalid x509.CertificateInvalidError
		unknown x509.UnknownAuthorityError
	)
	switch {
	case leaf.NotAfter.Before(leaf.NotBefore):
		return "the certificate's dates contradict each other: it ends before it begins"
	case selfSigned(leaf):
		return "the certificate is self-signed"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return outdated(invalid.Cert, leaf, at)
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return "the certificate, or an authority above it, is not meant for servers: the extended key usage leaves server authentication out"
	case errors.As(err, &unknown):
		return unknownAuthority(chain)
	}
	return "the chain is not accepted: " + short(strings.TrimPrefix(err.Error(), "x509: "))
}

func outdated(c, leaf *x509.Certificate, at time.Time) string {
	const day = time.DateOnly
	switch {
	case c == nil || c.Equal(leaf): // as the verifier of Windows reports it
		return "an authority's certificate is not valid on " + at.UTC().Format(day)
	case at.After(c.NotAfter):
		return fmt.Sprintf("the certificate of the authority %s expired on %s", nameOf(c.Subject), c.NotAfter.UTC().Format(day))
	}
	return fmt.Sprintf("the certificate of the authority %s is not valid before %s", nameOf(c.Subject), c.NotBefore.UTC().Format(day))
}

// unknownAuthority follows the served chain from the leaf to where it stops.
func unknownAuthority(chain []*x509.Certificate) string {
	last := chain[0]
	for range chain {
		if selfSigned(last) {
			return fmt.Sprintf("the chain leads to %s, which is not a trusted root here", nameOf(last.Subject))
		}
		issuer, impostor := issuerOf(last, chain)
		switch {
		case issuer != nil:
			last = issuer
			continue
		case impostor && layman(last, chain):
			return fmt.Sprintf("%s was issued by %s, whose certificate is not that of an authority: its basic constraints leave that out",
				nameOf(last.Subject), nameOf(last.Issuer))
		case impostor && !weak(last.SignatureAlgorithm):
			return fmt.Sprintf("%s was not issued by the certificate of %s that was sent", nameOf(last.Subject), nameOf(last.Issuer))
		}
		break
	}
	switch {
	case weak(last.SignatureAlgorithm):
		return fmt.Sprintf("%s is signed with %v, which is no longer accepted", nameOf(last.Subject), last.SignatureAlgorithm)
	case last == chain[0]:
		return fmt.Sprintf("the server did not send the certificate of the issuer, %s, which is not a trusted root here: "+
			"an intermediate certificate is missing, or the authority is not trusted", nameOf(last.Issuer))
	}
	return fmt.Sprintf("the chain leads to %s, which is not a trusted root here", nameOf(last.Issuer))
}

// issuerOf finds who issued c among the certificates that were sent. impostor says
// that one bears the issuer's name and did not.
func issuerOf(c *x509.Certificate, chain []*x509.Certificate) (issuer *x509.Certificate, impostor bool) {
	for _, candidate := range chain {
		if candidate == c || !bytes.Equal(c.RawIssuer, candidate.RawSubject) {
			continue
		}
		if c.CheckSignatureFrom(candidate) == nil {
			return candidate, false
		}
		impostor = true
	}
	return nil, impostor
}

// layman says whether c was signed with the key of a certificate that was sent and
// that may not sign others.
func layman(c *x509.Certificate, chain []*x509.Certificate) bool {
	return slices.ContainsFunc(chain, func(o *x509.Certificate) bool {
		return o != c && !o.IsCA && bytes.Equal(c.RawIssuer, o.RawSubject) && o.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
	})
}

func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) &&
		c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// weak are the signatures that crypto/x509 refuses in a chain.
func weak(algorithm x509.SignatureAlgorithm) bool {
	switch algorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return true
	}
	return false
}

// nameOf is the common name, quoted, or the whole name where there is none.
func nameOf(name pkix.Name) string {
	text := name.CommonName
	if text == "" {
		text = name.String()
	}
	if text == "" {
		return "an authority without a name"
	}
	return fmt.Sprintf("%q", short(text))
}
