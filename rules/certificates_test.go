package rules_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
)

// failing lists the rules that fail, each once.
func failing(s *facts.Snapshot) []string {
	var ids []string
	for _, f := range rules.Evaluate(s, rules.All(), rules.Policy{}).Findings {
		if f.Outcome == report.Fail && !slices.Contains(ids, f.Rule) {
			ids = append(ids, f.Rule)
		}
	}
	slices.Sort(ids)
	return ids
}

// One cause gives one failure: an example of a rule about hosts and certificates
// fails that rule alone. Only a name that is wrong twice is told twice.
// Whatever follows from a finding stands in its story. The causes that two stories
// are left of are two faults, or one that is told at two ends.
func TestOneCauseGivesOneStory(t *testing.T) {
	twice := map[string][]string{
		"certificate-self-signed/the certificate that Exchange made at setup": {"host-not-in-certificate"}, // its name is the server's short one
	}
	eachExample(t, func(t *testing.T, rule rules.Rule, example rules.Example, broken *facts.Snapshot) {
		if example.Outcome != "" || !strings.HasPrefix(rule.ID, "certificate-") && !strings.HasPrefix(rule.ID, "host-") && !strings.HasPrefix(rule.ID, "tls-") {
			return
		}
		var roots []string
		for _, f := range rules.Evaluate(broken, rules.All(), rules.Policy{}).Findings {
			graver := f.Rule == "hybrid-endpoint-certificate" || f.Rule == "principal-name-mismatch" || f.Rule == "site-principals-differ" // told under nothing lesser
			if f.Outcome == report.Fail && f.Cause == "" && !graver && !slices.Contains(roots, f.Rule) {
				roots = append(roots, f.Rule)
			}
		}
		slices.Sort(roots)
		want := append([]string{rule.ID}, twice[rule.ID+"/"+example.Name]...)
		slices.Sort(want)
		if diff := cmp.Diff(want, roots); diff != "" {
			t.Error(diff)
		}
	})
}

// outcomeOf is what a rule says of the first address, "" for nothing.
func outcomeOf(t *testing.T, id string, s *facts.Snapshot) (report.Outcome, string) {
	t.Helper()
	rule, ok := rules.Find(id)
	if !ok {
		t.Fatalf("there is no rule %s", id)
	}
	for _, v := range rule.Check(s) {
		if v.Subject.Address == "192.0.2.10:443" {
			return v.Outcome, v.Message
		}
	}
	return "", ""
}

func TestUntrustedChainsAreToldByTheirCause(t *testing.T) {
	fetch := []string{"http://pki.contoso.com/issuing.crt"}
	tests := []struct {
		name                    string
		change                  func(v *facts.Served)
		untrusted, cut, by, sig report.Outcome // of not-trusted, chain-incomplete, self-signed, weak-signature
	}{
		{"not trusted", func(v *facts.Served) { v.Trust = facts.Known(facts.Trust{Reason: "not trusted"}) }, report.Fail, "", report.Pass, report.Pass},
		{"not trusted, with its root", func(v *facts.Served) {
			v.Chain, v.Trust = append(slices.Clone(v.Chain), root()), facts.Known(facts.Trust{Reason: "not trusted"})
		}, report.Fail, report.Pass, report.Pass, report.Pass},
		{"an intermediate that Windows fetches", func(v *facts.Served) {
			v.Chain, v.Trust = v.Chain[:1], facts.Known(facts.Trust{Missing: "CN=Contoso Issuing CA", Fetch: fetch})
		}, report.Unknown, report.Fail, report.Pass, report.Pass},
		{"an issuer that nobody can fetch", untrusted("CN=Contoso Issuing CA"), report.Fail, "", report.Pass, report.Pass},
		{"self-signed", selfSigned, "", report.Pass, report.Fail, report.Pass},
		{"self-signed, and the roots could not be loaded", func(v *facts.Served) {
			selfSigned(v)
			v.Trust = facts.Unknown[facts.Trust]("the trusted roots could not be loaded")
		}, report.Unknown, report.Unknown, report.Unknown, report.Pass},
		{"signed with SHA-1", func(v *facts.Served) {
			v.Chain = slices.Clone(v.Chain)
			v.Chain[0].Signature, v.Trust = "SHA1-RSA", facts.Known(facts.Trust{Reason: "signed with SHA1-RSA"})
		}, report.Unknown, "", report.Pass, report.Fail},
		{"a file without its issuer", func(v *facts.Served) {
			fromFile(v)
			v.Trust = facts.Known(facts.Trust{Missing: "CN=Contoso Issuing CA"})
		}, report.Unknown, "", report.Pass, report.Pass},
		{"an intermediate that cannot be parsed", func(v *facts.Served) {
			v.Chain = []facts.Certificate{v.Chain[0], {Unreadable: "odd"}}
		}, report.Pass, report.Unknown, report.Pass, report.Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := rules.Healthy()
			served(s, test.change)
			for id, want := range map[string]report.Outcome{"certificate-not-trusted": test.untrusted, "certificate-chain-incomplete": test.cut,
				"certificate-self-signed": test.by, "certificate-weak-signature": test.sig} {
				if got, message := outcomeOf(t, id, s); got != want {
					t.Errorf("%s says %q (%s), want %q", id, got, message, want)
				}
			}
		})
	}
}

