package facts_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
)

func leafOf(name, key string, names ...string) facts.Served {
	return facts.Served{Trust: facts.Known(facts.Trust{Trusted: true}), Chain: []facts.Certificate{{
		CommonNames: []string{name}, DNSNames: names, Key: key, Thumbprint: name + " " + key,
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}}}
}

// renewable is a deployment with one host at three addresses, one of them dead, and
// what Autodiscover said there.
func renewable() *facts.Snapshot {
	old := leafOf("old", "RSA", "mail.contoso.com")
	old.Version, old.Cipher, old.Proven = "TLS 1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", true
	secured := facts.Known(facts.Secured{Leaf: old.Leaf(), Verified: true, Address: "192.0.2.1:443"})
	const url = "https://mail.contoso.com/autodiscover/autodiscover.xml"
	answer := facts.Answer{Mailbox: "user@contoso.com", Step: facts.StepSRV, URL: url, View: facts.ViewRPC, Status: 302,
		Location: "https://other.contoso.com/", CredentialsSent: "Basic", Secured: secured, Response: facts.Unknown[facts.Response]("HTTP 302")}
	led := facts.Answer{Mailbox: "user@contoso.com", Step: facts.StepSRV, URL: "https://other.contoso.com/", View: facts.ViewRPC, Hop: 1, From: url,
		Status: 200, Response: facts.Known(facts.Response{Action: "settings"})}
	further := led
	further.URL, further.From, further.Hop = "https://third.contoso.com/", led.URL, 2
	return &facts.Snapshot{TakenAt: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), Answers: []facts.Answer{answer, led, further},
		Hosts: []facts.Host{{Name: "mail.contoso.com", Port: 443, Addresses: facts.Known([]facts.Endpoint{
			{Address: "192.0.2.1:443", Served: facts.Known(old)}, {Address: "192.0.2.2:443", Served: facts.Known(old)},
			{Address: "192.0.2.3:443", Served: facts.Unknown[facts.Served]("it does not answer")}})}}}
}

func everywhere(facts.Host, facts.Endpoint) bool { return true }

func TestWithLeafReplacesWhatItIsToldAndNothingElse(t *testing.T) {
	s := renewable()
	before := encode(t, s)
	after := s.WithLeaf(func(_ facts.Host, e facts.Endpoint) bool { return e.Address != "192.0.2.2:443" }, leafOf("new", "ECDSA", "mail.contoso.com"))
	endpoints := after.Hosts[0].Addresses.Value
	if got := endpoints[0].Served.Value; got.Leaf().CommonNames[0] != "new" || got.Version != "TLS 1.2" || got.Cipher != "" || got.Proven {
		t.Errorf("the first serves %+v", got)
	}
	if got := endpoints[1].Served.Value.Leaf().CommonNames[0]; got != "old" {
		t.Errorf("the second, which was not meant, serves %s", got)
	}
	if endpoints[2].Served.Known {
		t.Error("a dead address was woken")
	}
	if a := after.Answers[0]; a.Status != 302 || a.Secured.Value.Leaf.CommonNames[0] != "new" || len(after.Answers) != 3 {
		t.Errorf("the answer of a replaced certificate is %+v", a)
	}
	if diff := cmp.Diff(before, encode(t, s)); diff != "" {
		t.Errorf("the snapshot was changed:\n%s", diff)
	}
}

func TestACertificateThatIsRefusedLeadsNowhere(t *testing.T) {
	expired, untrusted := leafOf("new", "RSA", "mail.contoso.com"), leafOf("new", "RSA", "mail.contoso.com")
	expired.Chain[0].NotAfter = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	untrusted.Trust = facts.Known(facts.Trust{Reason: "nobody knows its root"})
	for name, served := range map[string]facts.Served{"of another host": leafOf("new", "RSA", "owa.contoso.com"), "expired": expired, "untrusted": untrusted} {
		after := renewable().WithLeaf(everywhere, served)
		if len(after.Answers) != 1 {
			t.Fatalf("%s: %d answers are left", name, len(after.Answers))
		}
		a := after.Answers[0]
		if a.Secured.Value.Verified || a.Secured.Value.Why == "" || a.Status != 0 || a.Location != "" || a.CredentialsSent != "" || a.Response.Known {
			t.Errorf("%s: the answer is %+v", name, a)
		}
	}
	unsure := leafOf("new", "RSA", "mail.contoso.com")
	unsure.Trust = facts.Unknown[facts.Trust]("the file holds no issuer")
	if after := renewable().WithLeaf(everywhere, unsure); after.Answers[0].Secured.Known || len(after.Answers) != 3 {
		t.Errorf("of a trust that is not known: %+v", after.Answers[0])
	}
}

func TestNobodyKnowsWhatARefusedServerWouldAnswer(t *testing.T) {
	s := renewable()
	s.Answers = s.Answers[:1]
	refused := s.Answers[0].Secured.Value
	refused.Verified, refused.Why = false, "the certificate has expired"
	s.Answers[0] = facts.Answer{Mailbox: "user@contoso.com", Step: facts.StepSRV, URL: s.Answers[0].URL, Secured: facts.Known(refused),
		Response: facts.Unknown[facts.Response](refused.Why)}
	a := s.WithLeaf(everywhere, leafOf("new", "RSA", "mail.contoso.com")).Answers[0]
	if !a.Secured.Value.Verified || a.Skipped == "" || a.Response.Known {
		t.Errorf("the answer is %+v", a)
	}
}

func TestAServerOfTwoCertificatesKeepsTheOther(t *testing.T) {
	s := renewable()
	served := &s.Hosts[0].Addresses.Value[0].Served.Value
	other := leafOf("other", "ECDSA", "mail.contoso.com")
	served.Others = facts.Known([]facts.OtherChain{{Offered: "ECDSA", Chain: other.Chain, Trust: other.Trust}})
	got := s.WithLeaf(everywhere, leafOf("new", "ECDSA", "mail.contoso.com")).Hosts[0].Addresses.Value[0].Served.Value
	if got.Leaf().CommonNames[0] != "old" || got.Others.Value[0].Chain[0].CommonNames[0] != "new" {
		t.Errorf("with a new ECDSA certificate it serves %+v", got)
	}
	got = s.WithLeaf(everywhere, leafOf("new", "RSA", "mail.contoso.com")).Hosts[0].Addresses.Value[0].Served.Value
	if got.Leaf().CommonNames[0] != "new" || len(got.Others.Value) != 1 || got.Others.Value[0].Chain[0].CommonNames[0] != "other" {
		t.Errorf("with a new RSA certificate it serves %+v", got)
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
