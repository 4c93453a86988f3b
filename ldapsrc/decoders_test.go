package ldapsrc

import (
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/stored"
)

func TestVersionNumber(t *testing.T) {
	encoded := func(major, minor, build int) int { return versionMarks | major<<22 | minor<<16 | build }
	for n, want := range map[int]facts.Version{
		1942128340:            {Number: "15.2.1748", Product: "Exchange Server 2019", Update: "CU15"},
		1937801568:            {Number: "14.0.352", Product: "Exchange Server 2010"}, // the lower bound that public scripts use
		encoded(8, 3, 83):     {Number: "8.3.83", Product: "Exchange Server 2007", Update: "SP3"},
		encoded(14, 3, 123):   {Number: "14.3.123", Product: "Exchange Server 2010", Update: "SP3"},
		encoded(15, 0, 847):   {Number: "15.0.847", Product: "Exchange Server 2013", Update: "SP1"},
		encoded(15, 1, 2507):  {Number: "15.1.2507", Product: "Exchange Server 2016", Update: "CU23"},
		encoded(15, 2, 2561):  {Number: "15.2.2561", Product: "Exchange Server 2019"},
		encoded(15, 2, 2562):  {Number: "15.2.2562", Product: "Exchange Server SE", Update: "RTM"},
		encoded(15, 2, 32767): {Number: "15.2.32767", Product: "Exchange Server SE"},
		encoded(15, 3, 1):     {Number: "15.3.1"},
		encoded(16, 0, 1):     {Number: "16.0.1"},
	} {
		if got, ok := versionOf(n); !ok || got != want {
			t.Errorf("%d: got %+v, %v, want %+v", n, got, ok, want)
		}
	}
	for _, n := range []int{0, 1, -1, 7638, 15<<22 | 2<<16 | 1748, 0x70000000, -0x80000000} {
		if got, ok := versionOf(n); ok {
			t.Errorf("%d: got %+v", n, got)
		}
	}
}

func TestSerialNumber(t *testing.T) {
	for text, want := range map[string]string{
		"Version 15.2 (Build 31748.10)":                  "15.2.1748.10",
		"Version 15.1 (Build 32507.6)":                   "15.1.2507.6",
		"Version 15.0 (Build 1497.2)":                    "15.0.1497.2",
		"Version 14.3 (Build 30123.4: Service Pack 3)":   "14.3.123.4",
		"Version 14.3 (Build 30123.4): Service Pack 3":   "14.3.123.4",
		"Version 8.0 (Build 30685.24)":                   "8.0.685.24",
		"Version 8.0 (Build 10685.24)":                   "8.0.685.24",
		"Version 6.5 (Build 7638.2: Service Pack 2)":     "6.5.7638.2",
		"Version 6.5 (Build 37638.2)":                    "6.5.37638.2",
		"":                                               "",
		"15.2.1748.10":                                   "",
		"Version 15.2":                                   "",
		"Version 15.2 (Build 31748)":                     "",
		"Version 15.2 (Build 31748.10":                   "",
		"version 15.2 (build 31748.10)":                  "",
		"Version 15.2 (Build -1.10)":                     "",
		"Version 15.2 (Build 31748.99999999999999999)":   "",
		"Version 15.2 (Build 31748.10)\nVersion 1":       "",
		"Version 15.2 (Build 31748.10) or a little more": "",
	} {
		got, problem := serialOf(text)
		if got != want || (problem == "") != (want != "") {
			t.Errorf("%q: got %q, problem %q, want %q", text, got, problem, want)
		}
	}
}

