package ldapsrc

import (
	"context"
	"net"
	"testing"
)

// What a connection failed of is told with the next step.
func TestFailuresOfConnections(t *testing.T) {
	closing := func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			server.Read(make([]byte, 1<<16)) // all that is written at once
			server.Close()
		}()
		return client, nil
	}
	dns := func(e net.DNSError) func(context.Context, string, string) (net.Conn, error) {
		return func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &e}
		}
	}
	for name, test := range map[string]struct {
		url        string
		dial       func(context.Context, string, string) (net.Conn, error)
		what, hint string
	}{
		"TLS on the port of LDAP":    {"ldaps://dc1.contoso.com:389", closing, "during the TLS handshake", "the port is the mistake: 389"},
		"LDAP on the port of TLS":    {"ldap://dc1.contoso.com:636", closing, "closed the connection", "the port is the mistake: 636"},
		"the right port":             {"ldap://dc1.contoso.com", closing, "closed the connection", "389 for ldap://"},
		"a name that does not exist": {"ldap://dc1", dns(net.DNSError{Name: "dc1", IsNotFound: true}), "was not found", "--dns-server"},
		"a DNS server that is down":  {"ldap://dc1", dns(net.DNSError{Name: "dc1", Err: "read: connection refused", IsTemporary: true}), `looking up the name "dc1"`, "--dns-server"},
		"a DNS server that is slow":  {"ldap://dc1", dns(net.DNSError{Name: "dc1", Err: "i/o timeout", IsTimeout: true}), `looking up the name "dc1"`, "--dns-server"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(t.Context(), Options{URLs: []string{test.url}, Bind: BindAnonymous, Dial: test.dial})
			if err == nil {
				t.Fatal("no error")
			}
			wantFailure(t, err, test.what, test.hint)
		})
	}
}

func TestWhatAConnectionLacksIsSaid(t *testing.T) {
	for _, test := range []struct {
		options Options
		url     string
		want    string
	}{
		{Options{Insecure: true}, "ldap://dc1", "plain LDAP, which the password crossed in clear"},
		{Options{Insecure: true, Bind: BindNTLM}, "ldap://dc1", "plain LDAP"},
		{Options{Bind: BindAnonymous}, "ldap://dc1", "plain LDAP"},
		{Options{Insecure: true}, "ldaps://dc1", "TLS not verified"},
		{Options{StartTLS: true}, "ldap://dc1", ""},
	} {
		server, err := parseURL(test.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := test.options.unprotected(server); got != test.want {
			t.Errorf("%s of %+v: %q", test.url, test.options, got)
		}
	}
}
