package ldaptest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read is an LDIF as a map from DN to "name=value" lines.
func read(t *testing.T, text string) map[string][]string {
	t.Helper()
	entries, err := parseLDIF([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, e := range entries {
		lines := []string{}
		for _, a := range e.attributes {
			for _, value := range a.values {
				name := a.name
				if a.hidden {
					name = "(" + name + ")"
				}
				lines = append(lines, name+"="+value)
			}
		}
		all[e.dn] = lines
	}
	return all
}

func TestParseLDIF(t *testing.T) {
	got := read(t, strings.Join([]string{
		"\ufeff# a comment",
		"  that is folded",
		"version: 1",
		"",
		"",
		"dn: CN=EXPR,CN=Out",
		" look,DC=contoso,DC=com\r",
		"objectClass: top",
		"# in between",
		"cn: EXPR",
		"objectclass: msExchAutoDiscoverConfig",
		"objectClass;x-hidden: secret",
		"empty:",
		"text:   leading blanks go, trailing stay ",
		"colons: a:b: c",
		"base64:: IGJsYW5rcyA=",
		"folded: one",
		"  two",
		"",
		"dn:: Q049w6Q=",
		"",
		"dn:",
		"dnsHostName: dc1.contoso.com",
	}, "\n"))
	want := map[string][]string{
		"CN=EXPR,CN=Outlook,DC=contoso,DC=com": {
			"objectClass=top", "objectClass=msExchAutoDiscoverConfig", "cn=EXPR", "(objectClass)=secret", "empty=",
			"text=leading blanks go, trailing stay ", "colons=a:b: c", "base64= blanks ", "folded=one two",
		},
		"CN=ä": {},
		"":     {"dnsHostName=dc1.contoso.com"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestParseLDIFNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"cn: x":                            "line 1: a record begins with its dn",
		"version: 2":                       "line 1: only version 1",
		"dn: DC=x\n\nversion: 1":           "line 3: only version 1",
		"dn: DC=x\nchangetype: add":        `line 2: "changetype" inside a record`,
		"dn: DC=x\ndn: DC=y":               `line 2: "dn" inside a record`,
		"dn: DC=x\n-":                      `line 2: "-" is not an attribute`,
		"dn: DC=x\n\n folded":              `line 3: " folded" is not an attribute`,
		"dn: DC=x\n# a\n b\ncn:: !":        "line 4: decoding the base64 of cn",
		"dn: DC=x\ncn:< file:///etc/hosts": "line 2: the value of cn is a URL",
		"dn: nonsense":                     "line 1: parsing the DN",
		`dn: CN=x\`:                        "line 1: parsing the DN",
		"dn: DC=x\n\ndn: dc=X":             "line 3: the entry of line 1 is here again",
	} {
		if _, err := Serve([]byte(text), Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q in it", text, err, want)
		}
	}
}

func TestDN(t *testing.T) {
	for _, equal := range [][2]string{
		{"CN=EXPR,DC=contoso", "cn=expr, dc=Contoso"},
		{`CN=Contoso\, Inc.,DC=x`, `CN=Contoso\2C Inc.,DC=x`},
		{"CN=Rpc (Default Web Site),DC=x", `CN=Rpc \28Default Web Site\29,DC=x`},
		{"CN= a ,DC=x", "CN=a,DC=x"},
		{`CN=a\ ,DC=x`, `CN=a\20,DC=x`},
		{"CN=a+OU=b,DC=x", "OU=b+CN=a,DC=x"},
		{"CN=MÜLLER", `CN=m\c3\bcller`},
	} {
		a, err1 := parseDN(equal[0])
		b, err2 := parseDN(equal[1])
		if err1 != nil || err2 != nil || a.key() != b.key() {
			t.Errorf("%q is %q, %q is %q; errors %v, %v", equal[0], a, equal[1], b, err1, err2)
		}
	}
	parent, _ := parseDN("DC=contoso,DC=com")
	for text, want := range map[string]bool{
		"CN=x,DC=contoso,DC=com":  true,
		"DC=contoso,DC=com":       true,
		`CN=x\,DC=contoso,DC=com`: false,
		"DC=com":                  false,
	} {
		name, err := parseDN(text)
		below := len(newTree([]*entry{{dn: text, name: name}}, false).under[parent.key()]) > 0
		if err != nil || below != want {
			t.Errorf("%q is under: %v, error %v", text, below, err)
		}
	}
}

func FuzzParseLDIF(f *testing.F) {
	f.Add([]byte("version: 1\n\n# c\ndn: CN=a\\, b,DC=x\nobjectClass: top\n folded\ncn;x-hidden:: IA==\n\ndn:\nx: y\n"))
	f.Add([]byte("dn: CN=x\\"))
	f.Add([]byte(" \n\n:"))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, err := parseLDIF(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Errorf("the error names no line: %v", err)
			}
			return
		}
		seen := map[string]bool{}
		for _, e := range entries {
			if seen[e.name.key()] {
				t.Errorf("%q is served twice", e.dn)
			}
			seen[e.name.key()] = true
			for _, a := range e.attributes {
				if a.name == "" || len(a.values) == 0 {
					t.Errorf("%q holds %+v", e.dn, a)
				}
			}
		}
		newTree(entries, true)
	})
}
