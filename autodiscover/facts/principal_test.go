package facts_test

import (
	"fmt"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
)

func TestParsePrincipal(t *testing.T) {
	long := strings.Repeat("a", 63)
	tests := []struct {
		name, text string
		form       facts.Form
		want, why  string
	}{
		{"a host name", "msstd:mail.contoso.com", facts.HostName, "mail.contoso.com", ""},
		{"the prefix in capitals", "MSSTD:mail.contoso.com", facts.HostName, "mail.contoso.com", ""},
		{"a name in mixed case is kept as it is", "msstd:Mail.Contoso.COM", facts.HostName, "Mail.Contoso.COM", ""},
		{"a single label", "msstd:EX1", facts.HostName, "EX1", ""},
		{"an underscore", "msstd:mail_1.contoso.com", facts.HostName, "mail_1.contoso.com", ""},
		{"the longest label", "msstd:" + long + ".com", facts.HostName, long + ".com", ""},
		{"a label too long", "msstd:" + long + "a.com", facts.Malformed, "", "not a host name"},
		{"a wildcard", "msstd:*.contoso.com", facts.Wildcard, "*.contoso.com", ""},
		{"a wildcard further in", "msstd:mail.*.com", facts.Malformed, "", "not a host name"},
		{"a partial wildcard", "msstd:m*.contoso.com", facts.Malformed, "", "not a host name"},
		{"none", "none", facts.None, "", "switches the check off"},
		{"none as Exchange writes it", "None", facts.None, "", "switches the check off"},
		{"none with a prefix is a host called none", "msstd:none", facts.HostName, "none", ""},
		{"the chain form", `fullsic:\<CN=Root>\<CN=mail.contoso.com>`, facts.FullSIC, "", ""},
		{"nothing", "", facts.Malformed, "", "blank"},
		{"blanks alone", " \t", facts.Malformed, "", "blank"},
		{"a bare name", "mail.contoso.com", facts.Malformed, "", "lacks the prefix"},
		{"a bare wildcard, as in training labs", "*.QAExHybrid.com", facts.Malformed, "", "lacks the prefix"},
		{"a blank after the colon, as in Microsoft's article", "msstd: mail.contoso.com", facts.Malformed, "", "blank inside"},
		{"a blank before", " msstd:mail.contoso.com", facts.Malformed, "", "blanks around"},
		{"a line break after", "msstd:mail.contoso.com\n", facts.Malformed, "", "blanks around"},
		{"another prefix", "mstd:mail.contoso.com", facts.Malformed, "", "prefix is not msstd"},
		{"a trailing dot", "msstd:mail.contoso.com.", facts.Malformed, "", "ends in a dot"},
		{"the prefix alone", "msstd:", facts.Malformed, "", "not a host name"},
		{"an empty label", "msstd:mail..com", facts.Malformed, "", "not a host name"},
		{"a hyphen at the edge", "msstd:-mail.contoso.com", facts.Malformed, "", "not a host name"},
		{"a URL", "https://mail.contoso.com", facts.Malformed, "", "prefix is not msstd"},
		{"an e-mail name", "msstd:admin@contoso.com", facts.Malformed, "", "not a host name"},
		{"a port", "msstd:mail.contoso.com:443", facts.Malformed, "", "not a host name"},
		{"PowerShell inside", "msstd:$(calc).contoso.com", facts.Malformed, "", "not a host name"},
		{"a look-alike letter", "msstd:mаil.contoso.com", facts.Malformed, "", "not a host name"},
		{"the Kelvin sign", "msstd:\u212Aelvin.contoso.com", facts.Malformed, "", "not a host name"},
		{"a NUL", "msstd:mail\x00.contoso.com", facts.Malformed, "", "not a host name"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := facts.ParsePrincipal(test.text)
			if p.Form != test.form || p.Name != test.want || p.Text != test.text {
				t.Errorf("got form %d, name %q, text %q", p.Form, p.Name, p.Text)
			}
			if !strings.Contains(p.Why, test.why) || test.why == "" && p.Why != "" {
				t.Errorf("why is %q, want %q in it", p.Why, test.why)
			}
		})
	}
}

func named(cn string, dns ...string) facts.Certificate {
	c := facts.Certificate{DNSNames: dns}
	if cn != "" {
		c.CommonNames = []string{cn}
	}
	return c
}

