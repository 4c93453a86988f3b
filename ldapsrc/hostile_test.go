package ldapsrc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"exprobe/ldapsrc/ldaptest"

	"github.com/go-ldap/ldap/v3"
)

// tripwire is a connection on which something happens at the first request that
// holds a text.
type tripwire struct {
	net.Conn
	text string
	trip func(net.Conn)
}

func (c *tripwire) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(c.text)) {
		c.trip(c.Conn)
		return len(p), nil // the request is lost
	}
	return c.Conn.Write(p)
}

func tripping(server *ldaptest.Server, text string, trip func(net.Conn)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialTo(server)(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &tripwire{conn, text, trip}, nil
	}
}

func TestConnectionLostMidway(t *testing.T) {
	server := serveFile(t, "testdata/two_servers.ldif", ldaptest.Options{})
	org, err := Read(t.Context(), Options{
		URLs: []string{"ldap://dc1.contoso.com"}, Bind: BindAnonymous,
		Dial: tripping(server, "CN=Outlook,", func(c net.Conn) { c.Close() }),
	})
	if err != nil {
		t.Fatal(err)
	}
	if org.Name.Value != "Contoso" || !org.MapiHTTPEnabled.Value {
		t.Errorf("what was read is not kept: %+v", org)
	}
	for section, why := range map[string]string{"providers": org.Providers.Why, "virtual directories": org.VirtualDirectories.Why} {
		if !strings.Contains(why, "the server closed the connection") {
			t.Errorf("%s: why %q", section, why)
		}
	}
	if org.Providers.Known || org.VirtualDirectories.Known {
		t.Error("a section that was not read is known")
	}
}

func TestCancelMidway(t *testing.T) {
	server := serveFile(t, "testdata/two_servers.ldif", ldaptest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	org, err := Read(ctx, Options{
		URLs: []string{"ldap://dc1.contoso.com"}, Bind: BindAnonymous,
		Timeout: time.Hour,
		Dial:    tripping(server, "CN=Administrative Groups,", func(net.Conn) { cancel() }),
	})
	if err != nil {
		t.Fatal(err)
	}
	if !org.Providers.Known || !strings.Contains(org.VirtualDirectories.Why, "canceled") {
		t.Errorf("providers %+v, virtual directories: %q", org.Providers, org.VirtualDirectories.Why)
	}
}

func TestCanceledBefore(t *testing.T) {
	server := serveFile(t, "testdata/two_servers.ldif", ldaptest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Read(ctx, Options{URLs: []string{server.URL(), server.URL()}, Bind: BindAnonymous})
	if !errors.Is(err, context.Canceled) || strings.Count(err.Error(), "canceled") != 1 {
		t.Errorf("error %v", err)
	}
}

func TestNoAnswer(t *testing.T) {
	listener := listen(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
	for name, o := range map[string]Options{
		"plain":    {URLs: []string{"ldap://" + listener}},
		"LDAPS":    {URLs: []string{"ldaps://" + listener}},
		"StartTLS": {URLs: []string{"ldap://" + listener}, StartTLS: true},
	} {
		t.Run(name, func(t *testing.T) {
			o.Bind, o.Timeout = BindAnonymous, time.Millisecond
			_, err := Read(t.Context(), o)
			wantFailure(t, err, "no answer in time", "--timeout")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v is not a deadline's", err)
			}
		})
	}
}

func TestGarbage(t *testing.T) {
	endless := append([]byte("\x04\x84\x7f\xff\xff\xff"), make([]byte, maxGreeting)...)
	large := append([]byte("\x30\x83\x07\xff\xff"), bytes.Repeat([]byte("\x05\x00"), maxGreeting)...) // a message of half a MiB, in elements of two bytes
	for name, test := range map[string]struct {
		url, want string
		sent      []byte
	}{
		"nothing":               {"ldap://", "the server closed the connection", nil},
		"nothing over LDAPS":    {"ldaps://", "during the TLS handshake", nil},
		"half a packet":         {"ldap://", "the server closed the connection", []byte("\x30\x20\x02\x01")},
		"HTTP over LDAPS":       {"ldaps://", "does not speak TLS", []byte("HTTP/1.1 400 Bad Request\r\n\r\n")},
		"a packet without end":  {"ldap://", "not an LDAP message", endless},
		"a million elements":    {"ldap://", "more than a directory sends", large},
		"a packet of 2 GiB":     {"ldap://", "reading the RootDSE", []byte("\x30\x88\x7f\xff\xff\xff\xff\xff\xff\xff")},
		"a thousand deep":       {"ldap://", "not an LDAP message", bytes.Repeat([]byte("\x30\x80"), 1000)},
		"a wrong kind of reply": {"ldap://", "reading the RootDSE", []byte("\x30\x05\x02\x01\x01\x64\x00")},
	} {
		t.Run(name, func(t *testing.T) {
			address := listen(t, func(conn net.Conn) {
				conn.Read(make([]byte, 1024))
				conn.Write(test.sent)
			})
			_, err := Read(t.Context(), Options{URLs: []string{test.url + address}, Bind: BindAnonymous})
			wantFailure(t, err, test.want, "")
			if len(err.Error()) > 1000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}

// listen hands each connection to serve, and returns the address.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { listener.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serve(conn)
			conn.Close()
		}
	}()
	return listener.Addr().String()
}

// A password that went over plain LDAP is told even where the bind was refused.
func TestRefusedBindOverPlainLDAPIsStillUnprotected(t *testing.T) {
	server, err := ldaptest.Serve([]byte("dn: CN=Configuration,DC=contoso,DC=com\nobjectClass: configuration\n"),
		ldaptest.Options{Users: map[string]string{"auditor@contoso.com": "right"}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	org, err := Read(t.Context(), Options{URLs: []string{server.URL()}, User: "auditor@contoso.com", Password: "wrong", Insecure: true})
	if err == nil || org.Insecure == "" {
		t.Errorf("insecure is %q, error %v", org.Insecure, err)
	}
}

// A server that begins an answer and never ends it costs one timeout.
func TestHalfAnAnswerAndThenSilence(t *testing.T) {
	address := listen(t, func(conn net.Conn) {
		conn.Read(make([]byte, 1024))
		conn.Write([]byte("\x30\x84\x00\x00\x10\x00\x02\x01\x01"))
		io.Copy(io.Discard, conn)
	})
	_, err := Read(t.Context(), Options{URLs: []string{"ldap://" + address}, Bind: BindAnonymous, Timeout: 20 * time.Millisecond})
	wantFailure(t, err, "no answer in time", "--timeout")
}

// A limit of the server's is told, and what came before it is kept.
func TestSizeLimitLeavesTheSectionIncomplete(t *testing.T) {
	got, err := pages(query{base: "CN=X", filter: "(objectClass=*)"}, func(*ldap.SearchRequest) (*ldap.SearchResult, error) {
		partial := &ldap.SearchResult{Entries: []*ldap.Entry{ldap.NewEntry("CN=A,CN=X", map[string][]string{"objectClass": {"top"}})}}
		return partial, &result{code: ldap.LDAPResultSizeLimitExceeded}
	})
	if err == nil || len(got.entries) != 1 || !strings.Contains(explainSearch(err).Error(), "LDAP result 4") {
		t.Errorf("%d entries, error %v", len(got.entries), err)
	}
}
