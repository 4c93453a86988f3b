package ldapsrc

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPrinted is the most runes of a server's text that an error repeats.
const maxPrinted = 400

// errCredentials marks a refusal of the name or the password: it would be counted
// again by every other domain controller.
var errCredentials = errors.New("the credentials were refused")

// RefusedCredentials says whether an error of Read is a refusal of the name or the
// password, which counts against the account.
func RefusedCredentials(err error) bool { return errors.Is(err, errCredentials) }

// failure is an error that is safe to print, and knows what to do next where
// there is something.
type failure struct {
	what  string
	hint  string
	cause error // for errors.Is and errors.As; its text is not printed
}

func (f *failure) Error() string { return f.what }
func (f *failure) Unwrap() error { return f.cause }

// Hint is the next thing to do.
func (f *failure) Hint() string { return f.hint }

// reason writes an error and its hint as one text, for an Observed.
func reason(err error) string {
	var f *failure
	if errors.As(err, &f) && f.hint != "" {
		return err.Error() + ": " + f.hint
	}
	return err.Error()
}

// printable makes a text from the network fit for an error: bounded, and without
// characters that a terminal or a log would obey. Only letters, marks, numbers,
// punctuation, symbols and the plain blank pass (unicode.IsPrint).
func printable(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if n++; n > maxPrinted {
			b.WriteString("...")
			break
		}
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			r = '?'
		}
		b.WriteRune(r)
	}
	return b.String()
}
