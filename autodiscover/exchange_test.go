package autodiscover

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
)

func TestExchangeHoldsCredentialsBack(t *testing.T) {
	w := serve(t, map[string]site{
		"autodiscover.contoso.test":        {handler: answers(200, "")},
		"http://autodiscover.contoso.test": {handler: answers(200, "")},
		"evil.test":                        {handler: answers(200, "")},
	})
	c := newClient(w.withBasic(), Subject{Mailbox: mailbox}, "contoso.test", newShared())
	for _, test := range []struct {
		url   string
		first bool // a first request goes without
		goes  bool
	}{
		{firstURL, false, false},
		{firstURL, true, true},
		{"https://evil.test/", true, false},
		{"http://autodiscover.contoso.test/", true, false},
	} {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		x := c.newExchange(http.MethodGet, u, http.Header{}, nil, false)
		if test.first {
			if _, err := x.send(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
		}
		_, err = x.send(t.Context(), "Basic Og==")
		x.close()
		if (err == nil) != test.goes || x.connected != test.goes {
			t.Errorf("%s after a first request (%t): %v", test.url, test.first, err)
		}
	}
	arrived := 0
	for _, r := range w.requests() {
		if r.header.Get("Authorization") != "" {
			arrived++
		}
	}
	if arrived != 1 {
		t.Errorf("credentials arrived %d times", arrived)
	}
}

// Some schemes sign a connection in, and not a request.
func TestCredentialsGoOverTheSameConnection(t *testing.T) {
	var mu sync.Mutex
	peers := map[string]int{}
	w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.Header.Get("X-MapiHttpCapability") == "" {
			mu.Lock()
			peers[r.RemoteAddr]++
			mu.Unlock()
		}
		wantsBasic("Basic")(w, r)
	}}})
	if a := own(w.lookUp(t, w.withBasic()))[0]; !a.Response.Known {
		t.Fatal(brief(a))
	}
	for peer, n := range peers {
		if n != 2 && len(peers) > 1 {
			t.Errorf("%d requests came from %s: %v", n, peer, peers)
		}
	}
}

// A host that shakes hands and says nothing has shown its certificate.
func TestTheCertificateOfAHostThatDoesNotAnswerIsSeen(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.Header.Get("X-MapiHttpCapability") == "" {
			cancel()
		}
		<-r.Context().Done()
	}}})
	a := own(LookUp(ctx, []Subject{{Mailbox: mailbox}}, w.options))[0]
	if a.Status != 0 || a.Response.Why != cutShort || !a.Secured.Value.Verified || a.Secured.Value.Leaf.DNSNames[0] != "autodiscover.contoso.test" {
		t.Errorf("%+v", a)
	}
}

// TestThroughAProxy has a proxy that opens tunnels and writes down what it sees.
func TestThroughAProxy(t *testing.T) {
	w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: wantsBasic("Basic")}})
	var mu sync.Mutex
	var seen []string
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen = append(seen, r.Method+" "+r.Host+" "+r.Header.Get("Authorization"))
		mu.Unlock()
		there, err := w.options.Dial(r.Context(), "tcp", r.Host)
		if r.Method != http.MethodConnect || err != nil {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		rw.WriteHeader(http.StatusOK)
		here, _, err := rw.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		go func() {
			io.Copy(there, here)
			there.Close()
		}()
		io.Copy(here, there)
		here.Close()
	}))
	defer proxy.Close()
	o := w.withBasic()
	o.Dial = new(net.Dialer).DialContext
	o.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	list := w.lookUp(t, o)
	a := own(list)[0]
	if !a.Response.Known || a.CredentialsSent != "Basic" || !a.Secured.Value.Verified || a.Secured.Value.Address != "" {
		t.Errorf("%+v", a)
	}
	root := pick(list, func(a facts.Answer) bool { return a.Step == facts.StepRootDomain })[0]
	if root.Response.Known || !strings.Contains(root.Response.Why, "Bad Gateway") {
		t.Errorf("%s", brief(root))
	}
	mu.Lock()
	defer mu.Unlock()
	for _, line := range seen {
		if strings.Contains(line, "Basic") {
			t.Errorf("the proxy saw %s", line)
		}
	}
}

func TestTheClockIsTheCallers(t *testing.T) {
	w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: answers(200, "")}})
	w.options.Now = func() time.Time { return instant.AddDate(2, 0, 0) }
	if a := own(LookUp(context.WithoutCancel(t.Context()), []Subject{{Mailbox: mailbox}}, w.options))[0]; !strings.Contains(a.Response.Why, "has expired") {
		t.Errorf("%s", brief(a))
	}
}
