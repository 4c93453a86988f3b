package source

import (
	"encoding/json"
	"errors"
	"fmt"

	"exprobe/autodiscover/facts"
	"exprobe/configs"
	"exprobe/rules/report"
)

// Expected reads the certificate that hosts should serve by now; nil where none is
// expected. note says how it was chosen, where the file left a choice.
func Expected(cfg *configs.Config) (leaf *facts.Certificate, note string, err error) {
	if cfg.Expect == "" {
		return nil, "", nil
	}
	password, err := filePassword(cfg.ExpectPasswordFile, "--expect-password-file")
	if err != nil {
		return nil, "", err
	}
	contents, err := readCertificate("--expect", cfg.Expect, password)
	if err != nil {
		return nil, "", hintedUnless(err, "name the file of the new certificate: PEM, DER, PKCS #7 or PKCS #12 with --expect-password-file")
	}
	leaf = &contents.Chain[0]
	if leaf.Unreadable != "" {
		return nil, "", hinted{fmt.Errorf("reading --expect %s: the certificate cannot be parsed: %s", cfg.Expect, leaf.Unreadable),
			"export the certificate again"}
	}
	return leaf, contents.Note, nil
}

// Baseline reads what an earlier audit saw or said: evidence, which is to be judged
// again, or a JSON report. One of the two is not nil.
func Baseline(name string) (*facts.Snapshot, *report.Report, error) {
	const again = "name evidence of exprobe collect -o, or a report of exprobe audit --format json"
	data, err := readFile(name, maxEvidence)
	if err != nil {
		return nil, nil, fmt.Errorf("reading --baseline: %w", err)
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if json.Unmarshal(data, &head) != nil || head.Schema != report.Schema {
		s, err := open(name, data)
		if err != nil {
			return nil, nil, hinted{fmt.Errorf("reading --baseline: %w", err), again}
		}
		return s, nil, nil
	}
	var r report.Report
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, nil, hinted{fmt.Errorf("reading --baseline %s: %w", name, err), again}
	}
	if err := whole(&r); err != nil {
		return nil, nil, hinted{fmt.Errorf("reading --baseline %s: %w", name, err), again}
	}
	return nil, &r, nil
}

// whole says why a report does not hold all that was found then.
func whole(r *report.Report) error {
	switch {
	case r.TakenAt.IsZero():
		return errors.New("it does not say when it was made")
	case r.Baseline != nil:
		return errors.New("it shows only what was new since a baseline of its own")
	}
	for _, f := range r.Findings {
		if f.Fingerprint != report.Fingerprint(f.Rule, f.Subject) {
			return fmt.Errorf("a finding of %s does not bear its fingerprint", f.Rule)
		}
	}
	return nil
}
