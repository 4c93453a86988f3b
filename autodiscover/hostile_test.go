package autodiscover

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"exprobe/autodiscover/facts"
)

// raw writes bytes in place of an HTTP answer, again and again until the client
// hangs up where forever is set.
func raw(text string, forever string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, err = io.WriteString(conn, text)
		for forever != "" && err == nil {
			_, err = io.WriteString(conn, forever)
		}
	}
}

// bomb is 64 MiB of blanks, compressed.
func bomb() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	blanks := bytes.Repeat([]byte(" "), 1<<20)
	for range 64 {
		z.Write(blanks)
	}
	z.Close()
	return b.Bytes()
}

func TestHostileServersCostTheirOwnAnswer(t *testing.T) {
	kilobyte := strings.Repeat("a", 1024)
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		status  int
		want    string
	}{
		{"endless body", raw("HTTP/1.1 200 OK\r\n\r\n<Autodiscover>", kilobyte), 200, "it is too large: more than 1048576 bytes"},
		{"endless chunks", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "400\r\n"+kilobyte+"\r\n"), 200, "it is too large: more than 1048576 bytes"},
		{"endless headers", raw("HTTP/1.1 200 OK\r\n", "X-A: "+kilobyte+"\r\n"), 0, "server response headers exceeded 65536 bytes"},
		{"endless status line", raw("HTTP/1.1 200 ", kilobyte), 0, "exceeded 65536 bytes"},
		{"endless interim answers", raw("", "HTTP/1.1 103 Early Hints\r\nX-A: "+kilobyte+"\r\n\r\n"), 0, "exceeded 65536 bytes"},
		{"garbage", raw("\x1b[31m\u202e garbage "+kilobyte+"\r\n\r\n", ""), 0, "malformed HTTP"},
		{"silence", raw("", ""), 0, "EOF"},
		{"a body that stops", raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<Autodiscover/>", ""), 200, "reading the answer: unexpected EOF"},
		{"a length that is none", raw("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", ""), 0, "bad Content-Length"},
		{"a page with 200", answers(200, "<!DOCTYPE html><html><form>Sign in</form></html>"), 200, "it is an HTML page, perhaps a sign-in form"},
		{"nothing with 200", answers(200, ""), 200, "it is empty"},
		{"a document type declaration", answers(200, `<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>`), 200, "document type declaration"},
		{"an unreadable redirect", raw("HTTP/1.1 302 Found\r\nLocation: ht tp://\u202e%zz"+kilobyte+"\r\nContent-Length: 0\r\n\r\n", ""), 302, "HTTP 302 to ht tp://?%zz"},
		{"deep nesting", answers(200, "<Autodiscover>"+strings.Repeat("<a>", 100_000)), 200, "it is too deep"},
		{"a million elements", answers(200, "<Autodiscover>"+strings.Repeat("<a/>", 250_000)), 200, "more than 8192 elements"},
		{"a million attributes", answers(200, "<Autodiscover "+strings.Repeat(`a="" `, 200_000)+"/>"), 200, "more than 16 attributes"},
		{"a compressed bomb", raw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", string(bomb())), 0, "unsupported transfer encoding"},
		{"a bomb in a body", answers(200, string(bomb())), 200, "compressed with gzip"},
		{"two lengths", raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n<a/>", ""), 0, "Content-Length"},
		{"a length that is too short", raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<Autodiscover/>", ""), 200, "not well-formed"},
		{"a compressed answer", raw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00", ""), 200, "compressed with gzip"},
		{"a switch of protocols", raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "x"), 101, "HTTP 101: reading the answer: the server switches"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: test.handler}})
			first := own(w.lookUp(t, w.options))[0]
			why := first.Response.Why
			if first.Response.Known || first.Status != test.status || !strings.Contains(why, test.want) {
				t.Errorf("got status %d, %q\nwant %d, %q", first.Status, why, test.status, test.want)
			}
			if len(why) > 400 || strings.ContainsFunc(why, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("not fit to print: %q", why)
			}
		})
	}
}

// TestHostileServersCostLittleMemory has all steps of a look-up end in endless bodies.
func TestHostileServersCostLittleMemory(t *testing.T) {
	endless := raw("HTTP/1.1 200 OK\r\n\r\n<Autodiscover>", strings.Repeat("a", 64<<10))
	sites := map[string]site{"contoso.test": {handler: endless}, "autodiscover.contoso.test": {handler: endless}, "http://autodiscover.contoso.test": {handler: endless}}
	w := serve(t, sites)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	list := w.lookUp(t, w.options)
	runtime.ReadMemStats(&after)
	const each = 16 * maxDocument // reading grows its buffer; and the servers of the test take their part
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(len(list)*each); got > most {
		t.Errorf("%d answers took %d MiB, more than %d", len(list), got>>20, most>>20)
	}
}

