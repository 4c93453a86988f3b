package ldapsrc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// maxCacheFile is the longest credential cache that is read. One holds some tens of
// tickets.
const maxCacheFile = 4 << 20

// cached is a ticket-granting ticket from a credential cache.
type cached struct {
	name  types.PrincipalName
	realm string
	tgt   ticket
	ends  time.Time
}

var errCache = errors.New("not a credential cache of versions 3 or 4")

// loadCache reads a credential cache of MIT Kerberos or Heimdal. gokrb5's own
// reader panics where a file is cut short.
func loadCache(path string) (cached, error) {
	b, err := readFile(strings.TrimPrefix(path, "FILE:"), maxCacheFile)
	if err != nil {
		return cached{}, err
	}
	return parseCache(b)
}

// readFile reads a file that is not longer than a limit.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s is not a file of at most %d bytes", printable(path), limit)
	}
	return os.ReadFile(path)
}

// parseCache finds the ticket-granting ticket of the cache's principal (MIT
// Kerberos, "Credential cache file format").
func parseCache(b []byte) (cached, error) {
	c := cursor{rest: b}
	version := c.number(2)
	switch version {
	case 0x0503:
	case 0x0504:
		c.take(c.number(2)) // the header, which tells a clock's offset
	default:
		return cached{}, errCache
	}
	var found cached
	found.name, found.realm = c.principal()
	for !c.broken && len(c.rest) > 0 {
		_, _ = c.principal()
		server, realm := c.principal()
		key := types.EncryptionKey{KeyType: int32(int16(c.number(2)))}
		if version == 0x0503 {
			c.take(2) // the type of the key again
		}
		key.KeyValue = c.data()
		c.take(4 + 4) // when it was issued, and from when it holds
		ends := time.Unix(int64(c.number(4)), 0)
		c.take(4 + 1 + 4) // until when it may be renewed, for whom, its flags
		c.pairs()         // addresses
		c.pairs()         // authorization data
		raw := c.data()
		c.data() // the second ticket
		if c.broken {
			break
		}
		if realm != found.realm || !server.Equal(grantingTickets(found.realm)) || found.ends.After(ends) {
			continue
		}
		var tkt messages.Ticket
		if tkt.Unmarshal(raw) != nil || len(tkt.SName.NameString) == 0 {
			return cached{}, errCache
		}
		found.tgt, found.ends = ticket{tkt, key}, ends
	}
	switch {
	case c.broken || len(found.name.NameString) == 0:
		return cached{}, errCache
	case found.ends.IsZero():
		return cached{}, errors.New("the credential cache holds no ticket-granting ticket")
	}
	return found, nil
}

// cursor reads numbers and texts one after the other. Once something is missing it
// is broken, and gives nothing more.
type cursor struct {
	rest   []byte
	broken bool
}

func (c *cursor) take(n uint32) []byte {
	if c.broken || uint64(n) > uint64(len(c.rest)) {
		c.broken = true
		return nil
	}
	taken := c.rest[:n]
	c.rest = c.rest[n:]
	return taken
}

// number reads a number of two or four bytes, with the most significant one first.
func (c *cursor) number(size uint32) uint32 {
	var wide [4]byte
	copy(wide[4-size:], c.take(size))
	return binary.BigEndian.Uint32(wide[:])
}

func (c *cursor) data() []byte { return c.take(c.number(4)) }

func (c *cursor) principal() (types.PrincipalName, string) {
	name := types.PrincipalName{NameType: int32(c.number(4))}
	parts := c.number(4)
	realm := string(c.data())
	for range min(parts, math.MaxInt16) {
		if c.broken {
			break
		}
		name.NameString = append(name.NameString, string(c.data()))
	}
	return name, realm
}

// pairs skips a list of a type in two bytes and a value.
func (c *cursor) pairs() {
	for n := c.number(4); n > 0 && !c.broken; n-- {
		c.take(2)
		c.data()
	}
}
