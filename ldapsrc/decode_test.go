package ldapsrc

import (
	"slices"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/stored"
)

func TestPublished(t *testing.T) {
	ok := func(host string, port int, ssl bool) facts.PublishedURL {
		return facts.PublishedURL{Host: host, Port: port, SSL: ssl}
	}
	wrong := func(problem string) facts.PublishedURL { return facts.PublishedURL{Problem: problem} }
	for raw, want := range map[string]facts.PublishedURL{
		"https://mail.contoso.com/rpc":      ok("mail.contoso.com", 443, true),
		"http://EX1.contoso.com/rpc":        ok("EX1.contoso.com", 80, false),
		"HTTPS://mail.contoso.com:8443":     ok("mail.contoso.com", 8443, true),
		"https://[2001:db8::1]:444/rpc":     ok("2001:db8::1", 444, true),
		"https://mail.contoso.com:/rpc":     ok("mail.contoso.com", 443, true),
		"https://bücher.contoso.com/rpc":    ok("xn--bcher-kva.contoso.com", 443, true),
		"":                                  wrong("the text is empty"),
		"mail.contoso.com":                  wrong("the text has no scheme, where https:// or http:// is expected"),
		"//mail.contoso.com/rpc":            wrong("the text has no scheme, where https:// or http:// is expected"),
		"mail.contoso.com:443":              wrong("the scheme is neither https nor http"),
		" https://mail.contoso.com/rpc":     wrong("the text is not a URL"),
		"https://mail contoso.com/rpc":      wrong("the text is not a URL"),
		"https:mail.contoso.com":            wrong("the URL names no host"),
		"https://:443/rpc":                  wrong("the URL names no host"),
		"https://mail.contoso.com:0/rpc":    wrong("the URL's port is not a port number"),
		"https://mail.contoso.com:http/rpc": wrong("the text is not a URL"),
	} {
		want.Raw = facts.Present(raw)
		if got := stored.Published(raw); got != want {
			t.Errorf("%q: got %+v, want %+v", raw, got, want)
		}
	}
	if got := publishedIn(facts.Null()); got != facts.Known(facts.PublishedURL{}) {
		t.Errorf("absent: got %+v", got)
	}
	if got := publishedIn(facts.Unknown[facts.Text]("hidden")); got != facts.Unknown[facts.PublishedURL]("hidden") {
		t.Errorf("hidden: got %+v", got)
	}
}

func TestAuthenticationMethods(t *testing.T) {
	for _, test := range []struct {
		stored             facts.Number
		external, internal string
		iis                []string
	}{
		{facts.Number{}, "", "Ntlm", []string{"Basic", "Ntlm", "Negotiate"}},
		{facts.Present(0), "Misconfigured", "Basic", []string{"Basic", "Ntlm", "Negotiate"}},
		{facts.Present(1), "Basic", "Digest", []string{"Basic"}},
		{facts.Present(2), "Ntlm", "Ntlm", []string{"Ntlm"}},
		{facts.Present(9), "Misconfigured", "NegoEx", []string{"Basic", "Digest"}},
		{facts.Present(13), "Misconfigured", "Negotiate", []string{"Basic", "Fba", "Digest"}},
		{facts.Present(512), "NegoEx", "Misconfigured", []string{"NegoEx"}},
		{facts.Present(1000), "Misconfigured", "Misconfigured", []string{"Digest", "LiveIdFba", "LiveIdBasic", "WSSecurity", "Certificate", "NegoEx"}},
		{facts.Present(8192), "Negotiate", "Misconfigured", []string{"Negotiate"}},
		{facts.Present(8195), "Misconfigured", "Misconfigured", []string{"Basic", "Ntlm", "Negotiate"}},
		{facts.Present(-2147483648), "Misconfigured", "Misconfigured", []string{"0x80000000"}},
	} {
		if got := externalMethod(test.stored); got != test.external {
			t.Errorf("%+v outside: %q, want %q", test.stored, got, test.external)
		}
		if got := internalMethod(test.stored); got != test.internal {
			t.Errorf("%+v inside: %q, want %q", test.stored, got, test.internal)
		}
		if got := iisMethods(test.stored); !slices.Equal(got, test.iis) {
			t.Errorf("%+v in IIS: %q, want %q", test.stored, got, test.iis)
		}
	}
}

