package ldapsrc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// The security layers of SASL's GSSAPI mechanism (RFC 4752 3.3).
const (
	layerNone      = 1
	layerIntegrity = 2
	layerPrivacy   = 4
)

const (
	// maxFrame is the longest wrapped message that is taken, which the server is
	// told in 24 bits. A page of entries may be one message.
	maxFrame = 8 << 20

	// minFrame is the shortest limit of a server that leaves room for a request.
	minFrame = maxWrapOverhead + 64
)

var (
	errLayer      = errors.New("the protection of the connection was broken")
	errNotMessage = fmt.Errorf("%w: no LDAP message where one should begin", errLayer)
	errNotAlone   = fmt.Errorf("%w: more came than the offer of security layers", errLayer)
	errNotAnswer  = fmt.Errorf("%w: another message than the answer to the bind", errLayer)
)

// layer is the connection of a Kerberos bind without TLS. Before the bind it changes
// nothing but this: go-ldap gets one message at a time. The server's answer to the
// bind's last word is the last message in clear; whatever comes after it is wrapped,
// and so is whatever is said after it was read.
//
// go-ldap reads ahead, as far as it is let. What somebody between puts behind a
// message in clear must not wait there until the bind has succeeded, and then pass
// for a message of the bound connection. So it stays here, and ends the bind.
//
// It has one reader and one writer at a time, as go-ldap has.
type layer struct {
	net.Conn
	fail func(error) error // remembers why reading ended

	out    atomic.Pointer[protection] // the bind has succeeded: what is said is wrapped
	proven bool                       // the other end is a domain controller; of whoever binds alone

	mu     sync.Mutex  // guards what reading shares with arming and writing
	armed  *protection // the server's offer was answered
	asked  int64       // the last request in clear; 0: none since the layer was armed
	heard  int         // messages in clear since then
	raw    []byte      // read, and not yet known to be a whole message in clear
	passed bool        // the last message in clear was read; from here on raw is of the reader alone

	// Of the reader alone.
	message []byte // of one message, in clear or unwrapped: what is not yet read
}

// protection is what was agreed on in a bind.
type protection struct {
	wrapper *wrapper
	seal    bool // encrypt, and not only sign
	chunk   int  // the most bytes of one message that the server takes, unwrapped
}

// Read reads what the server said, and never more than one message.
func (l *layer) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(l.message) == 0 { // a message may be empty
		if err := l.next(p); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.message)
	l.message = l.message[n:]
	return n, nil
}

// next waits for the next message, wrapped or in clear. It may use the buffer.
func (l *layer) next(buffer []byte) error {
	for {
		wrapped, err := l.nextInClear()
		if err != nil {
			return l.fail(err)
		}
		if wrapped {
			return l.nextWrapped()
		}
		if len(l.message) > 0 {
			return nil
		}
		n, err := l.Conn.Read(buffer)
		if n == 0 && err != nil {
			return err
		}
		l.mu.Lock()
		l.raw = append(l.raw, buffer[:n]...)
		l.mu.Unlock()
	}
}

// nextInClear takes the next message in clear, if it is there as a whole, or says
// that there will be no more of them.
func (l *layer) nextInClear() (wrapped bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.passed {
		return true, nil
	}
	length, err := messageLength(l.raw)
	if err != nil || length == 0 || length > len(l.raw) {
		return false, err
	}
	message := l.raw[:length:length]
	id, operation, err := readMessage(message)
	if err != nil {
		return false, err
	}
	if l.armed != nil {
		if l.asked == 0 || id != l.asked || operation != ldap.ApplicationBindResponse {
			return false, errNotAnswer
		}
		l.passed = true
	}
	l.message, l.raw = message, l.raw[length:]
	l.heard++
	return false, nil
}

// arm is called between the server's offer and the answer to it, which is the next
// thing that is written. The offer must be all that came since the last request.
func (l *layer) arm(protect *protection) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.heard != 1 || len(l.raw) > 0 {
		return l.fail(errNotAlone)
	}
	l.armed, l.asked = protect, 0
	return nil
}