func TestTLSCertificateName(t *testing.T) {
	name := func(issuer, subject string) facts.TLSCertificateName {
		return facts.TLSCertificateName{Issuer: issuer, Subject: subject}
	}
	wrong := func(problem string) facts.TLSCertificateName { return facts.TLSCertificateName{Problem: problem} }
	for raw, want := range map[string]facts.TLSCertificateName{
		"<I>CN=CA, O=Contoso<S>CN=mail.contoso.com":       name("CN=CA, O=Contoso", "CN=mail.contoso.com"),
		"<S>CN=*.contoso.com":                             name("", "CN=*.contoso.com"),
		"<I>CN=CA<S>O=Contoso, CN=mail.contoso.com, C=US": name("CN=CA", "O=Contoso, CN=mail.contoso.com, C=US"),
		`<I>CN=CA<S>O="Contoso, Inc.", cn=mail.test`:      name("CN=CA", `O="Contoso, Inc.", cn=mail.test`),
		" <S>CN=mail.contoso.com":                         wrong("the text does not begin with <I> or <S>"),
		"CN=CA<S>CN=mail.contoso.com":                     wrong("the text does not begin with <I> or <S>"),
		"<I><S>CN=mail.contoso.com":                       wrong("no issuer stands after <I>"),
		"<I>CN=a<b<S>CN=mail.contoso.com":                 wrong("the issuer holds a <"),
		"<I>CN=CA<S>":                                     wrong("the subject holds no CN"),
		"<S>CN=":                                          wrong("the subject holds no CN"),
		"<S>O=Contoso":                                    wrong("the subject holds no CN"),
		`<S>O="x, CN=mail.contoso.com"`:                   wrong("the subject holds no CN"),
		"<S>OCN=mail.contoso.com":                         wrong("the subject holds no CN"),
		"<I>CN=CA":                                        wrong("the text has no <S>, after which the subject stands"),
		"mail.contoso.com":                                wrong("the text has no <S>, after which the subject stands"),
		"<s>CN=mail.contoso.com":                          wrong("the text has no <S>, after which the subject stands"),
		"":                                                wrong("the text is empty"),
		strings.Repeat("0a", 20):                          wrong("the text is a thumbprint, where <I>issuer<S>subject is expected"),
	} {
		want.Raw = facts.Present(raw)
		if got := stored.TLSCertificateName(raw); got != want {
			t.Errorf("%q: got %+v, want %+v", raw, got, want)
		}
	}
	if got := tlsCertificateNameIn(facts.Null()); got != facts.Known(facts.TLSCertificateName{}) {
		t.Errorf("absent: got %+v", got)
	}
	if got := tlsCertificateNameIn(facts.Unknown[facts.Text]("hidden")); got != facts.Unknown[facts.TLSCertificateName]("hidden") {
		t.Errorf("hidden: got %+v", got)
	}
}

func TestKeywords(t *testing.T) {
	const url, pointer = "77378F46-2C66-4aa9-A6A6-3E7A48B19596", "67661d7F-8FC4-4fa7-BFAC-E1D7794C1F68"
	for _, test := range []struct {
		keywords       []string
		kind           string
		sites, domains []string
	}{
		{[]string{url}, facts.PointURL, nil, nil},
		{[]string{strings.ToLower(url), "SITE=Berlin", "site=Site=2"}, facts.PointURL, []string{"Berlin", "Site=2"}, nil},
		{[]string{"Domain=a.test", pointer, "Domain=b.test"}, facts.PointPointer, nil, []string{"a.test", "b.test"}},
		{[]string{pointer, url}, facts.PointURL, nil, nil},
		{[]string{"D3614C7C-D214-4F1F-BD4C-00D91C67F93F"}, facts.PointHoster, nil, nil},
		{[]string{"e1aa5f5e-2341-4fcb-8560-e3ab6f081468", "Domain=a.test"}, facts.PointDomain, nil, []string{"a.test"}},
		{[]string{"{" + url + "}", "Site=", "Site", "Website=x"}, "", nil, nil},
		{nil, "", nil, nil},
	} {
		kind, sites, domains := keywordsOf(test.keywords)
		if kind != test.kind || !cmp.Equal(sites, test.sites) || !cmp.Equal(domains, test.domains) {
			t.Errorf("%q: got %q, %q, %q", test.keywords, kind, sites, domains)
		}
	}
}

