package source

import (
	"fmt"

	"exprobe/configs"
)

// unwired refuses what the configuration can say and no collector does yet: a flag
// that does nothing would let its user believe what is not so. Each line goes when
// its collector is there, and the file with the last of them.
func unwired(cfg *configs.Config) error {
	for _, k := range []struct {
		flag string
		used bool
	}{
		{"--served", len(cfg.Served) > 0},
		{"--served-password-file", cfg.ServedPasswordFile != ""},
		{"--probe " + configs.ProbeHello, cfg.Probe == configs.ProbeHello},
	} {
		if k.used {
			return hinted{fmt.Errorf("%s is not done by this version", k.flag), "leave it out"}
		}
	}
	return nil
}
