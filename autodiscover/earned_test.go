package autodiscover

import (
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
)

func TestEarned(t *testing.T) {
	rule := newEarned("emea.contoso.co.uk", Options{Earned: []string{"EX1.corp.test", "ex2.corp.test:8443", "[2001:db8::1]", "not a host"}, AllowHosts: []string{"autodiscover-s.outlook.com"}})
	for _, test := range []struct {
		url   string
		named bool // by an SRV record of the own domain
		want  bool
	}{
		{"https://emea.contoso.co.uk/", false, true},
		{"https://autodiscover.emea.contoso.co.uk/x", false, true},
		{"https://AUTODISCOVER.emea.contoso.co.uk./x", false, true},
		{"https://autodiscover.emea.contoso.co.uk:443/x", false, true},
		{"https://autodiscover.emea.contoso.co.uk:444/x", false, false},
		{"http://autodiscover.emea.contoso.co.uk/", false, false},
		{"http://autodiscover.emea.contoso.co.uk:443/", false, false},
		{"https://ada@autodiscover.emea.contoso.co.uk/", false, false},
		{"https://contoso.co.uk/", false, false},
		{"https://autodiscover.contoso.co.uk/", false, false},
		{"https://mail.emea.contoso.co.uk/", false, false},
		{"https://mail.emea.contoso.co.uk/", true, true},
		{"https://mail.contoso.co.uk/", true, true},
		{"https://contoso.co.uk/", true, true},
		{"https://mail.contoso.co.uk:8443/", true, false},
		{"https://xcontoso.co.uk/", true, false},
		{"https://co.uk/", true, false},
		{"https://fabrikam.co.uk/", true, false},
		{"https://ex1.corp.test/", false, true},
		{"https://ex1.corp.test:8443/", false, false},
		{"https://ex2.corp.test:8443/", false, true},
		{"https://ex2.corp.test/", false, false},
		{"https://[2001:db8::1]/", false, true},
		{"https://autodiscover-s.outlook.com/", false, true},
		{"https://outlook.com/", false, false},
		{"https:///", false, false},
	} {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		if why := rule.refuses(u, test.named); (why == "") != test.want {
			t.Errorf("%s (named %t): %q", test.url, test.named, why)
		}
	}
	nobody := newEarned("", Options{AllowHosts: []string{"a.test"}})
	if nobody.refuses(at("a.test", "/"), true) == "" {
		t.Error("without a mailbox credentials go out")
	}
}

func TestRedirectTarget(t *testing.T) {
	from := at("a.contoso.test", "/autodiscover/autodiscover.xml")
	for in, want := range map[string]string{
		"https://B.Contoso.test./x?y#z":   "https://b.contoso.test/x?y",
		"https://b.test":                  "https://b.test/",
		"https://b.test:443/":             "https://b.test/",
		"https://b.test:8443/":            "https://b.test:8443/",
		"https://[2001:db8::1]:443/":      "https://[2001:db8::1]/",
		"https://192.0.2.1/":              "https://192.0.2.1/",
		"https://münchen.test/":           "https://xn--mnchen-3ya.test/",
		"/other.xml":                      "https://a.contoso.test/other.xml",
		"//b.test/":                       "https://b.test/",
		" https://b.test/\r\n":            "https://b.test/",
		"https://b.test/a b":              "https://b.test/a%20b",
		"":                                "it names no URL",
		"http://b.test/":                  "it leads to http, where nothing proves who answers",
		"HTTP://b.test/":                  "it leads to http, where nothing proves who answers",
		"file:///etc/passwd":              "it leads to no https URL",
		"https:b.test":                    "its URL names no host",
		"https:///x":                      "its URL names no host",
		"https://a.contoso.test@b.test/":  "its URL holds a user name, which disguises the host",
		"https://@b.test/":                "its URL holds a user name, which disguises the host",
		"https://b.test:0/":               "its URL has an impossible port",
		"https://b_.test/":                "its URL names no host",
		"https://b\u202e.test/":           "its URL cannot be read",
		"https://b.test/\x00":             "its URL cannot be read",
		"https://co.uk/":                  "its host belongs to nobody in particular: co.uk is a public suffix",
		"https://autodiscover.com/":       "its host belongs to nobody in particular: com is a public suffix",
		"https://autodiscover.github.io/": "its host belongs to nobody in particular: github.io is a public suffix",
		"https://ex1/":                    "https://ex1/",
	} {
		to, refused := redirectTarget(from, in)
		got := refused
		if to != nil {
			got = to.String()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if _, refused := redirectTarget(nil, "/x"); refused == "" {
		t.Error("a relative URL leads somewhere from nowhere")
	}
}

func TestRecordsAreAskedInOrder(t *testing.T) {
	got := orderRecords([]*net.SRV{{Target: "d.test.", Port: 443, Priority: 20, Weight: 100}, {Target: "B.test.", Port: 443, Priority: 10, Weight: 5}, nil,
		{Target: "a.test", Port: 443, Priority: 10, Weight: 10}, {Target: "b.test.", Port: 443, Priority: 10, Weight: 5}, {Target: ".", Priority: 30}})
	want := []facts.ServiceRecord{{Target: "a.test", Port: 443, Priority: 10, Weight: 10}, {Target: "b.test", Port: 443, Priority: 10, Weight: 5},
		{Target: "d.test", Port: 443, Priority: 20, Weight: 100}, {Target: "", Priority: 30}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	many := make([]*net.SRV, 1000)
	for i := range many {
		many[i] = &net.SRV{Target: "a.test", Port: uint16(i)}
	}
	if n := len(orderRecords(many)); n != maxRecords {
		t.Errorf("%d records are kept", n)
	}
}

func TestRecordsThatLeadNowhere(t *testing.T) {
	w := serve(t, map[string]site{"mail.contoso.test": {handler: answers(200, sample("<Type>EXPR</Type>"))}})
	w.records["contoso.test"] = []*net.SRV{{Target: ".", Port: 0, Priority: 1}, {Target: "bad_name.test.", Port: 443, Priority: 2}, {Target: "autodiscover.com.", Port: 443, Priority: 3}, {Target: "mail.contoso.test.", Port: 443, Priority: 4}, {Target: "five.test.", Port: 443, Priority: 5}}
	var got strings.Builder
	for _, a := range w.lookUp(t, w.options) {
		if a.Step == facts.StepSRV && a.View != facts.ViewMapi && a.Protocol == facts.POX {
			got.WriteString(brief(a) + "\n")
		}
	}
	want := `srv 0 pox : skipped: the record says that there is no such service
srv 0 pox https://bad_name.test/autodiscover/autodiscover.xml: skipped: the record names no host that may be asked
srv 0 pox https://autodiscover.com/autodiscover/autodiscover.xml: skipped: the record names no host that may be asked
srv 0 pox rpc-http https://mail.contoso.test/autodiscover/autodiscover.xml: 1 nodes, 0 settings
srv 0 pox https://five.test/autodiscover/autodiscover.xml: skipped: a client stops at an earlier record
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}