// The matrix of certificates.md, section 2, and the traps around it.
func TestMatch(t *testing.T) {
	email := named("mail.contoso.com", "mail.contoso.com")
	email.SubjectEmails = []string{"admin@contoso.com"}
	noAt := named("mail.contoso.com", "mail.contoso.com")
	noAt.SubjectEmails = []string{"admin"}
	sanEmail := named("mail.contoso.com", "mail.contoso.com")
	sanEmail.SANEmails = []string{"admin@contoso.com"}
	several := facts.Certificate{CommonNames: []string{"mail.contoso.com", "owa.contoso.com"}, DNSNames: []string{"mail.contoso.com"}}
	tests := []struct {
		name, principal string
		certificate     facts.Certificate
		want            facts.Match
		why             string
	}{
		{"the common name is equal", "msstd:mail.contoso.com", named("mail.contoso.com", "mail.contoso.com"), facts.Matches, ""},
		{"the common name is equal and not among the alternative names", "msstd:mail.contoso.com", named("mail.contoso.com", "x.contoso.com"), facts.Matches, ""},
		{"a difference in case is a note", "msstd:MAIL.contoso.com", named("mail.contoso.com"), facts.Matches, "case"},
		{"an alternative name is equal", "msstd:mail.contoso.com", named("contoso.com", "contoso.com", "MAIL.contoso.com"), facts.BySAN, ""},
		{"there is no common name", "msstd:mail.contoso.com", named("", "mail.contoso.com"), facts.BySAN, ""},
		{"an empty common name is none", "msstd:mail.contoso.com", facts.Certificate{CommonNames: []string{""}, DNSNames: []string{"mail.contoso.com"}}, facts.BySAN, ""},
		{"a wildcard covers the name", "msstd:mail.contoso.com", named("*.contoso.com", "*.contoso.com"), facts.ByWildcard, ""},
		{"only a wildcard alternative name covers it", "msstd:mail.contoso.com", named("contoso.com", "*.contoso.com"), facts.ByWildcard, ""},
		{"only a wildcard common name covers it", "msstd:mail.contoso.com", named("*.contoso.com"), facts.ByWildcard, ""},
		{"an equal alternative name beats a wildcard", "msstd:mail.contoso.com", named("*.contoso.com", "*.contoso.com", "mail.contoso.com"), facts.BySAN, ""},
		{"the wildcard is demanded and is the common name", "msstd:*.contoso.com", named("*.contoso.com", "*.contoso.com"), facts.Matches, ""},
		{"the wildcard is demanded and is an alternative name", "msstd:*.contoso.com", named("contoso.com", "*.contoso.com"), facts.BySAN, ""},
		{"the wildcard is demanded of a host's certificate", "msstd:*.contoso.com", named("mail.contoso.com", "mail.contoso.com"), facts.Mismatch, ""},
		{"a wildcard does not cover its own domain", "msstd:contoso.com", named("*.contoso.com", "*.contoso.com"), facts.Mismatch, ""},
		{"a wildcard covers one label", "msstd:a.mail.contoso.com", named("*.contoso.com", "*.contoso.com"), facts.Mismatch, ""},
		{"a wildcard over a whole top level covers nothing", "msstd:contoso.com", named("*.com", "*.com"), facts.Mismatch, ""},
		{"a partial wildcard covers nothing here", "msstd:mail.contoso.com", named("m*.contoso.com", "m*.contoso.com"), facts.Mismatch, ""},
		{"nothing is equal", "msstd:owa.contoso.com", named("mail.contoso.com", "mail.contoso.com"), facts.Mismatch, ""},
		{"a trailing dot in the certificate", "msstd:mail.contoso.com", named("mail.contoso.com.", "mail.contoso.com."), facts.Mismatch, ""},
		{"a blank in the certificate", "msstd:mail.contoso.com", named(" mail.contoso.com"), facts.Mismatch, ""},
		{"the Kelvin sign in the certificate is no k", "msstd:kelvin.contoso.com", named("\u212Aelvin.contoso.com"), facts.Mismatch, ""},
		{"a look-alike common name", "msstd:mail.contoso.com", named("mаil.contoso.com"), facts.Mismatch, ""},
		{"an e-mail address in the subject", "msstd:mail.contoso.com", email, facts.Undecidable, "e-mail"},
		{"an e-mail attribute without @ is none", "msstd:mail.contoso.com", noAt, facts.Matches, ""},
		{"an e-mail address among the alternative names", "msstd:mail.contoso.com", sanEmail, facts.Undecidable, "e-mail"},
		{"several common names", "msstd:mail.contoso.com", several, facts.Undecidable, "several common names"},
		{"a certificate that cannot be parsed", "msstd:mail.contoso.com", facts.Certificate{Unreadable: "x509: negative serial number"}, facts.Undecidable, "negative serial"},
		{"a malformed name", "mail.contoso.com", named("mail.contoso.com"), facts.Undecidable, "malformed"},
		{"the chain form", `fullsic:\<CN=R>\<CN=mail.contoso.com>`, named("mail.contoso.com"), facts.Undecidable, "fullsic"},
		{"none", "none", named("mail.contoso.com"), facts.Unchecked, "off"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, why := facts.ParsePrincipal(test.principal).Match(test.certificate)
			if got != test.want || !strings.Contains(why, test.why) || test.why == "" && why != "" {
				t.Errorf("got %s (%q), want %s (%q)", got, why, test.want, test.why)
			}
		})
	}
}

