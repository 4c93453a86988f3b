package ldapsrc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// said is a connection on which a server says one thing, again and again.
type said struct {
	net.Conn
	io.Reader
}

func (s said) Read(p []byte) (int, error) { return s.Reader.Read(p) }

// entryOf is an entry with one attribute, as it comes over the wire.
func entryOf(attribute string, values int) []byte {
	element := func(tag byte, content []byte) []byte {
		n := len(content)
		return append([]byte{tag, 0x84, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, content...)
	}
	set := element(tagSet, bytes.Repeat([]byte{tagOctets, 0}, values))
	list := element(tagSequence, append(element(tagOctets, []byte(attribute)), set...))
	entry := append(element(tagOctets, []byte("CN=X")), element(tagSequence, list)...)
	return element(tagSequence, append([]byte{tagInteger, 1, 7}, element(tagEntry, entry)...))
}

// repeated is a text without end.
type repeated struct {
	text []byte
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}

// Values that are not kept take no memory, however many there are; and not many are.
func TestMemoryOfEmptyValues(t *testing.T) {
	const perEntry = maxMessage/2 - 100
	for name, test := range map[string]struct {
		attribute string
		limit     uint64 // of the heap's growth
	}{
		"nobody asked for":   {"thumbnailPhoto", 8 << 20},
		"somebody asked for": {"keywords;range=0-*", 128 << 20}, // 16 bytes to a value, and what a slice leaves behind as it grows
	} {
		t.Run(name, func(t *testing.T) {
			message := entryOf(test.attribute, perEntry)
			var ended error
			c := newIntake(said{Reader: &repeated{text: message}}, func(err error) error { ended = err; return err })
			c.expect([]string{"keywords"})
			c.searches[7] = 0
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			peak, read := uint64(0), 0
			for read*len(message) < maxBytes && ended == nil {
				if _, err := ber.ReadPacket(c); err == nil {
					read++
				}
				runtime.ReadMemStats(&after)
				peak = max(peak, after.HeapAlloc)
			}
			grown := peak - min(peak, before.HeapAlloc)
			t.Logf("%d entries of %d values: the heap grew by %d KiB", read, perEntry, grown>>10)
			if grown > test.limit {
				t.Errorf("the heap grew by %d bytes", grown)
			}
			if kept := test.attribute != "thumbnailPhoto"; kept != errors.Is(ended, errTooMuch) || kept && read > maxValues/perEntry {
				t.Errorf("%d entries were taken, and then: %v", read, ended)
			}
		})
	}
}

// A page has an end.
func TestEntriesWithoutEnd(t *testing.T) {
	c := newIntake(said{Reader: &repeated{text: entryOf("keywords", 0)}}, func(err error) error { return err })
	c.searches[7] = 0
	n := 0
	for {
		if _, err := ber.ReadPacket(c); err != nil {
			break
		}
		n++
	}
	if n != maxEntries {
		t.Errorf("%d entries were taken", n)
	}
}

func TestMessagesThatAreNone(t *testing.T) {
	for name, test := range map[string]struct {
		said string
		want error
	}{
		"nothing":              {"", io.EOF},
		"half a header":        {"\x30", io.EOF},
		"half a length":        {"\x30\x84\x00", io.EOF},
		"half a message":       {"\x30\x05\x02\x01", io.ErrUnexpectedEOF},
		"no sequence":          {"\x04\x02ab", errNotLDAP},
		"no length":            {"\x30\x80\x00\x00", errNotLDAP},
		"a length of five":     {"\x30\x85\x00\x00\x00\x00\x00", errNotLDAP},
		"too long":             {"\x30\x84\x00\x10\x00\x00", errTooMuch},
		"no number":            {"\x30\x02\x04\x00", errNotLDAP},
		"an entry of nothing":  {"\x30\x05\x02\x01\x01\x64\x00", errNotLDAP},
		"an empty number":      {"\x30\x04\x02\x00\x65\x00", errNotLDAP},
		"a number of five":     {"\x30\x09\x02\x05\x00\x00\x00\x00\x01\x65\x00", errNotLDAP},
		"a number below zero":  {"\x30\x05\x02\x01\xff\x65\x00", errNotLDAP},
		"no operation":         {"\x30\x03\x02\x01\x01", errNotLDAP},
		"half an operation":    {"\x30\x05\x02\x01\x01\x65\x01", errNotLDAP},
		"two operations":       {"\x30\x07\x02\x01\x01\x65\x00\x65\x00", errNotLDAP},
		"a request":            {"\x30\x05\x02\x01\x01\x63\x00", errNotLDAP},
		"a context's entry":    {"\x30\x0a\x02\x01\x01\xa4\x05\x04\x01a\x30\x00", errNotLDAP},
		"everybody's entry":    {"\x30\x0a\x02\x01\x01\x24\x05\x04\x01a\x30\x00", errNotLDAP},
		"a private entry":      {"\x30\x0a\x02\x01\x01\xe4\x05\x04\x01a\x30\x00", errNotLDAP},
		"an entry in long":     {"\x30\x0b\x02\x01\x01\x7f\x04\x05\x04\x01a\x30\x00", errNotLDAP},
		"nobody's entry":       {"\x30\x0a\x02\x01\x02\x64\x05\x04\x01a\x30\x00", errUnasked},
		"nobody's end":         {"\x30\x05\x02\x01\x02\x65\x00", errUnasked},
		"nobody's reference":   {"\x30\x05\x02\x01\x02\x73\x00", errUnasked},
		"an end with controls": {"\x30\x07\x02\x01\x01\x65\x00\xa0\x00", nil},
		"a bind's answer":      {"\x30\x05\x02\x01\x09\x61\x00", nil},
		"a notice":             {"\x30\x05\x02\x01\x00\x78\x00", nil},
		"values of integers":   {"\x30\x13\x02\x01\x01\x64\x0e\x04\x00\x30\x0a\x30\x08\x04\x01a\x31\x03\x02\x01\x01", errNotLDAP},
		"a long end of search": {"\x30\x82\xff\xff\x02\x01\x01\x65\x82\xff\xf8" + strings.Repeat("\x00", 0xfff8), nil},
		"a longer one":         {"\x30\x83\x01\x00\x01\x02\x01\x01\x65\x82\xff\xfa" + strings.Repeat("\x00", 0xfffa), errTooMuch},
	} {
		t.Run(name, func(t *testing.T) {
			c := newIntake(said{Reader: strings.NewReader(test.said)}, func(err error) error { return err })
			c.expect([]string{"a"})
			c.searches[1] = 0
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

// drip answers each search in time, and after the first two, which find the
// organization, always says that there is more.
func drip(conn net.Conn, pause time.Duration) {
	defer conn.Close()
	send := func(id any, tag ber.Tag, rest ...*ber.Packet) {
		message := ber.NewSequence("")
		message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
		op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
		for _, p := range rest {
			op.AppendChild(p)
		}
		message.AppendChild(op)
		conn.Write(message.Bytes())
	}
	text := func(s string) *ber.Packet {
		return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
	}
	done := func(id any, tag ber.Tag) {
		send(id, tag, ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, 0, ""), text(""), text(""))
	}
	entry := func(id any, dn, name, value string) {
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		set.AppendChild(text(value))
		attribute, list := ber.NewSequence(""), ber.NewSequence("")
		attribute.AppendChild(text(name))
		attribute.AppendChild(set)
		list.AppendChild(attribute)
		send(id, 4, text(dn), list)
	}
	for searches := 0; ; {
		request, err := ber.ReadPacket(conn)
		if err != nil || len(request.Children) < 2 {
			return
		}
		id := request.Children[0].Value
		switch request.Children[1].Tag {
		case 0:
			done(id, 1)
		case 3:
			searches++
			switch searches {
			case 1:
				entry(id, "", "configurationNamingContext", "CN=Configuration,DC=contoso,DC=com")
			case 2:
				entry(id, testOrgDN, "objectClass", "msExchOrganizationContainer")
			default:
				time.Sleep(pause)
				entry(id, "CN=EX1,"+testOrgDN, "objectClass", "top")
			}
			done(id, 5)
		}
	}
}

// A directory that answers each question slowly costs no more than the limit, and
// what it did not say is not known.
func TestDirectoryThatDrips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		org, err := Read(t.Context(), Options{
			URLs: []string{"ldap://dc1.contoso.com"}, Bind: BindAnonymous,
			Dial: func(context.Context, string, string) (net.Conn, error) {
				client, server := net.Pipe()
				go drip(server, 9*time.Second)
				return client, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != defaultLimit+defaultTimeout {
			t.Errorf("it took %v", took)
		}
		if org.DN != testOrgDN || org.AcceptedDomains.Known || !strings.Contains(org.AcceptedDomains.Why, errLimit.Error()) {
			t.Errorf("%q; accepted domains %+v", org.DN, org.AcceptedDomains)
		}
		time.Sleep(time.Minute) // of the bubble: until the server has seen that nobody listens
	})
}
