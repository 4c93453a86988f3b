package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// Evidence is a snapshot as a file, so that it can be judged again, elsewhere, by
// others and by later versions. Digest is the SHA-256 of the whole file with its own
// digits as zeros: it shows a change that was made by mistake or by hand, and is no
// signature.
type Evidence struct {
	*facts.Snapshot
	Tool   report.Tool `json:"tool"` // who collected
	Digest string      `json:"digest"`
}

// maxEvidence is the most that is read of an evidence file: five thousand hosts
// with their chains take some forty megabytes.
const maxEvidence = 1 << 30

var noDigest = strings.Repeat("0", 2*sha256.Size)

const digestKey = `"digest": "`

// Write writes the file. The digest is its last value.
func (e Evidence) Write(w io.Writer) error {
	e.Digest = noDigest
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(e); err != nil {
		return fmt.Errorf("writing the evidence: %w", err)
	}
	data := b.Bytes()
	sum := sha256.Sum256(data)
	at := bytes.LastIndex(data, []byte(digestKey)) + len(digestKey)
	hex.Encode(data[at:], sum[:])
	_, err := w.Write(data)
	return err
}

// ReadEvidence reads what Write wrote, also by an older exprobe. changed says that
// the file is not as it was written. Certificates are read anew from their DER, so
// that a later version knows of them what it has learned to read.
func ReadEvidence(data []byte) (e Evidence, changed bool, err error) {
	const again = "name a file that exprobe collect -o wrote"
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return Evidence{}, false, hinted{fmt.Errorf("reading evidence: it is not whole JSON: %w", err), again}
	}
	switch family, _, _ := strings.Cut(head.Schema, "/"); {
	case head.Schema == facts.EvidenceSchema:
	case head.Schema == report.Schema:
		return Evidence{}, false, hinted{errors.New("reading evidence: this is a report, which cannot be judged again"), again}
	case family == "exprobe.evidence":
		return Evidence{}, false, hinted{fmt.Errorf("reading evidence: its version %q is not known to this exprobe", head.Schema),
			"update exprobe, or collect with this one"}
	default:
		return Evidence{}, false, hinted{fmt.Errorf("reading evidence: its schema is %q and not %q", head.Schema, facts.EvidenceSchema), again}
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return Evidence{}, false, hinted{fmt.Errorf("reading evidence: %w", err), again}
	}
	if e.TakenAt.IsZero() {
		return Evidence{}, false, hinted{errors.New("reading evidence: it does not say when it was taken"), again}
	}
	reread(e.Snapshot)
	return e, e.Digest == "" || digestOf(data, e.Digest) != e.Digest, nil
}

// digestOf works out the digest that a file should bear where it now says said.
func digestOf(data []byte, said string) string {
	at := bytes.LastIndex(data, []byte(digestKey+said))
	if at < 0 || len(said) != len(noDigest) {
		return ""
	}
	at += len(digestKey)
	hash := sha256.New()
	hash.Write(data[:at])
	io.WriteString(hash, noDigest)
	hash.Write(data[at+len(said):])
	return hex.EncodeToString(hash.Sum(nil))
}

// reread reads every certificate from its DER again. One that is kept without its
// DER, as in a redacted file, stays as it is told.
func reread(s *facts.Snapshot) {
	again := func(chain []facts.Certificate) {
		for i, c := range chain {
			if len(c.DER) > 0 {
				chain[i] = facts.ParseCertificate(c.DER)
			}
		}
	}
	again(s.Certificates.Value)
	for _, h := range s.Hosts {
		for _, e := range h.Addresses.Value {
			again(e.Served.Value.Chain)
			for _, other := range e.Served.Value.Others.Value {
				again(other.Chain)
			}
		}
	}
	for i := range s.Answers {
		if leaf := &s.Answers[i].Secured.Value.Leaf; len(leaf.DER) > 0 {
			*leaf = facts.ParseCertificate(leaf.DER)
		}
	}
}