func TestLifetimesFollowTheDayOfIssue(t *testing.T) {
	tests := []struct {
		from string
		days int // allowed; 0 for no limit that is known
	}{
		{"2019-01-01", 0}, {"2020-09-01", 398}, {"2026-03-14", 398}, {"2026-03-15", 200}, {"2027-03-14", 200},
		{"2027-03-15", 100}, {"2029-03-14", 100}, {"2029-03-15", 47}, {"2035-01-01", 47},
	}
	for _, test := range tests {
		start, err := time.Parse(time.DateOnly, test.from)
		if err != nil {
			t.Fatal(err)
		}
		for extra, want := range map[time.Duration]report.Outcome{-time.Second: report.Pass, 0: report.Fail} { // the last second counts
			days := test.days
			if days == 0 {
				days, want = 3000, report.Pass
			}
			s := rules.Healthy()
			leaves(s, func(c *facts.Certificate) { c.NotBefore, c.NotAfter = start, start.AddDate(0, 0, days).Add(extra) })
			if got, message := outcomeOf(t, "certificate-too-long-lived", s); got != want {
				t.Errorf("%d days and %v from %s: %s (%s)", days, extra, test.from, got, message)
			}
		}
	}
}

// Every rule about certificates looks at the certificates that other clients get.
func TestTheOtherCertificateIsJudgedToo(t *testing.T) {
	twin := func(s *facts.Snapshot, change func(c *facts.Certificate)) {
		served(s, func(v *facts.Served) {
			chain := slices.Clone(v.Chain)
			change(&chain[0])
			v.Others = facts.Known([]facts.OtherChain{{Offered: "RSA", Chain: chain, Trust: v.Trust}})
		})
	}
	for id, change := range map[string]func(c *facts.Certificate){
		"certificate-expired":         func(c *facts.Certificate) { c.NotAfter = c.NotBefore },
		"host-not-in-certificate":     func(c *facts.Certificate) { c.DNSNames = []string{"owa.contoso.com"} },
		"certificate-weak-key":        func(c *facts.Certificate) { c.KeyBits = 1024 },
		"certificate-not-inspectable": func(c *facts.Certificate) { *c = facts.Certificate{Unreadable: "odd"} },
	} {
		s := rules.Healthy()
		twin(s, change)
		if outcome, message := outcomeOf(t, id, s); outcome != report.Fail || !strings.HasPrefix(message, "to clients that can do RSA alone: ") {
			t.Errorf("%s says %q: %s", id, outcome, message)
		}
		served(s, func(v *facts.Served) { v.Others = facts.Unknown[[]facts.OtherChain]("timed out") })
		if outcome, _ := outcomeOf(t, id, s); outcome != report.Unknown {
			t.Errorf("%s says %q where the other certificate could not be seen", id, outcome)
		}
		served(s, func(v *facts.Served) { v.Others = facts.Observed[[]facts.OtherChain]{} })
		if outcome, _ := outcomeOf(t, id, s); outcome != report.Pass {
			t.Errorf("%s says %q where nobody asked for another certificate", id, outcome)
		}
	}
}

