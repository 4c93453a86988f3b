package autodiscover

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
)

// TestAViewThatIsRedirectedAloneWaitsForNobody has the other view of the same URL
// that nobody asks.
func TestAViewThatIsRedirectedAloneWaitsForNobody(t *testing.T) {
	w := serve(t, map[string]site{
		"autodiscover.contoso.test": {handler: func(rw http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-MapiHttpCapability") == "" {
				answers(200, sample("<Type>EXPR</Type>"))(rw, r)
				return
			}
			http.Redirect(rw, r, "https://mapi.contoso.test"+pathPOX, http.StatusFound)
		}},
		"mapi.contoso.test": {handler: wantsBasic(`Basic realm="x"`)},
	})
	o := w.withBasic()
	o.AllowHosts, o.Limit = []string{"mapi.contoso.test"}, 30*time.Second
	found := false
	for _, a := range w.lookUp(t, o) {
		if a.Hop == 1 && a.View == facts.ViewMapi {
			found = true
			if !a.Response.Known || a.CredentialsSent != "Basic" {
				t.Errorf("%s", brief(a))
			}
		}
	}
	if !found {
		t.Error("the redirect of one view is not followed")
	}
}

func TestALookUpEndsAtItsLimitAndSaysSo(t *testing.T) {
	w := serve(t, nil)
	listener := silent(t)
	o := w.options
	o.Timeout, o.Limit = time.Hour, 50*time.Millisecond
	o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, listener.Addr().String())
	}
	asked := pick(w.lookUp(t, o), func(a facts.Answer) bool { return a.Protocol != facts.DNS && a.Skipped == "" })
	if len(asked) == 0 {
		t.Fatal("nothing was asked")
	}
	for _, a := range asked {
		if !strings.Contains(a.Response.Why, "it may take 50ms in all") {
			t.Errorf("%s", brief(a))
		}
	}
}

func TestTheLimitGrowsWithTheSubjects(t *testing.T) {
	for subjects, want := range map[int]time.Duration{1: 2 * time.Minute, 8: 2 * time.Minute, 9: 4 * time.Minute} {
		if got := (Options{}).limit(subjects); got != want {
			t.Errorf("%d subjects: %s, want %s", subjects, got, want)
		}
	}
}