func TestEffectivePrincipal(t *testing.T) {
	tests := []struct {
		name    string
		value   facts.Text
		ssl     bool
		want    string
		form    facts.Form
		derived bool
	}{
		{"the value that is given", facts.Present("msstd:outlook.com"), true, "msstd:outlook.com", facts.HostName, false},
		{"absent: the client derives it", facts.Text{}, true, "msstd:mail.contoso.com", facts.HostName, true},
		{"blank counts as absent", facts.Present(" "), true, "msstd:mail.contoso.com", facts.HostName, true},
		{"none", facts.Present("None"), true, "None", facts.None, false},
		{"SSL off", facts.Present("msstd:mail.contoso.com"), false, "", facts.None, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, derived := facts.EffectivePrincipal(test.value, "mail.contoso.com", test.ssl)
			if got.Text != test.want || got.Form != test.form || derived != test.derived {
				t.Errorf("got %+v, derived %t", got, derived)
			}
		})
	}
}

func TestCoversHost(t *testing.T) {
	withIP := named("", "mail.contoso.com")
	withIP.IPAddresses = []string{"192.0.2.10"}
	withIPv6 := facts.Certificate{IPAddresses: []string{"2001:db8::1"}}
	tests := []struct {
		name, host  string
		certificate facts.Certificate
		want        bool
	}{
		{"an alternative name", "mail.contoso.com", named("x", "MAIL.contoso.com"), true},
		{"a host with a trailing dot", "mail.contoso.com.", named("x", "mail.contoso.com"), true},
		{"a wildcard", "mail.contoso.com", named("x", "*.contoso.com"), true},
		{"a wildcard over a top level", "contoso.com", named("x", "*.com"), false},
		{"the common name counts without alternative names", "mail.contoso.com", named("mail.contoso.com"), true},
		{"and not beside them", "mail.contoso.com", named("mail.contoso.com", "owa.contoso.com"), false},
		{"an address", "192.0.2.10", withIP, true},
		{"an address of version 6 in another spelling", "2001:DB8:0::1", withIPv6, true},
		{"another address", "192.0.2.11", withIP, false},
		{"nothing", "mail.contoso.com", facts.Certificate{}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.certificate.CoversHost(test.host); got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func FuzzPrincipal(f *testing.F) {
	for _, seed := range []string{"msstd:mail.contoso.com", "msstd:*.contoso.com", "none", "fullsic:\\<a>", "", " ", "msstd: x", "\u212A", "msstd:a\n"} {
		f.Add(seed, seed, seed)
	}
	f.Fuzz(func(t *testing.T, text, cn, san string) {
		p := facts.ParsePrincipal(text)
		if p.Text != text {
			t.Errorf("the text %q became %q", text, p.Text)
		}
		named := p.Form == facts.HostName || p.Form == facts.Wildcard
		if named != (p.Name != "") || (p.Form == facts.Malformed) != (p.Why != "" && p.Form != facts.None) {
			t.Errorf("%q: form %d, name %q, why %q", text, p.Form, p.Name, p.Why)
		}
		if named && !strings.EqualFold(text, "msstd:"+p.Name) {
			t.Errorf("%q is not msstd: and %q", text, p.Name)
		}
		if named && strings.ContainsAny(p.Name, " \t\r\n\"'`$;|&(){}<>@#,\x00") {
			t.Errorf("the name %q holds what no host name does", p.Name)
		}
		match, _ := p.Match(facts.Certificate{CommonNames: []string{cn}, DNSNames: []string{san}})
		if match == facts.Matches && !strings.EqualFold(cn, p.Name) || match == facts.BySAN && !strings.EqualFold(san, p.Name) {
			t.Errorf("%q with common name %q and alternative name %q is %s", text, cn, san, match)
		}
	})
}

func ExamplePrincipal_Match() {
	stored := facts.ParsePrincipal("msstd:mail.contoso.com")
	for _, c := range []facts.Certificate{
		{CommonNames: []string{"mail.contoso.com"}},
		{CommonNames: []string{"contoso.com"}, DNSNames: []string{"contoso.com", "mail.contoso.com"}},
		{CommonNames: []string{"*.contoso.com"}, DNSNames: []string{"*.contoso.com"}},
		{CommonNames: []string{"owa.contoso.com"}, DNSNames: []string{"owa.contoso.com"}},
	} {
		match, _ := stored.Match(c)
		fmt.Println(c.CommonNames[0], match)
	}
	// Output:
	// mail.contoso.com match
	// contoso.com san
	// *.contoso.com wildcard
	// owa.contoso.com mismatch
}
