package world

import (
	"embed"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

//go:embed scenarios/*.txtar
var scenarios embed.FS

// DefaultScenario is the one of the KB article.
const DefaultScenario = "kb2710606"

// Scenarios lists the worlds of the demonstration, the default first.
func Scenarios() []string {
	entries, err := scenarios.ReadDir("scenarios")
	if err != nil {
		return nil // the folder is embedded
	}
	names := []string{DefaultScenario}
	for _, entry := range entries {
		if name := strings.TrimSuffix(entry.Name(), ".txtar"); name != DefaultScenario {
			names = append(names, name)
		}
	}
	return names
}

// Scenario returns a world of the demonstration.
func Scenario(name string) (archive *txtar.Archive, ok bool) {
	if !slices.Contains(Scenarios(), name) {
		return nil, false
	}
	data, err := scenarios.ReadFile("scenarios/" + name + ".txtar")
	if err != nil {
		return nil, false
	}
	return txtar.Parse(data), true
}
