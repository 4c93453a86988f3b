package source

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// secret is something that no flag may hold, and the words for it.
type secret struct {
	what                 string // "password" or "token"
	file, flag, variable string // the file, and what names it or stands in its place
	prompt               string
	most                 int64 // bytes that are read of the file
}

// password is the secret of an account.
func (l *live) password(file, flag, variable, prompt string) (string, error) {
	return l.secret(secret{"password", file, flag, variable, prompt, maxPassword})
}

// secret is what the file holds without its last line break, or the variable's
// value, or what the person at the terminal types.
func (l *live) secret(s secret) (string, error) {
	given := ""
	for _, entry := range l.env.Environ {
		if value, ok := strings.CutPrefix(entry, s.variable+"="); ok {
			given = value
		}
	}
	switch {
	case s.file != "" && given != "":
		return "", hinted{fmt.Errorf("a %s stands in %s and in %s", s.what, s.variable, s.file), "unset " + s.variable + ", or leave " + s.flag + " out"}
	case s.file != "":
		return s.read()
	case given != "":
		return given, nil
	}
	if l.env.Ask != nil {
		if typed := l.env.Ask(s.prompt); typed != "" {
			return typed, nil
		}
	}
	return "", hinted{fmt.Errorf("no %s: neither %s nor %s is given", s.what, s.flag, s.variable),
		"write the " + s.what + " alone into a file and name it with " + s.flag + ", or set " + s.variable}
}

// read is what the file holds without its last line break. What Windows writes
// beside a text, or a second line, would be a wrong password, and a wrong password
// counts against the account: it is refused before anything is sent.
func (s secret) read() (string, error) {
	data, err := readFile(s.file, s.most)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", s.flag, err)
	}
	alone := "write the " + s.what + " alone into it, as UTF-8 without a byte order mark, in one line"
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	switch {
	case text == "":
		return "", hinted{fmt.Errorf("reading %s: %s holds no %s", s.flag, s.file, s.what), alone}
	case strings.HasPrefix(text, "\ufeff"), !utf8.ValidString(text), strings.Contains(text, "\x00"):
		return "", hinted{fmt.Errorf("reading %s: %s is not UTF-8 without a byte order mark", s.flag, s.file), alone}
	case strings.ContainsAny(text, "\r\n"):
		return "", hinted{fmt.Errorf("reading %s: %s holds more than one line", s.flag, s.file), alone}
	}
	return text, nil
}
