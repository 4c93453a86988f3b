package source

import (
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	"exprobe/configs"

	"github.com/google/go-cmp/cmp"
)

func routes(t *testing.T, resolve, connectTo []string) *network {
	t.Helper()
	var rs []configs.Resolve
	for _, text := range resolve {
		r, err := configs.ParseResolve(text)
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, r)
	}
	var cs []configs.ConnectTo
	for _, text := range connectTo {
		c, err := configs.ParseConnectTo(text)
		if err != nil {
			t.Fatal(err)
		}
		cs = append(cs, c)
	}
	return newNetwork(rs, cs, "")
}

func TestAddresses(t *testing.T) {
	tests := []struct {
		name               string
		resolve, connectTo []string
		host               string
		port               int
		want               []string
	}{
		{"an address is its own", nil, nil, "192.0.2.10", 443, []string{"192.0.2.10:443"}},
		{"an address of version 6", nil, nil, "2001:db8::1", 443, []string{"[2001:db8::1]:443"}},
		{"resolve", []string{"mail.contoso.com:443:192.0.2.10,192.0.2.11"}, nil, "MAIL.contoso.com", 443, []string{"192.0.2.10:443", "192.0.2.11:443"}},
		{"resolve for any host", []string{"*:443:192.0.2.10"}, nil, "mail.contoso.com", 443, []string{"192.0.2.10:443"}},
		{"the first that covers counts", []string{"mail.contoso.com:443:192.0.2.10", "*:443:192.0.2.99"}, nil, "mail.contoso.com", 443, []string{"192.0.2.10:443"}},
		{"connect-to leads to another name, which is resolved", []string{"lb1.contoso.com:8443:192.0.2.20"}, []string{"mail.contoso.com:443:lb1.contoso.com:8443"}, "mail.contoso.com", 443, []string{"192.0.2.20:8443"}},
		{"connect-to is applied once, as in curl", []string{"b.contoso.com:443:192.0.2.2", "c.contoso.com:443:192.0.2.3"},
			[]string{"a.contoso.com:443:b.contoso.com:443", "b.contoso.com:443:c.contoso.com:443"}, "a.contoso.com", 443, []string{"192.0.2.2:443"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := routes(t, test.resolve, test.connectTo).Addresses(t.Context(), test.host, test.port)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A silent address gets its share of the time and not all of it.
func TestDialLeavesTimeForTheNextAddress(t *testing.T) {
	deadline := time.Now().Add(time.Hour)
	ctx, cancel := context.WithDeadline(t.Context(), deadline)
	defer cancel()
	limited, stop := share(ctx, 4)
	defer stop()
	if got, ok := limited.Deadline(); !ok || deadline.Sub(got) < 40*time.Minute {
		t.Errorf("the first of four addresses may take until %v of %v", got, deadline)
	}
	last, stop := share(ctx, 1)
	defer stop()
	if got, _ := last.Deadline(); !got.Equal(deadline) {
		t.Errorf("the last address may take until %v of %v", got, deadline)
	}
}

func TestDialReachesANodeThroughATunnel(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	n := routes(t, []string{"mail.contoso.com:443:192.0.2.10,192.0.2.11"},
		[]string{"192.0.2.10:443:127.0.0.1:1", "192.0.2.11:443:127.0.0.1:" + port})
	for _, address := range []string{"192.0.2.11:443", "mail.contoso.com:443"} { // by name the first node is dead, and the second is tried
		conn, err := n.Dial(t.Context(), "tcp", address)
		if err != nil {
			t.Fatalf("dialling %s: %v", address, err)
		}
		conn.Close()
	}
	if _, err := n.Dial(t.Context(), "tcp", "192.0.2.10:443"); err == nil {
		t.Error("a dead node is reached")
	}
	for _, address := range []string{"mail.contoso.com", "mail.contoso.com:https"} {
		if _, err := n.Dial(t.Context(), "tcp", address); err == nil {
			t.Errorf("%q is dialled", address)
		}
	}
}
