package autodiscover

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
)

// FuzzParse: whatever arrives, Parse does not panic, refuses in words that can be
// printed, and gives texts that are bounded and survive the evidence file.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/*.xml", corpusFolder + "/*"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			if data, err := os.ReadFile(file); err == nil {
				f.Add(data)
			}
		}
	}
	f.Add(utf16Bytes(sample("<Type>EXPR</Type>"), false, true))
	f.Add([]byte(`<?xml version="1.0" encoding="iso-8859-1"?>` + sample("<Server>\xfc</Server>")))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse(data)
		if err != nil {
			if why := err.Error(); len(why) > 1500 || !utf8.ValidString(why) || strings.ContainsFunc(why, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("a reason that cannot be printed: %q", why)
			}
			return
		}
		if r.Nodes == nil || len(r.Nodes) > maxNodes || len(r.Tolerances) > 100 {
			t.Errorf("%d nodes, %d tolerances", len(r.Nodes), len(r.Tolerances))
		}
		for _, text := range textsOf(r) {
			if len(text) > maxValue || !utf8.ValidString(text) {
				t.Errorf("a text of %d bytes", len(text))
			}
		}
		encoded, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var decoded facts.Response
		if err := json.Unmarshal(encoded, &decoded); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, decoded); diff != "" {
			t.Errorf("changed by the evidence file:\n%s", diff)
		}
	})
}

func textsOf(r facts.Response) []string {
	texts := append([]string{r.Action, r.RedirectAddr, r.RedirectURL}, r.Tolerances...)
	if r.Error != nil {
		texts = append(texts, r.Error.Code, r.Error.Message, r.Error.ID)
	}
	for _, n := range r.Nodes {
		texts = append(texts, n.Type, n.Server.Value, n.SSL.Value, n.AuthPackage.Value, n.CertPrincipalName.Value,
			n.TTL.Value, n.ServerExclusiveConnect.Value, n.ServerVersion.Value)
		for _, u := range n.URLs {
			texts = append(texts, u.Element, u.URL)
		}
	}
	return texts
}

func FuzzSchemes(f *testing.F) {
	for _, seed := range []string{`Basic Realm="",Negotiate`, `Basic realm="a\"b`, "NTLM abc==", ",,="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		names := schemes([]string{header, header})
		if len(names) > maxSchemes {
			t.Errorf("%d schemes", len(names))
		}
		for _, name := range names {
			if !isToken(name) {
				t.Errorf("not a token: %q", name)
			}
		}
	})
}

func FuzzCheckMailbox(f *testing.F) {
	for _, seed := range []string{"ada@contoso.com", "ada@münchen.test", "ada@co.uk", "a@b@c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, mailbox string) {
		domain, err := domainOf(mailbox)
		if err == nil && badDomain(domain) != "" {
			t.Errorf("%q gives the domain %q: %s", mailbox, domain, badDomain(domain))
		}
	})
}

// fits checks that a parser's refusal can be printed and that what it gives is bounded.
func fits(t *testing.T, r facts.Response, err error) {
	t.Helper()
	if err != nil {
		if why := err.Error(); len(why) > 1500 || !utf8.ValidString(why) || strings.ContainsFunc(why, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("a reason that cannot be printed: %q", why)
		}
		return
	}
	texts := textsOf(r)
	for _, s := range r.Settings {
		texts = append(texts, s.Name, s.Value.Value)
	}
	if r.Endpoint != nil {
		texts = append(texts, r.Endpoint.Element, r.Endpoint.URL)
	}
	for _, text := range texts {
		if len(text) > maxValue || !utf8.ValidString(text) {
			t.Errorf("a text of %d bytes", len(text))
		}
	}
	if r.Nodes == nil || len(r.Settings) > 2*maxSettings {
		t.Errorf("%d settings", len(r.Settings))
	}
}

func addCorpus(f *testing.F, pattern string) {
	files, _ := filepath.Glob(filepath.Join(corpusFolder, pattern))
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			f.Add(data)
		}
	}
}

func FuzzParseUserSettings(f *testing.F) {
	addCorpus(f, "*soap*")
	f.Add([]byte(soapSample("RedirectAddress", "ada@fabrikam.test", "")))
	f.Add([]byte(soapSample("NoError", "", "<UserSettings><UserSetting><Name>A</Name><Value>b</Value></UserSetting></UserSettings>")))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseUserSettings(data)
		fits(t, r, err)
	})
}

func FuzzParseEndpoint(f *testing.F) {
	addCorpus(f, "*.json")
	f.Add([]byte(`{"Protocol":"AutodiscoverV1","Url":"https://a.test/"}`))
	f.Add([]byte(`{"ErrorCode":"a\u0000b"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseEndpoint(data)
		fits(t, r, err)
	})
}

func FuzzRecords(f *testing.F) {
	f.Add("a.test.", "b.test", uint16(443), uint16(1), uint16(2))
	f.Add(".", "\xff\x00", uint16(0), uint16(0), uint16(0))
	f.Fuzz(func(t *testing.T, first, second string, port, priority, weight uint16) {
		a, b := &net.SRV{Target: first, Port: port, Priority: priority, Weight: weight}, &net.SRV{Target: second, Port: 443, Priority: weight, Weight: priority}
		one, other := orderRecords([]*net.SRV{a, b}), orderRecords([]*net.SRV{b, a})
		if diff := cmp.Diff(one, other); diff != "" {
			t.Errorf("the order depends on the order:\n%s", diff)
		}
		for i, r := range one {
			if i > 0 && one[i-1].Priority > r.Priority || !utf8.ValidString(r.Target) || len(r.Target) > maxQuote+3 {
				t.Errorf("%+v", one)
			}
		}
	})
}

// FuzzRedirectTarget: a URL that is followed is https, has no user, names its host as
// DNS is asked for it, and reads as the same URL when it is parsed again.
func FuzzRedirectTarget(f *testing.F) {
	for _, seed := range []string{"https://a.test/", "//a.test:8443/x?y#z", "https://a@b/", "https://[::1]/", "https://autodiscover.com/", "https://a.test:443:443/", "https://\u0430.test/", "https:\\\\a.test"} {
		f.Add(seed)
	}
	from := at("autodiscover.contoso.test", pathPOX)
	f.Fuzz(func(t *testing.T, text string) {
		to, refused := redirectTarget(from, text)
		if (to == nil) == (refused == "") {
			t.Fatalf("%q: %v, %q", text, to, refused)
		}
		if told := location(from, text); len(told) > 4*maxURL || strings.ContainsFunc(told, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q is told as %q", text, told)
		}
		if to == nil {
			return
		}
		again, refused := redirectTarget(nil, to.String())
		if refused != "" || again.String() != to.String() || to.Scheme != "https" || to.User != nil || hostName(to.Hostname()) != to.Hostname() {
			t.Errorf("%q leads to %q, which reads as %v, %q", text, to, again, refused)
		}
		if strings.ContainsAny(to.Host, "/?#@\\") {
			t.Errorf("%q gives the host %q", text, to.Host)
		}
	})
}
