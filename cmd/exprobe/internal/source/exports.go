package source

import (
	"errors"
	"os"
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/configs"
	"exprobe/ldapsrc/clixml"
)

// prepareExports reads the folders that the Exchange Management Shell exported.
func (l *live) prepareExports(cfg *configs.Config) error {
	for _, folder := range cfg.CLIXML {
		if folder == "" {
			return hinted{errors.New("no folder is named for --clixml"), "write it as --clixml contoso-export"}
		}
		l.env.Progress("reading " + folder)
		x, err := clixml.Read(os.DirFS(folder), clixml.Options{Name: folder})
		if err != nil {
			return err
		}
		l.exports = append(l.exports, x)
	}
	return nil
}

// held are the certificates that the servers of all exports hold. They are known where
// each of the exports says its own.
func held(exports []clixml.Export) facts.Observed[[]facts.Certificate] {
	var all facts.Observed[[]facts.Certificate]
	for i, x := range exports {
		part := x.Certificates
		all.Known = part.Known && (i == 0 || all.Known)
		if all.Why == "" {
			all.Why = part.Why
		}
		for _, c := range part.Value {
			if !slices.ContainsFunc(all.Value, func(other facts.Certificate) bool { return other.Thumbprint == c.Thumbprint }) {
				all.Value = append(all.Value, c)
			}
		}
	}
	return all
}
