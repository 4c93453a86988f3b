package configs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// hinted is an error that knows the next step. Whoever prints errors finds it by
// errors.As with interface{ Hint() string }.
type hinted struct {
	error
	hint string
}

// Hint returns what to do next.
func (h hinted) Hint() string { return h.hint }

// Unwrap returns the error itself.
func (h hinted) Unwrap() error { return h.error }

// hint gives an error its next step.
func hint(err error, format string, args ...any) error {
	return hinted{err, fmt.Sprintf(format, args...)}
}

// secretName finds a key for a password or a token, and leaves out what may stand
// behind it where the blank after the colon was forgotten.
var secretName = regexp.MustCompile(`(?i)^([a-z_-]*(password|token))(?:[^a-z_-]|$)`)

// unknownKey is the error for a key, or a flag, that does not exist. A secret gets
// its own, and only the key is ever repeated.
func unknownKey(where, name string) error {
	if m := secretName.FindStringSubmatch(name); m != nil {
		kind := strings.ToLower(m[2])
		err := fmt.Errorf("%s: key %q would hold a %s, and none may stand here", where, m[1], kind)
		secret := secretMeant(fold(m[1]), kind)
		place := fmt.Sprintf("put the %s alone into a file and name that file with %s-file", kind, secret)
		if slices.Contains(otherVariables, variable(secret)) {
			place += ", or set " + variable(secret)
		}
		return hint(err, "%s", place)
	}
	err := fmt.Errorf("%s: key %q is not known", where, name)
	if meant := Nearest(name, keyNames()); meant != "" {
		return hint(err, "did you mean %s?", meant)
	}
	return hint(err, "the keys are the names of the flags: see exprobe help audit")
}

// secretMeant is the secret that a key was probably meant to hold.
func secretMeant(key, kind string) string {
	switch {
	case kind == "token":
		return "auth-token"
	case strings.Contains(key, "auth"):
		return "auth-password"
	case strings.Contains(key, "served"):
		return "served-password"
	case strings.Contains(key, "expect"):
		return "expect-password"
	}
	return "bind-password"
}

func unknownVariable(name string) error {
	var known []string // without the prefix, which would count as likeness
	for _, other := range otherVariables {
		known = append(known, strings.TrimPrefix(other, environPrefix))
	}
	for _, k := range keys {
		known = append(known, strings.TrimPrefix(variable(k.name), environPrefix))
	}
	err := fmt.Errorf("environment variable %s is not known", name)
	if meant := Nearest(strings.TrimPrefix(name, environPrefix), known); meant != "" {
		return hint(err, "did you mean %s?", environPrefix+meant)
	}
	return hint(err, "unset it; %s and the name of a flag in capitals is what is read", environPrefix)
}

// Nearest returns the known word that was probably meant, or "". Case and the
// choice between "-" and "_" cost nothing.
func Nearest(word string, known []string) string {
	best, bestDistance := "", len(word)/3+1
	for _, candidate := range known {
		if d := distance(fold(word), fold(candidate)); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

func fold(s string) string { return strings.ReplaceAll(strings.ToLower(s), "_", "-") }

// distance is Levenshtein's: the fewest bytes to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
