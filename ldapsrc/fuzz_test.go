package ldapsrc

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/stored"
)

func FuzzTLSCertificateName(f *testing.F) {
	for _, seed := range []string{"<I>CN=CA, O=Contoso<S>CN=mail.contoso.com", "<S>CN=a", "<I><S>", `<S>O="a, CN=b"`, "", "0a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		n := stored.TLSCertificateName(raw)
		if n.Raw != facts.Present(raw) {
			t.Errorf("%q became %+v", raw, n.Raw)
		}
		if n.Problem != "" && (n.Issuer != "" || n.Subject != "") {
			t.Errorf("%q: a problem and %+v", raw, n)
		}
		again := "<S>" + n.Subject
		if n.Issuer != "" {
			again = "<I>" + n.Issuer + again
		}
		if n.Problem == "" && (again != raw || !strings.Contains(strings.ToUpper(n.Subject), "CN=")) {
			t.Errorf("%q: no problem and %+v", raw, n)
		}
	})
}

func FuzzKeywords(f *testing.F) {
	f.Add("77378F46-2C66-4aa9-A6A6-3E7A48B19596", "Site=Berlin", "Domain=contoso.com")
	f.Add("site=", "=", "67661D7F-8FC4-4FA7-BFAC-E1D7794C1F68")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		keywords := []string{a, b, c}
		kind, sites, domains := keywordsOf(keywords)
		for _, name := range append(slices.Clone(sites), domains...) {
			if name == "" || !slices.ContainsFunc(keywords, func(k string) bool { return strings.HasSuffix(k, "="+name) }) {
				t.Errorf("%q: the name %q", keywords, name)
			}
		}
		slices.Reverse(keywords)
		if again, _, _ := keywordsOf(keywords); again != kind {
			t.Errorf("%q is %q, and %q the other way round", keywords, kind, again)
		}
	})
}

func FuzzThumbprints(f *testing.F) {
	f.Add("0:"+strings.Repeat("0a", 20), "1:"+strings.Repeat("0A", 20))
	f.Add(strings.Repeat("g", 40), "")
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, values := range [][]string{{a}, {a, b}} {
			for i, got := range thumbprintsOf(values) {
				if got.Raw != facts.Present(values[i]) {
					t.Errorf("%q became %+v", values[i], got.Raw)
				}
				decoded := len(got.Value) == 40 && got.Use != "" && strings.HasSuffix(strings.ToUpper(values[i]), got.Value)
				if decoded == (got.Problem != "") || !decoded && (got.Value != "" || got.Use != "") {
					t.Errorf("%q: %+v", values[i], got)
				}
			}
		}
	})
}

func FuzzVersionNumber(f *testing.F) {
	f.Add(int32(1942128340))
	f.Add(int32(-1))
	f.Fuzz(func(t *testing.T, n int32) {
		v, ok := versionOf(int(n))
		if !ok {
			if v != (facts.Version{}) {
				t.Errorf("%d: %+v", n, v)
			}
			return
		}
		var major, minor, build int32
		if _, err := fmt.Sscanf(v.Number, "%d.%d.%d", &major, &minor, &build); err != nil || versionMarks|major<<22|minor<<16|build != n {
			t.Errorf("%d: %+v", n, v)
		}
		if v.Update != "" && v.Product == "" {
			t.Errorf("%d: an update of no product: %+v", n, v)
		}
	})
}

func FuzzSerialNumber(f *testing.F) {
	f.Add("Version 15.2 (Build 31748.10)")
	f.Add("Version 14.3 (Build 30123.4: Service Pack 3)")
	f.Add("Version 999.999 (Build 999999.999999)")
	f.Fuzz(func(t *testing.T, text string) {
		version, problem := serialOf(text)
		if (version == "") != (problem != "") {
			t.Fatalf("%q: %q and %q", text, version, problem)
		}
		if version != "" && (strings.Count(version, ".") != 3 || strings.Trim(version, "0123456789.") != "" || len(version) > 21) {
			t.Errorf("%q: %q", text, version)
		}
	})
}

func FuzzAcceptedDomainFlags(f *testing.F) {
	f.Add(int32(4))
	f.Add(int32(-1))
	f.Fuzz(func(t *testing.T, n int32) {
		stored := facts.Present(int(n))
		if got := acceptedFlags(stored); got.Raw != stored || (len(got.Names) == 0) != (uint32(n)&^3 == 0) {
			t.Errorf("%d: %+v", n, got)
		}
		if (acceptedType(stored) == "") != (n&3 == 3) {
			t.Errorf("%d is of type %q", n, acceptedType(stored))
		}
	})
}

