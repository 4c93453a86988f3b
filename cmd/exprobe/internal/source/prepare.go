package source

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"exprobe/autodiscover"
	"exprobe/configs"
)

// The most that is read of a file that the operator names. A saved answer or a
// bundle of roots is far smaller; a device or a disk image ends here.
const (
	maxFile     = 8 << 20
	maxPassword = 4 << 10
	maxToken    = 64 << 10 // an access token with many groups takes some twenty
)

func (l *live) prepareAutodiscover(cfg *configs.Config) error {
	for _, mailbox := range cfg.Mailboxes {
		if err := autodiscover.CheckMailbox(mailbox); err != nil {
			return err
		}
	}
	for _, domain := range cfg.Domains {
		if err := autodiscover.CheckDomain(domain); err != nil {
			return hinted{err, "write it as --domain contoso.com"}
		}
	}
	l.mailboxes, l.domains = once(cfg.Mailboxes), once(cfg.Domains)
	l.lookUp = autodiscover.Options{Timeout: cfg.Timeout, Dial: l.network.Dial, LookupSRV: l.network.LookupSRV, Now: l.env.Now,
		Site: cfg.Site, NoMicrosoft365: cfg.Microsoft365 == configs.Microsoft365Never}
	return l.prepareSignIn(cfg)
}

// severalDomains returns two domains that mailboxes are in, or "" for other where
// all are in one.
func severalDomains(mailboxes []string) (first, other string) {
	for _, mailbox := range mailboxes {
		_, domain, _ := strings.Cut(mailbox, "@")
		switch {
		case first == "":
			first = domain
		case !strings.EqualFold(first, domain):
			return first, domain
		}
	}
	return first, ""
}

func (l *live) prepareFiles(cfg *configs.Config) error {
	for _, name := range cfg.AutodiscoverResponses {
		data, err := readFile(name, maxFile)
		if err != nil {
			return fmt.Errorf("reading --autodiscover-response: %w", err)
		}
		answer, err := autodiscover.ReadAnswer(name, data)
		if err != nil {
			return hinted{err,
				"save the XML that Outlook's Test E-mail AutoConfiguration shows, or the body of a POX answer"}
		}
		l.saved = append(l.saved, answer)
	}
	return nil
}

// prepareRoots reads the further roots. They are trusted for the published hosts
// and for Autodiscover, beside the system's own.
func (l *live) prepareRoots(cfg *configs.Config) error {
	if len(cfg.CAFiles) == 0 {
		return nil
	}
	roots, err := readRoots("--ca-file", cfg.CAFiles)
	l.roots, l.lookUp.Roots = roots, roots
	return err
}

// once drops mailboxes and domains that are named twice: each request with a wrong password
// counts against the account.
func once(mailboxes []string) []string {
	var kept []string
	for _, mailbox := range mailboxes {
		if !slices.ContainsFunc(kept, func(other string) bool { return strings.EqualFold(other, mailbox) }) {
			kept = append(kept, mailbox)
		}
	}
	return kept
}

// readRoots is the system's roots and those of the files.
func readRoots(flag string, names []string) (*x509.CertPool, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a machine without a store trusts the files alone
	}
	for _, name := range names {
		data, err := readFile(name, maxFile)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", flag, err)
		}
		if !roots.AppendCertsFromPEM(data) {
			return nil, hinted{fmt.Errorf("reading %s: %s holds no certificate in PEM", flag, name),
				"convert a binary certificate with openssl x509 -inform DER -in FILE -out FILE.pem"}
		}
	}
	return roots, nil
}

func readFile(name string, most int64) ([]byte, error) {
	const check = "check the name; it counts from the current folder"
	if name == "" {
		return nil, hinted{errors.New("no file is named"), "give the name of a file"}
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, hinted{err, check}
	}
	if info.IsDir() {
		return nil, hinted{fmt.Errorf("%s is a folder", name), check}
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if int64(len(data)) > most {
		return nil, hinted{fmt.Errorf("%s is larger than %d bytes", name, most), "name the file that is meant: this one is too large to be it"}
	}
	return data, nil
}
