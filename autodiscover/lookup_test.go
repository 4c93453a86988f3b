package autodiscover

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
)

const (
	mailbox  = "ada@contoso.test"
	firstURL = "https://autodiscover.contoso.test/autodiscover/autodiscover.xml"
	rootURL  = "https://contoso.test/autodiscover/autodiscover.xml"
)

func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// wantsBasic asks for credentials and answers with settings once it has them.
func wantsBasic(schemes ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); ok && user == `CONTOSO\ada` && password == secret {
			answers(http.StatusOK, sample("<Type>EXPR</Type>"))(w, r)
			return
		}
		w.Header()["WWW-Authenticate"] = schemes
		answers(http.StatusUnauthorized, "<html>no</html>")(w, r)
	}
}

const (
	errorDocument    = `<Autodiscover><Response><Error Id="7"><ErrorCode>600</ErrorCode><Message>Invalid Request</Message></Error></Response></Autodiscover>`
	redirectDocument = `<Autodiscover><Response><Account><Action>redirectAddr</Action><RedirectAddr>ada@fabrikam.test</RedirectAddr></Account></Response></Autodiscover>`
)

// outcome is one line about an answer.
func outcome(a facts.Answer) string {
	what := a.Response.Why
	if a.Response.Known {
		what = fmt.Sprintf("%d nodes", len(a.Response.Value.Nodes))
		if e := a.Response.Value.Error; e != nil {
			what = "error " + e.Code
		}
	}
	return fmt.Sprintf("%s %s %d: %s", a.Step, a.View, a.Status, what)
}

func outcomes(list []facts.Answer) []string {
	var lines []string
	for _, a := range list {
		lines = append(lines, outcome(a))
	}
	return lines
}

func TestLookUpAsksForBothViews(t *testing.T) {
	const odd = "o'brien&co@contoso.test"
	w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: answers(200, sample("<Type>EXPR</Type>"))}})
	list := own(LookUp(t.Context(), []Subject{{Mailbox: odd}}, w.options))
	want := []string{"https-autodiscover-host rpc-http 200: 1 nodes", "https-autodiscover-host mapi-http 200: 1 nodes"}
	if diff := cmp.Diff(want, outcomes(list)); diff != "" {
		t.Fatalf("answers (-want +got):\n%s", diff)
	}
	for _, a := range list {
		if a.Mailbox != odd || a.URL != firstURL || a.CredentialsSent != "" || a.Schemes != nil {
			t.Errorf("%+v", a)
		}
		if s := a.Secured.Value; !a.Secured.Known || !s.Verified || s.Why != "" || s.Address == "" || !slices.Equal(s.Leaf.DNSNames, []string{"autodiscover.contoso.test"}) {
			t.Errorf("secured: %+v", a.Secured)
		}
	}
	seen := w.to("autodiscover.contoso.test", pathPOX)
	if len(seen) != 2 {
		t.Fatalf("%d requests", len(seen))
	}
	for _, r := range seen {
		i := len(r.header.Get("X-MapiHttpCapability"))
		if r.method != "POST" {
			t.Errorf("request %d: %s", i, r.method)
		}
		if !strings.Contains(r.body, "<EMailAddress>o&#39;brien&amp;co@contoso.test</EMailAddress>") ||
			!strings.Contains(r.body, "<AcceptableResponseSchema>"+responseSchema+"</AcceptableResponseSchema>") {
			t.Errorf("request %d: body %s", i, r.body)
		}
		var mapi string
		if i == 1 {
			mapi = odd
		}
		for name, want := range map[string]string{"Content-Type": "text/xml; charset=utf-8", "X-ClientCanHandle": "Negotiate, ExHttpInfo",
			"X-MapiHttpCapability": strings.Repeat("1", i), "X-AnchorMailbox": mapi, "Authorization": "", "Accept-Encoding": ""} {
			if got := r.header.Get(name); got != want {
				t.Errorf("request %d: %s: %q, want %q", i, name, got, want)
			}
		}
	}
}

func TestLookUpSendsNothingForASubjectThatIsRefused(t *testing.T) {
	w := serve(t, nil)
	for _, wrong := range []Subject{{Mailbox: "ada"}, {Mailbox: "ada@co.uk"}, {Mailbox: "ada@corp"}, {Mailbox: "ada@192.0.2.1"}, {}, {Domain: "co.uk"}, {Domain: "a b.test"}} {
		list := LookUp(t.Context(), []Subject{wrong}, w.options)
		if len(list) != 1 || list[0].Mailbox != wrong.Mailbox || list[0].Domain != wrong.Domain || !strings.HasPrefix(list[0].Response.Why, "checking ") {
			t.Errorf("%s: %+v", wrong, list)
		}
	}
	if len(w.dialled) != 0 {
		t.Errorf("dialled %v", w.dialled)
	}
}

func TestLookUpNeverAsksUnderATopLevelDomain(t *testing.T) {
	w := serve(t, nil)
	LookUp(t.Context(), []Subject{{Mailbox: "ada@a.b.contoso.test"}}, w.options)
	slices.Sort(w.dialled)
	want := []string{"a.b.contoso.test:443", "autodiscover.a.b.contoso.test:443", "autodiscover.a.b.contoso.test:80"}
	if diff := cmp.Diff(want, slices.Compact(w.dialled)); diff != "" {
		t.Errorf("dialled (-want +got):\n%s", diff)
	}
}