func FuzzFlags(f *testing.F) {
	f.Add(uint32(16423))
	f.Add(^uint32(0))
	f.Fuzz(func(t *testing.T, n uint32) {
		for _, bits := range [][]bit{roleBits, featureBits, acceptedBits} {
			var sum uint32
			for _, name := range bitNames(n, bits) {
				i := slices.IndexFunc(bits, func(b bit) bool { return b.name == name })
				if i >= 0 {
					sum |= bits[i].mask
					continue
				}
				var rest uint32
				if _, err := fmt.Sscanf(name, "0x%x", &rest); err != nil {
					t.Errorf("%#x: %q", n, name)
				}
				sum |= rest
			}
			if sum != n {
				t.Errorf("%#x: the names say %#x", n, sum)
			}
		}
	})
}

func FuzzRangeOption(f *testing.F) {
	f.Add("keywords;range=0-1499")
	f.Add("keywords;binary;Range=1500-*")
	f.Add(";range=-")
	f.Fuzz(func(t *testing.T, description string) {
		name, r, ok := rangeOf(description)
		if !strings.HasPrefix(description, name) || strings.Contains(name, ";") {
			t.Errorf("%q: the name %q", description, name)
		}
		if ok && (r.low < 0 || !r.last && r.high < r.low) {
			t.Errorf("%q: %+v", description, r)
		}
	})
}

func FuzzReferred(f *testing.F) {
	f.Add("ldap://contoso.com/CN=Schema,CN=Configuration,DC=contoso,DC=com??sub")
	f.Add("ldap:///")
	f.Fuzz(func(t *testing.T, referral string) {
		if dn, ok := referred(referral); ok == (dn == "") {
			t.Errorf("%q: %q, %v", referral, dn, ok)
		}
	})
}

// Plain names are taken apart as the parser of all names does.
func FuzzPlainRDNs(f *testing.F) {
	for _, dn := range []string{"CN=Rpc (Default Web Site),CN=HTTP,DC=contoso,DC=com", "CN=a\\,b", "CN= a", "CN=a=b", "cn=\xff,dc=\u00e9", "CN=a,,DC=b", "=a", "1.2=x"} {
		f.Add(dn)
	}
	f.Fuzz(func(t *testing.T, dn string) {
		plain, ok := plainRDNs(dn)
		if !ok {
			return
		}
		parsed, err := ldap.ParseDN(dn)
		if err != nil || len(parsed.RDNs) != len(plain) {
			t.Fatalf("%q: %q, and the parser says %v, %v", dn, plain, parsed, err)
		}
		for i, rdn := range parsed.RDNs {
			if len(rdn.Attributes) != 1 || *rdn.Attributes[0] != plain[i] {
				t.Errorf("%q: %q, and the parser says %+v", dn, plain[i], rdn.Attributes[0])
			}
		}
	})
}

// Whatever a server sends: an entry is taken or refused, and what is taken was asked for.
func FuzzEntryOnTheWire(f *testing.F) {
	f.Add([]byte("\x04\x04CN=X\x30\x0c\x30\x0a\x04\x02cn\x31\x04\x04\x00\x04\x00"))
	f.Add([]byte("\x04\x04CN=X\x30\x00"))
	f.Add([]byte("\x04\x84\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, body []byte) {
		c := newIntake(nil, nil)
		c.expect([]string{"cn"})
		e, err := c.entry(body)
		if err != nil {
			return
		}
		for _, a := range e.Attributes {
			if name, _, _ := strings.Cut(a.Name, ";"); !strings.EqualFold(name, "cn") {
				t.Errorf("%q was not asked for", a.Name)
			}
		}
	})
}

// Whatever a server sends, what go-ldap would take for an entry of a search is a stub,
// and an entry was kept for it; and no other message comes out than went in.
func FuzzMessages(f *testing.F) {
	f.Add([]byte("\x30\x0a\x02\x01\x01\x64\x05\x04\x01a\x30\x00\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00"))
	f.Add([]byte("\x30\x0c\x02\x01\x01\xa4\x07\x04\x03boo\x30\x00"))
	f.Add([]byte("\x30\x82\x01\x0b\x02\x82\x01\x01\x00\x04\x05xxxxx\x30\x0c\x02\x01\x01\x64\x07\x04\x03boo\x30\x00" +
		strings.Repeat("\x00", 257-22) + "\x64\x04\x04\x00\x30\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := newIntake(said{Reader: bytes.NewReader(data)}, func(err error) error { return err })
		c.expect([]string{"cn"})
		c.searches[1] = 0
		for {
			c.out = nil
			if c.next() != nil {
				return
			}
			packet, err := ber.DecodePacketErr(c.out)
			if err != nil {
				continue // go-ldap ends there
			}
			if len(packet.Children) < 2 || len(packet.Bytes()) > len(c.out) {
				t.Fatalf("%x came out", c.out)
			}
			if packet.Children[1].Tag != ldap.ApplicationSearchResultEntry {
				continue
			}
			if id := packet.Children[0].Value; id != int64(1) {
				t.Errorf("an entry for %v", id)
			}
			name, _ := packet.Children[1].Children[0].Value.(string)
			if err := c.claim(&ldap.SearchResult{Entries: []*ldap.Entry{{DN: name}}}); err != nil {
				t.Errorf("no entry was kept for %q", name)
			}
		}
	})
}
