package main

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"exprobe/autodiscover/hosttest"
	"exprobe/cmd/exprobe/internal/render"
	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"software.sslmate.com/src/go-pkcs12"
)

func date(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

// present is the certificate that everything serves before; renewed the one of the
// same names that follows it.
var (
	present = spec{Spec: hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, DNSNames: []string{"mail.contoso.com", "autodiscover.contoso.com"},
		Key: hosttest.KeyP256, Purposes: []string{"server", "client"}, NotBefore: date(2026, 6, 1), NotAfter: date(2026, 12, 1)}}
	renewed = with(present, func(s *spec) { s.NotBefore, s.NotAfter = date(2026, 11, 20), date(2027, 5, 20) })
)

func with(s spec, change func(*spec)) spec {
	change(&s)
	return s
}

func named(cn string, names ...string) func(*spec) {
	return func(s *spec) {
		s.CommonNames, s.DNSNames = nil, names
		if cn != "" {
			s.CommonNames = []string{cn}
		}
	}
}

// renewing is a kind of renewal and what is to be said of it.
type renewing struct {
	name   string
	before func(t *testing.T, e *estate) // changes the deployment
	next   spec
	write  func(t *testing.T, s spec) (file string, flags []string) // the file; as PEM where there is none
	flags  []string
	answer string
	status int
	judged []string // the rules about renewals that find something
	brings []string // the rules whose findings the switch introduces
	takes  []string // the rules whose findings it resolves
	left   []string // what the plan does not mend
	window bool
}

