package configs

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// AnyHost as the host of a [Resolve] stands for every host, as in curl.
const AnyHost = "*"

// httpsPort is where a published host is probed unless the user says otherwise.
const httpsPort = 443

// Host is a host to probe.
type Host struct {
	Name string // a DNS name or an IP address, without brackets
	Port int    // 443 where none was given
}

// ParseHost reads NAME[:PORT]; an IPv6 address stands in brackets.
func ParseHost(text string) (Host, error) {
	fail := func(err error) (Host, error) {
		return Host{}, fmt.Errorf("reading %q as NAME[:PORT]: %w", text, err)
	}
	if strings.Contains(text, "://") {
		return fail(errors.New("a URL is not a name"))
	}
	if ip, err := netip.ParseAddr(text); err == nil && ip.Is6() {
		return fail(errors.New("an IPv6 address stands in brackets"))
	}
	parts := split(text, 2)
	name, err := parseName(parts[0])
	if err != nil {
		return fail(err)
	}
	if len(parts) == 1 {
		return Host{Name: name, Port: httpsPort}, nil
	}
	port, err := parsePort(parts[1])
	if err != nil {
		return fail(err)
	}
	return Host{Name: name, Port: port}, nil
}

// String writes the host as NAME:PORT.
func (h Host) String() string { return bracket(h.Name) + ":" + strconv.Itoa(h.Port) }

// Resolve gives the addresses of one host and port instead of the resolver's.
type Resolve struct {
	Host      string // or AnyHost
	Port      int
	Addresses []netip.Addr // at least one
}

// ParseResolve reads HOST:PORT:ADDR[,ADDR] as curl's --resolve does. An IPv6
// address may stand in brackets; as the host it must.
func ParseResolve(text string) (Resolve, error) {
	fail := func(err error) (Resolve, error) {
		return Resolve{}, fmt.Errorf("reading %q as HOST:PORT:ADDR[,ADDR]: %w", text, err)
	}
	parts := split(text, 3)
	if len(parts) != 3 {
		return fail(errors.New("three parts are expected"))
	}
	r := Resolve{Host: parts[0]}
	var err error
	if r.Host != AnyHost {
		if r.Host, err = parseName(r.Host); err != nil {
			return fail(err)
		}
	}
	if r.Port, err = parsePort(parts[1]); err != nil {
		return fail(err)
	}
	for address := range strings.SplitSeq(parts[2], ",") {
		ip, ok := parseAddress(address)
		if !ok {
			return fail(fmt.Errorf("%q is not an IP address", address))
		}
		r.Addresses = append(r.Addresses, ip)
	}
	return r, nil
}

// Covers says whether these are the addresses of that host and port.
func (r Resolve) Covers(host string, port int) bool {
	return r.Port == port && (r.Host == AnyHost || strings.EqualFold(r.Host, host))
}

// String writes the entry as HOST:PORT:ADDR[,ADDR].
func (r Resolve) String() string {
	addresses := make([]string, len(r.Addresses))
	for i, ip := range r.Addresses {
		addresses[i] = bracket(ip.String())
	}
	return bracket(r.Host) + ":" + strconv.Itoa(r.Port) + ":" + strings.Join(addresses, ",")
}

// ConnectTo sends the connections for one host and port elsewhere, with the name
// that is asked for unchanged.
type ConnectTo struct {
	Host   string // "" means any
	Port   int    // 0 means any
	ToHost string // "" means the same host
	ToPort int    // 0 means the same port
}

// ParseConnectTo reads HOST:PORT:HOST2:PORT2 as curl's --connect-to does. Each of
// the four may be empty; an IPv6 address stands in brackets.
func ParseConnectTo(text string) (ConnectTo, error) {
	fail := func(err error) (ConnectTo, error) {
		return ConnectTo{}, fmt.Errorf("reading %q as HOST:PORT:HOST2:PORT2: %w", text, err)
	}
	parts := split(text, 4)
	if len(parts) != 4 {
		return fail(errors.New("four parts are expected"))
	}
	host, err1 := optional(parts[0], parseName)
	port, err2 := optional(parts[1], parsePort)
	toHost, err3 := optional(parts[2], parseName)
	toPort, err4 := optional(parts[3], parsePort)
	if err := cmp.Or(err1, err2, err3, err4); err != nil {
		return fail(err)
	}
	return ConnectTo{Host: host, Port: port, ToHost: toHost, ToPort: toPort}, nil
}

// Covers says whether connections for that host and port are sent elsewhere.
func (c ConnectTo) Covers(host string, port int) bool {
	return (c.Host == "" || strings.EqualFold(c.Host, host)) && (c.Port == 0 || c.Port == port)
}

// Target is where to connect for a host and port that the entry covers.
func (c ConnectTo) Target(host string, port int) (string, int) {
	if c.ToHost != "" {
		host = c.ToHost
	}
	if c.ToPort != 0 {
		port = c.ToPort
	}
	return host, port
}

// String writes the entry as HOST:PORT:HOST2:PORT2.
func (c ConnectTo) String() string {
	port := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	return strings.Join([]string{bracket(c.Host), port(c.Port), bracket(c.ToHost), port(c.ToPort)}, ":")
}
