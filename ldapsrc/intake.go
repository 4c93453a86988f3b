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

	// maxKept is the memory, about, that all that is taken over one connection may
	// have. An organization of a thousand servers has a third of it.
	maxKept = 96 << 20

	// What an entry and an attribute weigh beside their texts, about.
	weightOfEntry, weightOfAttribute, weightOfValue = 192, 96, 16
)

var (
	errNotLDAP = errors.New("the server sent something that is not an LDAP message")
	errUnasked = errors.New("the server answered a search that nobody made")
)

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
	buffer  []byte // the message
	out     []byte // what of it go-ldap has not read
	values  int    // taken so far
	weight  int    // of all that was taken so far
	numbers int

	mu       sync.Mutex
	asked    map[string]string      // what was ever asked for, options left out, by itself
	kept     map[string]*ldap.Entry // by the number that go-ldap was given
	searches map[int64]int          // those that go on, by message ID: how much each found
}

func newIntake(conn net.Conn, fail func(error) error) *intake {
	return &intake{Conn: conn, fail: fail, in: bufio.NewReader(conn), asked: map[string]string{},
		kept: map[string]*ldap.Entry{}, searches: map[int64]int{}}
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

// claim puts entries in the place of the stubs of a search's result. What no entry was
// kept for is no stub, and left out.
func (c *intake) claim(answer *ldap.SearchResult) error {
	if answer == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	stubs := answer.Entries
	answer.Entries = stubs[:0]
	for _, stub := range stubs {
		if e, ok := c.kept[stub.DN]; ok {
			delete(c.kept, stub.DN)
			answer.Entries = append(answer.Entries, e)
		}
	}
	if len(answer.Entries) < len(stubs) {
		return errNotLDAP
	}
	return nil
}

// Write sends a request, of which go-ldap writes each as one. What a search finds is
// taken from here on until it is done.
func (c *intake) Write(p []byte) (int, error) {
	if message, _, ok := element(p, tagSequence); ok {
		if id, _, op, ok := envelope(message); ok && op[0] == tagSearch {
			c.mu.Lock()
			c.searches[id] = 0
			c.mu.Unlock()
		}
	}
	return c.Conn.Write(p)
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

// sort keeps an entry, and passes on any other message that may answer a request.
//
// go-ldap goes by the number of an operation's tag, whatever its class. So what is let
// through is told here by the whole of the tag: nothing else may pass for an entry.
func (c *intake) sort(message []byte) error {
	search, id, op, ok := envelope(message)
	if !ok {
		return errNotLDAP
	}
	switch op[0] {
	case tagEntry:
		if err := c.counted(search); err != nil {
			return err
		}
		return c.keep(id, op)
	case tagReference:
		if err := c.counted(search); err != nil {
			return err
		}
	case tagDone:
		if !c.done(search) {
			return errUnasked
		}
	case tagBound, tagExtended:
	default:
		return errNotLDAP
	}
	if len(message) > maxReply {
		return errTooMuch
	}
	c.out = c.buffer
	return nil
}

// counted says whether a search may find one more.
func (c *intake) counted(search int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, ok := c.searches[search]
	switch {
	case !ok:
		return errUnasked
	case n >= maxEntries:
		return errTooMuch
	}
	c.searches[search]++
	return nil
}

// done ends a search, where it goes on.
func (c *intake) done(search int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.searches[search]
	delete(c.searches, search)
	return ok
}

// keep takes an entry, and puts a stub in its place.
func (c *intake) keep(id, op []byte) error {
	body, _, ok := element(op, tagEntry)
	if !ok {
		return errNotLDAP
	}
	e, err := c.entry(body)
	if err != nil {
		return err
	}
	c.numbers++
	number := strconv.Itoa(c.numbers)
	c.mu.Lock()
	c.kept[number] = e
	c.mu.Unlock()
	stub := append([]byte{tagEntry, byte(4 + len(number)), tagOctets, byte(len(number))}, number...)
	stub = append(stub, tagSequence, 0)
	c.out = append([]byte{tagSequence, byte(2 + len(id) + len(stub)), tagInteger, byte(len(id))}, id...)
	c.out = append(c.out, stub...)
	return nil
}