// renewals are the kinds of renewal that there are.
var renewals = []renewing{
	{name: "the same names", next: renewed, answer: report.Yes, takes: []string{"certificate-expires-soon"}},
	{name: "the same certificate", next: present, answer: report.Yes},
	{name: "as PKCS #12 with its chain", next: renewed, write: asPKCS12, answer: report.Yes, takes: []string{"certificate-expires-soon"}},
	{name: "the host's name instead of a wildcard", before: serveWildcard, next: renewed, answer: report.WithPlan, status: 1,
		judged: []string{"renewal-common-name-changes"}, brings: []string{"principal-name-mismatch"}, takes: []string{"certificate-expires-soon"}, window: true},
	{name: "a wildcard instead of the host's name", next: with(renewed, named("*.contoso.com", "*.contoso.com")), answer: report.WithPlan, status: 1,
		judged: []string{"renewal-common-name-changes"}, brings: []string{"principal-name-wildcard-only"}, takes: []string{"certificate-expires-soon"}, window: true},
	{name: "another of its names", next: with(renewed, named("autodiscover.contoso.com", "autodiscover.contoso.com", "mail.contoso.com")), answer: report.WithPlan, status: 1,
		judged: []string{"renewal-common-name-changes"}, brings: []string{"principal-name-san-only"}, takes: []string{"certificate-expires-soon"}, window: true},
	{name: "no common name", next: with(renewed, named("", "mail.contoso.com", "autodiscover.contoso.com")), answer: report.No, status: 1,
		judged: []string{"renewal-no-common-name"}, brings: []string{"certificate-no-common-name"}, takes: []string{"certificate-expires-soon"}, left: []string{"certificate-no-common-name"}},
	{name: "several common names", next: with(renewed, func(s *spec) { s.CommonNames = []string{"mail.contoso.com", "owa.contoso.com"} }), answer: report.No, status: 1,
		brings: []string{"certificate-several-common-names"}, takes: []string{"certificate-expires-soon"}, left: []string{"certificate-several-common-names"}},
	{name: "an e-mail address in the subject", next: with(renewed, func(s *spec) { s.Emails = []string{"admin@contoso.com"} }), answer: report.No, status: 1,
		brings: []string{"certificate-email-principal"}, takes: []string{"certificate-expires-soon"}, left: []string{"certificate-email-principal"}},
	{name: "a name that is lost", next: with(renewed, named("mail.contoso.com", "mail.contoso.com")), answer: report.No, status: 1,
		judged: []string{"renewal-name-lost"}, brings: []string{"autodiscover-first-answer-wrong", "host-not-in-certificate", "scp-host-not-in-certificate"}, takes: []string{"certificate-expires-soon"},
		left: []string{"autodiscover-first-answer-wrong", "host-not-in-certificate", "scp-host-not-in-certificate"}},
	{name: "another issuer", next: with(renewed, func(s *spec) { s.fabrikam = true }), flags: []string{"both roots"}, answer: report.WithPlan, status: 1,
		judged: []string{"renewal-issuer-changes"}, takes: []string{"certificate-expires-soon"}},
	{name: "another issuer, and a connector that names the old one", before: nameConnector, next: with(renewed, func(s *spec) { s.fabrikam = true }), flags: []string{"both roots"},
		answer: report.WithPlan, status: 1, judged: []string{"renewal-issuer-changes"}, brings: []string{"connector-certificate-name-differs"}, takes: []string{"certificate-expires-soon"}},
	{name: "an issuer that the file does not hold", next: with(renewed, func(s *spec) { s.fabrikam = true }), answer: report.NotKnown, status: 1,
		judged: []string{"renewal-issuer-changes"}, takes: []string{"certificate-expires-soon"}},
	{name: "an issuer that nobody trusts", next: with(renewed, func(s *spec) { s.fabrikam = true }), write: withRoot, answer: report.No, status: 1,
		judged: []string{"renewal-issuer-changes"}, brings: []string{"certificate-not-trusted"}, takes: []string{"certificate-expires-soon"}, left: []string{"certificate-not-trusted"}},
	{name: "self-signed", next: with(renewed, func(s *spec) { s.SelfSigned = true }), answer: report.No, status: 1,
		judged: []string{"renewal-issuer-changes"}, brings: []string{"certificate-self-signed"}, takes: []string{"certificate-expires-soon"}, left: []string{"certificate-self-signed"}},
	{name: "ECDSA instead of RSA", before: func(_ *testing.T, e *estate) { e.serve(with(present, func(s *spec) { s.Key = hosttest.KeyRSA2048 })) }, next: renewed, answer: report.Yes, takes: []string{"certificate-expires-soon"}},
	{name: "Ed25519 instead of ECDSA", next: with(renewed, func(s *spec) { s.Key = hosttest.KeyEd25519 }), answer: report.No, status: 1,
		judged: []string{"renewal-key-type-unsupported"}, takes: []string{"certificate-expires-soon"}},
	{name: "not for clients any more", next: with(renewed, func(s *spec) { s.Purposes = nil }), answer: report.Yes,
		judged: []string{"renewal-client-auth-lost"}, takes: []string{"certificate-expires-soon"}},
	{name: "not for servers", next: with(renewed, func(s *spec) { s.Purposes = []string{"client"} }), answer: report.No, status: 1,
		brings: []string{"certificate-no-server-auth"}, takes: []string{"certificate-expires-soon"}, left: []string{"certificate-no-server-auth"}},
	{name: "expired already", next: with(renewed, func(s *spec) { s.NotBefore, s.NotAfter = date(2025, 6, 1), date(2025, 12, 1) }), answer: report.No, status: 1,
		judged: []string{"renewal-not-yet-valid"}, brings: []string{"certificate-expired"}, takes: []string{"certificate-expires-soon"}, left: []string{"certificate-expired"}},
	{name: "not valid yet", next: with(renewed, func(s *spec) { s.NotBefore = date(2026, 11, 30) }), answer: report.No, status: 1,
		judged: []string{"renewal-not-yet-valid"}, brings: []string{"certificate-expired"}, takes: []string{"certificate-expires-soon"}, left: []string{"certificate-expired"}},
	{name: "after the present one has expired", before: func(_ *testing.T, e *estate) {
		e.serve(with(present, func(s *spec) { s.NotBefore, s.NotAfter = date(2026, 5, 1), date(2026, 11, 1) }))
	}, next: renewed, answer: report.Yes, takes: []string{"certificate-expired"}},
	{name: "for other hosts", next: with(renewed, named("www.fabrikam.com", "www.fabrikam.com")), answer: report.No, status: 1, judged: []string{"renewal-name-lost"}},
	{name: "on one node of two", next: renewed, flags: []string{"--replaces", "192.0.2.11"}, answer: report.No, status: 1,
		brings: []string{"certificate-differs-between-addresses"}, takes: []string{"certificate-expires-soon"}, left: []string{"certificate-differs-between-addresses"}},
	{name: "one site of two, with the same common name", before: secondSite, next: renewed, flags: []string{"--replaces", "mail.contoso.com", "--replaces", "autodiscover.contoso.com"}, answer: report.Yes, takes: []string{"certificate-expires-soon"}},
	{name: "one site of two, with another common name", before: secondSite, next: with(renewed, named("autodiscover.contoso.com", "autodiscover.contoso.com", "mail.contoso.com")),
		flags:  []string{"--replaces", "mail.contoso.com", "--replaces", "autodiscover.contoso.com"},
		answer: report.No, status: 1, judged: []string{"renewal-common-name-changes"}, brings: []string{"principal-name-san-only", "principal-names-disagree"},
		takes: []string{"certificate-expires-soon"}, left: []string{"principal-name-san-only", "principal-names-disagree"}},
	{name: "a request with the same names", next: renewed, write: asRequest, answer: report.Yes},
	{name: "a request without a common name", next: with(renewed, named("", "mail.contoso.com", "autodiscover.contoso.com")), write: asRequest, answer: report.No, status: 1,
		judged: []string{"renewal-no-common-name"}, brings: []string{"certificate-no-common-name"}, left: []string{"certificate-no-common-name"}},
	{name: "a request for a wildcard", next: with(renewed, named("*.contoso.com", "*.contoso.com")), write: asRequest, answer: report.WithPlan, status: 1,
		judged: []string{"renewal-common-name-changes"}, brings: []string{"principal-name-wildcard-only"}, window: true},
}

