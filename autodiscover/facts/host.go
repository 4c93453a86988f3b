package facts

import (
	"net"
	"net/url"
	"strconv"
	"strings"
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
	Version string          `json:"version,omitempty"` // negotiated, e.g. "TLS 1.3"
	Cipher  string          `json:"cipher,omitempty"`  // negotiated, by its IANA name
	ALPN    string          `json:"alpn,omitempty"`    // negotiated protocol, e.g. "h2"

	// Proven says that the server has shown to hold the key of the leaf. A probe that
	// ends with the Certificate message sees the chain and no proof.
	Proven bool `json:"proven,omitempty"`

	// Unproven is why a full handshake was tried and did not come to its end, where the
	// chain could be had all the same: the server is older, or its certificate odder,
	// than a modern client takes, it does not hold the key, or it insists on a client
	// certificate. With Proven it showed the key before it broke off.
	Unproven string `json:"unproven,omitempty"`

	Stapled      bool `json:"stapled,omitempty"`      // an OCSP response came with the chain
	AsksForOwn   bool `json:"asksForOwn,omitempty"`   // the server asks for a client certificate
	Milliseconds int  `json:"milliseconds,omitempty"` // from the first packet to the end of the handshake

	// OldVersions are the versions below TLS 1.2 that the server accepts where they
	// are all that it is offered.
	OldVersions Observed[[]string] `json:"oldVersions,omitzero"`

	// Others are the chains that the server sends to clients of other abilities,
	// as one with an RSA and one with an ECDSA certificate does. A server that speaks
	// TLS 1.3 alone cannot be asked, and has none for the clients that are told here.
	Others Observed[[]OtherChain] `json:"others,omitzero"`

	// File names the certificate file that stands for what would be served
	// (--served); empty for a handshake.
	File string `json:"file,omitempty"`
}

// OtherChain is a chain that differs in its leaf from the first one seen.
type OtherChain struct {
	Offered string          `json:"offered"` // what the client could do: "RSA" or "ECDSA"
	Chain   []Certificate   `json:"chain"`
	Trust   Observed[Trust] `json:"trust,omitzero"`
}

// With is what clients see that are served another chain.
func (s Served) With(o OtherChain) Served {
	s.Chain, s.Trust, s.Others = o.Chain, o.Trust, Observed[[]OtherChain]{}
	return s
}

// To says in a phrase which clients are served another chain.
func (s Served) To(o OtherChain) string {
	if len(o.Chain) > 0 && o.Chain[0].Key != "" && o.Chain[0].Key != o.Offered {
		return "to some other clients" // the server did not heed what was offered
	}
	return "to clients that can do " + o.Offered + " alone"
}

// Leaf returns the server's own certificate.
func (s Served) Leaf() Certificate {
	if len(s.Chain) == 0 {
		return Certificate{Unreadable: "the server sent no certificate"}
	}
	return s.Chain[0]
}

// Doubt says why nothing proves that the server holds the key of the leaf, or "". A
// file stands for a server and proves nothing by intent; a probe that ends with the
// hello is no fault of the server, and Unasked tells it.
func (s Served) Doubt() string {
	if s.Proven {
		return ""
	}
	return s.Unproven
}

// Unasked says that nobody asked the server to prove its key: the probe ended with
// the hello by choice.
func (s Served) Unasked() bool { return s.File == "" && !s.Proven && s.Unproven == "" }

// Trust is whether the chain leads to a trusted root. The leaf's own dates and
// names are other facts: a chain is judged as of the instant of the snapshot, or
// the nearest instant at which the leaf is valid.
type Trust struct {
	Trusted bool   `json:"trusted"`
	Reason  string `json:"reason,omitempty"` // why not

	// Missing names the issuer whose certificate is missing from the chain, where that
	// is why it leads nowhere. Windows would fetch it from Fetch (authority information
	// access), which exprobe does not do.
	Missing string   `json:"missing,omitempty"`
	Fetch   []string `json:"fetch,omitempty"`

	// Root is the subject of the trusted root, and RootThumbprint the SHA-256 of its
	// DER in upper-case hexadecimal; both empty where there is none.
	Root           string `json:"root,omitempty"`
	RootThumbprint string `json:"rootThumbprint,omitempty"`

	// Path are the positions in the chain, leaf first, of those certificates that lead
	// to the root. It is left out where every one that was sent does.
	Path []int `json:"path,omitempty"`
}

// Certificate is a certificate as far as the audit needs it. Names keep the order
// and the bytes of the encoding.
type Certificate struct {
	DER        []byte `json:"der,omitempty"`
	Unreadable string `json:"unreadable,omitempty"` // why it could not be parsed; then nothing below is set

	// Lenient is why the strict parser refused a certificate that a lenient one could
	// read, as Windows does: a fact about the certificate, and no doubt about what follows.
	Lenient string `json:"lenient,omitempty"`

	CommonNames   []string  `json:"commonNames,omitempty"`   // every CN of the Subject, in order
	SubjectEmails []string  `json:"subjectEmails,omitempty"` // e-mail attributes of the Subject
	SANEmails     []string  `json:"sanEmails,omitempty"`     // rfc822Name entries
	DNSNames      []string  `json:"dnsNames,omitempty"`      // dNSName entries
	IPAddresses   []string  `json:"ipAddresses,omitempty"`   // iPAddress entries
	OtherNames    []string  `json:"otherNames,omitempty"`    // SAN entries of further kinds, as "uri:https://..."
	Subject       string    `json:"subject,omitempty"`
	Issuer        string    `json:"issuer,omitempty"`
	Serial        string    `json:"serial,omitempty"`     // upper-case hexadecimal
	SelfSigned    bool      `json:"selfSigned,omitempty"` // subject and issuer are the same and its own key signed it
	NotBefore     time.Time `json:"notBefore,omitzero"`
	NotAfter      time.Time `json:"notAfter,omitzero"`
	Thumbprint    string    `json:"thumbprint,omitempty"` // SHA-1 of the DER in upper-case hexadecimal, as Windows shows it

	Key       string   `json:"key,omitempty"`       // kind of the public key: RSA, ECDSA, Ed25519, DSA, or its OID
	KeyBits   int      `json:"keyBits,omitempty"`   // of the modulus or the curve
	Curve     string   `json:"curve,omitempty"`     // e.g. P-256
	Signature string   `json:"signature,omitempty"` // algorithm, e.g. SHA256-RSA, or its OID
	KeyUsage  []string `json:"keyUsage,omitempty"`  // by their names in RFC 5280 4.2.1.3; none where the extension is absent
	Purposes  []string `json:"purposes,omitempty"`  // extended key usages: serverAuth, clientAuth, any, or an OID
	Policies  []string `json:"policies,omitempty"`  // certificate policies, as OIDs
	Authority bool     `json:"authority,omitempty"` // basic constraints say that it is a CA
	Fetch     []string `json:"fetch,omitempty"`     // where its issuer's certificate can be fetched (authority information access)
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

// WebAddress is the host and port of an absolute http or https URL, and whether it
// is https; host is empty where the text is none. The name loses the dot at its end.
func WebAddress(text string) (host string, port int, secure bool) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return "", 0, false
	}
	switch { // the parser makes the scheme small
	case u.Scheme == "https":
		port, secure = 443, true
	case u.Scheme == "http":
		port = 80
	default:
		return "", 0, false
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			return "", 0, false
		}
	}
	return strings.TrimSuffix(u.Hostname(), "."), port, secure
}

// WebPath is the path of a URL with its query, as a request would send them, or ""
// where the text is no URL.
func WebPath(text string) string {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return ""
	}
	return u.RequestURI()
}
