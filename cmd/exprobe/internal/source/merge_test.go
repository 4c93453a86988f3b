package source

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
)

func sees(address, thumbprint string) facts.Endpoint {
	return facts.Endpoint{Address: address, Served: facts.Known(facts.Served{Chain: []facts.Certificate{{Thumbprint: thumbprint}}})}
}

func misses(address string) facts.Endpoint {
	return facts.Endpoint{Address: address, Served: facts.Unknown[facts.Served]("timed out")}
}

func host(name string, endpoints ...facts.Endpoint) facts.Host {
	return facts.Host{Name: name, Port: 443, Addresses: facts.Known(endpoints)}
}

func TestMergingVantagePointsKeepsAllThatAnyOfThemSaw(t *testing.T) {
	lost := facts.Host{Name: "mail.contoso.com", Port: 443, Addresses: facts.Unknown[[]facts.Endpoint]("no such host")}
	for name, test := range map[string]struct {
		inside, outside facts.Host
		want            []facts.Endpoint
	}{
		"split DNS: the addresses of both": {host("mail.contoso.com", sees("10.0.0.1:443", "A")), host("MAIL.contoso.com", sees("192.0.2.1:443", "B")),
			[]facts.Endpoint{sees("10.0.0.1:443", "A"), sees("192.0.2.1:443", "B")}},
		"the same twice": {host("mail.contoso.com", sees("192.0.2.1:443", "A")), host("mail.contoso.com", sees("192.0.2.1:443", "A")),
			[]facts.Endpoint{sees("192.0.2.1:443", "A")}},
		"one address, two certificates": {host("mail.contoso.com", sees("192.0.2.1:443", "A")), host("mail.contoso.com", sees("192.0.2.1:443", "B")),
			[]facts.Endpoint{sees("192.0.2.1:443", "A"), sees("192.0.2.1:443", "B")}},
		"out of reach from the first":  {host("mail.contoso.com", misses("192.0.2.1:443")), host("mail.contoso.com", sees("192.0.2.1:443", "A")), []facts.Endpoint{sees("192.0.2.1:443", "A")}},
		"out of reach from the second": {host("mail.contoso.com", sees("192.0.2.1:443", "A")), host("mail.contoso.com", misses("192.0.2.1:443")), []facts.Endpoint{sees("192.0.2.1:443", "A")}},
		"out of reach from both":       {host("mail.contoso.com", misses("192.0.2.1:443")), host("mail.contoso.com", misses("192.0.2.1:443")), []facts.Endpoint{misses("192.0.2.1:443")}},
		"unresolved by the first":      {lost, host("mail.contoso.com", sees("192.0.2.1:443", "A")), []facts.Endpoint{sees("192.0.2.1:443", "A")}},
		"unresolved by the second":     {host("mail.contoso.com", sees("192.0.2.1:443", "A")), lost, []facts.Endpoint{sees("192.0.2.1:443", "A")}},
	} {
		views := []*facts.Snapshot{{Hosts: []facts.Host{test.inside}}, {Hosts: []facts.Host{test.outside}}}
		before := encoded(views)
		got := Merge(views)
		if len(got.Hosts) != 1 {
			t.Fatalf("%s: %d hosts", name, len(got.Hosts))
		}
		if diff := cmp.Diff(test.want, got.Hosts[0].Addresses.Value); diff != "" || !got.Hosts[0].Addresses.Known {
			t.Errorf("%s: known %t (-want +got):\n%s", name, got.Hosts[0].Addresses.Known, diff)
		}
		if encoded(views) != before {
			t.Errorf("%s: merging changed a view", name)
		}
	}
	both := Merge([]*facts.Snapshot{{Hosts: []facts.Host{lost}}, {Hosts: []facts.Host{lost}}})
	if both.Hosts[0].Addresses.Known || both.Hosts[0].Addresses.Why == "" {
		t.Errorf("unresolved by both: %+v", both.Hosts[0])
	}
}

func TestMergedViewsAreJudgedAsOfTheLatest(t *testing.T) {
	early, late := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	one := &facts.Snapshot{TakenAt: late, Altered: []string{"a.json"}, Answers: []facts.Answer{{URL: "a"}, {URL: "b"}},
		Organizations: []facts.Organization{{DN: "CN=Contoso"}}}
	two := &facts.Snapshot{TakenAt: early, Answers: []facts.Answer{{URL: "b"}, {URL: "c"}}, Organizations: []facts.Organization{{DN: "cn=contoso",
		Providers: facts.Known([]facts.Provider{}), VirtualDirectories: facts.Known([]facts.VirtualDirectory{})}}}
	got := Merge([]*facts.Snapshot{one, two})
	if !got.TakenAt.Equal(late) || len(got.Answers) != 3 || len(got.Altered) != 1 {
		t.Errorf("got %+v", got)
	}
	if len(got.Organizations) != 1 || !got.Organizations[0].Providers.Known {
		t.Errorf("organizations: %+v", got.Organizations)
	}
}
