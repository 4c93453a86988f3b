package autodiscover

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
)

// signing are the ways to sign in, each with what makes its options.
var signing = map[string]func(Options) Options{
	"none": func(o Options) Options { return o },
	"Basic": func(o Options) Options {
		o.Auth, o.User, o.Password = AuthBasic, `CONTOSO\ada`, secret
		return o
	},
	"NTLM": func(o Options) Options {
		o.Auth, o.User, o.Password = AuthNTLM, `CONTOSO\ada`, secret
		o.NTLM = func(string, []byte) SecurityContext { return &toy{password: secret} }
		return o
	},
	"Negotiate": func(o Options) Options {
		o.Auth, o.User, o.Password = AuthNegotiate, `CONTOSO\ada`, secret
		o.Negotiate = func(string, []byte) SecurityContext { return &toy{password: secret, ticket: true} }
		return o
	},
	"Bearer": func(o Options) Options {
		o.Auth, o.Token = AuthBearer, bearerToken
		return o
	},
}

// challenges is a server that takes whatever credentials come and then does what it
// is for; without any it asks for them in every way.
func challenges(then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Authorization") {
		case "NTLM " + base64.StdEncoding.EncodeToString([]byte("hello")):
			w.Header().Set("WWW-Authenticate", "NTLM Y2hhbGxlbmdl")
			answers(401, "")(w, r)
			return
		default:
			then(w, r)
			return
		case "":
		}
		w.Header()["WWW-Authenticate"] = []string{"Negotiate", "NTLM", "Bearer", `Basic realm="x"`}
		w.Header()["X-SOAP-Enabled"] = []string{"True"}
		answers(401, "")(w, r)
	}
}

// carriers are the ways in which a server sends a client on.
func carriers(to string) map[string]http.HandlerFunc {
	list := map[string]http.HandlerFunc{"in a document": answers(200, `<Autodiscover><Response><Account><Action>redirectUrl</Action><RedirectUrl>`+to+`</RedirectUrl></Account></Response></Autodiscover>`)}
	for _, status := range []int{301, 302, 303, 307, 308} {
		list[fmt.Sprint("with HTTP ", status)] = goesTo(status, to)
	}
	return list
}

// TestCredentialsGoWhereTheyAreEarned is the matrix: each place that a hostile server
// can send a client to, by each way, before and after it signs in, with each scheme.
// Every server asks for credentials; none may see any but the mailbox's own.
func TestCredentialsGoWhereTheyAreEarned(t *testing.T) {
	const own = "autodiscover.contoso.test"
	for name, to := range map[string]string{
		"another host":                        "https://evil.test/autodiscover/autodiscover.xml",
		"another host of the same owner":      "https://mail.contoso.test/autodiscover/autodiscover.xml",
		"the parent of the domain":            "https://test.test/autodiscover/autodiscover.xml",
		"the name as a label":                 "https://autodiscover.contoso.test.evil.test/autodiscover/autodiscover.xml",
		"the name with another beginning":     "https://xautodiscover.contoso.test/autodiscover/autodiscover.xml",
		"the name with a hyphen":              "https://autodiscover-contoso.test/autodiscover/autodiscover.xml",
		"http":                                "http://evil.test/autodiscover/autodiscover.xml",
		"itself over http":                    "http://autodiscover.contoso.test/autodiscover/autodiscover.xml",
		"another port":                        "https://autodiscover.contoso.test:8443/autodiscover/autodiscover.xml",
		"a user who looks like the host":      "https://autodiscover.contoso.test@evil.test/autodiscover/autodiscover.xml",
		"a user at the host":                  "https://ada:x@autodiscover.contoso.test/autodiscover/other.xml",
		"a host with an untrusted chain":      "https://untrusted.test/autodiscover/autodiscover.xml",
		"an earned host that is an impostor":  "https://impostor.contoso.test/autodiscover/autodiscover.xml",
		"a relative URL that is none":         "//evil.test/autodiscover/autodiscover.xml",
		"a host that sends back over http":    "https://back.test/autodiscover/autodiscover.xml",
		"a host that sends to the first port": "https://onport.test/autodiscover/autodiscover.xml",
	} {
		for scheme, sign := range signing {
			for _, after := range []bool{false, true} {
				for carrier, send := range carriers(to) {
					if scheme != "Basic" && carrier != "with HTTP 307" {
						continue // what leads there is the same for all schemes
					}
					t.Run(fmt.Sprint(name, "/", scheme, "/", carrier, "/", after), func(t *testing.T) {
						greedy := challenges(answers(200, sample("<Type>EXPR</Type>")))
						first := send
						if after {
							first = challenges(send)
						}
						sites := map[string]site{own: {handler: first}, "untrusted.test": {handler: greedy, untrusted: true},
							"impostor.contoso.test": {handler: greedy, untrusted: true},
							"back.test":             {handler: goesTo(302, "http://autodiscover.contoso.test/")},
							"onport.test":           {handler: goesTo(302, "https://autodiscover.contoso.test:8443/")},
							own + ":8443":           {handler: greedy}, "http://" + own: {handler: greedy}, "http://evil.test": {handler: greedy}}
						for _, host := range []string{"evil.test", "mail.contoso.test", "test.test", "autodiscover.contoso.test.evil.test", "xautodiscover.contoso.test", "autodiscover-contoso.test"} {
							sites[host] = site{handler: greedy}
						}
						w := serve(t, sites)
						o := sign(w.options)
						o.Earned = []string{"impostor.contoso.test"}
						list := w.lookUp(t, o)
						w.arrived(t, list, own)
						if sent := len(pick(list, func(a facts.Answer) bool { return a.CredentialsSent != "" })) > 0; sent != (after && scheme != "none") {
							t.Errorf("credentials sent: %t\n%s", sent, briefs(list))
						}
					})
				}
			}
		}
	}
}

