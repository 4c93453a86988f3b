package ldapsrc

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"time"
	"unicode/utf16"
)

// Flags of NTLM messages (MS-NLMP 2.2.2.5). Signing is not among them: over TLS
// Active Directory refuses it.
const (
	ntlmUnicode       = 0x00000001
	ntlmRequestTarget = 0x00000004
	ntlmNTLM          = 0x00000200
	ntlmAlwaysSign    = 0x00008000
	ntlmExtended      = 0x00080000 // extended session security
	ntlmTargetInfo    = 0x00800000
	ntlm128           = 0x20000000
	ntlm56            = 0x80000000

	ntlmFlags = ntlmUnicode | ntlmRequestTarget | ntlmNTLM | ntlmAlwaysSign | ntlmExtended | ntlmTargetInfo | ntlm128 | ntlm56
)

// Attributes in the target information (MS-NLMP 2.2.2.1).
const (
	avEnd            = 0
	avFlags          = 6
	avTimestamp      = 7
	avChannelBinding = 10

	avFlagMIC = 2 // the message has a message integrity code
)

const (
	ntlmSignature = "NTLMSSP\x00"

	// The fixed part of the messages (MS-NLMP 2.2.1).
	ntlmNegotiateSize    = 32
	ntlmChallengeSize    = 48
	ntlmAuthenticateSize = 88
	ntlmMICOffset        = 72

	// maxChallenge is the longest challenge that is read. A domain controller's has
	// some three hundred bytes.
	maxChallenge = 16 << 10
)

var errChallenge = errors.New("the domain controller's NTLM challenge is malformed")

// ntlm is the client's side of NTLMv2 (MS-NLMP 3.1): an ldap.NTLMNegotiator. It is
// written here because go-ldap's sends no channel binding.
type ntlm struct {
	domain  string
	binding [md5.Size]byte   // all zeros where there is no TLS
	now     func() time.Time // for servers that do not tell the time; may be nil

	clientChallenge [8]byte
	negotiate       []byte
	answered        bool
	err             error // go-ldap keeps only its text
}

func newNTLM(domain string, binding [md5.Size]byte, now func() time.Time) *ntlm {
	n := &ntlm{domain: domain, binding: binding, now: now}
	_, _ = rand.Read(n.clientChallenge[:]) // never fails, see its documentation
	return n
}

// Negotiate is the first message, which says what the client can do.
func (n *ntlm) Negotiate(string, string) ([]byte, error) {
	b := append([]byte(ntlmSignature), 1, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, ntlmFlags)
	n.negotiate = append(b, make([]byte, ntlmNegotiateSize-len(b))...)
	return n.negotiate, nil
}

// ChallengeResponse is the last message, for the challenge of a server. The hash is
// the MD4 of the password, in hexadecimal.
func (n *ntlm) ChallengeResponse(challenge []byte, user, hash string) ([]byte, error) {
	b, err := n.respond(challenge, user, hash)
	n.answered, n.err = err == nil, err
	return b, err
}

func (n *ntlm) respond(raw []byte, user, hash string) ([]byte, error) {
	c, err := parseChallenge(raw)
	if err != nil {
		return nil, err
	}
	ntHash, err := hex.DecodeString(hash)
	if err != nil {
		return nil, errors.New("hashing the password") // the cause would repeat it
	}
	info, timestamp := c.info(n.binding)
	if timestamp == nil {
		timestamp = make([]byte, 8)
		if n.now != nil {
			binary.LittleEndian.PutUint64(timestamp, fileTime(n.now()))
		}
	}
	key := ntowfv2(ntHash, user, n.domain)
	response, session := ntlmv2(key, c.challenge, n.clientChallenge, timestamp, info)
	message := authenticate(n.domain, user, response, ntlmFlags&c.flags)
	mic := hmacMD5(session, n.negotiate, raw, message)
	copy(message[ntlmMICOffset:], mic)
	return message, nil
}

// ntlmChallenge is what a CHALLENGE_MESSAGE says (MS-NLMP 2.2.1.2).
type ntlmChallenge struct {
	flags     uint32
	challenge [8]byte
	pairs     []avPair
}

type avPair struct {
	id    uint16
	value []byte
}

