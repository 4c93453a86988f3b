package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"exprobe/cmd/exprobe/internal/render"
	"exprobe/configs"
	"exprobe/rules/report"
)

// outputs is where the report goes: one rendering to standard output, any number
// to files. It is made before anything is collected, so that a wrong name is found
// while nothing is lost by it.
type outputs struct {
	stdout io.Writer
	main   render.Renderer
	files  []file
}

// outputError says that a report was made and could not be written everywhere.
type outputError struct{ error }

func (e *outputError) Unwrap() error { return e.error }

type file struct {
	name   string
	render render.Renderer
}

func (a *app) outputs(cfg *configs.Config) (*outputs, error) {
	main, err := render.Format(cfg.Format, a.ui.style(cfg.NoColor))
	if err != nil {
		return nil, err
	}
	out := &outputs{stdout: a.env.Stdout, main: main}
	for i, r := range cfg.Reports {
		if slices.ContainsFunc(cfg.Reports[:i], func(other configs.Report) bool { return filepath.Clean(other.File) == filepath.Clean(r.File) }) {
			return nil, withHint(fmt.Errorf("two reports would be written to %s", r.File), "give each --report a file of its own")
		}
		renderer, err := render.Format(r.Format, render.Style{})
		if err != nil {
			return nil, err
		}
		if err := writable(r.File); err != nil {
			return nil, withHint(fmt.Errorf("preparing --report %s=%s: %w", r.Format, r.File, err), "name a file in a folder that exists")
		}
		out.files = append(out.files, file{r.File, renderer})
	}
	return out, nil
}

// writable tries a file without changing what is in it. One that was not there is
// there afterwards, empty, until the report is written.
func writable(name string) error {
	out, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return out.Close()
}

// write renders the report to every output, the files first: whoever reads standard
// output to its end finds them there. An output that fails costs no other.
func (o *outputs) write(r *report.Report) error {
	var failures []error
	for _, f := range o.files {
		if err := f.write(r); err != nil {
			failures = append(failures, fmt.Errorf("writing %s: %w", f.name, err))
		}
	}
	if err := o.main(o.stdout, r); err != nil {
		failures = append(failures, fmt.Errorf("writing to standard output: %w", err))
	}
	if len(failures) > 0 {
		return withHint(&outputError{errors.Join(failures...)}, "the audit itself is done: make room or name another file, and run it again")
	}
	return nil
}

func (f file) write(r *report.Report) error {
	return writeFile(f.name, func(w io.Writer) error { return f.render(w, r) })
}

func writeFile(name string, write func(io.Writer) error) error {
	out, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(out), out.Close())
}
