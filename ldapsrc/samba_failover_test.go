package ldapsrc_test

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/ldapsrc"
	"exprobe/ldapsrc/ldaptest"
	"exprobe/ldapsrc/sambatest"
)

func testSambaNextURL(t *testing.T, c *sambatest.Controller) {
	dialled := 0
	options := func(urls ...string) ldapsrc.Options {
		o := sambaOptions(c, c.Alice)
		o.URLs = urls
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled++
			return c.Dial(ctx, network, address)
		}
		return o
	}
	t.Run("after a dead one", func(t *testing.T) {
		// The first has no address, and nobody listens where the second says.
		got, err := ldapsrc.Read(t.Context(), options("ldaps://dc2.contoso.test", "ldaps://"+c.Host+":1", "ldaps://"+c.Host))
		if err != nil {
			t.Fatal(err)
		}
		want := sambaOrganization(t, c)
		want.Passed = []string{
			`ldaps://dc2.contoso.test: connecting: the name "dc2.contoso.test" was not found`,
			"ldaps://" + c.Host + ":1: connecting: the connection was refused",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
	t.Run("but not after a wrong password", func(t *testing.T) {
		dialled = 0
		o := options("ldaps://"+c.Host, "ldaps://"+c.Address)
		o.Password = "open sesame"
		_, err := ldapsrc.Read(t.Context(), o)
		checkSambaFailure(t, err, sambaFailure{"data 52e", "check both"}, o)
		if dialled != 1 {
			t.Errorf("the password was tried %d times", dialled)
		}
	})
}

// A connection that dies, at whichever request, costs nothing where there is another URL.
func testSambaDies(t *testing.T, c *sambatest.Controller) {
	want := sambaOrganization(t, c)
	want.Directory = "ldaps://" + c.Address
	for at := 1; ; at++ {
		fuse := &fuse{dial: c.Dial, at: int64(at), burn: func(conn net.Conn) { conn.Close() }}
		o := sambaOptions(c, c.Alice)
		o.URLs, o.Dial = []string{"ldaps://" + c.Host, "ldaps://" + c.Address}, fuse.Dial
		got, err := ldapsrc.Read(t.Context(), o)
		if err != nil {
			t.Fatalf("dead at message %d: %v", at, err)
		}
		// What comes last is the goodbye, without which all has been read.
		if last := got.Directory == o.URLs[0]; last {
			want.Directory = o.URLs[0]
			if diff := cmp.Diff(want, got); diff != "" || at < 20 {
				t.Errorf("dead at message %d, and read from the first URL: -want +got\n%s", at, diff)
			}
			return
		}
		if len(got.Passed) != 1 || !strings.HasPrefix(got.Passed[0], o.URLs[0]+": ") {
			t.Errorf("dead at message %d: passed over %q", at, got.Passed)
		}
		got.Passed = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("dead at message %d: -want +got\n%s", at, diff)
		}
	}
}

// testSambaStops ends the controller itself in the middle. The next is another server.
func testSambaStops(t *testing.T, c *sambatest.Controller) {
	next, err := ldaptest.Serve(hybridLDIF(t), ldaptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	fuse := &fuse{at: 12, burn: func(net.Conn) {
		if err := c.Stop(); err != nil {
			t.Errorf("stopping the controller: %v", err)
		}
	}}
	fuse.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "dc2.contoso.test:389" {
			return new(net.Dialer).DialContext(ctx, network, next.Addr())
		}
		return c.Dial(ctx, network, address)
	}
	o := sambaOptions(c, c.Alice)
	o.URLs, o.Insecure, o.Dial = []string{"ldaps://" + c.Host, "ldap://dc2.contoso.test"}, true, fuse.Dial
	got, err := ldapsrc.Read(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if !fuse.burnt.Load() {
		t.Fatal("the controller was not stopped")
	}
	var unknown []string
	for name, list := range lists(got) {
		if !list.known {
			unknown = append(unknown, name+": "+list.why)
		}
	}
	if got.Directory != "ldap://dc2.contoso.test" || len(unknown) > 0 || len(got.Servers.Value) != 12 {
		t.Errorf("read from %s %d servers, not known: %q", got.Directory, len(got.Servers.Value), unknown)
	}
}

// fuse dials connections of which the first burns at a certain message to the server.
type fuse struct {
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
	at       int64
	burn     func(net.Conn)
	messages atomic.Int64
	dialled  atomic.Bool
	burnt    atomic.Bool
}

func (f *fuse) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := f.dial(ctx, network, address)
	if err != nil || f.dialled.Swap(true) {
		return conn, err
	}
	return &fused{conn, f}, nil
}

type fused struct {
	net.Conn
	fuse *fuse
}

func (c *fused) Write(p []byte) (int, error) {
	if c.fuse.messages.Add(1) == c.fuse.at {
		c.fuse.burnt.Store(true)
		c.fuse.burn(c.Conn)
	}
	return c.Conn.Write(p)
}