func TestKeysAndSignaturesThatAreNotKnownAreUnknown(t *testing.T) {
	for name, test := range map[string]struct {
		id     string
		change func(c *facts.Certificate)
		want   report.Outcome
	}{
		"a kind of key":          {"certificate-weak-key", func(c *facts.Certificate) { c.Key, c.KeyBits = "1.3.101.113", 0 }, report.Unknown},
		"a curve":                {"certificate-weak-key", func(c *facts.Certificate) { c.Key, c.KeyBits, c.Curve = "ECDSA", 0, "1.3.132.0.10" }, report.Unknown},
		"a curve of 224 bits":    {"certificate-weak-key", func(c *facts.Certificate) { c.Key, c.KeyBits, c.Curve = "ECDSA", 224, "P-224" }, report.Fail},
		"DSA":                    {"certificate-weak-key", func(c *facts.Certificate) { c.Key, c.KeyBits = "DSA", 3072 }, report.Fail},
		"2047 bits":              {"certificate-weak-key", func(c *facts.Certificate) { c.KeyBits = 2047 }, report.Fail},
		"a signature":            {"certificate-weak-signature", func(c *facts.Certificate) { c.Signature = "1.3.101.113" }, report.Unknown},
		"makecert's SHA-1":       {"certificate-weak-signature", func(c *facts.Certificate) { c.Signature = "1.3.14.3.2.29" }, report.Fail},
		"nothing recorded":       {"certificate-weak-key", func(c *facts.Certificate) { c.Key = "" }, report.Unknown},
		"no purposes recorded":   {"certificate-no-server-auth", func(c *facts.Certificate) { c.Key, c.Purposes = "", nil }, report.Unknown},
		"no signature recorded":  {"certificate-weak-signature", func(c *facts.Certificate) { c.Key, c.Signature = "", "" }, report.Unknown},
		"no policies recorded":   {"certificate-too-long-lived", func(c *facts.Certificate) { c.Key, c.Policies = "", nil }, report.Unknown},
		"an unknown second use":  {"certificate-no-server-auth", func(c *facts.Certificate) { c.Purposes = []string{"1.3.6.1.5.5.7.3.17"} }, report.Fail},
		"issued a day too late":  {"certificate-root-distrusted", func(c *facts.Certificate) { c.NotBefore = time.Date(2025, 4, 16, 0, 0, 0, 0, time.UTC) }, report.Pass},
		"mail among other names": {"certificate-email-principal", func(c *facts.Certificate) { c.SANEmails = []string{"it", "a@b.c"} }, report.Fail},
	} {
		s := rules.Healthy()
		leaves(s, test.change)
		if got, message := outcomeOf(t, test.id, s); got != test.want {
			t.Errorf("%s: %s says %q (%s), want %q", name, test.id, got, message, test.want)
		}
	}
}

func TestDistrustBeginsOnTheDay(t *testing.T) {
	for second, want := range map[int]report.Outcome{-1: report.Pass, 0: report.Fail} {
		s := rules.Healthy()
		entrust(s, time.Date(2025, 4, 16, 0, 0, second, 0, time.UTC))
		if got, message := outcomeOf(t, "certificate-root-distrusted", s); got != want {
			t.Errorf("%d seconds from the day on: %s (%s)", second, got, message)
		}
	}
	s := rules.Healthy()
	served(s, func(v *facts.Served) { v.Trust = facts.Known(facts.Trust{Trusted: true}) })
	for _, id := range []string{"certificate-root-distrusted", "certificate-chain-incomplete"} {
		if got, _ := outcomeOf(t, id, s); got != report.Unknown {
			t.Errorf("%s says %q of a root that has no name", id, got)
		}
	}
}

func TestUnparsableCertificateIsNeverAMismatchAndNeverFine(t *testing.T) {
	s := rules.Healthy()
	served(s, func(v *facts.Served) { v.Chain = []facts.Certificate{{Unreadable: "odd", Thumbprint: "AB"}} })
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	if got := failing(s); !slices.Equal(got, []string{"certificate-not-inspectable"}) {
		t.Errorf("failing are %q", got)
	}
	blameless := []string{"certificate-differs-between-addresses", "principal-name-dormant", "principal-name-fullsic", "principal-name-malformed", "principal-name-not-checked"} // need no name
	for _, tally := range rep.Tally {
		about := strings.HasPrefix(tally.Rule, "certificate-") || strings.HasPrefix(tally.Rule, "principal-name-") || tally.Rule == "host-not-in-certificate"
		if about && tally.Pass > 0 && !slices.Contains(blameless, tally.Rule) {
			t.Errorf("%s passes %d times", tally.Rule, tally.Pass)
		}
	}
}

