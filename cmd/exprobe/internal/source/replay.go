package source

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/configs"
)

// replay gives what was collected before, as of the instant at which it was taken
// or of the one that the operator names.
type replay struct {
	snapshot *facts.Snapshot
}

// newReplay reads the files; several are vantage points of one deployment, and
// become one snapshot as of the latest of them.
func newReplay(cfg *configs.Config) (Source, error) {
	var views []*facts.Snapshot
	for _, name := range cfg.From {
		view, err := Open(name)
		if err != nil {
			return nil, fmt.Errorf("reading --from: %w", err)
		}
		views = append(views, view)
	}
	s := views[0]
	if len(views) > 1 {
		s = Merge(views)
	}
	if !cfg.At.IsZero() {
		s.TakenAt = cfg.At.UTC().Truncate(time.Second)
	}
	return replay{s}, nil
}

// Snapshot returns the saved snapshot.
func (r replay) Snapshot(context.Context) (*facts.Snapshot, error) { return r.snapshot, nil }

// Open reads one evidence file. A snapshot whose file was changed after it was written
// says so.
func Open(name string) (*facts.Snapshot, error) {
	data, err := readFile(name, maxEvidence)
	if err != nil {
		return nil, err
	}
	return open(name, data)
}

func open(name string, data []byte) (*facts.Snapshot, error) {
	e, changed, err := ReadEvidence(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if changed {
		e.Snapshot.Altered = append(e.Snapshot.Altered, filepath.Base(name))
	}
	return e.Snapshot, nil
}
