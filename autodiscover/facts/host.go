package facts

import (
	"net"
	"strconv"
	"time"
)

// Host is a published name that was probed, at every address it has.
type Host struct {
	Name string `json:"name"`
	Port int    `json:"port"`

	// Node is the Exchange server that was asked for Name in the place of Name's own
	// addresses: the view behind a load balancer, which clients do not have. Empty
	// for the view that they have, and only that one is judged.
	Node string `json:"node,omitempty"`

	Origins   []Origin             `json:"origins,omitempty"`  // who publishes it
	Addresses Observed[[]Endpoint] `json:"addresses,omitzero"` // failed where the name could not be resolved
}

// Origin is a place that publishes a host.
type Origin struct {
	By      string `json:"by"`              // the distinguished name of an object, the URL of an answer, or a flag
	Service string `json:"service"`         // ServiceRPC and its like, or another word for what is published
	Scope   string `json:"scope,omitempty"` // External or Internal; empty where the publisher does not say
}

// Endpoint is one address of a host and what it served for the host's name.
type Endpoint struct {
	Address string           `json:"address"` // "192.0.2.10:443"
	Served  Observed[Served] `json:"served,omitzero"`
}

// Served is what a TLS handshake showed.
type Served struct {
	Chain   []Certificate   `json:"chain"` // as sent, leaf first; never empty
	Trust   Observed[Trust] `json:"trust,omitzero"`
	Version string          `json:"version,omitempty"` // e.g. "TLS 1.3"
}

// Leaf returns the server's own certificate.
func (s Served) Leaf() Certificate {
	if len(s.Chain) == 0 {
		return Certificate{Unreadable: "the server sent no certificate"}
	}
	return s.Chain[0]
}

// Trust is whether the chain leads to a trusted root. The leaf's own dates and
// names are other facts: a chain is judged as of the instant of the snapshot, or
// the nearest instant at which the leaf is valid.
type Trust struct {
	Trusted bool   `json:"trusted"`
	Reason  string `json:"reason,omitempty"` // why not
}

// Certificate is a certificate as far as its names and dates matter. Names keep
// the order and the bytes of the encoding.
type Certificate struct {
	DER        []byte `json:"der,omitempty"`
	Unreadable string `json:"unreadable,omitempty"` // why it could not be parsed; then nothing below is set

	CommonNames   []string  `json:"commonNames,omitempty"`   // every CN of the Subject, in order
	SubjectEmails []string  `json:"subjectEmails,omitempty"` // e-mail attributes of the Subject
	SANEmails     []string  `json:"sanEmails,omitempty"`     // rfc822Name entries
	DNSNames      []string  `json:"dnsNames,omitempty"`      // dNSName entries
	IPAddresses   []string  `json:"ipAddresses,omitempty"`   // iPAddress entries
	Subject       string    `json:"subject,omitempty"`
	Issuer        string    `json:"issuer,omitempty"`
	SelfSigned    bool      `json:"selfSigned,omitempty"` // subject and issuer are the same and its own key signed it
	NotBefore     time.Time `json:"notBefore,omitzero"`
	NotAfter      time.Time `json:"notAfter,omitzero"`
	Thumbprint    string    `json:"thumbprint,omitempty"` // SHA-1 of the DER in upper-case hexadecimal, as Windows shows it
}

// CommonName returns the one CN of the Subject; ok is false where there is none
// or where there are several.
func (c Certificate) CommonName() (name string, ok bool) {
	if len(c.CommonNames) != 1 || c.CommonNames[0] == "" {
		return "", false
	}
	return c.CommonNames[0], true
}

// Label is a host as people write it: the name, and the port where it is not 443.
func Label(host string, port int) string {
	if port == 443 {
		return host
	}
	return HostPort(host, port)
}

// HostPort writes a host and a port as one text.
func HostPort(host string, port int) string {
	return net.JoinHostPort(host, strconv.Itoa(port))
}