// A name that is switched off or not known to be demanded convicts nobody.
func TestAnEmailAddressCountsWhereANameIsDemanded(t *testing.T) {
	s := rules.Healthy()
	leaves(s, func(c *facts.Certificate) { c.SubjectEmails = []string{"admin@contoso.com"} })
	for provider := range 2 {
		s.Organizations[0].Providers.Value[provider].CertPrincipalName = facts.Unknown[facts.Text]("denied")
	}
	s.Answers = nil
	if got, message := outcomeOf(t, "certificate-email-principal", s); got != report.Unknown || message != "denied" {
		t.Errorf("%s: %s", got, message)
	}
}

func TestViewsOfOneNameAreCompared(t *testing.T) {
	const id = "certificate-differs-between-addresses"
	node := func(s *facts.Snapshot, name, thumbprint string) {
		h := s.Hosts[0]
		h.Node, h.Addresses = name, facts.Known(slices.Clone(h.Addresses.Value[:1]))
		leafs(h, func(c *facts.Certificate) { c.Thumbprint = thumbprint })
		s.Hosts = append(s.Hosts, h)
	}
	for name, test := range map[string]struct {
		change  func(s *facts.Snapshot)
		want    report.Outcome
		message string
	}{
		"two servers alike and unlike the balancer": {func(s *facts.Snapshot) { node(s, "ex1", "AA"); node(s, "ex2", "AA") }, report.Fail, "Extended Protection"},
		"two servers, each with its own":            {func(s *facts.Snapshot) { node(s, "ex1", "AA"); node(s, "ex2", "BB") }, report.Fail, "no server behind it"},
		"one of two servers is left out": {func(s *facts.Snapshot) {
			leaves(s, func(c *facts.Certificate) { c.Thumbprint = "AA" })
			node(s, "ex1", "AA")
			node(s, "ex2", "BB")
		}, report.Fail, "the servers behind it serve 2 certificates"},
		"a server that was not seen": {func(s *facts.Snapshot) {
			node(s, "ex2", s.Hosts[0].Addresses.Value[0].Served.Value.Leaf().Thumbprint)
			s.Hosts = append(s.Hosts, facts.Host{Name: "MAIL.contoso.com", Port: 443, Node: "ex1", Addresses: facts.Unknown[[]facts.Endpoint]("refused")})
		}, report.Unknown, "refused"},
		"no server of which any was seen": {func(s *facts.Snapshot) {
			s.Hosts = append(s.Hosts, facts.Host{Name: "mail.contoso.com", Port: 443, Node: "ex1", Addresses: facts.Unknown[[]facts.Endpoint]("refused")})
		}, report.Pass, ""},
		"an address whose other certificate was not seen": {func(s *facts.Snapshot) {
			s.Hosts[0].Addresses.Value[0].Served.Value.Others = facts.Unknown[[]facts.OtherChain]("timed out")
		}, report.Unknown, "timed out"},
		"a server of a name that clients are not given": {func(s *facts.Snapshot) {
			node(s, "ex1", "AA")
			s.Hosts[1].Name = "other.contoso.com"
		}, report.Pass, ""},
	} {
		s := rules.Healthy()
		s.Hosts = slices.DeleteFunc(s.Hosts, func(h facts.Host) bool { return h.Node != "" })
		test.change(s)
		rule, _ := rules.Find(id)
		verdicts := rule.Check(s)
		if len(verdicts) != 1 || verdicts[0].Outcome != test.want || !strings.Contains(verdicts[0].Message, test.message) {
			t.Errorf("%s: %+v", name, verdicts)
		}
	}
}

func TestAHandshakeThatProvesNothingIsNeverClean(t *testing.T) {
	s := rules.Healthy()
	served := &s.Hosts[0].Addresses.Value[0].Served.Value
	served.Proven, served.Unproven = false, "invalid signature"
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	if rep.Exit != report.Blind || len(rep.Findings) != 1 || !strings.HasSuffix(rep.Findings[0].Message, "invalid signature") {
		t.Errorf("status %v, %+v", rep.Exit, rep.Findings)
	}
	if row := rep.Principals[0]; row.Match != "match" || row.Note != "the server has not proven that the certificate is its own" {
		t.Errorf("the row is %+v", row)
	}
}

