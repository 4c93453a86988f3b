package ldapsrc

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/google/go-cmp/cmp"
)

// sambaPong is the datagram with which Samba 4.17.12 answered an LDAP ping for its
// domain contoso.test: the entry, and the end of the search behind it.
const sambaPong = "" +
	"3079020101647404003070306e04086e65746c6f676f6e31620460170000009d1100007cb10856a3" +
	"fab142a42a45f7aaa8211c07636f6e746f736f047465737400c01803646331c01807434f4e544f53" +
	"4f000344433100001744656661756c742d46697273742d536974652d4e616d6500c03d05000000ff" +
	"ffffff300c02010165070a010004000400"

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPongOfSamba(t *testing.T) {
	value, err := netlogonOf(unhex(t, sambaPong))
	if err != nil {
		t.Fatal(err)
	}
	got, err := parsePong(value)
	if err != nil {
		t.Fatal(err)
	}
	want := &pong{domain: "contoso.test", site: "Default-First-Site-Name"}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(pong{})); diff != "" {
		t.Error(diff)
	}
}

func TestPingRequestIsASearchOfTheRootDSE(t *testing.T) {
	got, err := pingRequest("contoso.test")
	if err != nil {
		t.Fatal(err)
	}
	want := []byte("0N\x02\x01\x01cI\x04\x00\n\x01\x00\n\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00" +
		"\xa0*\xa3\x19\x04\tDnsDomain\x04\x0ccontoso.test\xa3\r\x04\x05NtVer\x04\x04\x06\x00\x00\x00" +
		"0\n\x04\bNetlogon")
	if !bytes.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// netlogon writes a NETLOGON_SAM_LOGON_RESPONSE_EX with the given code; each name is
// the bytes that stand in the answer.
func netlogon(code uint16, names ...string) []byte {
	b := binary.LittleEndian.AppendUint16(nil, code)
	b = append(b, make([]byte, 22)...) // Sbz, Flags, DomainGuid
	b = append(b, strings.Join(names, "")...)
	return append(b, 5, 0, 0, 0, 0xff, 0xff, 0xff, 0xff) // NtVersion, LmNtToken, Lm20Token
}

// labels writes a name without compression.
func labels(name string) string {
	var b strings.Builder
	for label := range strings.SplitSeq(name, ".") {
		if label != "" {
			b.WriteByte(byte(len(label)))
			b.WriteString(label)
		}
	}
	return b.String() + "\x00"
}

func pongFor(domain, site string) []byte {
	return netlogon(samLogonResponseEx, labels(domain), "\xc0\x18", labels("dc1."+domain), labels("CONTOSO"), labels("DC1"), labels(""), labels("Kyoto"), labels(site))
}

func TestParsePong(t *testing.T) {
	const none = "\x00"
	five := strings.Repeat(none, 5)
	tests := []struct {
		name  string
		value []byte
		want  pong
		err   string
	}{
		{"names in full", pongFor("contoso.com", "Tokyo"), pong{"contoso.com", "Tokyo"}, ""},
		{"no site has the client's subnet", pongFor("contoso.com", ""), pong{"contoso.com", ""}, ""},
		{"a name that begins with labels and ends with a pointer",
			netlogon(23, labels("contoso.com"), "\x03sub\xc0\x18", five, "\x05Tokyo\x00"), pong{"sub.contoso.com", "Tokyo"}, ""},
		{"a pointer to a pointer", netlogon(23, labels("contoso.com"), "\xc0\x18", "\xc0\x25", none+none+none+none, "\xc0\x18"),
			pong{"contoso.com", "contoso.com"}, ""},
		{"what follows a name stands after its first pointer, however far the label there reaches",
			netlogon(23, "\x03\x0bxx\x00", "\xc0\x19", five, "\x01\x00\x00"), pong{"xx\x00\xc0\x19\x00\x00\x00\x00\x00\x01", "\x00"}, ""},
		{"nothing", nil, pong{}, "cut off"},
		{"only the head", netlogon(23)[:24], pong{}, "name 1 of the answer to an LDAP ping: it is cut off"},
		{"a label that is cut off", netlogon(23, labels("contoso.com"))[:30], pong{}, "name 1 of the answer to an LDAP ping: it is cut off"},
		{"a pointer that is cut off", append(netlogon(23)[:24], 0xc0), pong{}, "cut off"},
		{"the answer of a paused controller", netlogon(24, labels("contoso.com")), pong{}, "operation code 24"},
		{"a pointer to itself", netlogon(23, "\xc0\x18"), pong{}, "does not point back"},
		{"a pointer forward", netlogon(23, "\xc0\x1a\x03abc\x00"), pong{}, "does not point back"},
		{"a pointer back into its own name", netlogon(23, "\x03abc\xc0\x18"), pong{}, "does not point back"},
		{"two pointers in a circle", netlogon(23, labels("a"), "\xc0\x1d", "\xc0\x1b"), pong{}, "does not point back"},
		{"a length with a bit that means nothing", netlogon(23, "\x41"+strings.Repeat("a", 65)), pong{}, "length that means nothing"},
		{"a name that is too long", netlogon(23, labels(strings.Repeat("abcdefg.", 32))), pong{}, "longer than 255 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parsePong(test.value)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got, cmp.AllowUnexported(pong{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// pongDatagram is the answer to the ping with the given message ID.
func pongDatagram(id int64, tag ber.Tag, attribute string, values ...string) []byte {
	set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
	for _, v := range values {
		set.AppendChild(octetString(v))
	}
	one := ber.NewSequence("")
	one.AppendChild(octetString(attribute))
	one.AppendChild(set)
	list := ber.NewSequence("")
	list.AppendChild(one)
	entry := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	entry.AppendChild(octetString(""))
	entry.AppendChild(list)
	message := ber.NewSequence("")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	message.AppendChild(entry)
	return message.Bytes()
}

func TestNetlogonOf(t *testing.T) {
	whole := pongDatagram(pingID, 4, "netlogon", "value")
	if got, err := netlogonOf(whole); err != nil || string(got) != "value" {
		t.Errorf("got %q, %v", got, err)
	}
	// Windows writes the lengths of its sequences in four bytes.
	long := append([]byte{0x30, 0x84, 0, 0, 0, whole[1]}, whole[2:]...)
	if got, err := netlogonOf(long); err != nil || string(got) != "value" {
		t.Errorf("with a long length: got %q, %v", got, err)
	}
	for name, datagram := range map[string][]byte{
		"nothing":                          nil,
		"no BER":                           []byte("GET / HTTP/1.1\r\n"),
		"cut off":                          whole[:len(whole)-1],
		"a length that is not there":       {0x30, 0x84, 0x7f, 0xff, 0xff, 0xff},
		"the end of a search":              {0x30, 0x0c, 2, 1, 1, 0x65, 7, 10, 1, 0, 4, 0, 4, 0},
		"no message":                       {0x30, 0},
		"another request's":                pongDatagram(pingID+1, 4, "Netlogon", "value"),
		"another attribute":                pongDatagram(pingID, 4, "defaultNamingContext", "value"),
		"no value":                         pongDatagram(pingID, 4, "Netlogon"),
		"an operation that is no entry":    pongDatagram(pingID, 5, "Netlogon", "value"),
		"an entry that is no structure":    {0x30, 5, 2, 1, 1, 0x44, 0},
		"nested deeper than an LDAP reply": bytes.Repeat([]byte{0x30, 0x80}, 2000),
	} {
		if got, err := netlogonOf(datagram); err == nil {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func FuzzPong(f *testing.F) {
	f.Add(unhex(f, sambaPong))
	f.Add(pongDatagram(pingID, 4, "Netlogon", string(pongFor("contoso.com", "Tokyo"))))
	f.Add(pongDatagram(pingID, 4, "Netlogon", string(netlogon(23, "\x03abc\xc0\x18"))))
	f.Add([]byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, datagram []byte) {
		value, err := netlogonOf(datagram)
		if err != nil {
			value = datagram // so that the inner decoder is fuzzed too
		}
		answer, err := parsePong(value)
		if err != nil {
			if answer != nil || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
				t.Fatalf("%v, %q", answer, err)
			}
			return
		}
		if len(answer.domain) > maxName || len(answer.site) > maxName {
			t.Fatalf("names longer than 255 bytes: %+v", answer)
		}
		again, err := parsePong(value)
		if diff := cmp.Diff(answer, again, cmp.AllowUnexported(pong{})); err != nil || diff != "" {
			t.Fatalf("read twice: %v %s", err, diff)
		}
	})
}
