package tlsprobe_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/tlsprobe"
)

// These tests run on a clock of their own, so that the time a probe takes can be
// asserted to the second. A goroutine that outlives its probe fails them, since a
// bubble ends only with its last goroutine.

// pipes is a network without sockets: what each address does with a connection.
// An address that is not in it takes no connection and does not refuse one.
type pipes struct {
	doing   map[string]func(net.Conn)
	servers sync.WaitGroup
}

func (p *pipes) dial(ctx context.Context, _, address string) (net.Conn, error) {
	handle := p.doing[address]
	if handle == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	client, server := net.Pipe()
	p.servers.Go(func() { handle(server) })
	return client, nil
}

// mute takes everything and says nothing.
func mute(conn net.Conn) {
	io.Copy(io.Discard, conn)
	conn.Close()
}

// drip sends a handshake record one byte a second.
func drip(conn net.Conn) {
	go io.Copy(io.Discard, conn)
	defer conn.Close()
	for _, b := range append([]byte{22, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc}, make([]byte, 1<<14)...) {
		if _, err := conn.Write([]byte{b}); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

func TestDeadHostCostsItsOwnTimeoutAlone(t *testing.T) {
	w := newWorld(t)
	healthy := &tls.Config{Certificates: []tls.Certificate{w.named(t, "mail.contoso.com")}}
	z := zone{
		"live1.contoso.com": {"192.0.2.1:443"},
		"mute.contoso.com":  {"192.0.2.2:443"},
		"live2.contoso.com": {"192.0.2.3:443"},
		"gone.contoso.com":  {"192.0.2.4:443"},
		"drip.contoso.com":  {"192.0.2.5:443"},
	}
	synctest.Test(t, func(t *testing.T) {
		answered := make([]time.Duration, 2)
		start := time.Now()
		live := func(i int) func(net.Conn) {
			return func(conn net.Conn) { speak(conn, healthy); answered[i] = time.Since(start) }
		}
		network := pipes{doing: map[string]func(net.Conn){
			"192.0.2.1:443": live(0), "192.0.2.2:443": mute, "192.0.2.3:443": live(1), "192.0.2.5:443": drip}}
		hosts := tlsprobe.Probe(t.Context(), targets("live1.contoso.com", "mute.contoso.com", "live2.contoso.com", "gone.contoso.com", "drip.contoso.com"),
			tlsprobe.Options{Resolve: z.resolve, Dial: network.dial, Roots: w.roots, At: at, Timeout: 7 * time.Second, Depth: tlsprobe.DepthChain})
		if took := time.Since(start); took != 7*time.Second {
			t.Errorf("the probe took %v, want one time-out of 7s", took)
		}
		want := `live1.contoso.com:443: ["mail.contoso.com"]
mute.contoso.com:443: unknown: ADDRESS took the connection and did not finish the TLS handshake for mute.contoso.com within 7s; check the service behind it, or raise --timeout
live2.contoso.com:443: ["mail.contoso.com"]
gone.contoso.com:443: unknown: ADDRESS took no connection within 7s: it is down or behind a firewall; try from another network, or raise --timeout
drip.contoso.com:443: unknown: ADDRESS took the connection and did not finish the TLS handshake for drip.contoso.com within 7s; check the service behind it, or raise --timeout
`
		if diff := cmp.Diff(want, summary(hosts)); diff != "" {
			t.Error(diff)
		}
		network.servers.Wait()
		if answered[0] != 0 || answered[1] != 0 {
			t.Errorf("healthy hosts were done after %v, want at once", answered)
		}
	})
}

func TestDeadAddressOfManyNamesCostsOneTimeout(t *testing.T) {
	z := zone{}
	var names []string
	for i := range 50 {
		name := fmt.Sprintf("host%d.contoso.com", i)
		names = append(names, name)
		z[name] = []string{"192.0.2.1:443"}
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		hosts := tlsprobe.Probe(t.Context(), targets(names...), tlsprobe.Options{Resolve: z.resolve, Dial: new(pipes).dial, At: at})
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("the probe took %v, want the default time-out of 10s once", took)
		}
		for _, h := range hosts {
			if e := h.Addresses.Value[0]; e.Served.Known || e.Served.Why == "" {
				t.Errorf("%s: %+v", h.Name, e.Served)
			}
		}
	})
}