func (e *estate) serve(s spec) {
	for _, b := range e.addresses {
		b.spec = s
	}
}

func serveWildcard(_ *testing.T, e *estate) {
	e.serve(with(present, named("*.contoso.com", "*.contoso.com")))
	e.providers["EXPR"], e.providers["EXCH"] = "msstd:*.contoso.com", "msstd:*.contoso.com"
}

func nameConnector(t *testing.T, e *estate) {
	c := present.facts(t)
	e.connector = "<I>" + c.Issuer + "<S>" + c.Subject
}

// secondSite publishes a host of its own on the second server, with a certificate of
// the same common name, which shares no published name with the first.
func secondSite(t *testing.T, e *estate) {
	e.addresses[1].host = "mail.emea.contoso.com"
	e.addresses[1].spec = with(present, named("mail.contoso.com", "mail.contoso.com", "mail.emea.contoso.com"))
	ldif := e.base["directory.ldif"]
	at := strings.LastIndex(ldif, "https://mail.contoso.com/rpc")
	first := strings.LastIndex(ldif[:at], "https://mail.contoso.com/rpc")
	if first < 0 {
		t.Fatal("the directory publishes one host once")
	}
	moved := func(text string) string {
		return strings.ReplaceAll(text, "https://mail.contoso.com", "https://mail.emea.contoso.com")
	}
	entry := strings.LastIndex(ldif[:at], "dn: CN=Rpc")
	end := at + strings.Index(ldif[at:], "\n\n")
	e.base["directory.ldif"] = ldif[:entry] + moved(ldif[entry:end]) + ldif[end:]
}

func asPKCS12(t *testing.T, s spec) (string, []string) {
	t.Helper()
	minted := s.mint(t)
	var chain []*x509.Certificate
	for _, der := range minted.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, c)
	}
	data, err := pkcs12.Modern.Encode(minted.PrivateKey, chain[0], chain[1:], "secret")
	if err != nil {
		t.Fatal(err)
	}
	return written(t, "new.pfx", data), []string{"--certificate-password-file", written(t, "pass", []byte("secret\n"))}
}

// withRoot is a file that holds the root too, so that nobody can say that it is missing.
func withRoot(t *testing.T, s spec) (string, []string) {
	t.Helper()
	data, err := os.ReadFile(s.pem(t, "leaf.pem"))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := hosttest.NewCA("Fabrikam Root CA")
	if err != nil {
		t.Fatal(err)
	}
	return written(t, "new.pem", append(data, ca.PEM()...)), nil
}

func asRequest(t *testing.T, s spec) (string, []string) {
	t.Helper()
	template := &x509.CertificateRequest{DNSNames: s.DNSNames}
	if len(s.CommonNames) > 0 {
		template.Subject = pkix.Name{CommonName: s.CommonNames[0]}
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, s.mint(t).PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, "new.csr", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})), nil
}