func TestThumbprints(t *testing.T) {
	lower, upper := strings.Repeat("0a", 20), strings.Repeat("0A", 20)
	good := func(raw, use string) facts.Thumbprint {
		return facts.Thumbprint{Raw: facts.Present(raw), Use: use, Value: upper}
	}
	wrong := func(raw, problem string) facts.Thumbprint {
		return facts.Thumbprint{Raw: facts.Present(raw), Problem: problem}
	}
	const notHex, noIndex = "the text is not forty hexadecimal digits", "the text has no index, and does not stand alone"
	for _, test := range []struct {
		values []string
		want   []facts.Thumbprint
	}{
		{nil, nil},
		{[]string{lower}, []facts.Thumbprint{good(lower, facts.UseCurrent)}},
		{[]string{"2:" + lower, "0:" + upper, "1:" + lower}, []facts.Thumbprint{
			good("2:"+lower, facts.UseNext), good("0:"+upper, facts.UseCurrent), good("1:"+lower, facts.UsePrevious)}},
		{[]string{lower, "0:" + lower}, []facts.Thumbprint{wrong(lower, noIndex), good("0:"+lower, facts.UseCurrent)}},
		{[]string{"3:" + lower}, []facts.Thumbprint{wrong("3:"+lower, "the index before the colon is none of 0, 1 and 2")}},
		{[]string{"00:" + lower}, []facts.Thumbprint{wrong("00:"+lower, "the index before the colon is none of 0, 1 and 2")}},
		{[]string{"0:" + lower + " "}, []facts.Thumbprint{wrong("0:"+lower+" ", notHex)}},
		{[]string{"0:", ""}, []facts.Thumbprint{wrong("0:", notHex), wrong("", noIndex)}},
		{[]string{""}, []facts.Thumbprint{wrong("", notHex)}},
	} {
		if diff := cmp.Diff(test.want, thumbprintsOf(test.values)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.values, diff)
		}
	}
}

func TestAcceptedDomainFlags(t *testing.T) {
	for n, want := range map[int]struct {
		kind  string
		names []string
	}{
		0:           {facts.DomainAuthoritative, nil},
		1:           {facts.DomainExternalRelay, nil},
		2:           {facts.DomainInternalRelay, nil},
		3:           {"", nil},
		4:           {facts.DomainAuthoritative, []string{"Default"}},
		0x18906:     {facts.DomainInternalRelay, []string{"Default", "OutboundOnly", "Coexistence", "Initial", "MatchSubdomains"}},
		-0x7ffffff8: {facts.DomainAuthoritative, []string{"0x80000008"}},
	} {
		stored := facts.Present(n)
		if got := acceptedType(stored); got != want.kind {
			t.Errorf("%#x is of type %q, want %q", n, got, want.kind)
		}
		if got := acceptedFlags(stored); got.Raw != stored || !cmp.Equal(got.Names, want.names) {
			t.Errorf("%#x: got %+v, want %q", n, got, want.names)
		}
	}
	unknown := acceptedDomain(entry{ldap.NewEntry("CN=X", map[string][]string{"whenCreated": {"x"}, attrAcceptedFlags: {"7"}})})
	if unknown.Type.Known || unknown.Type.Why == "" || !unknown.Flags.Known {
		t.Errorf("type 3: %+v", unknown)
	}
}

func TestRoles(t *testing.T) {
	for n, want := range map[int][]string{
		0:     nil,
		54:    {"Mailbox", "ClientAccess", "UnifiedMessaging", "HubTransport"},
		64:    {"Edge"},
		16385: {"Cafe", "FrontendTransport"},
		16423: {"Cafe", "Mailbox", "ClientAccess", "HubTransport", "FrontendTransport"},
		8 + 2: {"Mailbox", "0x8"},
	} {
		if got := rolesOf(facts.Present(n)); got.Raw != facts.Present(n) || !cmp.Equal(got.Names, want) {
			t.Errorf("%d: got %+v, want %q", n, got, want)
		}
	}
}