// arrived checks what the servers of a world saw: credentials at the hosts that may
// have them alone and over TLS alone, the password in clear nowhere, and in the
// answers what was sent and no more.
func (w *world) arrived(t *testing.T, list []facts.Answer, may ...string) {
	t.Helper()
	for _, r := range w.requests() {
		if r.header.Get("Authorization") != "" && (!r.secure || !slices.Contains(may, r.host)) {
			t.Errorf("credentials arrived at %s (TLS: %t)", r.host+r.path, r.secure)
		}
		if strings.Contains(r.path+r.body+fmt.Sprint(r.header), secret) {
			t.Errorf("the password arrived at %s", r.host+r.path)
		}
		if r.secure && (r.host == "untrusted.test" || r.host == "impostor.contoso.test") {
			t.Errorf("a request arrived at %s, whose certificate is not trusted", r.host)
		}
	}
	for _, a := range list {
		u, err := url.Parse(a.URL)
		if a.CredentialsSent != "" && (err != nil || !slices.Contains(may, u.Host)) {
			t.Errorf("credentials are said to have gone to %s", a.URL)
		}
	}
}

func TestCredentialsOfOtherNames(t *testing.T) {
	greedy := challenges(answers(200, sample("<Type>EXPR</Type>")))
	for _, test := range []struct {
		name    string
		sites   map[string]site
		records []*net.SRV
		mailbox string
		change  func(*Options)
		may     []string // who may have credentials, and has them
	}{
		{name: "the domain and its autodiscover host", sites: map[string]site{"contoso.test": {}, "autodiscover.contoso.test": {}, "www.contoso.test": {}}, may: []string{"contoso.test", "autodiscover.contoso.test"}},
		{name: "an address in a foreign domain", sites: map[string]site{"autodiscover.contoso.test": {handler: sendsTo("ada@fabrikam.test")}, "fabrikam.test": {}, "autodiscover.fabrikam.test": {}, "http://autodiscover.fabrikam.test": {}}},
		{name: "an address in the parent domain", mailbox: "ada@sub.contoso.test", sites: map[string]site{"autodiscover.sub.contoso.test": {handler: sendsTo("ada@contoso.test")}, "contoso.test": {}, "autodiscover.contoso.test": {}}},
		{name: "an SRV record of a foreign host", sites: map[string]site{"evil.test": {}}, records: []*net.SRV{{Target: "evil.test.", Port: 443}}},
		{name: "an SRV record of a look-alike", sites: map[string]site{"xcontoso.test": {}}, records: []*net.SRV{{Target: "xcontoso.test.", Port: 443}}},
		{name: "an SRV record of an own host", sites: map[string]site{"mail.contoso.test": {}}, records: []*net.SRV{{Target: "mail.contoso.test.", Port: 443}}, may: []string{"mail.contoso.test"}},
		{name: "an own host of an SRV record that leads on", sites: map[string]site{"mail.contoso.test": {handler: goesTo(302, "https://owa.contoso.test/")}, "owa.contoso.test": {}}, records: []*net.SRV{{Target: "mail.contoso.test.", Port: 443}}},
		{name: "an SRV record of a foreign address's domain", sites: map[string]site{"autodiscover.contoso.test": {handler: sendsTo("ada@fabrikam.test")}, "mail.fabrikam.test": {}}, records: []*net.SRV{{Target: "mail.fabrikam.test.", Port: 443}}},
		{name: "a connection point that the caller does not vouch for", sites: map[string]site{"ex1.corp.test": {}}, change: func(o *Options) {
			o.Points = []Point{{URL: "https://ex1.corp.test/Autodiscover/Autodiscover.xml", Source: "CN=EX1"}}
		}},
		{name: "a connection point that the caller vouches for", sites: map[string]site{"ex1.corp.test": {}}, change: func(o *Options) {
			o.Points = []Point{{URL: "https://ex1.corp.test/Autodiscover/Autodiscover.xml", Source: "CN=EX1"}}
			o.Earned = []string{"EX1.corp.test"}
		}, may: []string{"ex1.corp.test"}},
		{name: "another port of such a host", sites: map[string]site{"ex1.corp.test:8443": {}}, change: func(o *Options) {
			o.Points = []Point{{URL: "https://ex1.corp.test:8443/Autodiscover/Autodiscover.xml", Source: "CN=EX1"}}
			o.Earned = []string{"ex1.corp.test"}
		}},
		{name: "that very port", sites: map[string]site{"ex1.corp.test:8443": {}}, change: func(o *Options) {
			o.Points = []Point{{URL: "https://ex1.corp.test:8443/Autodiscover/Autodiscover.xml", Source: "CN=EX1"}}
			o.Earned = []string{"ex1.corp.test:8443"}
		}, may: []string{"ex1.corp.test:8443"}},
		{name: "an earned host after a redirect", sites: map[string]site{"http://autodiscover.contoso.test": {handler: goesTo(302, "https://ex1.corp.test/")}, "ex1.corp.test": {}}, change: func(o *Options) { o.AllowHosts = []string{"ex1.corp.test"} }, may: []string{"ex1.corp.test"}},
		{name: "Microsoft 365", sites: map[string]site{"autodiscover-s.outlook.com": {}, "outlook.office365.com": {}}, change: func(o *Options) { o.NoMicrosoft365 = false }},
		{name: "the autodiscover host with an untrusted chain", sites: map[string]site{"autodiscover.contoso.test": {untrusted: true}}},
		{name: "the autodiscover host under another name", sites: map[string]site{"autodiscover.contoso.test": {names: []string{"contoso.test"}}}},
		{name: "the autodiscover host, expired", sites: map[string]site{"autodiscover.contoso.test": {expired: true}}},
	} {
		for scheme, sign := range signing {
			if scheme == "none" {
				continue
			}
			t.Run(test.name+"/"+scheme, func(t *testing.T) {
				sites := map[string]site{}
				for host, s := range test.sites {
					if s.handler == nil {
						s.handler = greedy
					}
					sites[host] = s
				}
				w := serve(t, sites)
				if test.records != nil {
					domain := "contoso.test"
					if strings.Contains(test.name, "foreign address") {
						domain = "fabrikam.test"
					}
					w.records[domain] = test.records
				}
				o := sign(w.options)
				if test.change != nil {
					test.change(&o)
				}
				subject := mailbox
				if test.mailbox != "" {
					subject = test.mailbox
				}
				list := LookUp(t.Context(), []Subject{{Mailbox: subject}}, o)
				w.arrived(t, list, test.may...)
				for _, host := range test.may {
					if !slices.ContainsFunc(w.to(host, ""), func(r request) bool { return r.header.Get("Authorization") != "" }) {
						t.Errorf("no credentials came to %s, which has earned them:\n%s", host, briefs(list))
					}
				}
			})
		}
	}
}

