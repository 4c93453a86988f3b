package world

import (
	"embed"
	"fmt"
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

// Compose returns the archive that a script describes with its files: a world of
// its own or, where the file "scenario" names one of the demonstration, that one
// with the script's files in the place of its own. An empty file takes the
// scenario's away. It is nil where the files describe no world.
func Compose(files []txtar.File) (*txtar.Archive, error) {
	own := map[string][]byte{}
	isWorld := false
	for _, file := range files {
		own[file.Name] = file.Data
		isWorld = isWorld || file.Name == "directory.ldif" || strings.HasPrefix(file.Name, "hosts/")
	}
	composed := &txtar.Archive{}
	if data, ok := own["scenario"]; ok {
		name := strings.TrimSpace(string(data))
		base, ok := Scenario(name)
		if !ok {
			return nil, fmt.Errorf("there is no scenario %q", name)
		}
		for _, file := range base.Files {
			if _, replaced := own[file.Name]; !replaced {
				composed.Files = append(composed.Files, file)
			}
		}
		isWorld = true
	}
	for _, file := range files {
		if len(file.Data) > 0 && file.Name != "scenario" {
			composed.Files = append(composed.Files, file)
		}
	}
	if !isWorld {
		return nil, nil
	}
	return composed, nil
}
