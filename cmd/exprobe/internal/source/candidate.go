package source

import (
	"crypto/x509"
	"errors"
	"fmt"
	"path/filepath"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/tlsprobe"
	"exprobe/autodiscover/tlsprobe/certfile"
	"exprobe/configs"
)

// Candidate is what a file of --certificate holds, as a server would serve it.
type Candidate struct {
	File    string // its base name
	Served  facts.Served
	Request bool
	Sealed  bool   // the file holds the key
	Note    string // how the chain was chosen

	contents certfile.Contents
}

// ReadCandidate reads the file of a certificate that is to come, or of a request for
// one. An error is the user's to mend.
func ReadCandidate(name, passwordFile string) (*Candidate, error) {
	c := &Candidate{File: filepath.Base(name)}
	password := ""
	if passwordFile != "" {
		var err error
		if password, err = (secret{"password", passwordFile, "--certificate-password-file", "", "", maxPassword}).read(); err != nil {
			return nil, err
		}
	}
	data, err := readFile(name, maxFile)
	if err != nil {
		return nil, fmt.Errorf("reading --certificate: %w", err)
	}
	contents, err := certfile.Read(data, password)
	var request *certfile.RequestError
	if errors.As(err, &request) {
		leaf, err := facts.ParseRequest(request.DER)
		if err != nil {
			return nil, hinted{fmt.Errorf("reading --certificate %s: %w", name, err), "make the request again, or name the issued certificate"}
		}
		c.Request, c.Served = true, facts.Served{Chain: []facts.Certificate{leaf}, File: c.File}
		return c, nil
	}
	if err != nil {
		return nil, hinted{fmt.Errorf("reading --certificate %s: %w", name, err),
			"name a certificate (PEM, DER, .p7b, or .pfx with --certificate-password-file) or a request for one"}
	}
	if contents.Chain[0].Unreadable != "" {
		return nil, hinted{fmt.Errorf("reading --certificate %s: the certificate cannot be parsed: %s", name, contents.Chain[0].Unreadable), "export it again"}
	}
	c.contents, c.Note, c.Sealed = contents, contents.Note, contents.Sealed
	return c, nil
}

// Judge says how the candidate would be served in a deployment, as of the instant of
// its snapshot: with the intermediates that are served there today, where the file
// holds none, and trusted as what is trusted there today. A machine that judges saved
// evidence need not have the roots of the one that collected it.
func (c *Candidate) Judge(s *facts.Snapshot, cfg *configs.Config) error {
	if c.Request {
		return nil
	}
	roots, err := readRoots("--ca-file", cfg.CAFiles)
	if err != nil {
		return hintedUnless(err, "check the name; it counts from the current folder")
	}
	leaf, err := x509.ParseCertificate(c.contents.Chain[0].DER)
	known := map[string]facts.Trust{} // the anchors of today's chains, by subject
	for _, h := range s.Hosts {
		for _, e := range h.Addresses.Value {
			served := e.Served.Value
			if len(served.Chain) < 2 || !served.Trust.Value.Trusted {
				continue
			}
			anchor, broken := x509.ParseCertificate(served.Chain[len(served.Chain)-1].DER)
			if broken != nil {
				continue
			}
			roots.AddCert(anchor)
			known[served.Chain[len(served.Chain)-1].Subject] = served.Trust.Value
			if !c.contents.Whole && err == nil && issuedBy(leaf, served.Chain[1]) {
				c.contents.Chain = append(c.contents.Chain[:1:1], served.Chain[1:]...)
				c.contents.Whole = true
				c.Note = "the file holds the server's certificate alone; its issuer is the one that is served today, so its chain was taken from there"
			}
		}
	}
	served := tlsprobe.FromFile(c.File, c.contents.Chain, c.contents.Whole, roots, s.TakenAt)
	if !served.Known {
		return errors.New(served.Why)
	}
	c.Served = served.Value
	if trust := c.Served.Trust; s.Redacted && trust.Known && !trust.Value.Trusted {
		c.Served.Trust = facts.Unknown[facts.Trust]("what the deployment trusts was taken out of the evidence")
	}
	if today, ok := known[c.Served.Trust.Value.Root]; ok && c.Served.Trust.Value.Trusted {
		c.Served.Trust.Value.Root, c.Served.Trust.Value.RootThumbprint = today.Root, today.RootThumbprint
	}
	return nil
}

func issuedBy(leaf *x509.Certificate, issuer facts.Certificate) bool {
	parsed, err := x509.ParseCertificate(issuer.DER)
	return err == nil && leaf.CheckSignatureFrom(parsed) == nil
}
