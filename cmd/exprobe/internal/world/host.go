package world

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"path"
	"time"

	"exprobe/autodiscover/hosttest"
)

const (
	httpsPort = 443
	httpPort  = 80
)

// host is hosts/<name>.yaml.
type host struct {
	name         string    // of the file; of the host too, where the archive has no dns/
	Names        []string  `yaml:"names"` // further names of the host, where the archive has no dns/
	Addresses    []address `yaml:"addresses"`
	Autodiscover *answers  `yaml:"autodiscover"` // what https requests for Autodiscover get
	Answers      []answer  `yaml:"answers"`      // what others get; the first that is for a request, and before autodiscover
	HTTP         []answer  `yaml:"http"`         // the same on port 80; none: nothing listens there
}

// address is one address of a host.
type address struct {
	Address     string       `yaml:"address"`
	Port        int          `yaml:"port"`  // of https; 0 means 443
	Names       []string     `yaml:"names"` // of this address alone, as the server behind it; where the archive has no dns/
	Dead        bool         `yaml:"dead"`  // nothing listens there, and not on port 80 either
	Certificate *certificate `yaml:"certificate"`
}

// certificate says what the address shows.
type certificate struct {
	CommonNames []string  `yaml:"commonNames"`
	Emails      []string  `yaml:"emails"`
	DNSNames    []string  `yaml:"dnsNames"`
	SANEmails   []string  `yaml:"sanEmails"`
	IPAddresses []string  `yaml:"ipAddresses"`
	Key         string    `yaml:"key"`      // a hosttest.Key
	Purposes    []string  `yaml:"purposes"` // server, client, any; absent: server
	Fetch       []string  `yaml:"fetch"`
	CA          bool      `yaml:"ca"`
	Oddity      string    `yaml:"oddity"`    // a hosttest.Oddity
	NotBefore   time.Time `yaml:"notBefore"` // zero: 2020-01-01
	NotAfter    time.Time `yaml:"notAfter"`  // zero: 2059-12-31
	SelfSigned  bool      `yaml:"selfSigned"`
	Untrusted   bool      `yaml:"untrusted"` // by an authority that is not in ca.pem
	OmitChain   bool      `yaml:"omitChain"`
	WithRoot    bool      `yaml:"withRoot"`
	Misordered  bool      `yaml:"misordered"`
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

// answer is what a host says to some requests. All that is left out fits every
// request.
type answer struct {
	Path    string `yaml:"path"` // one that ends with "*" is for every path that begins so
	Method  string `yaml:"method"`
	Mailbox string `yaml:"mailbox"` // whom the request names

	Status   int               `yaml:"status"`   // 0: 302 with a redirect, else 200
	Redirect string            `yaml:"redirect"` // the Location
	Header   map[string]string `yaml:"header"`
	Body     string            `yaml:"body"` // a file of the archive; its ending gives the content type
	Mapi     string            `yaml:"mapi"` // another for the MAPI/HTTP view

	Authenticate bool     `yaml:"authenticate"` // demand the mailbox owner's password by Basic, or the token
	Schemes      []string `yaml:"schemes"`      // offered with a 401, one header each; none: Basic
}

func (c *certificate) spec() hosttest.Spec {
	return hosttest.Spec{CommonNames: c.CommonNames, Emails: c.Emails, DNSNames: c.DNSNames, SANEmails: c.SANEmails, IPAddresses: c.IPAddresses,
		Key: hosttest.Key(c.Key), Purposes: c.Purposes, Fetch: c.Fetch, CA: c.CA, Oddity: hosttest.Oddity(c.Oddity),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, SelfSigned: c.SelfSigned,
		OmitChain: c.OmitChain, WithRoot: c.WithRoot, Misordered: c.Misordered, Unparsable: c.Unparsable}
}

// secure says that the address speaks https.
func (a address) secure() bool { return !a.Dead && a.Certificate != nil }

func (a address) port() int {
	if a.Port == 0 {
		return httpsPort
	}
	return a.Port
}

func (h host) check(files map[string]string) error {
	if len(h.Addresses) == 0 {
		return errors.New("it has no address")
	}
	for _, a := range h.Addresses {
		if _, err := netip.ParseAddr(a.Address); err != nil {
			return err
		}
		if a.Certificate == nil && !a.Dead && len(h.HTTP) == 0 {
			return fmt.Errorf("%s has no certificate, no http and is not dead", a.Address)
		}
	}
	for _, body := range h.bodies() {
		if _, ok := files[body]; body != "" && !ok {
			return fmt.Errorf("the archive holds no %s", body)
		}
	}
	return nil
}

// bodies are the files that the answers name; "" where one names none.
func (h host) bodies() []string {
	var names []string
	if h.Autodiscover != nil {
		names = append(names, h.Autodiscover.RPC, h.Autodiscover.Mapi)
	}
	for _, list := range [][]answer{h.Answers, h.HTTP} {
		for _, a := range list {
			names = append(names, a.Body, a.Mapi)
		}
	}
	return names
}

// secureHandler answers over https.
func (h host) secureHandler(c contents) http.Handler {
	var otherwise http.Handler
	if h.Autodiscover != nil {
		handler := hosttest.Autodiscover{RPC: c.files[h.Autodiscover.RPC], Mapi: c.files[h.Autodiscover.Mapi],
			Status: h.Autodiscover.Status, Header: h.Autodiscover.Header}
		if h.Autodiscover.Authenticate {
			handler.User, handler.Password = c.Mailbox, password
		}
		otherwise = handler
	}
	return hosttest.Answers(append(c.answers(h.Answers), outlookAnywhere), otherwise)
}

// outlookAnywhere is what a server's endpoint says to who has not signed in, where
// the host does not say otherwise.
var outlookAnywhere = hosttest.Answer{Path: "/rpc/*", Status: http.StatusUnauthorized, Schemes: []string{"Negotiate", "NTLM", `Basic realm="mail"`}}

// plainHandler answers on port 80.
func (h host) plainHandler(c contents) http.Handler {
	return hosttest.Answers(c.answers(h.HTTP), nil)
}

func (c contents) answers(list []answer) []hosttest.Answer {
	var made []hosttest.Answer
	for _, a := range list {
		made = append(made, c.answer(a))
	}
	return made
}

func (c contents) answer(a answer) hosttest.Answer {
	header := http.Header{}
	if kind := contentTypes[path.Ext(a.Body)]; kind != "" {
		header.Set("Content-Type", kind)
	}
	for name, value := range a.Header {
		header.Set(name, value)
	}
	made := hosttest.Answer{Path: a.Path, Method: a.Method, Mailbox: a.Mailbox, Status: a.Status, Header: header,
		Body: c.files[a.Body], Mapi: c.files[a.Mapi], Schemes: a.Schemes}
	if a.Redirect != "" {
		header.Set("Location", a.Redirect)
		if a.Status == 0 {
			made.Status = http.StatusFound
		}
	}
	if len(made.Schemes) == 0 {
		made.Schemes = []string{`Basic realm="autodiscover"`}
	}
	if a.Authenticate {
		made.Accept = c.accepts
	}
	return made
}

var contentTypes = map[string]string{
	".xml":  "text/xml; charset=utf-8",
	".json": "application/json; charset=utf-8",
	".html": "text/html; charset=utf-8",
}

// accepts says whether a request carries the mailbox owner's password, or the token.
func (c contents) accepts(r *http.Request) bool {
	user, given, basic := r.BasicAuth()
	return basic && user == c.Mailbox && given == password || r.Header.Get("Authorization") == "Bearer "+token
}
