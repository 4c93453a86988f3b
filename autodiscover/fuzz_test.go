package autodiscover

import (
	"encoding/json"
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
