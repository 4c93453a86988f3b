package world

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

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

// contents is an archive that was read and understood.
type contents struct {
	Deployment
	ldif  []byte
	hosts []host
	views []view // at least one
	files map[string]string

	certificates map[string]certificate // that nobody serves yet
}

// Describe reads what a world is about, without starting it.
func Describe(archive *txtar.Archive) (Deployment, error) {
	c, err := read(archive)
	return c.Deployment, err
}

func read(archive *txtar.Archive) (contents, error) {
	c := contents{files: map[string]string{}, certificates: map[string]certificate{}}
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
		case dir == "certificates/":
			var one certificate
			err = decode(file.Data, &one)
			c.certificates[strings.TrimSuffix(base, ".yaml")] = one
		case dir == "dns/":
			c.views = append(c.views, view{name: strings.TrimSuffix(base, ".zone"), zone: string(file.Data)})
		}
		if err != nil {
			return c, fmt.Errorf("reading %s: %w", file.Name, err)
		}
	}
	if err := c.check(); err != nil {
		return c, err
	}
	if len(c.views) == 0 {
		c.views = []view{viewOf(c.hosts)}
	}
	slices.SortFunc(c.views, func(a, b view) int { return strings.Compare(a.name, b.name) })
	return c, nil
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
	taken := map[string]string{}
	for _, h := range c.hosts {
		if err := h.check(c.files); err != nil {
			return fmt.Errorf("host %s: %w", h.name, err)
		}
		if len(h.Names) > 0 && len(c.views) > 0 {
			return fmt.Errorf("host %s: it has names, and dns/ says which names lead to its addresses", h.name)
		}
		for _, a := range h.Addresses {
			where := fmt.Sprintf("%s port %d", a.Address, a.port())
			if other := taken[where]; other != "" {
				return fmt.Errorf("host %s: %s is an address of %s too", h.name, where, other)
			}
			taken[where] = h.name
		}
	}
	return nil
}
