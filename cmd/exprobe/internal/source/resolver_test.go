package source

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"exprobe/configs"
	"exprobe/ldapsrc"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"
)

// nameServer is a DNS server on loopback, over UDP and TCP.
type nameServer struct {
	records []dnsmessage.Resource
	rcode   dnsmessage.RCode // where it is not success, the answer to everything
	silent  bool             // over UDP it says nothing
	garbage bool             // over UDP it says what is no DNS

	udp, tcp atomic.Int32 // questions
}

// serve returns the server's "address:port".
func (s *nameServer) serve(t *testing.T) string {
	t.Helper()
	var packets net.PacketConn
	var streams net.Listener
	var err error
	for range 20 { // the port that UDP is given may be taken for TCP
		if packets, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if streams, err = net.Listen("tcp", packets.LocalAddr().String()); err == nil {
			break
		}
		packets.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { packets.Close(); streams.Close() })
	go s.servePackets(packets)
	go s.serveStreams(streams)
	return packets.LocalAddr().String()
}

func (s *nameServer) servePackets(conn net.PacketConn) {
	const longest = 512 // of a datagram without EDNS, RFC 1035 2.3.4
	question := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFrom(question)
		if err != nil {
			return
		}
		s.udp.Add(1)
		answer := s.answer(question[:n], false)
		switch {
		case s.silent:
			continue
		case s.garbage:
			answer = []byte("SSH-2.0-OpenSSH_9.6\r\n")
		case len(answer) > longest:
			answer = s.answer(question[:n], true)
		}
		conn.WriteTo(answer, from)
	}
}

func (s *nameServer) serveStreams(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			size := make([]byte, 2)
			if _, err := io.ReadFull(conn, size); err != nil {
				return
			}
			question := make([]byte, binary.BigEndian.Uint16(size))
			if _, err := io.ReadFull(conn, question); err != nil {
				return
			}
			s.tcp.Add(1)
			answer := s.answer(question, false)
			conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
		}()
	}
}

func (s *nameServer) answer(question []byte, truncated bool) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil || len(m.Questions) != 1 {
		return nil
	}
	m.Header = dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true, RecursionDesired: true, RecursionAvailable: true,
		Truncated: truncated, RCode: s.rcode}
	m.Additionals = nil
	known := false
	for _, r := range s.records {
		if !strings.EqualFold(r.Header.Name.String(), m.Questions[0].Name.String()) {
			continue
		}
		known = true
		if r.Header.Type == m.Questions[0].Type && !truncated && s.rcode == dnsmessage.RCodeSuccess {
			m.Answers = append(m.Answers, r)
		}
	}
	if !known && s.rcode == dnsmessage.RCodeSuccess {
		m.RCode = dnsmessage.RCodeNameError
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}

func header(name string, kind dnsmessage.Type) dnsmessage.ResourceHeader {
	return dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET, TTL: 60}
}

func address(name, ip string) dnsmessage.Resource {
	a := netip.MustParseAddr(ip)
	if a.Is4() {
		return dnsmessage.Resource{Header: header(name, dnsmessage.TypeA), Body: &dnsmessage.AResource{A: a.As4()}}
	}
	return dnsmessage.Resource{Header: header(name, dnsmessage.TypeAAAA), Body: &dnsmessage.AAAAResource{AAAA: a.As16()}}
}

func service(name, target string, priority, weight uint16) dnsmessage.Resource {
	return dnsmessage.Resource{Header: header(name, dnsmessage.TypeSRV),
		Body: &dnsmessage.SRVResource{Target: dnsmessage.MustNewName(target), Port: 389, Priority: priority, Weight: weight}}
}

