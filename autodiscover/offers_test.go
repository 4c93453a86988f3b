package autodiscover

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
)

func TestOffers(t *testing.T) {
	w := serve(t, map[string]site{
		"mail.contoso.test": {handler: byPath(map[string]http.HandlerFunc{
			"/rpc/rpcproxy.dll":   wantsBasic("Negotiate", `NTLM, Basic realm="x"`),
			"/mapi/":              wantsBasic(),
			"/ews/exchange.asmx":  answers(200, "open"),
			"/owa/":               goesTo(302, "/owa/auth/logon.aspx?x=1"),
			"/oab/":               answers(403, ""),
			"/proxy":              answers(407, ""),
			"/autodiscover/a.xml": answers(500, ""),
		})},
		"mail.contoso.test:8443": {handler: wantsBasic("NTLM")},
		"wrong.contoso.test":     {handler: wantsBasic("NTLM"), untrusted: true},
	})
	o := w.withBasic()
	o.AllowHosts = []string{"mail.contoso.test"}
	var targets []OfferTarget
	var want []facts.Offer
	add := func(url, host string, port int, schemes facts.Observed[[]string]) {
		targets = append(targets, OfferTarget{URL: url, Service: facts.ServiceRPC})
		want = append(want, facts.Offer{URL: url, Service: facts.ServiceRPC, Host: host, Port: port, Schemes: schemes})
	}
	no := facts.Unknown[[]string]
	const host = "mail.contoso.test"
	add("https://mail.contoso.test/rpc/rpcproxy.dll", host, 443, facts.Known([]string{"Negotiate", "NTLM", "Basic"}))
	add("https://mail.contoso.test/mapi/", host, 443, facts.Known([]string{}))
	add("https://mail.contoso.test/ews/exchange.asmx", host, 443, no("HTTP 200: it asks for no authentication here"))
	add("https://mail.contoso.test/owa/", host, 443, no("HTTP 302 to https://mail.contoso.test/owa/auth/logon.aspx?x=1: it signs in with a form, or is somewhere else"))
	add("https://mail.contoso.test/oab/", host, 443, no("HTTP 403 Forbidden: it refuses before it asks for authentication"))
	add("https://mail.contoso.test/none", host, 443, no("HTTP 404 Not Found: it refuses before it asks for authentication"))
	add("https://mail.contoso.test/proxy", host, 443, no("HTTP 407: a proxy wants authentication of its own"))
	add("https://mail.contoso.test/autodiscover/a.xml", host, 443, no("HTTP 500 Internal Server Error: it refuses before it asks for authentication"))
	add("https://mail.contoso.test:8443/rpc/", host, 8443, facts.Known([]string{"NTLM"}))
	add("https://gone.contoso.test/", "gone.contoso.test", 443, no("the name gone.contoso.test does not exist in DNS"))
	add("https://wrong.contoso.test/", "wrong.contoso.test", 443, no("the certificate is not trusted: its issuer is not among the trusted roots, or the server does not send the intermediate certificate"))
	add("http://mail.contoso.test/rpc", "", 0, no("the URL is not asked: it leads to http, where nothing proves who answers"))
	add("https://mail.contoso.test/rpc/rpcproxy.dll", host, 443, want[0].Schemes)
	got := Offers(t.Context(), targets, o)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(w.to(host, "/rpc/rpcproxy.dll")); n != 1 {
		t.Errorf("a URL that two share was asked %d times", n)
	}
	for _, r := range w.requests() {
		if r.method != http.MethodGet || r.header.Get("Authorization") != "" {
			t.Errorf("%+v", r)
		}
	}
}