func written(t *testing.T, name string, data []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// rootsOf are the flags that make both authorities trusted.
func rootsOf(t *testing.T) []string {
	t.Helper()
	var flags []string
	for _, name := range []string{"Contoso Root CA", "Fabrikam Root CA"} {
		ca, err := hosttest.NewCA(name)
		if err != nil {
			t.Fatal(err)
		}
		flags = append(flags, "--ca-file", written(t, strings.ReplaceAll(name, " ", "")+".pem", ca.PEM()))
	}
	return flags
}

// audit judges the estate as it is.
func (e *estate) audit(t *testing.T, flags []string) *report.Report {
	t.Helper()
	w := e.start(t)
	defer w.Close()
	status, stdout, stderr := run(t, append([]string{"audit", "--config", w.Config(), "--format", "json"}, flags...)...)
	var r report.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("status %d, %s: %v", status, stderr, err)
	}
	return &r
}

func (e *estate) renewal(t *testing.T, args []string) (*report.Renewal, int) {
	t.Helper()
	w := e.start(t)
	defer w.Close()
	status, stdout, stderr := run(t, append([]string{"renewal", "--config", w.Config(), "--format", "json"}, args...)...)
	var r report.Renewal
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("status %d, %s: %v", status, stderr, err)
	}
	if err := validate(renewalSchema(t), []byte(stdout)); err != nil {
		t.Errorf("the schema: %v", err)
	}
	return &r, status
}

func renewalSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(render.RenewalSchema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("renewal.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("renewal.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// Saved evidence gives what the live deployment gave, to the byte and in every format,
// on a machine that does not have the roots.
func TestARenewalOfEvidenceIsThatOfTheDeployment(t *testing.T) {
	for name, next := range map[string]spec{"the same names": renewed, "no common name": with(renewed, named("", "mail.contoso.com")),
		"a wildcard": with(renewed, named("*.contoso.com", "*.contoso.com")), "not for servers": with(renewed, func(s *spec) { s.Purposes = []string{"client"} })} {
		file := next.pem(t, "new.pem")
		w := newEstate(t, present).start(t)
		defer w.Close()
		evidence := filepath.Join(t.TempDir(), "evidence.json")
		run(t, "collect", "-o", evidence, "--config", w.Config())
		for _, format := range render.RenewalFormats() {
			wantStatus, want, _ := run(t, "renewal", "--config", w.Config(), "--certificate", file, "--format", format)
			gotStatus, got, stderr := run(t, "renewal", "--from", evidence, "--certificate", file, "--format", format)
			if gotStatus != wantStatus || stderr != "" {
				t.Errorf("%s, %s: status %d, want %d; %s", name, format, gotStatus, wantStatus, stderr)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %s (-live +saved):\n%s", name, format, diff)
			}
		}
	}
}

// An address that is concerned and could not be seen is told, and makes the answer
// one that is not whole.
func TestAConcernedAddressThatIsNotSeen(t *testing.T) {
	e := newEstate(t, present)
	e.addresses = append(e.addresses, &bound{host: "mail.contoso.com", address: "192.0.2.77"})
	r, status := e.renewal(t, []string{"--certificate", renewed.pem(t, "new.pem")})
	if status != 3 || len(r.Unseen) == 0 || r.Answer.Word != report.NotKnown {
		t.Errorf("status %d, %+v, not seen: %+v", status, r.Answer, r.Unseen)
	}
	for _, b := range e.addresses {
		b.server = "" // nothing answers anywhere
	}
	r, status = e.renewal(t, []string{"--certificate", renewed.pem(t, "new.pem"), "--timeout", "1s"})
	if status != 3 || len(r.Concerned) != 0 || r.Answer.Word != report.NotKnown {
		t.Errorf("of a dead deployment: status %d, %+v", status, r.Answer)
	}
}

func TestARenewalThatIsAskedWrongly(t *testing.T) {
	file := renewed.pem(t, "new.pem")
	w := newEstate(t, present).start(t)
	defer w.Close()
	pfx, _ := asPKCS12(t, renewed)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no certificate":        {nil, "no certificate is named"},
		"no such file":          {[]string{"--certificate", "nowhere.pem"}, "reading --certificate"},
		"no certificate in it":  {[]string{"--certificate", w.Config()}, "neither PEM, DER"},
		"no password":           {[]string{"--certificate", pfx}, "protected by a password"},
		"replaces nothing":      {[]string{"--certificate", file, "--replaces", "mail.contoso.con"}, "did you mean mail.contoso.com?"},
		"an unknown format":     {[]string{"--certificate", file, "--format", "yaml"}, "is not one of text, json, markdown, powershell"},
		"a report without file": {[]string{"--certificate", file, "--report", "json"}, "is not FORMAT=FILE"},
		"a flag of no use":      {[]string{"--certificate", file, "--from", "x.json", "--mailbox", "user@contoso.com"}, "--mailbox would do nothing"},
	} {
		status, stdout, stderr := run(t, append([]string{"renewal", "--config", w.Config()}, test.args...)...)
		if status != 2 || stdout != "" || !strings.Contains(stderr, test.want) || !strings.Contains(stderr, "exprobe: hint: ") {
			t.Errorf("%s: status %d, %q, %q", name, status, stdout, stderr)
		}
	}
}

// Whatever an operator copies from Windows names the same thing.
func TestWhatIsReplacedIsNamedInManyWays(t *testing.T) {
	print := present.facts(t).Thumbprint
	spaced := "\u200e" + strings.ToLower(print[:2]+" "+print[2:])
	w := newEstate(t, present).start(t)
	defer w.Close()
	file := renewed.pem(t, "new.pem")
	for what, want := range map[string]int{print: 5, spaced: 5, "MAIL.contoso.com.": 4, "mail.contoso.com:443": 4, "ex1.contoso.com": 1,
		"192.0.2.10": 2, "192.0.2.10:443": 2, "autodiscover.contoso.com": 1} {
		_, stdout, stderr := run(t, "renewal", "--config", w.Config(), "--certificate", file, "--format", "json", "--replaces", what)
		var r report.Renewal
		if err := json.Unmarshal([]byte(stdout), &r); err != nil {
			t.Fatalf("%s: %s", what, stderr)
		}
		if len(r.Concerned) != want {
			t.Errorf("%q means %d addresses, want %d", what, len(r.Concerned), want)
		}
	}
}

func rulesOf(findings []report.Finding, outcome report.Outcome) []string {
	var ids []string
	for _, f := range findings {
		if f.Outcome == outcome {
			ids = append(ids, f.Rule)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func prints(findings []report.Finding, skip []string) []string {
	var list []string
	for _, f := range findings {
		if !slices.Contains(skip, f.Rule) {
			list = append(list, fmt.Sprintf("%s %+v", f.Rule, f.Subject))
		}
	}
	slices.Sort(list)
	return list
}

// What is predicted of a renewal is what is found once it is carried out, step by
// step; and the way back leads to where it began.
func TestARenewalIsAsPredicted(t *testing.T) {
	for _, test := range renewals {
		t.Run(test.name, func(t *testing.T) {
			e := newEstate(t, present)
			if test.before != nil {
				test.before(t, e)
			}
			file, args := "", []string(nil)
			if test.write != nil {
				file, args = test.write(t, test.next)
			} else {
				file = test.next.pem(t, "new.pem")
			}
			var roots []string
			if slices.Equal(test.flags, []string{"both roots"}) {
				roots = rootsOf(t)
			} else {
				args = append(args, test.flags...)
			}
			r, status := e.renewal(t, slices.Concat([]string{"--certificate", file}, args, roots))
			if status != test.status || r.Answer.Word != test.answer {
				t.Errorf("status %d and %q (%s), want %d and %q", status, r.Answer.Word, r.Answer.Why, test.status, test.answer)
			}
			for _, part := range []struct {
				what      string
				got, want []string
			}{
				{"judged", rulesOf(r.Judged, report.Fail), test.judged}, {"introduced", rulesOf(r.Delta.Introduced, report.Fail), test.brings},
				{"resolved", rulesOf(r.Delta.Resolved, report.Fail), test.takes}, {"left", rulesOf(r.Left, report.Fail), test.left},
			} {
				if diff := cmp.Diff(part.want, part.got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", part.what, diff)
				}
			}
			if r.Plan.Window.Open != test.window {
				t.Errorf("the window: %+v", r.Plan.Window)
			}
			if len(r.Unseen) > 0 {
				t.Errorf("not seen: %+v", r.Unseen)
			}
			r.NotJudged = append(r.NotJudged, rulesOf(r.Delta.Blinded, report.Unknown)...) // said to be unknown
			swapAlone(t, e, test.next, r, roots)
			carryOut(t, e, test.next, r, roots)
		})
	}
}

// swapAlone changes the certificates and nothing else.
func swapAlone(t *testing.T, e *estate, next spec, r *report.Renewal, roots []string) {
	t.Helper()
	before := e.audit(t, roots)
	swapped := e.clone()
	for _, b := range swapped.addresses {
		if slices.ContainsFunc(r.Concerned, func(c report.Concerned) bool { return c.Address == b.address+":443" }) {
			b.spec = next
		}
	}
	found := report.Compare(before, swapped.audit(t, roots), "")
	if diff := cmp.Diff(prints(found.Introduced, r.NotJudged), prints(r.Delta.Introduced, nil)); diff != "" {
		t.Errorf("introduced (-found +predicted):\n%s", diff)
	}
	if diff := cmp.Diff(prints(found.Resolved, r.NotJudged), prints(r.Delta.Resolved, nil)); diff != "" {
		t.Errorf("resolved (-found +predicted):\n%s", diff)
	}
}

// carryOut runs the plan, audits after each step, and goes back.
func carryOut(t *testing.T, e *estate, next spec, r *report.Renewal, roots []string) {
	t.Helper()
	if len(r.Plan.Steps) == 0 {
		return
	}
	origin := e.clone()
	before := e.audit(t, roots)
	done := e.clone()
	sh := newShell(t, done, next)
	var now *report.Report
	for _, step := range r.Plan.Steps {
		was := fmt.Sprint(done.answer(), done.directory(), states(done))
		if step.Where != report.ByHand {
			sh.run(step.Commands)
		}
		if now != nil && was == fmt.Sprint(done.answer(), done.directory(), states(done)) {
			continue
		}
		now = done.audit(t, roots)
		for _, f := range report.Compare(before, now, "").Introduced { // in the window, and only of what is renewed
			if !slices.ContainsFunc(slices.Concat(r.Delta.Introduced, r.Left), func(p report.Finding) bool { return p.Rule == f.Rule }) &&
				!strings.HasPrefix(f.Rule, "principal-name") && f.Rule != "certificate-differs-between-addresses" && !slices.Contains(r.NotJudged, f.Rule) {
				t.Errorf("after step %d (%s): %s: %s", step.Number, step.Title, f.Rule, f.Message)
			}
		}
	}
	left := report.Compare(before, now, "")
	if diff := cmp.Diff(prints(left.Introduced, r.NotJudged), prints(r.Left, nil)); diff != "" {
		t.Errorf("after the plan (-found +predicted):\n%s", diff)
	}
	failed := 0
	for _, f := range now.Findings {
		if f.Outcome == report.Fail && !slices.Contains(r.NotJudged, f.Rule) {
			failed++
		}
	}
	if failed != r.AfterPlan.Failed {
		t.Errorf("after the plan %d findings are there, and %d were predicted: %v", failed, r.AfterPlan.Failed, prints(now.Findings, nil))
	}
	for _, u := range r.Plan.Undo {
		sh.run(u.Commands)
	}
	if diff := cmp.Diff(fmt.Sprint(origin.answer(), origin.directory(), states(origin)), fmt.Sprint(done.answer(), done.directory(), states(done))); diff != "" {
		t.Errorf("the way back ends elsewhere:\n%s", diff)
	}
}

func states(e *estate) string {
	var list []string
	for _, b := range e.addresses {
		list = append(list, fmt.Sprintf("%s %+v", b.address, b.spec))
	}
	return strings.Join(list, "\n")
}

// Two sites are renewed one after the other: what is left between the two is what was
// said, and what the first brought the second takes away.
func TestTwoSitesOneAfterTheOther(t *testing.T) {
	e := newEstate(t, present)
	secondSite(t, e)
	first := with(renewed, named("outlook.contoso.com", "outlook.contoso.com", "mail.contoso.com", "autodiscover.contoso.com"))
	second := with(renewed, named("outlook.contoso.com", "outlook.contoso.com", "mail.contoso.com", "mail.emea.contoso.com"))
	for i, site := range []struct {
		next     spec
		replaces []string
		answer   string
		left     []string
	}{
		{first, []string{"--replaces", "mail.contoso.com", "--replaces", "autodiscover.contoso.com"}, report.No, []string{"principal-name-san-only", "principal-names-disagree"}},
		{second, []string{"--replaces", "mail.emea.contoso.com"}, report.WithPlan, nil},
	} {
		before := e.audit(t, nil)
		r, _ := e.renewal(t, append([]string{"--certificate", site.next.pem(t, "new.pem")}, site.replaces...))
		if diff := cmp.Diff(site.left, rulesOf(r.Left, report.Fail)); diff != "" || r.Answer.Word != site.answer {
			t.Errorf("site %d: %+v; left (-want +got):\n%s", i+1, r.Answer, diff)
		}
		sh := newShell(t, e, site.next)
		for _, step := range r.Plan.Steps {
			if step.Where != report.ByHand {
				sh.run(step.Commands)
			}
		}
		found := report.Compare(before, e.audit(t, nil), "")
		if diff := cmp.Diff(prints(found.Introduced, nil), prints(r.Left, nil)); diff != "" {
			t.Errorf("site %d (-found +predicted):\n%s", i+1, diff)
		}
	}
	if left := rulesOf(e.audit(t, nil).Findings, report.Fail); slices.ContainsFunc(left, func(id string) bool { return strings.HasPrefix(id, "principal-name") }) {
		t.Errorf("after both: %v", left)
	}
}

// A certificate of next month is judged as of next month.
func TestARenewalIsJudgedAsOfTheSwitch(t *testing.T) {
	file := with(renewed, func(s *spec) { s.NotBefore = date(2026, 11, 25) }).pem(t, "new.pem")
	for at, want := range map[string]int{"2026-11-22": 1, "2026-11-26": 0} {
		if _, status := newEstate(t, present).renewal(t, []string{"--certificate", file, "--at", at}); status != want {
			t.Errorf("as of %s the status is %d, want %d", at, status, want)
		}
	}
}

// Names that were replaced fit no certificate, and nobody is told that one fits none.
func TestARenewalOfRedactedEvidenceIsNotKnown(t *testing.T) {
	w := newEstate(t, present).start(t)
	defer w.Close()
	open, closed := filepath.Join(t.TempDir(), "open.json"), filepath.Join(t.TempDir(), "closed.json")
	run(t, "collect", "-o", open, "--config", w.Config())
	run(t, "collect", "--from", open, "--redact", "-o", closed)
	status, stdout, stderr := run(t, "renewal", "--from", closed, "--certificate", renewed.pem(t, "new.pem"))
	if status != 3 || !strings.HasPrefix(stdout, "Answer: not known") {
		t.Errorf("status %d, %.100q, %q", status, stdout, stderr)
	}
}

// What a reader, a reviewer and a shell are given, as it stands.
func TestARenewalAsItIsTold(t *testing.T) {
	for _, test := range []struct{ name, format, golden string }{
		{"a wildcard instead of the host's name", "text", "wildcard.txt"},
		{"another issuer, and a connector that names the old one", "markdown", "issuer.md"},
		{"a request for a wildcard", "powershell", "request.ps1"},
		{"a request without a common name", "text", "request.txt"},
		{"expired already", "powershell", "expired.ps1"},
	} {
		at := slices.IndexFunc(renewals, func(r renewing) bool { return r.name == test.name })
		kind := renewals[at]
		e := newEstate(t, present)
		if kind.before != nil {
			kind.before(t, e)
		}
		file, args := kind.next.pem(t, "new.pem"), []string(nil)
		if kind.write != nil {
			file, args = kind.write(t, kind.next)
		}
		if len(kind.flags) == 1 {
			args = rootsOf(t)
		}
		w := e.start(t)
		_, got, _ := run(t, slices.Concat([]string{"renewal", "--config", w.Config(), "--certificate", file, "--format", test.format}, args)...)
		w.Close()
		golden := filepath.Join("testdata", "renewal", test.golden)
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.golden, diff)
		}
	}
}