func TestNamesAreLookedUpAtTheGivenServer(t *testing.T) {
	var many []string
	server := &nameServer{records: []dnsmessage.Resource{
		address("mail.contoso.test.", "192.0.2.10"), address("mail.contoso.test.", "192.0.2.11"), address("mail.contoso.test.", "2001:db8::10"),
	}}
	for i := range 60 {
		ip := fmt.Sprintf("192.0.2.%d", 100+i)
		server.records = append(server.records, address("pool.contoso.test.", ip))
		many = append(many, ip+":443")
	}
	resolve, err := configs.ParseResolve("pinned.contoso.test:443:192.0.2.99")
	if err != nil {
		t.Fatal(err)
	}
	aside, err := configs.ParseConnectTo("aside.contoso.test:443:mail.contoso.test:8443")
	if err != nil {
		t.Fatal(err)
	}
	n := newNetwork([]configs.Resolve{resolve}, []configs.ConnectTo{aside}, server.serve(t))
	for _, test := range []struct {
		name, host string
		want       []string
	}{
		{"addresses of both versions", "mail.contoso.test", []string{"192.0.2.10:443", "192.0.2.11:443", "[2001:db8::10]:443"}},
		{"the name that --connect-to leads to", "aside.contoso.test", []string{"192.0.2.10:8443", "192.0.2.11:8443", "[2001:db8::10]:8443"}},
		{"an answer too long for UDP", "pool.contoso.test", many},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := n.Addresses(t.Context(), test.host, 443)
			slices.Sort(got) // package net sorts by reachability
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
	if server.tcp.Load() == 0 {
		t.Error("a truncated answer is not asked for again over TCP")
	}

	before := server.udp.Load()
	got, err := n.Addresses(t.Context(), "pinned.contoso.test", 443)
	if diff := cmp.Diff([]string{"192.0.2.99:443"}, got); err != nil || diff != "" || server.udp.Load() != before {
		t.Errorf("--resolve does not come first: %v %s", err, diff)
	}
}

func TestANameThatTheServerDoesNotKnow(t *testing.T) {
	server := new(nameServer).serve(t)
	_, err := newNetwork(nil, nil, server).Addresses(t.Context(), "mail.contoso.test", 443)
	var dns *net.DNSError
	if !errors.As(err, &dns) || !dns.IsNotFound || dns.Server != server {
		t.Errorf("%v (%+v): not the error of %s", err, dns, server)
	}
}

func TestDialAsksTheGivenServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	server := &nameServer{records: []dnsmessage.Resource{address("lb1.contoso.test.", "127.0.0.1")}}
	// The node's address leads to a name, which only the server knows.
	tunnel, err := configs.ParseConnectTo(fmt.Sprintf("192.0.2.10:443:lb1.contoso.test:%d", listener.Addr().(*net.TCPAddr).Port))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := newNetwork(nil, []configs.ConnectTo{tunnel}, server.serve(t)).Dial(t.Context(), "tcp", "192.0.2.10:443")
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

// samba answers an LDAP ping for contoso.test: this machine's site is
// Default-First-Site-Name. The datagram was sent by Samba 4.17.12.
const samba = "3079020101647404003070306e04086e65746c6f67" +
	"6f6e31620460170000009d110000" +
	"7cb10856a3fab142a42a45f7aaa8211c" +
	"07636f6e746f736f047465737400c01803646331c01807434f4e544f534f000344433100001744656661756c742d" +
	"46697273742d536974652d4e616d6500c03d05000000ffffffff300c02010165070a010004000400"

func TestDomainControllersAreFoundAtTheGivenServer(t *testing.T) {
	const all, site = "_ldap._tcp.dc._msdcs.contoso.test.", "_ldap._tcp.default-first-site-name._sites.dc._msdcs.contoso.test."
	server := &nameServer{records: []dnsmessage.Resource{
		service(all, "dc1.contoso.test.", 0, 100), service(all, "dc2.contoso.test.", 0, 200), service(all, "DC3.contoso.test.", 0, 100),
		service(all, "not a host.contoso.test.", 0, 900), service(all, ".", 0, 900),
		service(site, "dc3.contoso.test.", 0, 100),
		address("dc2.contoso.test.", "127.0.0.1"),
	}}
	datagram, err := hex.DecodeString(samba)
	if err != nil {
		t.Fatal(err)
	}
	controller, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer controller.Close()
	go func() {
		_, from, err := controller.ReadFrom(make([]byte, 4096))
		if err == nil {
			controller.WriteTo(datagram, from)
		}
	}()
	// dc2 alone has an address, and through --connect-to its UDP port is this one.
	port, err := configs.ParseConnectTo(fmt.Sprintf("127.0.0.1:389:127.0.0.1:%d", controller.LocalAddr().(*net.UDPAddr).Port))
	if err != nil {
		t.Fatal(err)
	}
	n := newNetwork(nil, []configs.ConnectTo{port}, server.serve(t))
	got, err := ldapsrc.Discover(t.Context(), ldapsrc.DiscoverOptions{
		Domain: "contoso.test", TLS: true, LookupSRV: n.LookupSRV, Dial: n.Dial, Timeout: time.Hour,
	})
	if diff := cmp.Diff([]string{"ldaps://dc3.contoso.test", "ldaps://dc2.contoso.test", "ldaps://dc1.contoso.test"}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestDomainControllersThatAreNotFound(t *testing.T) {
	const all = "_ldap._tcp.dc._msdcs.contoso.test."
	closed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.LocalAddr().String()
	closed.Close()
	short := 50 * time.Millisecond
	for _, test := range []struct {
		name       string
		server     *nameServer // nil: nobody listens
		timeout    time.Duration
		want, hint string
	}{
		{"no such domain", &nameServer{}, time.Hour, "there are no SRV records _ldap._tcp.dc._msdcs.contoso.test", "--dns-server"},
		{"a name without SRV records", &nameServer{records: []dnsmessage.Resource{address(all, "192.0.2.1")}}, time.Hour, "there are no SRV records", "--dns-server"},
		{"only names that are no host names", &nameServer{records: []dnsmessage.Resource{service(all, "not a host.contoso.test.", 0, 0)}}, time.Hour,
			"name names that are no host names", "--ldap-url"},
		{"only hosts of another domain", &nameServer{records: []dnsmessage.Resource{service(all, "dc1.fabrikam.test.", 0, 0)}}, time.Hour,
			`no LDAP server of the domain contoso.test: "dc1.fabrikam.test.:389"`, "--ldap-url"},
		{"a server that refuses", &nameServer{rcode: dnsmessage.RCodeRefused}, time.Hour, "no answer that can be used", "--dns-server"},
		{"a server that is silent", &nameServer{silent: true}, short, "did not answer in time", "--dns-server"},
		{"a server of something else", &nameServer{garbage: true}, short, "did not answer in time", "--dns-server"},
		{"no server", nil, time.Minute, "finding the domain controllers of contoso.test: ", "--dns-server"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := nobody
			if test.server != nil {
				server = test.server.serve(t)
			}
			n := newNetwork(nil, nil, server)
			got, err := ldapsrc.Discover(t.Context(), ldapsrc.DiscoverOptions{
				Domain: "contoso.test", LookupSRV: n.LookupSRV, Dial: n.Dial, Timeout: test.timeout,
			})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %q and error %v, want one with %q", got, err, test.want)
			}
			var h interface{ Hint() string }
			if !errors.As(err, &h) || !strings.Contains(h.Hint(), test.hint) {
				t.Errorf("the hint of %v is not one with %q", err, test.hint)
			}
		})
	}
}
