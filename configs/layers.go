package configs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// layer is what one place says: values by key, already of the types of [Config].
type layer = map[string]any

const environPrefix = "EXPROBE_"

// otherVariables belong to others: secrets and the path of the configuration,
// which the command reads, and a switch of the project's own tests.
var otherVariables = []string{
	"EXPROBE_BIND_PASSWORD", "EXPROBE_AUTH_PASSWORD", "EXPROBE_AUTH_TOKEN", "EXPROBE_CONFIG", "EXPROBE_REQUIRE_PEERS",
}

// readEnviron reads NAME=value entries. An empty value says nothing, as if the
// variable were not set.
func readEnviron(environ []string) (layer, error) {
	values := layer{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, environPrefix) || slices.Contains(otherVariables, name) {
			continue
		}
		i := slices.IndexFunc(keys, func(k key) bool { return variable(k.name) == name })
		if i < 0 {
			return nil, unknownVariable(name)
		}
		if strings.TrimSpace(value) == "" {
			continue
		}
		k := keys[i]
		var err error
		if values[k.name], err = k.read(k.split(value)); err != nil {
			return nil, hint(fmt.Errorf("%s: %w", name, err), "set, for instance, %s=%s", name, k.plainExample())
		}
	}
	return values, nil
}

// split returns the texts of a key's value in the environment.
func (k key) split(value string) []string {
	if k.form == formList {
		return splitList(value)
	}
	return []string{value}
}

// splitList splits at commas. A bare IP address after HOST:PORT:ADDR is a further
// address of that entry, so that EXPROBE_RESOLVE can say what --resolve can.
func splitList(value string) []string {
	var texts []string
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if last := len(texts) - 1; last >= 0 {
			_, address := parseAddress(part)
			if _, err := ParseResolve(texts[last]); address && err == nil {
				texts[last] += "," + part
				continue
			}
		}
		texts = append(texts, part)
	}
	return texts
}

// readFlags reads the flags that the user gave, as whatever type the command
// declared them.
func readFlags(flags map[string]any) (layer, error) {
	values := layer{}
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		where := "--" + name
		k, ok := keyNamed(name)
		if !ok {
			return nil, unknownKey(where, name)
		}
		texts, ok := flagTexts(flags[name])
		if !ok {
			return nil, fmt.Errorf("%s: %s is expected", where, k.form)
		}
		var err error
		if values[name], err = k.read(texts); err != nil {
			return nil, hint(fmt.Errorf("%s: %w", where, err), "write, for instance, %s=%s", where, k.plainExample())
		}
	}
	return values, nil
}

// flagTexts returns the texts of a flag's value, of whatever type the command
// declared it.
func flagTexts(value any) (texts []string, ok bool) {
	switch given := value.(type) {
	case string:
		return []string{given}, true
	case []string:
		return given, true
	case bool:
		return []string{strconv.FormatBool(given)}, true
	case int:
		return []string{strconv.Itoa(given)}, true
	case time.Duration:
		return []string{given.String()}, true
	}
	return nil, false
}