// TestAWrongPasswordIsSentOnce has many servers that all refuse it.
func TestAWrongPasswordIsSentOnce(t *testing.T) {
	refuses := func(w http.ResponseWriter, r *http.Request) {
		w.Header()["WWW-Authenticate"] = []string{"Basic"}
		w.Header()["X-SOAP-Enabled"] = []string{"True"}
		answers(401, "")(w, r)
	}
	sites := map[string]site{"contoso.test": {handler: refuses}, "autodiscover.contoso.test": {handler: refuses}, "mail.contoso.test": {handler: refuses}}
	for range 5 {
		w := serve(t, sites)
		w.records["contoso.test"] = []*net.SRV{{Target: "mail.contoso.test.", Port: 443}}
		o := w.withBasic()
		o.Points = []Point{{URL: "https://gone.contoso.test/", Source: "CN=GONE"}, {URL: "https://mail.contoso.test/Autodiscover/Autodiscover.xml", Source: "CN=EX1"}}
		o.Earned = []string{"mail.contoso.test"}
		list := LookUp(t.Context(), []Subject{{Mailbox: mailbox}, {Mailbox: "bob@contoso.test"}}, o)
		var sent []string
		for _, r := range w.requests() {
			if r.header.Get("Authorization") != "" {
				sent = append(sent, r.host+r.path)
			}
		}
		if len(sent) != 1 || sent[0] != "mail.contoso.test/Autodiscover/Autodiscover.xml" {
			t.Fatalf("sent to %v", sent)
		}
		held := pick(list, func(a facts.Answer) bool {
			return strings.Contains(a.Response.Why, "held back: they were refused at https://mail.contoso.test/")
		})
		if len(held) < 6 {
			t.Errorf("only %d answers say why they went without:\n%s", len(held), briefs(list))
		}
	}
}