func TestWhatWasNotAskedIsNoted(t *testing.T) {
	s := rules.Healthy()
	fix := func(s *facts.Snapshot) []string {
		give := &s.Organizations[0].Providers.Value[1].CertPrincipalName
		give.Value.Value = "msstd:owa.contoso.com"
		return rules.Evaluate(s, rules.All(), rules.Policy{}).Fix.Commands[0].Unproven
	}
	if got := rules.Evaluate(s, rules.All(), rules.Policy{}).Notes; len(got) != 0 {
		t.Errorf("everything was asked, and the notes say %q", got)
	}
	for i := range s.Hosts[0].Addresses.Value {
		served := &s.Hosts[0].Addresses.Value[i].Served.Value
		served.Proven, served.AsksForOwn = false, true
		served.Others, served.OldVersions = facts.Observed[[]facts.OtherChain]{}, facts.Observed[[]string]{}
	}
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	for i, begin := range []string{"no handshake was completed with mail.contoso.com (", "not asked of mail.contoso.com: ", "a client certificate is asked for by mail.contoso.com: "} {
		if i >= len(rep.Notes) || !strings.HasPrefix(rep.Notes[i], begin) {
			t.Errorf("note %d does not begin with %q: %q", i, begin, rep.Notes)
		}
	}
	if rep.Exit != report.Clean {
		t.Errorf("what is not asked by choice is a finding: %+v", rep.Findings)
	}
	if got := fix(s); len(got) != 1 || !strings.Contains(got[0], "--probe hello") {
		t.Errorf("the command is unproven in %q", got)
	}
}

func TestTheOtherCertificateOfAServerIsComparedToo(t *testing.T) {
	s := rules.Healthy()
	served := &s.Hosts[0].Addresses.Value[0].Served.Value
	other := served.Leaf()
	other.CommonNames, other.DNSNames, other.Key, other.Thumbprint = []string{"owa.contoso.com"}, []string{"owa.contoso.com"}, "ECDSA", otherThumbprint
	served.Others = facts.Known([]facts.OtherChain{{Offered: "ECDSA", Chain: []facts.Certificate{other}, Trust: served.Trust}})
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	if !slices.ContainsFunc(rep.Findings, func(f report.Finding) bool {
		return f.Rule == "principal-name-mismatch" && f.Outcome == report.Fail && strings.HasPrefix(f.Message, "to clients that can do ECDSA alone: Outlook demands")
	}) {
		t.Errorf("no mismatch among %+v", rep.Findings)
	}
	if first, second := rep.Principals[0], rep.Principals[1]; first.Match != "match" || second.Match != "mismatch" || second.Address != first.Address ||
		second.CommonName != "owa.contoso.com" || second.Note != "served to clients that can do ECDSA alone" {
		t.Errorf("the rows are %+v and %+v", first, second)
	}
	if first, second := rep.Served[0], rep.Served[1]; first.To != "" || second.To != "to clients that can do ECDSA alone" || second.Thumbprint != otherThumbprint {
		t.Errorf("the inventory has %+v and %+v", first, second)
	}
	if len(rep.Fix.Commands) != 0 || len(rep.Fix.Refused) != 2 {
		t.Errorf("a fix was solved from one of two certificates: %+v", rep.Fix)
	}
	served.Others = facts.Unknown[[]facts.OtherChain]("time is up")
	if outcome, message := outcomeOf(t, "principal-name-mismatch", s); outcome != report.Unknown {
		t.Errorf("%s: %s", outcome, message)
	}
}

