package world

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"os"

	"exprobe/autodiscover/hosttest"
)

// mint writes the certificates that nobody serves yet, each with its issuers, to
// files. One that is said as a host's is that host's, to the byte.
func (w *World) mint(c contents) error {
	for name, spec := range c.certificates {
		leaf, err := w.issuer(&spec).Issue(spec.spec())
		if err != nil {
			return fmt.Errorf("minting %s: %w", name, err)
		}
		var b bytes.Buffer
		for _, der := range leaf.Certificate {
			if err := pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
				return err
			}
		}
		if err := os.WriteFile(w.file(name+".pem"), b.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) issuer(c *certificate) *hosttest.CA {
	if c.Untrusted {
		return w.stranger
	}
	return w.authority
}
