package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

func TestEveryAddressOfEveryHostIsInTheInventory(t *testing.T) {
	s := Healthy()
	s.Hosts = append(s.Hosts,
		facts.Host{Name: "dead.contoso.com", Port: 443, Addresses: facts.Unknown[[]facts.Endpoint]("no such host")},
		facts.Host{Name: "half.contoso.com", Port: 443, Origins: []facts.Origin{{Service: "ews"}, {Service: "oab"}, {Service: "ews"}},
			Addresses: facts.Known([]facts.Endpoint{{Address: "192.0.2.9:443", Served: facts.Unknown[facts.Served]("connection refused")},
				{Address: "192.0.2.8:443", Served: facts.Known(facts.Served{Chain: []facts.Certificate{{Unreadable: "a negative serial number"}}})}})})
	got := map[string]report.Served{}
	for _, row := range served(s) {
		got[row.Host+" "+row.Address] = row
	}
	want := map[string]string{
		"dead.contoso.com ":              "no such host",
		"half.contoso.com 192.0.2.9:443": "connection refused",
		"half.contoso.com 192.0.2.8:443": "the certificate could not be read: a negative serial number",
	}
	for key, note := range want {
		if row, ok := got[key]; !ok || row.Note != note || row.NotAfter != nil {
			t.Errorf("%s: got %+v, want the note %q and no date", key, row, note)
		}
	}
	if diff := cmp.Diff([]string{"ews", "oab"}, got["half.contoso.com 192.0.2.9:443"].PublishedBy); diff != "" {
		t.Error(diff)
	}
	for _, h := range Healthy().Hosts {
		for _, e := range h.Addresses.Value {
			row, leaf := got[h.Name+" "+e.Address], e.Served.Value.Leaf()
			if row.NotAfter == nil || !row.NotAfter.Equal(leaf.NotAfter) || row.Thumbprint != leaf.Thumbprint {
				t.Errorf("%s at %s: got %+v", h.Name, e.Address, row)
			}
		}
	}
}

func TestAnAnswerIsToldInAPhrase(t *testing.T) {
	for want, a := range map[string]facts.Answer{
		"not asked: it is http":                 {Skipped: "it is http"},
		"no records":                            {Protocol: facts.DNS, Records: facts.Known([]facts.ServiceRecord{})},
		"mail.contoso.com:443":                  {Protocol: facts.DNS, Records: facts.Known([]facts.ServiceRecord{{Target: "mail.contoso.com", Port: 443}})},
		"server misbehaving":                    {Protocol: facts.DNS, Records: facts.Unknown[[]facts.ServiceRecord]("server misbehaving")},
		"HTTP 302 to https://mail.contoso.com/": {Status: 302, Location: "https://mail.contoso.com/"},
		"HTTP 404":                              {Status: 404, Response: facts.Unknown[facts.Response]("HTTP 404")},
		"error 500 no such address":             {Response: facts.Known(facts.Response{Error: &facts.AutodiscoverError{Code: "500", Message: "no such address"}})},
		"redirected to u@fabrikam.com":          {Response: facts.Known(facts.Response{RedirectAddr: "u@fabrikam.com"})},
		"https://outlook.office365.com/ews":     {Response: facts.Known(facts.Response{Endpoint: &facts.NodeURL{Element: "Ews", URL: "https://outlook.office365.com/ews"}})},
		"settings: EXCH, EXPR":                  {Response: facts.Known(facts.Response{Nodes: []facts.Node{{Type: "EXCH"}, {Type: "EXPR"}}})},
		"settings: 1":                           {Response: facts.Known(facts.Response{Settings: []facts.Setting{{Name: "ExternalMailboxServer"}}})},
	} {
		if got := answered(&a); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
