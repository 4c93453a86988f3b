package ldapsrc

import (
	"bufio"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-ldap/ldap/v3"
)

const (
	// maxReply is the largest message that is no entry: the answer to a bind, with a
	// ticket in it, or the end of a search. go-ldap's decoder takes a hundred times
	// its size.
	maxReply = 64 << 10

	// maxValues is how many values are taken over one connection. An organization of a
	// thousand servers has a quarter of them.
	maxValues = 1 << 20
)

var errNotLDAP = errors.New("the server sent something that is not an LDAP message")

// intake stands between a connection and go-ldap. It keeps every entry that a search
// finds, and lets go-ldap have a stub in its place: an entry that has a number for a
// name, and no attributes. Who searched exchanges the number for the entry.
//
// go-ldap's decoder takes most of the time of a large search, and a hundred times the
// size of an entry that is made of empty values. Here an attribute that nobody asked
// for is never copied, and what is copied is counted. All else is go-ldap's work:
// requests, pages, results, and whatever belongs to a bind.
type intake struct {
	net.Conn
	fail func(error) error // remembers why reading ended

	// Of the reader, of whom there is one at a time.
	in      *bufio.Reader
	buffer  []byte        // the message
	out     []byte        // what of it go-ldap has not read
	values  int           // taken so far
	found   map[int64]int // entries of each search that goes on
	numbers int

	mu    sync.Mutex
	asked map[string]string      // what was ever asked for, options left out, by itself
	kept  map[string]*ldap.Entry // by the number that go-ldap was given
}

func newIntake(conn net.Conn, fail func(error) error) *intake {
	return &intake{Conn: conn, fail: fail, in: bufio.NewReader(conn), found: map[int64]int{},
		asked: map[string]string{}, kept: map[string]*ldap.Entry{}}
}

// expect says what will be asked for, options left out.
func (c *intake) expect(attributes []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range attributes {
		a, _, _ = strings.Cut(a, ";")
		c.asked[a] = a
	}
}

// claim takes out the entry that a number stands for; nil where there is none.
func (c *intake) claim(number string) *ldap.Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.kept[number]
	delete(c.kept, number)
	return e
}

func (c *intake) Read(p []byte) (int, error) {
	for len(c.out) == 0 {
		if err := c.next(); err != nil {
			return 0, c.fail(err)
		}
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// next reads one message. LDAP's are of definite length (RFC 4511 5.1).
func (c *intake) next() error {
	header, err := c.in.Peek(2)
	if err != nil {
		return err
	}
	size, length := 2, int(header[1])
	if length >= 0x80 {
		size += length - 0x80
		if size == 2 || size > 6 {
			return errNotLDAP
		}
		if header, err = c.in.Peek(size); err != nil {
			return err
		}
		length = 0
		for _, b := range header[2:] {
			length = length<<8 | int(b)
		}
	}
	if header[0] != tagSequence {
		return errNotLDAP
	}
	if length > maxMessage {
		return errTooMuch
	}
	c.buffer = slices.Grow(c.buffer[:0], size+length)[:size+length]
	if _, err := io.ReadFull(c.in, c.buffer); err != nil {
		return err
	}
	return c.sort(c.buffer[size:])
}

// sort keeps an entry, and passes any other message on.
func (c *intake) sort(message []byte) error {
	id, op, ok := element(message, tagInteger)
	if !ok {
		return errNotLDAP
	}
	search := int64(0)
	for _, b := range id {
		search = search<<8 | int64(b)
	}
	if len(op) == 0 || op[0] != tagEntry {
		if len(message) > maxReply {
			return errTooMuch
		}
		if len(op) > 0 && op[0] == tagDone {
			delete(c.found, search)
		}
		c.out = c.buffer
		return nil
	}
	if c.found[search]++; c.found[search] > maxEntries || len(c.found) > maxPages {
		return errTooMuch
	}
	body, _, ok := element(op, tagEntry)
	if !ok {
		return errNotLDAP
	}
	c.numbers++
	number := strconv.Itoa(c.numbers)
	e, err := c.entry(body)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.kept[number] = e
	c.mu.Unlock()
	stub := append([]byte{tagEntry, byte(4 + len(number)), tagOctets, byte(len(number))}, number...)
	stub = append(stub, tagSequence, 0)
	c.out = append([]byte{tagSequence, byte(2 + len(id) + len(stub)), tagInteger, byte(len(id))}, id...)
	c.out = append(c.out, stub...)
	return nil
}
