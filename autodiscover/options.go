package autodiscover

import (
	"cmp"
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Subject is whose Autodiscover is looked up.
type Subject struct {
	// Mailbox is an address, user@domain. Its settings are asked for.
	Mailbox string

	// Domain is looked up where there is no mailbox: its addresses are only asked
	// where they lead and how one signs in, because a request for settings would have
	// to name a mailbox.
	Domain string
}

// Point is a service connection point that holds an Autodiscover URL.
type Point struct {
	URL    string
	Source string   // its distinguished name
	Sites  []string // Active Directory site names; none means every site
}

// Options say how to ask. The zero value asks without credentials, with the
// system's roots, resolver and clock.
type Options struct {
	// Auth is the one way to sign in where a server asks for it; never another one.
	Auth     Auth
	User     string // who signs in; "" means each mailbox's own address
	Password string // for Basic; of Negotiate and NTLM, so that no answer that repeats it is kept
	Token    string // for Bearer

	// Negotiate and NTLM make a security context for a host and the channel binding
	// of the connection to it: the type's prefix and the hash of the server's
	// certificate, as in tls-server-end-point of RFC 5929 4.1, or nil where the
	// certificate has none. They give nil where there is no context for the host, and
	// may be called from several goroutines.
	Negotiate, NTLM func(host string, binding []byte) SecurityContext

	Roots   *x509.CertPool // whom to trust; nil means the system's roots
	Timeout time.Duration  // for each request; 0 means 10 seconds

	// Limit bounds the whole look-up; 0 means limitRequests times Timeout for every
	// subjectsAtOnce subjects. What is not known then says so.
	Limit time.Duration

	// Points are asked in Outlook's order: those of Site first, then those of every
	// site, then the others, and among equals as they stand here.
	Points []Point
	Site   string // the client's Active Directory site; "" where it is not known

	// Earned are the hosts that the directory publishes and AllowHosts those that the
	// operator allows by name: credentials may go to them, beside the mailbox's own
	// domain and autodiscover host. An entry is "host", which means port 443 and no
	// other, or "host:port". Points earn nothing by being listed above: whoever read
	// them from a directory over a connection that was not protected leaves them out.
	Earned     []string
	AllowHosts []string

	// NoMicrosoft365 leaves the endpoints of Exchange Online out, which many networks
	// do not let out to. Then an answer says that they were skipped.
	NoMicrosoft365 bool

	// Dial opens connections; nil means a [net.Dialer]. The host of the URL stays
	// the name that is asked for in TLS and in the Host header.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// LookupSRV finds SRV records; nil means [net.Resolver.LookupSRV].
	LookupSRV func(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)

	// Proxy names the proxy for a request, as [http.ProxyFromEnvironment] does; nil
	// means none.
	Proxy func(*http.Request) (*url.URL, error)

	// Now is the instant as of which certificates are verified; nil means
	// crypto/tls's own clock.
	Now func() time.Time
}

const (
	// defaultTimeout bounds one request, from the name look-up to the last byte of
	// the body; so it bounds a server that drips as well.
	defaultTimeout = 10 * time.Second

	// limitRequests is how many requests a look-up may have one after another that
	// all take as long as they may: the ten redirects that a client follows, and what
	// leads to them.
	limitRequests = 12

	// subjectsAtOnce is how many subjects share that time: each has some eight
	// requests, and no more than maxParallel are under way.
	subjectsAtOnce = 8

	// maxParallel bounds the requests that are under way at once, and with
	// maxDocument the memory that hostile answers can take.
	maxParallel = 64
)

// client is what the requests for one subject have in common.
type client struct {
	options Options // with the User that this subject signs in as
	timeout time.Duration
	earned  earned
	shared  *shared
}

// shared is what all subjects of one look-up share.
type shared struct {
	asked memo[fetched]
	names memo[named]
	gates map[string]*gate // by user; whole before the first request
	vault vault
	slots chan struct{} // one for each request under way
}

// limit bounds the look-up of so many subjects.
func (o Options) limit(subjects int) time.Duration {
	if o.Limit > 0 {
		return o.Limit
	}
	return limitRequests * cmp.Or(max(o.Timeout, 0), defaultTimeout) * time.Duration((subjects+subjectsAtOnce-1)/subjectsAtOnce)
}

func newClient(o Options, s Subject, domain string, common *shared) *client {
	o.User = cmp.Or(o.User, s.Mailbox)
	if o.LookupSRV == nil {
		o.LookupSRV = net.DefaultResolver.LookupSRV
	}
	timeout := o.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	return &client{options: o, timeout: timeout, earned: newEarned(domain, o), shared: common}
}

func newShared() *shared {
	return &shared{gates: map[string]*gate{}, slots: make(chan struct{}, maxParallel)}
}