// silent is a listener whose connections are taken and never answered.
func silent(t *testing.T) net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var held []net.Conn
	var done sync.WaitGroup
	done.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			held = append(held, conn)
		}
	})
	t.Cleanup(func() {
		listener.Close()
		done.Wait()
		for _, conn := range held {
			conn.Close()
		}
	})
	return listener
}

func TestATLSHandshakeThatNeverEndsIsBounded(t *testing.T) {
	w := serve(t, nil)
	listener := silent(t)
	w.options.Timeout = 50 * time.Millisecond
	w.options.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, listener.Addr().String())
	}
	for _, a := range pick(w.lookUp(t, w.options), func(a facts.Answer) bool { return a.Status == 0 && a.Protocol != facts.DNS && a.Skipped == "" }) {
		if !strings.Contains(a.Response.Why, "no whole answer came within 50ms") || a.Secured.Known {
			t.Errorf("%s", brief(a))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	w.options.Timeout = time.Hour
	dial := w.options.Dial
	w.options.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		defer cancel()
		return dial(ctx, network, address)
	}
	for _, a := range own(LookUp(ctx, []Subject{{Mailbox: mailbox}}, w.options)) {
		if a.Response.Why != cutShort {
			t.Errorf("%s", brief(a))
		}
	}
}

// A dead host costs one timeout, whatever is asked of it: all of that waits at once.
func TestADeadHostIsAskedForEverythingAtOnce(t *testing.T) {
	w := serve(t, nil)
	var waiting sync.WaitGroup
	waiting.Add(6)
	var dials atomic.Int32
	w.options.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials.Add(1) <= 6 {
			waiting.Done()
		}
		waiting.Wait() // would hang where one waits for another
		return nil, &net.DNSError{Err: "no such host", Name: address, IsNotFound: true}
	}
	w.lookUp(t, w.options)
	if n := dials.Load(); n != 6 { // two views at two hosts, version 2 at one, and the HTTP step
		t.Errorf("%d connections were tried", n)
	}
}

// TestContentDecides has errors with the odd statuses that third parties send them with.
func TestContentDecides(t *testing.T) {
	for _, status := range []int{200, 400, 403, 500, 503, 600} {
		w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			answers(status, errorDocument)(w, r)
		}}})
		first := own(w.lookUp(t, w.options))[0]
		if e := first.Response.Value.Error; first.Status != status || e == nil || *e != (facts.AutodiscoverError{Code: "600", Message: "Invalid Request", ID: "7"}) {
			t.Errorf("HTTP %d: %+v", status, first)
		}
	}
}

// drip sends the beginning of an answer and then a byte at a time, until the client
// is gone. begun, where there is one, is called after the beginning.
func drip(begun func()) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		flusher := w.(http.Flusher)
		io.WriteString(w, "<Autodiscover>")
		flusher.Flush()
		if begun != nil {
			begun()
		}
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-r.Context().Done():
				return
			case <-tick.C:
				io.WriteString(w, " ")
				flusher.Flush()
			}
		}
	}
}

func TestDrippingBodyIsBoundedByTheTimeout(t *testing.T) {
	w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: drip(nil)}})
	w.options.Timeout = 100 * time.Millisecond
	list := own(w.lookUp(t, w.options))
	if len(list) != 2 || !strings.Contains(list[0].Response.Why, "no whole answer came within 100ms") {
		t.Errorf("%+v", list)
	}
}

func TestDrippingBodyIsBoundedByTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: drip(cancel)}})
	for _, a := range own(LookUp(ctx, []Subject{{Mailbox: mailbox}}, w.options)) {
		if !strings.Contains(a.Response.Why, "the look-up was cut short") {
			t.Errorf("%+v", a)
		}
	}
}

func TestCleanBoundsAndDisarms(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"plain ü", "plain ü"},
		{"a\r\nb\x1b[31m\u202e\u200b\xff", "a??b?[31m???"},
		{strings.Repeat("ü", maxQuote), strings.Repeat("ü", maxQuote/2) + "…"},
		{"a" + strings.Repeat("ü", maxQuote), "a" + strings.Repeat("ü", maxQuote/2-1) + "…"},
	} {
		if got := clean(test.in); got != test.want {
			t.Errorf("clean(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}
