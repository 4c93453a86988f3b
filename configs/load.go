package configs

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/viper"
)

//go:embed default.yaml
var defaultYAML []byte

// Default returns the text of default.yaml: every key with its default and what
// it means.
func Default() []byte { return slices.Clone(defaultYAML) }

// noDelimiter keeps viper from splitting keys: a NUL stands in no key.
const noDelimiter = "\x00"

// Load reads the defaults, the file at path ("" means none), the environment
// (NAME=value entries, as of os.Environ) and the flags, by name, that the user
// gave. Each replaces what was said before it. An error may have a Hint.
func Load(path string, environ []string, flags map[string]any) (*Config, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return merge(path, data, environ, flags)
}

func merge(path string, data []byte, environ []string, flags map[string]any) (*Config, error) {
	v := viper.NewWithOptions(viper.KeyDelimiter(noDelimiter))
	for _, read := range []func() (layer, error){
		func() (layer, error) { return parseFile("default.yaml", defaultYAML) },
		func() (layer, error) { return parseFile(path, data) },
		func() (layer, error) { return readEnviron(environ) },
		func() (layer, error) { return readFlags(flags) },
	} {
		values, err := read()
		if err != nil {
			return nil, err
		}
		if err := v.MergeConfigMap(values); err != nil {
			return nil, fmt.Errorf("merging the configuration: %w", err)
		}
	}
	tables := inherit(v)
	var c Config
	if err := v.UnmarshalExact(&c); err != nil {
		return nil, fmt.Errorf("merging the configuration: %w", err)
	}
	for i, table := range tables {
		named := func(name string) bool { return table[name] != nil }
		c.Directories[i].Inherited = !named("bind-user") && !slices.ContainsFunc(proofs, named)
	}
	return &c, nil
}

// proofs are the keys that name what proves a user.
var proofs = []string{"bind-password-file", "bind-keytab", "bind-ccache"}

// inherit gives each of the further directories what it does not say itself and
// the flags or the file say for all: how to bind, and whom to trust. It returns what
// they do say.
func inherit(v *viper.Viper) []layer {
	tables, _ := v.Get("directories").([]layer)
	whole := make([]layer, len(tables))
	for i, table := range tables {
		whole[i] = layer{}
		for _, k := range keys {
			_, own := table["bind-user"]
			switch {
			case !k.directory || k.name == "ldap-url" || k.name == "ldap-domain":
			case own && slices.Contains(proofs, k.name): // another user's, and not to be shown to this forest
			default:
				whole[i][k.name] = v.Get(k.name)
			}
		}
		maps.Copy(whole[i], table)
	}
	v.Set("directories", whole)
	return tables
}
