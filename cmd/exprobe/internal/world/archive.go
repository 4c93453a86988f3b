package world

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"path"
	"strings"
	"time"

	"exprobe/autodiscover/hosttest"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"
)

// Deployment is deployment.yaml.
type Deployment struct {
	Title      string    `yaml:"title"`      // one line
	Story      string    `yaml:"story"`      // what is wrong, and what to look at
	At         time.Time `yaml:"at"`         // the instant as of which the world is judged
	Mailbox    string    `yaml:"mailbox"`    // whose Autodiscover to ask for; "" for none
	Controller string    `yaml:"controller"` // the domain controller's name
	User       string    `yaml:"user"`       // who binds to it
}

// host is hosts/<name>.yaml.
type host struct {
	name         string
	Addresses    []address `yaml:"addresses"`
	Autodiscover *answers  `yaml:"autodiscover"`
}

// address is one address of a host.
type address struct {
	Address     string       `yaml:"address"`
	Dead        bool         `yaml:"dead"` // nothing listens there
	Certificate *certificate `yaml:"certificate"`
}

// certificate says what the address shows.
type certificate struct {
	CommonNames []string  `yaml:"commonNames"`
	Emails      []string  `yaml:"emails"`
	DNSNames    []string  `yaml:"dnsNames"`
	SANEmails   []string  `yaml:"sanEmails"`
	NotBefore   time.Time `yaml:"notBefore"` // zero: 2020-01-01
	NotAfter    time.Time `yaml:"notAfter"`  // zero: 2059-12-31
	SelfSigned  bool      `yaml:"selfSigned"`
	Untrusted   bool      `yaml:"untrusted"` // by an authority that is not in ca.pem
	OmitChain   bool      `yaml:"omitChain"`
	Unparsable  bool      `yaml:"unparsable"`
}

// answers is what a host says to Autodiscover requests; bodies are files of the
// archive.
type answers struct {
	RPC          string            `yaml:"rpc"`
	Mapi         string            `yaml:"mapi"`
	Status       int               `yaml:"status"`
	Header       map[string]string `yaml:"header"`
	Authenticate bool              `yaml:"authenticate"` // demand Basic from the mailbox's owner
}

func (c *certificate) spec() hosttest.Spec {
	return hosttest.Spec{CommonNames: c.CommonNames, Emails: c.Emails, DNSNames: c.DNSNames, SANEmails: c.SANEmails,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, SelfSigned: c.SelfSigned, OmitChain: c.OmitChain, Unparsable: c.Unparsable}
}

// contents is an archive that was read and understood.
type contents struct {
	Deployment
	ldif  []byte
	hosts []host
	files map[string]string
}

// Describe reads what a world is about, without starting it.
func Describe(archive *txtar.Archive) (Deployment, error) {
	c, err := read(archive)
	return c.Deployment, err
}

func read(archive *txtar.Archive) (contents, error) {
	c := contents{files: map[string]string{}}
	for _, file := range archive.Files {
		c.files[file.Name] = string(file.Data)
		var err error
		switch dir, base := path.Split(file.Name); {
		case file.Name == "deployment.yaml":
			err = decode(file.Data, &c.Deployment)
		case file.Name == "directory.ldif":
			c.ldif = file.Data
		case dir == "hosts/":
			h := host{name: strings.TrimSuffix(base, ".yaml")}
			err = decode(file.Data, &h)
			c.hosts = append(c.hosts, h)
		}
		if err != nil {
			return c, fmt.Errorf("reading %s: %w", file.Name, err)
		}
	}
	return c, c.check()
}

func decode(data []byte, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func (c contents) check() error {
	if c.ldif == nil && len(c.hosts) == 0 {
		return errors.New("the archive holds neither directory.ldif nor hosts/<name>.yaml")
	}
	for _, h := range c.hosts {
		if len(h.Addresses) == 0 {
			return fmt.Errorf("host %s has no address", h.name)
		}
		for _, a := range h.Addresses {
			if _, err := netip.ParseAddr(a.Address); err != nil {
				return fmt.Errorf("host %s: %w", h.name, err)
			}
			if a.Certificate == nil && !a.Dead {
				return fmt.Errorf("host %s: %s has no certificate and is not dead", h.name, a.Address)
			}
		}
		for _, body := range h.bodies() {
			if _, ok := c.files[body]; !ok {
				return fmt.Errorf("host %s: the archive holds no %s", h.name, body)
			}
		}
	}
	return nil
}

func (h host) bodies() []string {
	var names []string
	if h.Autodiscover != nil {
		for _, name := range []string{h.Autodiscover.RPC, h.Autodiscover.Mapi} {
			if name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}
