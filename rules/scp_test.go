package rules_test

import (
	"slices"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"
)

func TestRulesAboutConnectionPoints(t *testing.T) {
	const covered, empty, plain, site = "scp-host-not-in-certificate", "scp-empty", "scp-http", "scp-site-unknown"
	point := func(change func(p *facts.ConnectionPoint)) func(s *facts.Snapshot) {
		return func(s *facts.Snapshot) { change(&s.Organizations[0].ConnectionPoints.Value[0]) }
	}
	hold := func(urls ...string) func(s *facts.Snapshot) {
		return point(func(p *facts.ConnectionPoint) { p.Bindings = facts.Known(urls) })
	}
	other := func(kind string, bindings ...string) func(s *facts.Snapshot) {
		return point(func(p *facts.ConnectionPoint) {
			p.Kind, p.Sites, p.Bindings = facts.Known(kind), nil, facts.Known(bindings)
		})
	}
	check(t, []judged{
		{"a wildcard covers it", covered, func(s *facts.Snapshot) {
			for i := range s.Hosts[0].Addresses.Value {
				s.Hosts[0].Addresses.Value[i].Served.Value.Chain = []facts.Certificate{leaf("*.contoso.com")}
			}
		}, report.Pass, ""},
		{"one address of two shows another certificate", covered, func(s *facts.Snapshot) {
			s.Hosts[0].Addresses.Value[1].Served.Value.Chain = []facts.Certificate{leaf("ex2.contoso.com")}
		}, report.Fail, "EX1, EX2"},
		{"a host that resolves nowhere", covered, func(s *facts.Snapshot) {
			hold("https://ex1.contoso.local/")(s)
			s.Hosts = append(s.Hosts, facts.Host{Name: "ex1.contoso.local", Port: 443, Addresses: facts.Unknown[[]facts.Endpoint]("no such name")})
		}, report.Unknown, "no such name"},
		{"a host that was not probed", covered, hold("https://ex1.contoso.com/"), report.Unknown, "not probed"},
		{"another port is another host", covered, hold("https://mail.contoso.com:8443/"), report.Unknown, "not probed"},
		{"the pointer to another forest", covered, other(facts.PointPointer, "LDAP://dc1.fabrikam.com"), report.Pass, ""},
		{"a point that cannot be read", covered, point(func(p *facts.ConnectionPoint) { p.Bindings = facts.Unknown[[]string]("denied") }), report.Unknown, "denied"},
		{"a kind that cannot be read", covered, point(func(p *facts.ConnectionPoint) { p.Kind = facts.Unknown[string]("denied") }), report.Unknown, "denied"},

		{"nobody is meant to use them", empty, func(s *facts.Snapshot) {
			for i := range s.Organizations[0].ConnectionPoints.Value {
				s.Organizations[0].ConnectionPoints.Value[i].Bindings = facts.Known([]string{})
			}
		}, report.Pass, ""},
		{"a blank is nothing", empty, hold(" "), report.Fail, "no URL"},
		{"a hoster without patterns", empty, other(facts.PointHoster), report.Pass, ""},

		{"the scheme in capitals", plain, hold("HTTPS://mail.contoso.com/Autodiscover/Autodiscover.xml"), report.Pass, ""},
		{"the pointer's LDAP address", plain, other(facts.PointPointer, "LDAP://dc1.fabrikam.com"), report.Pass, ""},
		{"the hoster's patterns", plain, other(facts.PointHoster, "*.outlook.com"), report.Pass, ""},
		{"an empty point has a rule of its own", plain, hold(), report.Pass, ""},
		{"an LDAP address under the keyword of a URL", plain, hold("LDAP://dc1.fabrikam.com"), report.Fail, "LDAP://"},

		{"letters' case", site, point(func(p *facts.ConnectionPoint) { p.Sites = []string{"hq"} }), report.Pass, ""},
		{"no site is every site", site, point(func(p *facts.ConnectionPoint) { p.Sites = nil }), report.Pass, ""},
		{"one of two sites is gone", site, point(func(p *facts.ConnectionPoint) { p.Sites = []string{"HQ", "Branch"} }), report.Fail, "Branch"},
		{"a part of the sites was read", site, func(s *facts.Snapshot) {
			s.Organizations[0].Sites = facts.Unknown[[]facts.Site]("the list was cut short")
			s.Organizations[0].Sites.Value = []facts.Site{{Name: "EMEA"}}
		}, report.Unknown, "cut short"},
		{"and the site was in it", site, func(s *facts.Snapshot) {
			s.Organizations[0].Sites = facts.Unknown[[]facts.Site]("the list was cut short")
			s.Organizations[0].Sites.Value = []facts.Site{{Name: "HQ"}}
		}, report.Pass, ""},
		{"keywords that cannot be read", site, point(func(p *facts.ConnectionPoint) {
			p.Sites, p.Keywords = nil, facts.Unknown[[]string]("denied")
		}), report.Unknown, "denied"},
	})
}

// A host that only connection points name is told by the rule about them, and one
// that something else publishes by the rule about hosts, which theirs follows from.
func TestAHostOfConnectionPointsAloneIsToldOnce(t *testing.T) {
	for name, test := range map[string]struct {
		origins []facts.Origin
		want    []string
	}{
		"connection points alone": {[]facts.Origin{{Service: "connection-point"}}, []string{"scp-host-not-in-certificate"}},
		"a virtual directory too": {[]facts.Origin{{Service: "connection-point"}, {Service: facts.ServiceEWS}}, []string{"host-not-in-certificate"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := rules.Healthy()
			s.Organizations[0].ConnectionPoints.Value[0].Bindings = facts.Known([]string{"https://ex1.contoso.com/Autodiscover/Autodiscover.xml"})
			host := s.Hosts[0]
			host.Name, host.Origins = "ex1.contoso.com", test.origins
			host.Addresses = facts.Known(host.Addresses.Value[:1])
			s.Hosts = append(s.Hosts, host)
			var got []string
			for _, f := range rules.Evaluate(s, rules.All(), rules.Policy{}).Findings {
				if f.Cause == "" {
					got = append(got, f.Rule)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("told by %q, want %q", got, test.want)
			}
		})
	}
}