func TestDataWord(t *testing.T) {
	for diagnostic, want := range map[string]string{
		"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1":      "52e",
		"80090346: LdapErr: DSID-0C090597, comment: AcceptSecurityContext error, data 80090346, v4563": "80090346",
		"comment: nothing, data 52, of this, data 52E":                                                 "52e",
		"metadata 52e":             "",
		"error, data ":             "",
		"error, data xyz":          "",
		"error, data 123456789abc": "",
		"":                         "",
	} {
		if got := dataWord(diagnostic); got != want {
			t.Errorf("%q: got %q, want %q", diagnostic, got, want)
		}
	}
}

func TestServerOf(t *testing.T) {
	for dn, want := range map[string]string{
		"CN=Rpc (Default Web Site),CN=HTTP,CN=Protocols,CN=EX1,CN=Servers,DC=x": "EX1",
		`cn=rpc,cn=http,cn=protocols,cn=EX\, 1,dc=x`:                            "EX, 1",
		"CN=Rpc,CN=Protocols": "",
		"CN=Rpc,DC=x":         "",
		"nonsense":            "",
	} {
		if got := serverOf(dn); got != want {
			t.Errorf("%q: got %q, want %q", dn, got, want)
		}
	}
}

func FuzzPublished(f *testing.F) {
	for _, seed := range []string{"https://mail.contoso.com/rpc", "http://[::1]:80/rpc", "mail.contoso.com", "https://:0", "https://a@b:c/", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		p := stored.Published(raw)
		if p.Raw != facts.Present(raw) {
			t.Errorf("%q became %+v", raw, p.Raw)
		}
		if p.Problem == "" && (p.Host == "" || p.Port < 1 || p.Port > 65535) {
			t.Errorf("%q: no problem and %+v", raw, p)
		}
		if p.Problem != "" && (p.Host != "" || p.Port != 0 || p.SSL) {
			t.Errorf("%q: a problem and %+v", raw, p)
		}
		if p.SSL && !strings.EqualFold(raw[:len("https:")], "https:") {
			t.Errorf("%q is SSL", raw)
		}
	})
}

func FuzzAuthenticationMethods(f *testing.F) {
	f.Add(int32(0), true)
	f.Add(int32(8195), true)
	f.Add(int32(-1), false)
	f.Fuzz(func(t *testing.T, n int32, present bool) {
		stored := facts.Number{}
		if present {
			stored = facts.Present(int(n))
		}
		if len(iisMethods(stored)) == 0 || internalMethod(stored) == "" {
			t.Errorf("%+v has no method", stored)
		}
		if (externalMethod(stored) == "") == present {
			t.Errorf("%+v outside is %q", stored, externalMethod(stored))
		}
	})
}

func FuzzDataWord(f *testing.F) {
	f.Add("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1")
	f.Add(", data ")
	f.Fuzz(func(t *testing.T, diagnostic string) {
		word := dataWord(diagnostic)
		if len(word) > 8 || strings.Trim(word, "0123456789abcdef") != "" {
			t.Errorf("%q gave %q", diagnostic, word)
		}
	})
}

func FuzzPrintable(f *testing.F) {
	f.Add("\x1b[31m\u202e\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		got := printable(text)
		if len([]rune(got)) > maxPrinted+len("...") || strings.ContainsAny(got, "\x00\x1b\r\n\u202e\u200b\u2028") {
			t.Errorf("%q became %q", text, got)
		}
		if again := printable(got); len([]rune(got)) <= maxPrinted && again != got {
			t.Errorf("%q became %q and then %q", text, got, again)
		}
	})
}