func TestTCPAddress(t *testing.T) {
	for _, test := range []struct {
		addresses []string
		want      string
	}{
		{nil, ""},
		{[]string{"netbios:EX1", "NCACN_IP_TCP:ex1.contoso.com"}, "ex1.contoso.com"},
		{[]string{"ncacn_ip_tcp:ex1.contoso.com", "ncacn_ip_tcp:EX1.contoso.com"}, "EX1.contoso.com"},
		{[]string{"ncacn_ip_tcp:ex1.contoso.com", "ncacn_ip_tcp:ex2.contoso.com"}, ""},
		{[]string{"ncacn_ip_tcp:", "ex1.contoso.com"}, ""},
	} {
		if got, ok := tcpAddress(test.addresses); got != test.want || ok != (test.want != "") {
			t.Errorf("%q: got %q, %v", test.addresses, got, ok)
		}
	}
}

func TestRangeOption(t *testing.T) {
	for description, want := range map[string]struct {
		name string
		r    valueRange
		ok   bool
	}{
		"keywords;range=0-1499":        {"keywords", valueRange{low: 0, high: 1499}, true},
		"keywords;Range=1500-*":        {"keywords", valueRange{low: 1500, last: true}, true},
		"keywords;binary;range=0-0":    {"keywords", valueRange{}, true},
		"keywords":                     {"keywords", valueRange{}, false},
		"keywords;binary":              {"keywords", valueRange{}, false},
		"keywords;range=":              {"keywords", valueRange{}, false},
		"keywords;range=*-*":           {"keywords", valueRange{last: true}, false},
		"keywords;range=2-1":           {"keywords", valueRange{low: 2, high: 1}, false},
		"keywords;range=-1-2":          {"keywords", valueRange{}, false},
		"keywords;range=0-99999999999": {"keywords", valueRange{high: 1<<31 - 1}, false},
		";range=0-*":                   {"", valueRange{last: true}, true},
	} {
		name, r, ok := rangeOf(description)
		if name != want.name || ok != want.ok || ok && r != want.r {
			t.Errorf("%q: got %q, %+v, %v", description, name, r, ok)
		}
	}
}

func TestBooleansAndTimes(t *testing.T) {
	e := func(value ...string) entry {
		return entry{ldap.NewEntry("CN=X", map[string][]string{"whenCreated": {"x"}, "a": value})}
	}
	absent := entry{ldap.NewEntry("CN=X", map[string][]string{"whenCreated": {"x"}})}
	for text, want := range map[string]bool{"TRUE": true, "False": false} {
		if got := e(text).boolean("a"); got != facts.Known(facts.Present(want)) {
			t.Errorf("%q: got %+v", text, got)
		}
	}
	for _, text := range []string{"", "1", "yes", "TRUE "} {
		if got := e(text).boolean("a"); got.Known || !strings.Contains(got.Why, "neither TRUE nor FALSE") {
			t.Errorf("%q: got %+v", text, got)
		}
	}
	if got := absent.boolean("a"); got != facts.Known(facts.Switch{}) {
		t.Errorf("absent: got %+v", got)
	}
	at := facts.Instant{Raw: facts.Present("20261122130500.0Z"), At: time.Date(2026, 11, 22, 13, 5, 0, 0, time.UTC)}
	if got := instantIn(e("20261122130500.0Z"), "a"); got != facts.Known(at) {
		t.Errorf("a time: got %+v", got)
	}
	if got := instantIn(absent, "a"); got != facts.Known(facts.Instant{}) {
		t.Errorf("no time: got %+v", got)
	}
	for _, text := range []string{"", "20261122", "20261322130500.0Z", "11/22/2026 1:05:00 PM"} {
		if got := instantIn(e(text), "a"); got.Known || got.Value != (facts.Instant{}) || got.Why == "" {
			t.Errorf("%q: got %+v", text, got)
		}
	}
}

func TestReferred(t *testing.T) {
	for referral, want := range map[string]string{
		"ldap://contoso.com/CN=Schema,CN=Configuration,DC=contoso,DC=com": "CN=Schema,CN=Configuration,DC=contoso,DC=com",
		"ldaps://dc.contoso.com:636/DC=a%20b,DC=com??base":                "DC=a b,DC=com",
		"ldap://contoso.com":       "",
		"https://contoso.com/CN=x": "",
		"\x00":                     "",
	} {
		if got, ok := referred(referral); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v", referral, got, ok)
		}
	}
}