// messageLength is the length of the LDAP message that bytes begin with, or 0 where
// they are too few to tell: a SEQUENCE of definite length (RFC 4511 4.1.1 and 5.1).
func messageLength(b []byte) (int, error) {
	const maxDigits = 4
	if len(b) > 0 && b[0] != 0x30 {
		return 0, errNotMessage
	}
	if len(b) < 2 {
		return 0, nil
	}
	if b[1] < 0x80 {
		return 2 + int(b[1]), nil
	}
	digits := int(b[1] - 0x80)
	if digits < 1 || digits > maxDigits {
		return 0, errNotMessage
	}
	if len(b) < 2+digits {
		return 0, nil
	}
	var content int64
	for _, digit := range b[2 : 2+digits] {
		content = content<<8 | int64(digit)
	}
	if content > maxMessage {
		return 0, errNotMessage
	}
	return 2 + digits + int(content), nil
}

// readMessage reads the ID and the operation of a message. It decodes all of it, as
// go-ldap does: an element that is longer than the message would let go-ldap take
// the next one for a part of this.
func readMessage(b []byte) (id int64, operation ber.Tag, err error) {
	packet, err := ber.DecodePacketErr(b)
	if err != nil || len(packet.Children) < 2 {
		return 0, 0, errNotMessage
	}
	id, ok := packet.Children[0].Value.(int64)
	if !ok || packet.Children[1].ClassType != ber.ClassApplication {
		return 0, 0, errNotMessage
	}
	return id, packet.Children[1].Tag, nil
}

// nextWrapped reads the next frame: its length in four bytes, and one wrap token
// (RFC 4422 3.7).
func (l *layer) nextWrapped() error {
	token, err := readFrame(rawReader{l})
	if err != nil {
		return l.fail(err)
	}
	message, sealed, err := l.armed.wrapper.unwrap(token)
	if err == nil && l.armed.seal && !sealed {
		err = errNotWrapped // it was agreed that all is encrypted
	}
	if err != nil {
		return l.fail(fmt.Errorf("%w: %w", errLayer, err))
	}
	l.message = message
	return nil
}

// rawReader reads the connection below the layer.
type rawReader struct{ l *layer }

func (r rawReader) Read(p []byte) (int, error) {
	if len(r.l.raw) > 0 {
		n := copy(p, r.l.raw)
		r.l.raw = r.l.raw[n:]
		return n, nil
	}
	return r.l.Conn.Read(p)
}

// readFrame reads a length and as many bytes, for which it makes room only as they
// come.
func readFrame(r io.Reader) ([]byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(header[:])
	if length > maxFrame {
		return nil, fmt.Errorf("%w: a message of %d bytes", errLayer, length)
	}
	frame, err := io.ReadAll(io.LimitReader(r, int64(length)))
	if err != nil {
		return nil, err
	}
	if len(frame) < int(length) {
		return nil, io.ErrUnexpectedEOF
	}
	return frame, nil
}

// Write wraps what go-ldap says, in pieces that the server takes.
func (l *layer) Write(p []byte) (int, error) {
	protect := l.out.Load()
	if protect == nil {
		return l.writeInClear(p)
	}
	written := 0
	for written < len(p) {
		piece := p[written:min(len(p), written+protect.chunk)]
		token, err := protect.wrapper.wrap(piece, protect.seal)
		if err != nil {
			return written, err
		}
		frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(token)), uint32(len(token)))
		if _, err := l.Conn.Write(append(frame, token...)); err != nil {
			return written, err
		}
		written += len(piece)
	}
	return written, nil
}

// writeInClear writes one request, as go-ldap does, and remembers its ID: before
// the server can know it.
func (l *layer) writeInClear(p []byte) (int, error) {
	id, _, err := readMessage(p)
	if err != nil {
		return 0, err
	}
	l.mu.Lock()
	l.asked, l.heard = id, 0
	l.mu.Unlock()
	return l.Conn.Write(p)
}