func TestNamesQueuedAtASlowAddressHoldNoOtherHostUp(t *testing.T) {
	w := newWorld(t)
	healthy := &tls.Config{Certificates: []tls.Certificate{w.named(t, "mail.contoso.com")}}
	z := zone{"live.contoso.com": {"192.0.2.2:443"}}
	var names []string
	for i := range 20 {
		name := fmt.Sprintf("host%d.contoso.com", i)
		names = append(names, name)
		z[name] = []string{"192.0.2.1:443"}
	}
	names = append(names, "live.contoso.com")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var answered time.Duration
		network := pipes{doing: map[string]func(net.Conn){
			"192.0.2.1:443": mute,
			"192.0.2.2:443": func(conn net.Conn) { speak(conn, healthy); answered = time.Since(start) }}}
		tlsprobe.Probe(t.Context(), targets(names...), tlsprobe.Options{Resolve: z.resolve, Dial: network.dial, Roots: w.roots, At: at, Concurrency: 5, Depth: tlsprobe.DepthChain})
		network.servers.Wait()
		if answered != 0 {
			t.Errorf("the healthy host was done after %v, want at once", answered)
		}
	})
}

func TestConcurrencyIsBounded(t *testing.T) {
	for _, test := range []struct {
		name        string
		concurrency int
		addresses   int // how many addresses a hundred names share
		want        int64
	}{
		{"by the number of targets", 0, 100, 100},
		{"by the option", 7, 40, 7},
		{"at each address", 0, 1, 4},
		{"at each of three addresses", 0, 3, 12},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				z := zone{}
				var names []string
				for i := range 100 {
					name := fmt.Sprintf("host%d.contoso.com", i)
					names = append(names, name)
					z[name] = []string{fmt.Sprintf("192.0.2.%d:443", i%test.addresses)}
				}
				var now, most atomic.Int64
				tlsprobe.Probe(t.Context(), targets(names...), tlsprobe.Options{
					Resolve: z.resolve, At: at, Concurrency: test.concurrency,
					Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
						n := now.Add(1)
						defer now.Add(-1)
						for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
						}
						time.Sleep(time.Second)
						return noRoute(ctx, network, address)
					},
				})
				if got := most.Load(); got != test.want {
					t.Errorf("%d connections at once, want %d", got, test.want)
				}
			})
		})
	}
}

func TestStoppedRunSaysSoEverywhere(t *testing.T) {
	z := zone{"mute.contoso.com": {"192.0.2.1:443"}, "gone.contoso.com": {"192.0.2.2:443"}}
	slow := func(ctx context.Context, host string, port int) ([]string, error) {
		if host == "slow.contoso.com" {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return z.resolve(ctx, host, port)
	}
	for _, test := range []struct {
		name string
		end  func(context.Context) (context.Context, context.CancelFunc)
		why  string
	}{
		{"cancelled", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(3*time.Second, cancel)
			return ctx, cancel
		}, "the run was stopped"},
		{"out of time", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 3*time.Second)
		}, "the time for the whole run was over"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := test.end(t.Context())
				defer cancel()
				start := time.Now()
				network := pipes{doing: map[string]func(net.Conn){"192.0.2.1:443": mute}}
				hosts := tlsprobe.Probe(ctx, targets("mute.contoso.com", "gone.contoso.com", "slow.contoso.com"),
					tlsprobe.Options{Resolve: slow, Dial: network.dial, At: at})
				if took := time.Since(start); took != 3*time.Second {
					t.Errorf("the probe took %v after being stopped at 3s", took)
				}
				want := "mute.contoso.com:443: unknown: ADDRESS was not probed to the end: " + test.why +
					"\ngone.contoso.com:443: unknown: ADDRESS was not probed to the end: " + test.why +
					"\nslow.contoso.com:443: unknown: slow.contoso.com was not probed to the end: " + test.why + "\n"
				if diff := cmp.Diff(want, summary(hosts)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}
