package autodiscover

import (
	"context"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
)

// roundTrip is what the benchmark injects into each: to a connection, to the TLS
// handshake (of version 1.3), to each request, and to each question for records.
const roundTrip = 50 * time.Millisecond

// far is a connection over which each answer comes a round trip later.
type far struct {
	net.Conn
	mu    sync.Mutex
	asked bool
}

func (c *far) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.asked = true
	c.mu.Unlock()
	return c.Conn.Write(p)
}

func (c *far) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	asked := c.asked
	c.asked = false
	c.mu.Unlock()
	if asked && n > 0 {
		time.Sleep(roundTrip)
	}
	return n, err
}

// TestWallTimeIsThatOfTheLongestChain measures a look-up of every step against the
// longest chain of requests that depend on each other.
func TestWallTimeIsThatOfTheLongestChain(t *testing.T) {
	if os.Getenv("EXPROBE_BENCH") == "" {
		t.Skip("EXPROBE_BENCH=1 runs it: it measures time")
	}
	settings := byPath(map[string]http.HandlerFunc{pathPOX: answers(200, sample("<Type>EXPR</Type>")), pathSOAP: answers(200, soapSample("NoError", "", "")), pathJSON: answers(200, `{"Protocol":"AutodiscoverV1","Url":""}`)})
	w := serve(t, map[string]site{
		"contoso.test":                     {handler: settings},
		"autodiscover.contoso.test":        {handler: settings},
		"http://autodiscover.contoso.test": {handler: goesTo(302, "https://a.contoso.test/autodiscover/autodiscover.xml")},
		"a.contoso.test":                   {handler: goesTo(302, "https://b.contoso.test/autodiscover/autodiscover.xml")},
		"b.contoso.test":                   {handler: settings},
		"mail.contoso.test":                {handler: settings},
		"ex1.contoso.test":                 {handler: settings},
		"autodiscover-s.outlook.com":       {handler: answers(401, "")},
		"outlook.office365.com":            {handler: answers(401, "")},
	})
	w.records["contoso.test"] = []*net.SRV{{Target: "mail.contoso.test.", Port: 443}}
	o := w.options
	o.NoMicrosoft365 = false
	o.Points = []Point{{URL: "https://ex1.contoso.test/autodiscover/autodiscover.xml"}}
	o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		time.Sleep(roundTrip)
		conn, err := w.options.Dial(ctx, network, address)
		return &far{Conn: conn}, err
	}
	o.LookupSRV = func(ctx context.Context, service, proto, name string) (string, []*net.SRV, error) {
		time.Sleep(roundTrip)
		return w.options.LookupSRV(ctx, service, proto, name)
	}
	// HTTP: connect and ask; a.: connect, shake hands and ask; b. the same; SOAP at b. the same.
	const chain = 2 + 3 + 3 + 3
	best := time.Hour
	for range 5 {
		start := time.Now()
		list := w.lookUp(t, o)
		best = min(best, time.Since(start))
		if soap := pick(list, func(a facts.Answer) bool { return a.Protocol == facts.SOAP && a.Hop == 2 && a.Response.Known }); len(soap) != 1 {
			t.Fatalf("the chain is another:\n%s", briefs(list))
		}
	}
	ratio := float64(best) / float64(chain*roundTrip)
	t.Logf("%v for a chain of %d round trips of %v: ratio %.3f", best, chain, roundTrip, ratio)
	if ratio > 1.15 {
		t.Errorf("the ratio to the longest chain is %.3f, more than 1.15", ratio)
	}
}
