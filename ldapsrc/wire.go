package ldapsrc

import (
	"errors"
	"net"
	"sync"

	ber "github.com/go-asn1-ber/asn1-ber"
)

const (
	// maxBytes is the most that one connection may send once it is bound. An
	// organization of a thousand servers sends about 16 megabytes.
	maxBytes = 64 << 20

	// maxGreeting is the most that it may send before: the TLS handshake, the
	// RootDSE and the answers to the bind.
	maxGreeting = 256 << 10

	// maxMessage is the largest reply that is taken: an entry, or 1,500 values of one.
	maxMessage = 512 << 10

	// maxNesting is the deepest reply that is decoded. An LDAP message that is asked
	// for here nests six deep (RFC 4511 4.5.2).
	maxNesting = 16
)

// The decoder copies a reply once for each level that it nests, and of itself
// allows a thousand of them and two gigabytes.
func init() { ber.MaxNestingDepth, ber.MaxPacketLengthBytes = maxNesting, maxMessage }

var errTooMuch = errors.New("the server sent more than a directory sends")

// wire is the connection as it leaves the machine. It bounds what a server can
// send, and it remembers why reading ended: go-ldap keeps only the text of that.
type wire struct {
	net.Conn

	mu   sync.Mutex
	left int
	end  error
}

func newWire(conn net.Conn) *wire { return &wire{Conn: conn, left: maxGreeting} }

// bound lets the server send what a directory sends.
func (w *wire) bound() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = maxBytes
}

func (w *wire) Read(p []byte) (int, error) {
	w.mu.Lock()
	left := w.left
	w.mu.Unlock()
	if left <= 0 {
		return 0, w.ended(errTooMuch)
	}
	n, err := w.Conn.Read(p[:min(len(p), left)])
	w.mu.Lock()
	w.left -= n
	w.mu.Unlock()
	if err != nil {
		return n, w.ended(err)
	}
	return n, nil
}

func (w *wire) ended(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.end == nil {
		w.end = err
	}
	return err
}

// why is the first error of reading, or nil.
func (w *wire) why() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.end
}
