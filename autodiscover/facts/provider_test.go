package facts_test

import (
	"testing"
	"time"

	"exprobe/autodiscover/facts"
)

func TestConflictObjectsAreNoCustomProviders(t *testing.T) {
	for name, want := range map[string]struct {
		of     string
		custom bool
	}{
		"EXPR":    {"", false},
		"exch":    {"", false},
		"WEB":     {"", false},
		"MOBILE":  {"", true},
		"CNF:odd": {"", true},
		"EXPR\nCNF:0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0": {"EXPR", false},
	} {
		p := facts.Provider{Name: name}
		if p.ConflictOf() != want.of || p.Custom() != want.custom {
			t.Errorf("%q: conflict of %q, custom %t", name, p.ConflictOf(), p.Custom())
		}
	}
}

func TestRequiredVersions(t *testing.T) {
	at := time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]struct {
		n  int
		ok bool
	}{
		"":                                     {0, true},
		"14.0.7012.1000, 2020-01-01T12:00:00Z": {1, true},
		`<v min="14.0.7012.1000" exp="2020-01-01T12:00:00.0Z"/>`: {1, true},
		`<Configuration version="1"/>`:                           {0, true},
		"14.0.7012.1000":                                         {0, false},
		"14.0.7012.1000, 2020-99-01T12:00:00Z":                   {0, false},
		"14.0.7012.1000, 2020-01-01T12:00:00Z 15.0.1.2":          {1, false},
	} {
		list, ok := facts.RequiredVersions(text)
		if len(list) != want.n || ok != want.ok || len(list) > 0 && (list[0].Version != "14.0.7012.1000" || !list[0].From.Equal(at)) {
			t.Errorf("%q: %+v, %t", text, list, ok)
		}
	}
}

func TestACertificateIsNamedByIssuerAndSubject(t *testing.T) {
	c := facts.Certificate{Subject: "CN=mail.contoso.com,O=Contoso,C=US", Issuer: "CN=R10,O=Let's Encrypt,C=US", CommonNames: []string{"mail.contoso.com"}}
	tests := []struct {
		name             string
		of               facts.TLSCertificateName
		named, resembles bool
	}{
		{"as .NET writes it", facts.TLSCertificateName{Issuer: "CN=R10, O=Let's Encrypt, C=US", Subject: "CN=mail.contoso.com, O=Contoso, C=US"}, true, true},
		{"without an issuer", facts.TLSCertificateName{Subject: "CN=MAIL.contoso.com, O=Contoso, C=US"}, true, true},
		{"another issuer", facts.TLSCertificateName{Issuer: "CN=R11, O=Let's Encrypt, C=US", Subject: "CN=mail.contoso.com, O=Contoso, C=US"}, false, true},
		{"another subject", facts.TLSCertificateName{Subject: "CN=mail.contoso.com"}, false, true},
		{"another certificate", facts.TLSCertificateName{Subject: "CN=smtp.contoso.com"}, false, false},
		{"nothing", facts.TLSCertificateName{}, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.of.Names(c) != test.named || test.of.Resembles(c) != test.resembles {
				t.Errorf("names %t, resembles %t", test.of.Names(c), test.of.Resembles(c))
			}
		})
	}
}

func TestAHostGoesWithTheOrganizationThatPublishesIt(t *testing.T) {
	s := &facts.Snapshot{Organizations: []facts.Organization{{DN: "CN=A,DC=a"}, {DN: "CN=B,DC=b"}},
		Hosts: []facts.Host{{Name: "ews.b.test", Port: 443, Origins: []facts.Origin{{By: "CN=EWS,cn=b,dc=b"}}}, {Name: "other.test", Port: 443}}}
	parts := s.ByOrganization()
	if len(parts[0].Hosts) != 1 || parts[0].Hosts[0].Name != "other.test" || len(parts[1].Hosts) != 1 || parts[1].Hosts[0].Name != "ews.b.test" {
		t.Errorf("got %+v and %+v", parts[0].Hosts, parts[1].Hosts)
	}
}