func parseChallenge(b []byte) (ntlmChallenge, error) {
	var c ntlmChallenge
	if len(b) < ntlmChallengeSize || len(b) > maxChallenge || !bytes.HasPrefix(b, []byte(ntlmSignature+"\x02\x00\x00\x00")) {
		return c, errChallenge
	}
	c.flags = binary.LittleEndian.Uint32(b[20:])
	copy(c.challenge[:], b[24:])
	if c.flags&ntlmUnicode == 0 || c.flags&ntlmTargetInfo == 0 {
		return c, errors.New("the domain controller's NTLM challenge is not of NTLMv2")
	}
	length, offset := int(binary.LittleEndian.Uint16(b[40:])), int64(binary.LittleEndian.Uint32(b[44:]))
	if offset+int64(length) > int64(len(b)) {
		return c, errChallenge
	}
	for rest := b[offset : offset+int64(length)]; ; {
		if len(rest) < 4 {
			return c, errChallenge
		}
		id, size := binary.LittleEndian.Uint16(rest), int(binary.LittleEndian.Uint16(rest[2:]))
		if id == avEnd {
			return c, nil
		}
		if len(rest) < 4+size {
			return c, errChallenge
		}
		c.pairs = append(c.pairs, avPair{id, rest[4 : 4+size]})
		rest = rest[4+size:]
	}
}

// info is the target information to answer with: the server's, the channel binding
// and that there is an integrity code. Beside it is the server's time, or nil.
func (c ntlmChallenge) info(binding [md5.Size]byte) (info, timestamp []byte) {
	flags := uint32(avFlagMIC)
	for _, pair := range c.pairs {
		switch {
		case pair.id == avFlags && len(pair.value) == 4:
			flags |= binary.LittleEndian.Uint32(pair.value)
		case pair.id == avFlags, pair.id == avChannelBinding:
		default:
			if pair.id == avTimestamp && len(pair.value) == 8 {
				timestamp = pair.value
			}
			info = appendPair(info, pair.id, pair.value)
		}
	}
	info = appendPair(info, avFlags, binary.LittleEndian.AppendUint32(nil, flags))
	info = appendPair(info, avChannelBinding, binding[:])
	return appendPair(info, avEnd, nil), timestamp
}

func appendPair(b []byte, id uint16, value []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, id)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

// ntowfv2 is the key of NTLMv2 (MS-NLMP 3.3.2).
func ntowfv2(ntHash []byte, user, domain string) []byte {
	return hmacMD5(ntHash, utf16le(strings.ToUpper(user)+domain))
}

// ntlmv2 is the response to a challenge, and the key of the session (MS-NLMP 3.3.2).
func ntlmv2(key []byte, server, client [8]byte, timestamp, info []byte) (response, session []byte) {
	b := append([]byte{1, 1, 0, 0, 0, 0, 0, 0}, timestamp...)
	b = append(append(b, client[:]...), 0, 0, 0, 0)
	b = append(append(b, info...), 0, 0, 0, 0)
	proof := hmacMD5(key, server[:], b)
	return append(bytes.Clone(proof), b...), hmacMD5(key, proof)
}

// authenticate is an AUTHENTICATE_MESSAGE whose integrity code is still all zeros
// (MS-NLMP 2.2.1.3).
func authenticate(domain, user string, response []byte, flags uint32) []byte {
	b := append([]byte(ntlmSignature), 3, 0, 0, 0)
	var payload []byte
	field := func(value []byte) {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
		b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
		b = binary.LittleEndian.AppendUint32(b, uint32(ntlmAuthenticateSize+len(payload)))
		payload = append(payload, value...)
	}
	field(make([]byte, 24)) // no response of LAN Manager
	field(response)
	field(utf16le(domain))
	field(utf16le(user))
	field(nil) // no workstation
	field(nil) // no session key of its own
	b = binary.LittleEndian.AppendUint32(b, flags)
	b = append(b, make([]byte, ntlmAuthenticateSize-len(b))...) // version, integrity code
	return append(b, payload...)
}

// fileTime is a time in 100 nanoseconds since 1601 (MS-DTYP 2.3.3).
func fileTime(t time.Time) uint64 {
	const untilUnix = 11644473600 // seconds
	return uint64(t.Unix()+untilUnix)*1e7 + uint64(t.Nanosecond()/100)
}

func hmacMD5(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

func utf16le(text string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}