// A web site at the root of the domain refuses everybody, and must not keep the
// password from the host that it is for.
func TestTheRootDomainIsLastInLine(t *testing.T) {
	w := serve(t, map[string]site{
		"contoso.test": {handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header()["WWW-Authenticate"] = []string{"Basic"}
			answers(401, "")(w, r)
		}},
		"autodiscover.contoso.test": {handler: wantsBasic("Basic")},
	})
	list := w.lookUp(t, w.withBasic())
	for _, a := range own(list) {
		if a.CredentialsSent != "Basic" || !a.Response.Known {
			t.Errorf("%s", brief(a))
		}
	}
	root := pick(list, func(a facts.Answer) bool { return a.Step == facts.StepRootDomain && a.CredentialsSent != "" })
	if len(root) != 1 {
		t.Errorf("the root domain refused them %d times", len(root))
	}
}

func TestEachMailboxSignsInAsItself(t *testing.T) {
	w := serve(t, map[string]site{"autodiscover.contoso.test": {handler: func(w http.ResponseWriter, r *http.Request) {
		user, _, ok := r.BasicAuth()
		if !ok {
			wantsBasic("Basic")(w, r)
			return
		}
		answers(200, sample("<Server>"+user+"</Server>"))(w, r)
	}}})
	o := w.withBasic()
	o.User = ""
	for _, a := range own(LookUp(t.Context(), []Subject{{Mailbox: mailbox}, {Mailbox: "bob@contoso.test"}}, o)) {
		if got := a.Response.Value.Nodes[0].Server.Value; got != a.Mailbox {
			t.Errorf("%s signed in as %s", a.Mailbox, got)
		}
	}
}
