package ldapsrc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/crypto/etype"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/types"
)

// The header of a wrap token (RFC 4121 4.2.6.2): token ID, flags, filler, extra
// count, right rotation count, sequence number.
const (
	wrapHeader = 16

	flagAcceptor = 0x01 // it comes from the acceptor, the server
	flagSealed   = 0x02 // it is encrypted
	flagSubkey   = 0x04 // its key is the one that the acceptor chose

	wrapFiller = 0xff
)

// maxWrapOverhead is the most by which a wrapped message is longer: the header,
// the confounder, the header's copy and a checksum of at most 24 bytes (RFC 8009).
const maxWrapOverhead = wrapHeader + 16 + wrapHeader + 24

var (
	errNotWrapped = errors.New("a message that is not wrapped as RFC 4121 says")
	errTampered   = errors.New("a message whose checksum is wrong")
	errReplayed   = errors.New("a message out of its sequence")
)

// wrapper protects the messages of an established Kerberos context, and checks
// those of the peer. Each direction has its own sequence numbers.
type wrapper struct {
	key    types.EncryptionKey
	etype  etype.EType
	subkey bool // the key is the one that the acceptor chose

	acceptor   bool // this side is the server
	sent, seen uint64
}

// aes says whether a key is one whose messages are wrapped as RFC 4121 says. RC4's
// have a form of their own (RFC 4757), and are not understood here.
func aes(key types.EncryptionKey) bool {
	return key.KeyType == etypeID.AES256_CTS_HMAC_SHA1_96 || key.KeyType == etypeID.AES128_CTS_HMAC_SHA1_96
}

func newWrapper(key types.EncryptionKey, subkey bool, sent, seen uint64) (*wrapper, error) {
	if !aes(key) {
		return nil, errNotAES
	}
	kind, err := crypto.GetEtype(key.KeyType)
	if err != nil {
		return nil, err
	}
	if len(key.KeyValue) != kind.GetKeyByteSize() {
		return nil, fmt.Errorf("a key of %d bytes", len(key.KeyValue))
	}
	return &wrapper{key: key, etype: kind, subkey: subkey, sent: sent, seen: seen}, nil
}

// usage is the number of the key for one direction (RFC 4121 2).
func usage(acceptor bool) uint32 {
	if acceptor {
		return keyusage.GSSAPI_ACCEPTOR_SEAL
	}
	return keyusage.GSSAPI_INITIATOR_SEAL
}

// wrap signs a message, or encrypts it too.
func (w *wrapper) wrap(message []byte, seal bool) ([]byte, error) {
	header := make([]byte, wrapHeader)
	binary.BigEndian.PutUint16(header, 0x0504)
	header[3] = wrapFiller
	binary.BigEndian.PutUint64(header[8:], w.sent)
	if w.acceptor {
		header[2] |= flagAcceptor
	}
	if seal {
		header[2] |= flagSealed
	}
	if w.subkey {
		header[2] |= flagSubkey
	}
	w.sent++
	covered := append(bytes.Clone(message), header...)
	if seal {
		_, encrypted, err := w.etype.EncryptMessage(w.key.KeyValue, covered, usage(w.acceptor))
		if err != nil {
			return nil, fmt.Errorf("encrypting a message: %w", err)
		}
		return append(header, encrypted...), nil
	}
	sum, err := w.etype.GetChecksumHash(w.key.KeyValue, covered, usage(w.acceptor))
	if err != nil {
		return nil, fmt.Errorf("signing a message: %w", err)
	}
	binary.BigEndian.PutUint16(header[4:], uint16(len(sum)))
	return append(append(header, message...), sum...), nil
}

// unwrap checks a message of the peer, and takes it out of its wrapping. Messages
// come over a stream: each has the sequence number after the last one's.
func (w *wrapper) unwrap(token []byte) (message []byte, sealed bool, err error) {
	if len(token) < wrapHeader || binary.BigEndian.Uint16(token) != 0x0504 || token[3] != wrapFiller {
		if len(token) > 1 && token[0] == 0x60 { // the framing of RFC 2743, in which RC4's tokens stand
			return nil, false, errNotAES
		}
		return nil, false, errNotWrapped
	}
	header, flags := bytes.Clone(token[:wrapHeader]), token[2]
	if (flags&flagAcceptor != 0) == w.acceptor || (flags&flagSubkey != 0) != w.subkey {
		return nil, false, errNotWrapped
	}
	sealed = flags&flagSealed != 0
	extra := int(binary.BigEndian.Uint16(header[4:]))
	body := rotateLeft(token[wrapHeader:], int(binary.BigEndian.Uint16(header[6:])))
	binary.BigEndian.PutUint16(header[6:], 0) // it is covered as zero

	if sealed {
		message, err = w.unseal(body, header, extra)
	} else {
		message, err = w.verify(body, header, extra)
	}
	if err != nil {
		return nil, false, err
	}
	if binary.BigEndian.Uint64(header[8:]) != w.seen {
		return nil, false, errReplayed
	}
	w.seen++
	return message, sealed, nil
}

// unseal decrypts a body: the message, extra bytes of filler, and the header.
func (w *wrapper) unseal(body, header []byte, extra int) ([]byte, error) {
	if len(body) < w.etype.GetConfounderByteSize()+wrapHeader+extra+w.etype.GetHMACBitLength()/8 {
		return nil, errNotWrapped
	}
	plain, err := w.etype.DecryptMessage(w.key.KeyValue, body, usage(!w.acceptor))
	if err != nil {
		return nil, errTampered
	}
	if len(plain) < wrapHeader+extra || !bytes.Equal(plain[len(plain)-wrapHeader:], header) {
		return nil, errTampered
	}
	return plain[:len(plain)-wrapHeader-extra], nil
}

// verify checks a body: the message and a checksum of extra bytes, which covers the
// message and the header with an extra count of zero.
func (w *wrapper) verify(body, header []byte, extra int) ([]byte, error) {
	if extra != w.etype.GetHMACBitLength()/8 || len(body) < extra {
		return nil, errNotWrapped
	}
	message, sum := body[:len(body)-extra], body[len(body)-extra:]
	covered := append(bytes.Clone(message), header...)
	clear(covered[len(message)+4 : len(message)+6])
	if !w.etype.VerifyChecksum(w.key.KeyValue, covered, sum, usage(!w.acceptor)) {
		return nil, errTampered
	}
	return message, nil
}

// rotateLeft undoes a rotation to the right by n bytes.
func rotateLeft(body []byte, n int) []byte {
	if len(body) == 0 {
		return nil
	}
	n %= len(body)
	return append(bytes.Clone(body[n:]), body[:n]...)
}
