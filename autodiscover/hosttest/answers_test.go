package hosttest_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/hosttest"
)

func TestTheFirstAnswerThatIsForARequestIsGiven(t *testing.T) {
	bearer := func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer ticket" }
	client := serve(t, hosttest.Answers([]hosttest.Answer{
		{Method: "POST", Path: hosttest.Path, Mailbox: "ann@contoso.com", Body: "ann", Mapi: "ann over MAPI"},
		{Method: "POST", Path: hosttest.Path, Mailbox: "bob@contoso.com", Status: 307, Header: http.Header{"Location": {"http://mail.contoso.com/"}}},
		{Path: "/autodiscover/autodiscover.json*", Mailbox: "ann@contoso.com", Body: "{}"},
		{Path: "/autodiscover/autodiscover.svc", Body: "soap", Accept: bearer, Schemes: []string{"Negotiate", `Basic realm="a", NTLM`}},
		{Method: "GET", Path: hosttest.Path, Status: 401, Schemes: []string{"NTLM"}, Body: "no"},
	}, hosttest.Autodiscover{RPC: "otherwise"}))

	for _, test := range []struct {
		name, method, path, body, header, want string
	}{
		{"by mailbox, without regard to case", "POST", "/AutoDiscover/AutoDiscover.xml", "<E>Ann@Contoso.com</E>", "", "200 ann"},
		{"the other view", "POST", hosttest.Path, "<E>ann@contoso.com</E>", "X-MapiHttpCapability: 1", "200 ann over MAPI"},
		{"another mailbox", "POST", hosttest.Path, "<E>bob@contoso.com</E>", "", "307 to http://mail.contoso.com/ "},
		{"a mailbox that ends alike", "POST", hosttest.Path, "<E>joann@contoso.com</E>", "", "200 otherwise"},
		{"in the query", "GET", "/autodiscover/autodiscover.json?Email=ann%40contoso.com&Protocol=Ews", "", "", "200 {}"},
		{"in the path", "GET", "/autodiscover/autodiscover.json/v1.0/ann@contoso.com?Protocol=Ews", "", "", "200 {}"},
		{"nobody's", "GET", "/autodiscover/autodiscover.json?Email=bob@contoso.com", "", "", "404 404 page not found\n"},
		{"without what it wants", "POST", "/autodiscover/autodiscover.svc", "", "", `401 Negotiate|Basic realm="a", NTLM unauthorized` + "\n"},
		{"with what it wants", "POST", "/autodiscover/autodiscover.svc", "", "Authorization: Bearer ticket", "200 soap"},
		{"a 401 that nothing satisfies", "GET", hosttest.Path, "", "Authorization: Bearer ticket", "401 NTLM no"},
	} {
		t.Run(test.name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), test.method, "https://mail.contoso.com"+test.path, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if name, value, ok := strings.Cut(test.header, ": "); ok {
				request.Header.Set(name, value)
			}
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			got := response.Status[:3] + " "
			if schemes := response.Header.Values("WWW-Authenticate"); len(schemes) > 0 {
				got += strings.Join(schemes, "|") + " "
			}
			if location := response.Header.Get("Location"); location != "" {
				got += "to " + location + " "
			}
			if diff := cmp.Diff(test.want, got+string(body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAPlainHostSpeaksHTTP(t *testing.T) {
	server, err := hosttest.ServePlain(hosttest.Answers([]hosttest.Answer{{Status: 302, Header: http.Header{"Location": {"https://mail.contoso.com/"}}}}, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	transport := &http.Transport{Dial: func(network, _ string) (net.Conn, error) { return net.Dial(network, server.Addrs()[0]) }}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), "GET", "http://autodiscover.contoso.com/autodiscover/autodiscover.xml", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 302 || response.Header.Get("Location") != "https://mail.contoso.com/" {
		t.Errorf("got %s to %q", response.Status, response.Header.Get("Location"))
	}
}
