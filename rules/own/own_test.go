package own_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/own"
	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
)

func compile(t testing.TB, expression, message string) own.Check {
	t.Helper()
	checks, err := own.Compile([]own.Source{{ID: "own-test", Expression: expression, Message: message}})
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return checks[0]
}

// found is what a check says, as "outcome kind name address: message".
func found(verdicts []report.Verdict) []string {
	list := []string{}
	for _, v := range verdicts {
		line := fmt.Sprintf("%s %s %s", v.Outcome, v.Subject.Kind, v.Subject.Name)
		if v.Subject.Address != "" {
			line += " " + v.Subject.Address
		}
		if v.Message != "" {
			line += ": " + v.Message
		}
		list = append(list, line)
	}
	return list
}

// full is the healthy deployment with something of every kind.
func full() *facts.Snapshot {
	s := rules.Healthy()
	org := &s.Organizations[0]
	org.Servers = facts.Known([]facts.Server{{Name: "EX1", DN: "CN=EX1", FQDN: facts.Say("ex1.contoso.com"), Site: facts.Say("Tokyo"), Build: facts.Say("15.2.1748.10"),
		Version: facts.Known(facts.Version{Number: "15.2.1748", Product: "Exchange Server 2019"}), Roles: facts.Known(facts.Flags{Names: []string{"Mailbox"}})}})
	org.ConnectionPoints = facts.Known([]facts.ConnectionPoint{{Name: "EX1", DN: "CN=EX1,CN=Autodiscover", Kind: facts.Known(facts.PointURL), Server: "EX1",
		Keywords: facts.Known([]string{"Site=Tokyo"}), Sites: []string{"Tokyo"}, Bindings: facts.Known([]string{"https://autodiscover.contoso.com/autodiscover/autodiscover.xml"})}})
	org.AcceptedDomains = facts.Known([]facts.AcceptedDomain{{Name: "contoso.com", Domain: facts.Say("contoso.com")}})
	for i := range org.VirtualDirectories.Value {
		if v := &org.VirtualDirectories.Value[i]; v.Service == facts.ServiceRPC {
			v.IISAuthentication = facts.Known([]string{"Ntlm"})
		}
	}
	s.Hosts[0].Origins = []facts.Origin{{By: "CN=Rpc", Service: facts.ServiceRPC, Scope: facts.External}}
	for i := range s.Hosts[0].Addresses.Value {
		served := &s.Hosts[0].Addresses.Value[i].Served.Value
		served.Cipher, served.OldVersions = "TLS_AES_128_GCM_SHA256", facts.Known([]string{})
		leaf := &served.Chain[0]
		leaf.Key, leaf.KeyBits, leaf.Signature, leaf.Serial = "RSA", 2048, "SHA256-RSA", "0A"
	}
	return s
}

