package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"exprobe/cmd/exprobe/internal/render"
	"exprobe/configs"

	"golang.org/x/term"
)

var errNoCommand = errors.New("no command is given")

// ui is how the command speaks to the person: one line, a prefix, no capitals, and
// a hint that names the next thing to do.
type ui struct {
	env      Environment
	progress bool // standard error is a terminal
}

func newUI(env Environment) *ui {
	_, _, terminal := size(env.Stderr)
	return &ui{env: env, progress: terminal}
}

// hinted is an error with the next step.
type hinted struct {
	error
	hint string
}

func (h hinted) Hint() string  { return h.hint }
func (h hinted) Unwrap() error { return h.error }

func withHint(err error, hint string) error { return hinted{err, hint} }

// fail prints an error and its hint: that of the outermost error that has one.
func (u *ui) fail(err error) {
	hint := "see exprobe help"
	var h interface{ Hint() string }
	if errors.As(err, &h) && h.Hint() != "" {
		hint = h.Hint()
	}
	fmt.Fprintf(u.env.Stderr, "exprobe: error: %s\nexprobe: hint: %s\n", render.Line(err.Error()), render.Line(hint))
}

// remind prints something that is no error and will soon matter, and what to do.
func (u *ui) remind(text, hint string) {
	fmt.Fprintf(u.env.Stderr, "exprobe: warning: %s\nexprobe: hint: %s\n", render.Line(text), render.Line(hint))
}

// say prints what is being done, where somebody is watching.
func (u *ui) say(quiet bool) func(string) {
	if quiet || !u.progress {
		return nil
	}
	return func(text string) { fmt.Fprintf(u.env.Stderr, "exprobe: %s\n", render.Line(text)) }
}

// ask returns a function that asks for a password without showing it, or nil where
// nobody can be asked.
func (u *ui) ask(ctx context.Context) func(prompt string) string {
	in, ok := u.env.Stdin.(interface{ Fd() uintptr })
	if !ok || !u.progress || !term.IsTerminal(int(in.Fd())) {
		return nil
	}
	return func(prompt string) string {
		fmt.Fprintf(u.env.Stderr, "exprobe: %s", render.Line(prompt))
		return u.readPassword(ctx, int(in.Fd()))
	}
}

// readPassword reads a line without showing it, or "" where the context ends
// first: the terminal is then as it was before.
func (u *ui) readPassword(ctx context.Context, terminal int) string {
	before, err := term.GetState(terminal)
	if err != nil {
		return ""
	}
	typed := make(chan string, 1)
	go func() {
		password, err := term.ReadPassword(terminal)
		if err != nil {
			password = nil
		}
		typed <- string(password)
	}()
	defer fmt.Fprintln(u.env.Stderr)
	select {
	case password := <-typed:
		return password
	case <-ctx.Done():
		term.Restore(terminal, before)
		return ""
	}
}

// style is how standard output wants its text: sized to the terminal, coloured only
// on one, and not where NO_COLOR is set (no-color.org) or the terminal is dumb.
func (u *ui) style(noColor bool) render.Style {
	width, _, terminal := size(u.env.Stdout)
	quiet := slices.ContainsFunc(u.env.Environ, func(entry string) bool {
		return strings.HasPrefix(entry, "NO_COLOR=") && entry != "NO_COLOR=" || entry == "TERM=dumb"
	})
	return render.Style{Width: width, Color: terminal && !noColor && !quiet}
}

func size(w io.Writer) (width, height int, terminal bool) {
	file, ok := w.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, 0, false
	}
	width, height, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0, 0, true
	}
	return width, height, true
}

// suggest is a hint that names the known word that was probably meant, or the one
// given.
func suggest(word string, known []string, otherwise string) string {
	if near := configs.Nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	return otherwise
}
