package source

import (
	"errors"
	"os"

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

// held are the certificates that the servers of all exports hold.
func held(exports []clixml.Export) (all facts.Observed[[]facts.Certificate]) {
	for _, x := range exports {
		all = mergeCertificates(all, x.Certificates)
	}
	return all
}