func TestExpressionsAreAskedOfEachThing(t *testing.T) {
	const (
		first, second = "host mail.contoso.com 192.0.2.10:443", "host mail.contoso.com 192.0.2.11:443"
		directory     = "organization ldaps://dc1.contoso.com"
		host          = "answer https://autodiscover.contoso.com/autodiscover/autodiscover.xml"
		root          = "answer https://contoso.com/autodiscover/autodiscover.xml"
		point         = "answer https://mail.contoso.com/autodiscover/autodiscover.xml"
	)
	for _, test := range []struct {
		name, expression, message string
		change                    func(*facts.Snapshot)
		want                      []string
	}{
		{"of each certificate", `certificate.keyBits < 3072`, "a key of {certificate.keyBits} bits", nil,
			[]string{"fail " + first + ": a key of 2048 bits", "fail " + second + ": a key of 2048 bits"}},
		{"and what is right passes", `certificate.keyBits < 2048`, "x", nil, []string{"pass " + first, "pass " + second}},
		{"with the instant of the audit", `certificate.notAfter - now < duration("4800h")`, "it ends on {certificate.notAfter}", nil,
			[]string{"fail " + first + ": it ends on 2027-04-18", "fail " + second + ": it ends on 2027-04-18"}},
		{"of each host", `!host.name.endsWith(".contoso.com") || host.port != 443`, "x", nil, []string{"pass host mail.contoso.com"}},
		{"of each provider, where null is a value", `provider.certPrincipalName == null`, "{provider.name} holds {provider.certPrincipalName}", nil,
			[]string{"fail provider EXCH: EXCH holds none", "pass provider EXPR", "fail provider WEB: WEB holds none"}},
		{"of each row of the table", `principal.match != "match"`, "x", nil, []string{"pass " + first, "pass " + first, "pass " + second, "pass " + second}},
		{"of each server", `server.site != "Osaka"`, "{server.name} is in {server.site}", nil, []string{"fail server EX1: EX1 is in Tokyo"}},
		{"of each virtual directory", `virtualDirectory.externalHost != "mail.contoso.com" && !virtualDirectory.externalSsl`, "x", nil,
			[]string{`pass virtual directory EX1\EWS (Default Web Site)`, `pass virtual directory EX1\Rpc (Default Web Site)`,
				`pass virtual directory EX2\EWS (Default Web Site)`, `pass virtual directory EX2\Rpc (Default Web Site)`}},
		{"of each connection point", `connectionPoint.sites.size() == 0`, "x", nil, []string{"pass connection point EX1"}},
		{"of each answer", `answer.credentialsSent == "basic"`, "x", nil, []string{"pass " + host, "pass " + host, "pass " + host, "pass " + root, "pass " + point, "pass " + point}},
		{"of each node", `node.type == "EXPR" && node.certPrincipalName != "msstd:mail.contoso.com"`, "x", nil,
			append(slices.Repeat([]string{"pass " + host}, 3*5), slices.Repeat([]string{"pass " + point}, 2*5)...)},
		{"of an organization", `organization.mapiHttp`, "x", nil, []string{"pass " + directory}},
		{"of all, through lists", `hosts.size() > servers.size() || certificates.exists(c, c.issuer.contains("Fabrikam"))`, "x", nil, []string{"pass " + directory}},
		{"with one thing and a list", `certificates.exists(c, c.thumbprint != certificate.thumbprint)`, "x", nil, []string{"pass " + first, "pass " + second}},
		{"with a name that a macro binds", `hosts.all(host, host.port == 443)`, "all {hosts.size()} of them", nil, []string{"fail " + directory + ": all 1 of them"}},
		{"braces and lists in a message", `host.port == 443`, "{{{host.addresses}}} {'}'}", nil, []string{"fail host mail.contoso.com: {192.0.2.10:443, 192.0.2.11:443} }"}},
		{"no directory, no provider", `provider.ttl == 0`, "x", func(s *facts.Snapshot) { s.Organizations = nil }, []string{}},
		{"no directory, and all providers are asked for", `providers.all(p, p.ttl == 0)`, "x", func(s *facts.Snapshot) { s.Organizations = nil },
			[]string{"unknown deployment deployment: the expression has no value: no directory was asked"}},
		{"a dead address is unknown and the other is judged", `certificate.selfSigned`, "x",
			func(s *facts.Snapshot) {
				s.Hosts[0].Addresses.Value[1].Served = facts.Unknown[facts.Served]("connection refused")
			},
			[]string{"pass " + first, "unknown " + second + ": connection refused"}},
		{"a dead host is unknown", `certificate.selfSigned`, "x", func(s *facts.Snapshot) { s.Hosts[0].Addresses = facts.Unknown[[]facts.Endpoint]("no such host") },
			[]string{"unknown host mail.contoso.com: no such host"}},
		{"a dead host hides what a list would hold", `!certificates.exists(c, c.selfSigned)`, "x",
			func(s *facts.Snapshot) { s.Hosts[0].Addresses = facts.Unknown[[]facts.Endpoint]("no such host") },
			[]string{"unknown " + directory + ": selfSigned of mail.contoso.com: no such host"}},
		{"what is seen decides beside what is not", `certificates.exists(c, !c.selfSigned)`, "x",
			func(s *facts.Snapshot) {
				s.Hosts[0].Addresses.Value[1].Served = facts.Unknown[facts.Served]("connection refused")
			},
			[]string{"fail " + directory + ": x"}},
		{"a list that was read in part", `provider.ttl == 0`, "x", func(s *facts.Snapshot) {
			s.Organizations[0].Providers.Known, s.Organizations[0].Providers.Why = false, "a referral was not followed"
		},
			[]string{"unknown " + directory + ": the providers: a referral was not followed", "pass provider EXCH", "pass provider EXPR", "pass provider WEB"}},
		{"a list that was read in part, through its name", `providers.size() == 3`, "x", func(s *facts.Snapshot) {
			s.Organizations[0].Providers.Known, s.Organizations[0].Providers.Why = false, "a referral was not followed"
		}, []string{"unknown " + directory + ": the expression has no value: ldaps://dc1.contoso.com: the providers: a referral was not followed"}},
		{"a certificate that cannot be parsed", `certificate.selfSigned`, "x", func(s *facts.Snapshot) {
			s.Hosts[0].Addresses.Value[0].Served.Value.Chain = []facts.Certificate{{Unreadable: "it is cut off"}}
		}, []string{"unknown " + first + ": the certificate could not be parsed: it is cut off", "pass " + second}},
		{"a value of a message that was not seen", `certificate.host == "mail.contoso.com"`, "key {certificate.key}",
			func(s *facts.Snapshot) {
				s.Hosts[0].Addresses = facts.Known(s.Hosts[0].Addresses.Value[:1])
				s.Hosts[0].Addresses.Value[0].Served.Value.Chain[0].Key = ""
			},
			[]string{"fail " + first + ": key (not seen: key of mail.contoso.com at 192.0.2.10:443: it was not recorded)"}},
		{"an error of the expression", `100 / (host.port - 443) > 0`, "x", nil, []string{"unknown host mail.contoso.com: the expression has no value: division by zero"}},
		{"null where a text is needed", `provider.server.startsWith("a")`, "x", func(s *facts.Snapshot) {
			s.Organizations[0].Providers.Value = s.Organizations[0].Providers.Value[:1]
		}, []string{"unknown provider EXCH: the expression has no value: no such overload"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := full()
			if test.change != nil {
				test.change(s)
			}
			if diff := cmp.Diff(test.want, found(compile(t, test.expression, test.message)(s))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMistakesAreFoundWhenARuleIsCompiled(t *testing.T) {
	for _, test := range []struct{ name, expression, message, want string }{
		{"a field that is none", `certificate.keyBitz < 2048`, "x", "own-test: expression at 1:12: undefined field 'keyBitz'"},
		{"a name that is none", "true &&\n  hst.port == 1", "x", "own-test: expression at 2:3: undeclared reference to 'hst'"},
		{"types that do not compare", `certificate.keyBits < "2048"`, "x", "own-test: expression at 1:21: found no matching overload for '_<_' applied to '(int, string)'"},
		{"no condition", `hosts.filter(h, h.port == 443)`, "x", "own-test: expression: it gives a list(host), and true or false is expected"},
		{"a thing is no condition", `certificate.keyBits`, "x", "own-test: expression: it gives an int, and true or false is expected"},
		{"anything is no condition", `dyn(true)`, "x", "own-test: expression: it gives a dyn, and true or false is expected"},
		{"two things at once", `certificate.host == host.name`, "x", "own-test: expression: it asks of a certificate and of a host at once"},
		{"another thing in the message", `host.port == 443`, "{certificate.issuer}", "own-test: message: it tells of a certificate, of which the expression does not ask"},
		{"no expression", ` `, "x", "own-test: expression: it is empty"},
		{"no message", `true`, "", "own-test: message: it is empty"},
		{"no grammar", `host.port ==`, "x", "own-test: expression at 1:13: Syntax error: mismatched input '<EOF>'"},
		{"a brace that is not closed", `true`, "a {now", "own-test: message at 1:3: a brace is not closed"},
		{"a brace that is not open", `true`, "a\nb} c", "own-test: message at 2:2: a brace closes and none is open"},
		{"a mistake in a message", `host.port == 1`, "ab {host.nme}", "own-test: message at 1:9: undefined field 'nme'"},
		{"a value without a text", `host.port == 1`, "{host}", "own-test: message at 1:2: a host cannot be told in a message"},
		{"has, which cannot tell absence from blindness", `has(provider.ttl)`, "x", "own-test: expression at 1:4: undeclared reference to 'has'"},
		{"time zones of the machine", `now.getHours("Asia/Tokyo") > 3`, "x", "own-test: expression at 1:13: found no matching overload for 'getHours' applied to 'timestamp.(string)'"},
		{"a pattern that is none", `host.name.matches("(")`, "x", "own-test: expression at 1:19: invalid matches argument"},
		{"a thing made up", `host{name: "a"}.port == 1`, "x", "own-test: expression: it makes a thing up"},
		{"a message type", `google.protobuf.Struct{} == null`, "x", "own-test: expression at 1:23"},
		{"too long", strings.Repeat("true||", 1000) + "true", "x", "own-test: expression"},
		{"too deep", strings.Repeat("(", 500) + "true" + strings.Repeat(")", 500), "x", "own-test: expression"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := own.Compile([]own.Source{{ID: "own-test", Expression: test.expression, Message: test.message}})
			var mistake *own.Error
			if !errors.As(err, &mistake) {
				t.Fatalf("the error is %v", err)
			}
			if !strings.HasPrefix(err.Error(), test.want) || mistake.Hint() == "" {
				t.Errorf("the error is %q with the hint %q, want %q", err, mistake.Hint(), test.want)
			}
		})
	}
}

func TestNothingIsSetUpWithoutRules(t *testing.T) {
	if n := testing.AllocsPerRun(10, func() { own.Compile(nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// conditions look at every field of the view, each in a rule of its own.
func conditions() []own.Source {
	var list []own.Source
	for _, thing := range own.View() {
		for _, f := range thing.Fields {
			name := thing.Name + "." + f.Name
			expression := name + " == " + name // true where it is seen
			list = append(list, own.Source{ID: "own-" + name, Expression: expression, Message: "it is seen"})
		}
	}
	return list
}

// Every field of the view is there in a full deployment, so that none is documented
// and dead.
func TestEveryFieldIsSeen(t *testing.T) {
	sources := conditions()
	checks, err := own.Compile(sources)
	if err != nil {
		t.Fatal(err)
	}
	for i, check := range checks {
		verdicts := check(full())
		if len(verdicts) == 0 {
			t.Errorf("%s is asked of nothing", sources[i].Expression)
		}
		for _, v := range verdicts {
			if v.Outcome != report.Fail {
				t.Errorf("%s is %s of %v: %s", sources[i].Expression, v.Outcome, v.Subject, v.Message)
			}
		}
	}
	if len(checks) < 80 {
		t.Errorf("the view has %d fields", len(checks))
	}
}

// Ignorance never acquits: with any one fact taken away, a subject that failed fails
// still, or something is unknown.
func TestIgnoranceNeverAcquits(t *testing.T) {
	sources := append(conditions(),
		own.Source{ID: "own-a", Expression: `!certificates.exists(c, c.issuer == "CN=Fabrikam")`, Message: "x"},
		own.Source{ID: "own-b", Expression: `certificate.notAfter > now && certificate.trusted`, Message: "x"},
		own.Source{ID: "own-c", Expression: `providers.filter(p, p.certPrincipalName == null).size() == 2`, Message: "x"},
		own.Source{ID: "own-d", Expression: `principals.all(p, p.match == "match")`, Message: "x"},
		own.Source{ID: "own-e", Expression: `virtualDirectories.all(v, v.externalSsl != false)`, Message: "x"})
	checks, err := own.Compile(sources)
	if err != nil {
		t.Fatal(err)
	}
	failures := func(verdicts []report.Verdict) (failed map[report.Subject]bool, unknown bool) {
		failed = map[report.Subject]bool{}
		for _, v := range verdicts {
			failed[v.Subject] = failed[v.Subject] || v.Outcome == report.Fail
			unknown = unknown || v.Outcome == report.Unknown
		}
		return failed, unknown
	}
	before := make([]map[report.Subject]bool, len(checks))
	for i, check := range checks {
		if before[i], _ = failures(check(full())); len(before[i]) == 0 {
			t.Errorf("%s fails nowhere", sources[i].Expression)
		}
	}
	erased := 0
	for n := 0; ; n++ {
		s := full()
		if !erase(reflect.ValueOf(s).Elem(), n) {
			break
		}
		erased++
		for i, check := range checks {
			after, unknown := failures(check(s))
			for subject := range before[i] {
				bare := subject
				bare.Address = "" // where no address can be seen, a place is judged without one
				if !after[subject] && !after[bare] && !unknown {
					t.Errorf("without the fact %d the failure of %s at %v is gone, and nothing is unknown", n, sources[i].Expression, subject)
				}
			}
		}
	}
	if erased < 50 {
		t.Errorf("only %d facts were taken away", erased)
	}
}

// erase makes the n-th known Observed of a value a failed one.
func erase(v reflect.Value, n int) bool {
	var in func(v reflect.Value) bool
	in = func(v reflect.Value) bool {
		switch v.Kind() {
		case reflect.Slice:
			for i := range v.Len() {
				if in(v.Index(i)) {
					return true
				}
			}
		case reflect.Struct:
			if known := v.FieldByName("Known"); known.IsValid() && v.FieldByName("Why").IsValid() {
				if !known.Bool() {
					return false
				}
				if n == 0 {
					v.SetZero()
					v.FieldByName("Why").SetString("taken away")
					return true
				}
				n--
			}
			for i := range v.NumField() {
				if v.Field(i).CanSet() && in(v.Field(i)) {
					return true
				}
			}
		}
		return false
	}
	return in(v)
}

func TestChecksAreRepeatableAndLeaveTheSnapshotAlone(t *testing.T) {
	checks, err := own.Compile(conditions())
	if err != nil {
		t.Fatal(err)
	}
	text := func(s *facts.Snapshot) string {
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	random := rand.New(rand.NewPCG(1, 2))
	s := full()
	before := text(s)
	var first [][]report.Verdict
	for _, check := range checks {
		first = append(first, check(s))
	}
	if text(s) != before {
		t.Error("judging changed the snapshot")
	}
	org := &s.Organizations[0]
	random.Shuffle(len(org.Providers.Value), func(i, j int) {
		org.Providers.Value[i], org.Providers.Value[j] = org.Providers.Value[j], org.Providers.Value[i]
	})
	addresses := s.Hosts[0].Addresses.Value
	slices.Reverse(addresses)
	for i, check := range checks {
		if diff := cmp.Diff(first[i], check(s)); diff != "" {
			t.Errorf("another order gives other verdicts:\n%s", diff)
		}
	}
}

// What a rule costs is bounded in steps: beyond them it is unknown, and the same on
// every machine.
func TestCostIsBounded(t *testing.T) {
	s := full()
	base := s.Hosts[0]
	s.Hosts = nil
	for i := range 400 {
		h := base
		h.Name = fmt.Sprintf("h%03d.contoso.com", i)
		s.Hosts = append(s.Hosts, h)
	}
	for name, expression := range map[string]string{
		"one thing":   `hosts.all(a, hosts.all(b, hosts.all(c, a.name != b.name || c.port == 443)))`,
		"many things": `hosts.all(a, hosts.all(b, a.name != b.name || host.port == 443))`,
		"all of many": `hosts.all(a, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(n, n > 0 && a.port == 443 && host.port == 443)) && false`,
		"a text":      `hosts.map(h, h.name).map(n, n + n + n + n + n + n + n + n).map(n, n + n + n + n + n + n + n + n).map(n, n + n + n + n + n + n + n + n).map(n, n + n + n + n + n + n + n + n).all(n, n == "")`,
	} {
		verdicts := compile(t, expression, "x")(s)
		if !slices.ContainsFunc(verdicts, func(v report.Verdict) bool { return v.Outcome == report.Unknown }) {
			t.Errorf("%s: no end is put to it: %q", name, found(verdicts))
		}
		if diff := cmp.Diff(verdicts, compile(t, expression, "x")(s)); diff != "" {
			t.Errorf("%s: two runs differ:\n%s", name, diff)
		}
	}
}

// Compiling takes any text, and what it accepts judges without panic and without
// touching the snapshot.
func FuzzCompile(f *testing.F) {
	for _, source := range conditions() {
		f.Add(source.Expression, source.Message)
	}
	f.Add(`hosts.all(h, certificates.exists(c, c.host == h.name && c.names.exists(n, n.matches("^[a-z]+[.]"))))`, "{hosts.map(h, h.name)} {{}}")
	f.Add(`{1: [now, timestamp("2026-01-01T00:00:00Z")]}[1][0] > now ? true : false`, "{'}'}{now}")
	f.Add(`type(host) == type(certificates[0]) || host{}.port == 1`, "{")
	f.Add("certificate.notAfter - now < duration('1h') && certificate.keyBits * 9223372036854775807 > 0", "{certificate.keyBits / 0}")
	s := full()
	f.Fuzz(func(t *testing.T, expression, message string) {
		checks, err := own.Compile([]own.Source{{ID: "own-fuzz", Expression: expression, Message: message}})
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a text")
			}
			return
		}
		for _, v := range checks[0](s) {
			if v.Outcome == report.Unknown && v.Message == "" {
				t.Errorf("%q: unknown of %v without a reason", expression, v.Subject)
			}
		}
	})
}

func BenchmarkFiveThousandHosts(b *testing.B) {
	s := full()
	base := s.Hosts[0]
	s.Hosts = nil
	for i := range 5000 {
		h := base
		h.Name = fmt.Sprintf("h%04d.contoso.com", i)
		s.Hosts = append(s.Hosts, h)
	}
	check := compile(b, `certificate.notAfter - now < duration("720h") || certificate.keyBits < 2048`, "it ends on {certificate.notAfter}")
	for b.Loop() {
		check(s)
	}
}
