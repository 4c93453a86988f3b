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
		data, err := readFile(name, maxEvidence)
		if err != nil {
			return nil, fmt.Errorf("reading --from: %w", err)
		}
		e, changed, err := ReadEvidence(data)
		if err != nil {
			return nil, fmt.Errorf("reading --from %s: %w", name, err)
		}
		if changed {
			e.Snapshot.Altered = append(e.Snapshot.Altered, filepath.Base(name))
		}
		views = append(views, e.Snapshot)
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
