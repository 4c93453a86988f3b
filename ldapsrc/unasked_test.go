package ldapsrc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// Entries are kept for searches that go on, and for no other: what comes for one that
// nobody made, or that is done, is the end.
func TestEntriesOfNoSearch(t *testing.T) {
	entry, done := entryOf("keywords", 1), []byte("\x30\x05\x02\x01\x07\x65\x00")
	for name, test := range map[string]struct {
		asked bool
		said  []byte
		kept  int
	}{
		"nobody made": {false, entry, 0},
		"is done":     {true, slices.Concat(entry, entry, done, entry, entry), 2},
	} {
		t.Run(name, func(t *testing.T) {
			c := newIntake(said{Reader: bytes.NewReader(test.said)}, func(err error) error { return err })
			if test.asked {
				c.searches[7] = 0
			}
			_, err := io.Copy(io.Discard, c)
			if !errors.Is(err, errUnasked) || len(c.kept) != test.kept {
				t.Errorf("%d entries are kept; the error is %v", len(c.kept), err)
			}
		})
	}
}

// Small entries take more memory than they have bytes on the wire, and many searches
// may go on.
func TestMemoryOfSmallEntries(t *testing.T) {
	const left = 50000
	c := newIntake(said{Reader: &repeated{text: []byte("\x30\x09\x02\x01\x07\x64\x04\x04\x00\x30\x00")}}, func(err error) error { return err })
	c.weight = maxKept - left*weightOfEntry
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c.searches[7] = 0
	for c.next() == nil {
		c.searches[7] = 0 // another one
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	grown := after.HeapAlloc - min(after.HeapAlloc, before.HeapAlloc)
	t.Logf("%d entries: the heap grew by %d KiB", len(c.kept), grown>>10)
	if err := c.next(); !errors.Is(err, errTooMuch) || len(c.kept) != left || grown > left*weightOfEntry {
		t.Errorf("%d entries of %d bytes, and then: %v", len(c.kept), grown/left, err)
	}
}

// What a server makes up does not pass for the entries that were kept.
func TestEntriesAreNotForged(t *testing.T) {
	for name, message := range map[string]string{
		"of another class":     "\x30\x0c\x02\x01\x01\xa4\x07\x04\x03boo\x30\x00",
		"of the universal one": "\x30\x0c\x02\x01\x01\x24\x07\x04\x03boo\x30\x00",
		// Of this number's length only the last byte would fit into a stub, and the
		// message that is hidden in it would be read as one.
		"in a number": "\x30\x82\x01\x0b\x02\x82\x01\x01\x00\x04\x05xxxxx\x30\x0c\x02\x01\x01\x64\x07\x04\x03boo\x30\x00" +
			strings.Repeat("\x00", 257-22) + "\x64\x04\x04\x00\x30\x00",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(t.Context(), Options{
				URLs: []string{"ldap://dc1.contoso.com"}, Bind: BindAnonymous,
				Dial: func(context.Context, string, string) (net.Conn, error) {
					client, server := net.Pipe()
					go func() {
						defer server.Close()
						if _, err := ber.ReadPacket(server); err == nil {
							io.WriteString(server, message+"\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00")
						}
					}()
					return client, nil
				},
			})
			if err == nil || !strings.Contains(err.Error(), errNotLDAP.Error()) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}
