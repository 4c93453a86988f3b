package ldapsrc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
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
)

// layer is the connection of a Kerberos bind without TLS. Before the bind it changes
// nothing. The server's answer to the bind's last word is the last message in clear;
// whatever comes after it is wrapped, and so is whatever is said after it was read.
//
// The end of that answer is looked for in the stream itself: what somebody between
// puts behind it, or before it, never passes for a message of the bound connection.
//
// It has one reader and one writer at a time, as go-ldap has.
type layer struct {
	net.Conn
	fail func(error) error // remembers why reading ended

	armed atomic.Pointer[protection] // the last word has been said
	out   atomic.Pointer[protection] // the bind has succeeded: what is said is wrapped

	// Of the reader alone.
	in      *protection // what is read is wrapped
	clear   boundary
	raw     []byte // read together with the last message in clear
	message []byte // unwrapped, and not yet read
}

// protection is what was agreed on in a bind.
type protection struct {
	wrapper *wrapper
	seal    bool // encrypt, and not only sign
	chunk   int  // the most bytes of one message that the server takes, unwrapped
}

// Read reads what the server said.
func (l *layer) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if l.in == nil {
		return l.readClear(p)
	}
	for len(l.message) == 0 { // a message may be empty
		if err := l.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.message)
	l.message = l.message[n:]
	return n, nil
}

// readClear reads messages in clear, up to the end of the last one.
func (l *layer) readClear(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	for i, b := range p[:n] {
		end, err := l.clear.pass(b)
		if err != nil {
			return 0, l.fail(err)
		}
		if end {
			if l.in = l.armed.Load(); l.in != nil {
				l.raw = bytes.Clone(p[i+1 : n])
				return i + 1, nil
			}
		}
	}
	return n, err
}

// boundary follows LDAP messages in clear as far as is needed to know where one
// ends: each is a SEQUENCE of definite length (RFC 4511 4.1.1 and 5.1).
type boundary struct {
	state  int // which byte of the header is next: 0 the tag, 1 the length, 2 more of it; 3: the content
	digits int // bytes of the length that are still to come
	left   int // bytes of the content, as far as they are known
}

// pass takes the next byte, and says whether a message ends with it.
func (c *boundary) pass(b byte) (end bool, err error) {
	const maxDigits = 4
	switch c.state {
	case 0:
		if b != 0x30 {
			return false, errNotMessage
		}
		c.state, c.left = 1, 0
		return false, nil
	case 1:
		if b < 0x80 {
			c.state, c.left = 3, int(b)
			break
		}
		c.state, c.digits = 2, int(b-0x80)
		if c.digits < 1 || c.digits > maxDigits {
			return false, errNotMessage
		}
		return false, nil
	case 2:
		c.left, c.digits = c.left<<8|int(b), c.digits-1
		if c.left > maxMessage {
			return false, errNotMessage
		}
		if c.digits > 0 {
			return false, nil
		}
		c.state = 3
	default:
		c.left--
	}
	if c.left == 0 {
		c.state = 0
	}
	return c.left == 0, nil
}

// next reads the next frame: its length in four bytes, and one wrap token (RFC 4422
// 3.7).
func (l *layer) next() error {
	token, err := readFrame(rawReader{l})
	if err != nil {
		return l.fail(err)
	}
	message, sealed, err := l.in.wrapper.unwrap(token)
	if err == nil && l.in.seal && !sealed {
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
		return l.Conn.Write(p)
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

// choose answers a server's offer of security layers and the most bytes that it
// takes (RFC 4752 3.1). Over TLS there is none, for Active Directory refuses two
// (MS-ADTS 5.1.2.2); without TLS there must be one.
func choose(offer []byte, secure bool) (reply []byte, protect *protection, err error) {
	if len(offer) != 4 {
		return nil, nil, errors.New("an offer of security layers that is not four bytes long")
	}
	limit := int(binary.BigEndian.Uint32(offer) & 0xffffff)
	switch {
	case secure:
		if offer[0]&layerNone == 0 {
			return nil, nil, errLayerOverTLS
		}
		return []byte{layerNone, 0, 0, 0}, nil, nil
	case offer[0]&(layerIntegrity|layerPrivacy) == 0 || limit < minFrame:
		return nil, nil, errNoLayer
	}
	reply = binary.BigEndian.AppendUint32(nil, maxFrame)
	reply[0] = layerIntegrity
	if offer[0]&layerPrivacy != 0 {
		reply[0] = layerPrivacy
	}
	return reply, &protection{seal: reply[0] == layerPrivacy, chunk: limit - maxWrapOverhead}, nil
}
