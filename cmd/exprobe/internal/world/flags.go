package world

import (
	"os"

	"go.yaml.in/yaml/v3"
)

// Config is the configuration file with which exprobe audits this world.
func (w *World) Config() string { return w.file("exprobe.yaml") }

// Flags are the flags with which exprobe audits this world, the same as Config.
func (w *World) Flags() []string {
	var flags []string
	for _, f := range w.flags {
		flags = append(flags, "--"+f[0], f[1])
	}
	for _, entry := range w.connectTo {
		flags = append(flags, "--connect-to", entry)
	}
	return flags
}

// lists are the keys whose value is a list.
var lists = map[string]bool{"ldap-url": true, "mailbox": true, "ca-file": true}

func (w *World) writeConfig(contents) error {
	keys := map[string]any{"connect-to": w.connectTo}
	for _, f := range w.flags {
		if lists[f[0]] {
			keys[f[0]] = []string{f[1]}
		} else {
			keys[f[0]] = f[1]
		}
	}
	data, err := yaml.Marshal(keys)
	if err != nil {
		return err
	}
	return os.WriteFile(w.Config(), data, 0o600)
}
