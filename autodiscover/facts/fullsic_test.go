package facts_test

import (
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
)

func chained(names ...string) facts.Served {
	var s facts.Served
	for i := range len(names) - 1 {
		c := facts.Certificate{Subject: names[i], Issuer: names[i+1], SelfSigned: names[i] == names[i+1]}
		s.Chain = append(s.Chain, c)
	}
	return s
}

func TestAFullChainIsComparedNameByName(t *testing.T) {
	const (
		leaf = "CN=mail.contoso.com,O=Contoso,C=US"
		ca   = "CN=Contoso Issuing CA"
		root = "CN=Contoso Root CA"
	)
	rooted := func(s facts.Served) facts.Served {
		s.Trust = facts.Known(facts.Trust{Trusted: true, Root: root})
		return s
	}
	crossed := rooted(chained(leaf, ca, root))
	crossed.Chain = append(crossed.Chain[:1:1], facts.Certificate{Subject: "CN=Other", Issuer: root}, facts.Certificate{Subject: ca, Issuer: root})
	const all = `fullsic:\<CN=Contoso Root CA>\<CN=Contoso Issuing CA>\<CN=mail.contoso.com, O=Contoso, C=US>`
	tests := []struct {
		name, text string
		served     facts.Served
		want       facts.Match
		why        string
	}{
		{"the root is sent", all, chained(leaf, ca, root, root), facts.Matches, ""},
		{"the root is trusted and not sent", all, rooted(chained(leaf, ca, root)), facts.Matches, ""},
		{"a certificate of no use is sent between", all, crossed, facts.Matches, ""},
		{"the way in which Microsoft's page writes it", `fullsic:\<\CN=Contoso Root CA\CN=Contoso Issuing CA\CN=mail.contoso.com, O=Contoso, C=US>`, rooted(chained(leaf, ca, root)), facts.Matches, ""},
		{"the prefix in capitals", strings.Replace(all, "fullsic", "FULLSIC", 1), rooted(chained(leaf, ca, root)), facts.Matches, ""},
		{"a bracket in quotation marks", `fullsic:\<CN="a>b">`, chained(`CN=a\>b`, `CN=a\>b`), facts.Matches, ""},
		{"a doubled backslash", `fullsic:\<CN=a\\,b>`, chained(`CN=a\,b`, `CN=a\,b`), facts.Matches, ""},
		{"nobody saw the root", all, chained(leaf, ca, root), facts.Undecidable, "could not be followed to its root"},
		{"an intermediate is missing", all, chained(leaf, ca), facts.Undecidable, "could not be followed"},
		{"another authority after a renewal", all, rooted(chained(leaf, "CN=Contoso Issuing CA 2", root)), facts.Mismatch, "Contoso Issuing CA 2"},
		{"another subject", all, rooted(chained("CN=owa.contoso.com", ca, root)), facts.Mismatch, "CN=owa.contoso.com"},
		{"another root", strings.Replace(all, "Root CA", "Old Root", 1), rooted(chained(leaf, ca, root)), facts.Mismatch, "CN=Contoso Old Root is demanded"},
		{"the chain is longer", `fullsic:\<CN=Contoso Issuing CA>\<CN=mail.contoso.com, O=Contoso, C=US>`, rooted(chained(leaf, ca, root)), facts.Mismatch, "goes on to CN=Contoso Root CA"},
		{"the chain is shorter", all, chained(leaf, leaf), facts.Mismatch, "ends before it"},
		{"the parts in the opposite order", `fullsic:\<CN=Contoso Root CA>\<CN=Contoso Issuing CA>\<C=US, O=Contoso, CN=mail.contoso.com>`, rooted(chained(leaf, ca, root)), facts.Undecidable, "opposite order"},
		{"a certificate that cannot be parsed", all, facts.Served{Chain: []facts.Certificate{{Unreadable: "odd"}}}, facts.Undecidable, "could not be parsed"},
		{"the other form goes by the certificate alone", "msstd:mail.contoso.com", facts.Served{Chain: []facts.Certificate{named("mail.contoso.com")}}, facts.Matches, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := facts.ParsePrincipal(test.text)
			if p.Form == facts.Malformed {
				t.Fatalf("malformed: %s", p.Why)
			}
			got, why := p.MatchServed(test.served)
			if got != test.want || !strings.Contains(why, test.why) {
				t.Errorf("got %s (%s), want %s (%s)", got, why, test.want, test.why)
			}
		})
	}
}

func TestAChainThatIsNoneIsMalformed(t *testing.T) {
	for text, why := range map[string]string{
		"fullsic:":                       "holds no name",
		`fullsic:CN=Root`:                "do not stand as",
		`fullsic:\<CN=Root`:              "bracket is missing",
		`fullsic:\<\CN=Root`:             "bracket is missing",
		`fullsic:\<CN=Root>/<CN=x>`:      "do not stand as",
		`fullsic:\<mail.contoso.com>`:    "not a distinguished name",
		`fullsic:\<CN=Root>\<CN="open">`: "",
	} {
		p := facts.ParsePrincipal(text)
		if (p.Form == facts.Malformed) != (why != "") || !strings.Contains(p.Why, why) {
			t.Errorf("%s: form %d, %q, want %q", text, p.Form, p.Why, why)
		}
	}
}