func TestThePhraseForOtherClientsIsTrue(t *testing.T) {
	leaf := func(key string) []facts.Certificate { return []facts.Certificate{{Key: key}} }
	for _, test := range []struct{ first, offered, other, want string }{
		{"RSA", "ECDSA", "ECDSA", "to clients that can do ECDSA alone"},
		{"ECDSA", "RSA", "RSA", "to clients that can do RSA alone"},
		{"RSA", "ECDSA", "RSA", "to some other clients"},
	} {
		if got := (facts.Served{Chain: leaf(test.first)}).To(facts.OtherChain{Offered: test.offered, Chain: leaf(test.other)}); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
}

func TestAServerOfTheNewestVersionAloneIsHealthy(t *testing.T) {
	s := rules.Healthy()
	served(s, func(v *facts.Served) { v.Others = facts.Observed[[]facts.OtherChain]{} })
	rep := rules.Evaluate(s, rules.All(), rules.Policy{})
	if rep.Exit != report.Clean || len(rep.Notes) != 1 || !strings.HasPrefix(rep.Notes[0], "TLS 1.3 is all that mail.contoso.com speaks: ") {
		t.Errorf("status %v, notes %q, findings %+v", rep.Exit, rep.Notes, rep.Findings)
	}
}

// Two certificates of one issuer's name, of which one has no part.
func TestTheCertificateWithoutAPartIsNamed(t *testing.T) {
	renewed := func(change func(c *facts.Certificate)) facts.Certificate {
		c := rules.Healthy().Hosts[0].Addresses.Value[0].Served.Value.Chain[1]
		c.Thumbprint = otherThumbprint
		change(&c)
		return c
	}
	expired := renewed(func(c *facts.Certificate) { c.NotAfter = c.NotBefore.AddDate(1, 0, 0) })
	mail := renewed(func(c *facts.Certificate) { c.Purposes = []string{"1.3.6.1.5.5.7.3.4"} })
	weak := renewed(func(c *facts.Certificate) {
		c.Subject, c.Issuer, c.SelfSigned, c.KeyBits = "CN=Contoso Root CA", "CN=Contoso Root CA", true, 1024
	})
	for _, test := range []struct {
		name  string
		extra facts.Certificate
		first bool  // it stands before the issuer
		path  []int // as verified
		odd   string
	}{
		{"expired, first", expired, true, []int{0, 2}, "number 2, has no part"},
		{"expired, first, untold", expired, true, nil, "number 2, has no part"},
		{"expired, last", expired, false, []int{0, 1}, "number 3, has no part"},
		{"for e-mail, first", mail, true, nil, "number 2, has no part"},
		{"a weak root that is not the trusted one", weak, false, []int{0, 1}, ""},
		{"of another root", renewed(func(c *facts.Certificate) { c.Issuer = "CN=Fabrikam Root CA" }), false, []int{0, 1}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := rules.Healthy()
			served(s, func(v *facts.Served) {
				v.Chain = []facts.Certificate{v.Chain[0], v.Chain[1], test.extra}
				if test.first {
					v.Chain[1], v.Chain[2] = v.Chain[2], v.Chain[1]
				}
				v.Trust.Value.Path = test.path
			})
			var want []string
			if test.odd != "" {
				want = []string{"certificate-chain-order"}
			}
			if diff := cmp.Diff(want, failing(s)); diff != "" {
				t.Error(diff)
			}
			if _, message := outcomeOf(t, "certificate-chain-order", s); !strings.Contains(message, test.odd) {
				t.Errorf("got %q", message)
			}
		})
	}
}

func TestAnOldServerIsToldByWhatItOffersAtBest(t *testing.T) {
	for _, test := range []struct {
		version string
		old     []string
		want    string
	}{
		{"TLS 1.0", []string{"TLS 1.0"}, "the server offers nothing newer than TLS 1.0"},
		{"TLS 1.1", []string{"TLS 1.1", "TLS 1.0"}, "the server offers nothing newer than TLS 1.1, and accepts TLS 1.0 too"},
		{"TLS 1.2", []string{"TLS 1.1", "TLS 1.0"}, "the server still accepts TLS 1.0 and TLS 1.1"},
	} {
		s := rules.Healthy()
		served(s, func(v *facts.Served) { v.Version, v.OldVersions = test.version, facts.Known(test.old) })
		if outcome, message := outcomeOf(t, "tls-version-old", s); outcome != report.Fail || message != test.want {
			t.Errorf("%s: %q, want %q", outcome, message, test.want)
		}
	}
}

func TestAddressesAreComparedByBothCertificates(t *testing.T) {
	for _, test := range []struct {
		name          string
		first, second string // the other certificates' thumbprints; "" for none
		want          report.Outcome
	}{
		{"both the same", healthyThumbprint, healthyThumbprint, report.Pass},
		{"one address has no other", healthyThumbprint, "", report.Pass},
		{"the others differ", healthyThumbprint, otherThumbprint, report.Fail},
	} {
		s := rules.Healthy()
		for i, print := range []string{test.first, test.second} {
			v := &s.Hosts[0].Addresses.Value[i].Served.Value
			if print != "" {
				other := v.Leaf()
				other.Key, other.Curve, other.KeyBits, other.Thumbprint = "ECDSA", "P-256", 256, print
				v.Others = facts.Known([]facts.OtherChain{{Offered: "ECDSA", Chain: []facts.Certificate{other}, Trust: v.Trust}})
			}
		}
		rule, _ := rules.Find("certificate-differs-between-addresses")
		for _, v := range rule.Check(s) {
			if v.Subject.Name == "mail.contoso.com" && v.Outcome != test.want {
				t.Errorf("%s: %s, %s", test.name, v.Outcome, v.Message)
			}
		}
	}
}
