package tlsprobe

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

const (
	// maxMessage is the longest handshake message that is read; crypto/tls takes
	// certificates of the same length at most.
	maxMessage = 256 << 10

	// maxIdle is how many records may go by that bring nothing: warnings, of which an
	// honest server sends one, and empty records.
	maxIdle = 16

	// flightBuffer holds the first flight of most servers, so that it is read at once.
	flightBuffer = 8 << 10
)

var errNoCertificate = errors.New("it offers no certificate")

var buffers = sync.Pool{New: func() any { b := make([]byte, flightBuffer); return &b }}

// readFlight reads up to the end of the server's Certificate message. The chain
// is cut after maxChain certificates.
func readFlight(conn io.Reader, offered uint16) (seen, error) {
	pooled := buffers.Get().(*[]byte)
	defer buffers.Put(pooled)
	var (
		f      = flight{offered: offered}
		buffer = *pooled
		filled int
	)
	for {
		n, err := conn.Read(buffer[filled:])
		filled += n
		used, done, parseErr := f.records(buffer[:filled])
		switch {
		case parseErr != nil:
			return seen{}, parseErr
		case done:
			return f.seen, nil
		case err != nil:
			if errors.Is(err, io.EOF) && (f.greeted || filled > 0 || len(f.messages) > 0) {
				err = io.ErrUnexpectedEOF
			}
			return seen{}, err
		}
		filled = copy(buffer, buffer[used:filled])
		if filled == len(buffer) { // a record that is longer than all of it
			buffer = append(buffer, make([]byte, maxRecord)...)
		}
	}
}

// maxRecord is the longest record: 16 KiB, and what encryption could add.
const maxRecord = 5 + 16<<10 + 2<<10

// flight is what has been read of a server's first flight.
type flight struct {
	seen     seen
	offered  uint16 // the highest version
	greeted  bool   // the ServerHello was there
	messages []byte // handshake messages that are not whole yet
	idle     int
}

// records takes all whole records from the front of in, and says how many octets
// they had and whether the Certificate was among them.
func (f *flight) records(in []byte) (used int, done bool, err error) {
	for {
		rest := in[used:]
		if len(rest) < 5 {
			return used, false, nil
		}
		length := int(rest[3])<<8 | int(rest[4])
		if rest[0] != recordAlert && rest[0] != recordHandshake || rest[1] != 3 || length > maxRecord-5 {
			return used, false, tls.RecordHeaderError{Msg: "this is no TLS record", RecordHeader: [5]byte(rest)}
		}
		if len(rest) < 5+length {
			return used, false, nil
		}
		body := rest[5 : 5+length]
		used += 5 + length
		switch {
		case rest[0] == recordAlert && length == 2 && body[0] != 1:
			return used, false, &net.OpError{Op: "remote error", Err: tls.AlertError(body[1])}
		case rest[0] == recordAlert || length == 0:
			if f.idle++; f.idle > maxIdle {
				return used, false, errFlood
			}
			continue
		}
		if done, err = f.handshake(body); done || err != nil {
			return used, done, err
		}
	}
}

// handshake takes a piece of the handshake, which need not be a whole number of
// messages. In the common case it is, and nothing is copied.
func (f *flight) handshake(piece []byte) (done bool, err error) {
	if len(f.messages) > 0 {
		f.messages = append(f.messages, piece...)
		piece = f.messages
	}
	for len(piece) >= 4 {
		length := int(piece[1])<<16 | int(piece[2])<<8 | int(piece[3])
		if length > maxMessage {
			return false, errFlood
		}
		if len(piece) < 4+length {
			break
		}
		body := piece[4 : 4+length]
		switch {
		case piece[0] == messageServerHello && !f.greeted:
			f.greeted = true
			err = f.serverHello(body)
		case piece[0] == messageCertificate && f.greeted:
			f.seen.chain, f.seen.cut, err = certificates(body)
			return err == nil, err
		case f.greeted:
			err = errNoCertificate // an anonymous server has none, and goes on without
		default:
			err = fmt.Errorf("message %d comes before the ServerHello", piece[0])
		}
		if err != nil {
			return false, err
		}
		piece = piece[4+length:]
	}
	f.messages = append(f.messages[:0], piece...)
	return false, nil
}

// errNotOffered is what a client of the offered versions takes for a refusal (RFC
// 5246, 7.4.1.3, and appendix E.1).
var errNotOffered = errors.New("it answers with a version that it was not offered")

var errHello = errors.New("the ServerHello is malformed")

func (f *flight) serverHello(in input) error {
	version, random, session := in.take(2), in.take(32), in.vector(1)
	suite, compression := in.take(2), in.take(1)
	if version == nil || random == nil || session == nil || suite == nil || compression == nil {
		return errHello
	}
	f.seen.version = uint16(version[0])<<8 | uint16(version[1])
	f.seen.suite = uint16(suite[0])<<8 | uint16(suite[1])
	if f.seen.version > f.offered || f.seen.version < versionSSL30 {
		return fmt.Errorf("%w, %#04x", errNotOffered, f.seen.version)
	}
	if len(in) == 0 {
		return nil
	}
	extensions := input(in.vector(2))
	for len(extensions) > 0 {
		kind, body := extensions.take(2), input(extensions.vector(2))
		if kind == nil || body == nil {
			return errHello
		}
		switch int(kind[0])<<8 | int(kind[1]) {
		case extStatusRequest:
			f.seen.stapled = true
		case extALPN:
			list := input(body.vector(2))
			f.seen.alpn = string(list.vector(1))
		}
	}
	return nil
}

var errCertificates = errors.New("the Certificate message is malformed")

// certificates reads the chain, leaf first, in memory of its own; cut says that it
// was longer.
func certificates(in input) (chain [][]byte, cut bool, err error) {
	list := input(in.vector(3))
	if list == nil || len(in) > 0 {
		return nil, false, errCertificates
	}
	if len(list) == 0 {
		return nil, false, errNoCertificate
	}
	for len(list) > 0 && len(chain) < maxChain {
		der := list.vector(3)
		if len(der) == 0 {
			return nil, false, errCertificates
		}
		chain = append(chain, append([]byte(nil), der...))
	}
	return chain, len(list) > 0, nil
}

// input is what is left to read of a message.
type input []byte

// take is the next so many octets; nil where there are fewer.
func (in *input) take(octets int) []byte {
	if len(*in) < octets {
		return nil
	}
	taken := (*in)[:octets:octets]
	*in = (*in)[octets:]
	return taken
}

// vector is what follows a length of so many octets; nil where it is not all there,
// and never nil where it is.
func (in *input) vector(octets int) []byte {
	prefix := in.take(octets)
	if prefix == nil {
		return nil
	}
	length := 0
	for _, b := range prefix {
		length = length<<8 | int(b)
	}
	return in.take(length)
}
