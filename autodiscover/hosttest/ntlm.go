package hosttest

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
)

// NTLM is a domain that NTLMv2 is verified with (MS-NLMP 3.2.5.1.2).
type NTLM struct {
	// Users are account names with the domain, e.g. `CONTOSO\alice`, and the MD4 of
	// their passwords (MS-NLMP 3.3.1).
	Users map[string][]byte

	// Certificate is the DER of the server's own, signed with SHA-256. A client that
	// sends the channel binding of another is refused, and with RequireBinding, as
	// with Extended Protection, one that sends none. Nil does not look.
	Certificate    []byte
	RequireBinding bool
}

// serverChallenge is the same for everybody: a replay is not what is tested.
const serverChallenge = "\x01\x23\x45\x67\x89\xab\xcd\xef"

// serverTime is the 22nd of November 2026, in 100 nanoseconds since 1601.
const serverTime = 134_398_224_000_000_000

var errRefused = errors.New("refused")

// Acceptor is the server's side of one handshake.
func (n NTLM) Acceptor() Acceptor { return &ntlmAcceptor{domain: n} }

type ntlmAcceptor struct {
	domain               NTLM
	negotiate, challenge []byte
}

// Accept answers the client's two messages.
func (a *ntlmAcceptor) Accept(token []byte) ([]byte, bool, error) {
	if a.challenge == nil {
		if !bytes.HasPrefix(token, []byte("NTLMSSP\x00\x01\x00\x00\x00")) {
			return nil, false, errRefused
		}
		a.negotiate, a.challenge = bytes.Clone(token), challengeMessage()
		return a.challenge, false, nil
	}
	if !a.proves(token) {
		return nil, false, errRefused
	}
	return nil, true, nil
}

// challengeMessage is a CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2).
func challengeMessage() []byte {
	var info []byte
	pair := func(id uint16, value []byte) {
		info = binary.LittleEndian.AppendUint16(info, id)
		info = binary.LittleEndian.AppendUint16(info, uint16(len(value)))
		info = append(info, value...)
	}
	pair(2, wide("CONTOSO"))
	pair(1, wide("EX1"))
	pair(7, binary.LittleEndian.AppendUint64(nil, serverTime))
	pair(0, nil)
	b := append([]byte("NTLMSSP\x00"), 2, 0, 0, 0)
	b = append(b, 0, 0, 0, 0, 48, 0, 0, 0) // no target name
	b = binary.LittleEndian.AppendUint32(b, 0xa0888205)
	b = append(b, serverChallenge...)
	b = append(b, make([]byte, 8)...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(info)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(info)))
	b = binary.LittleEndian.AppendUint32(b, 48)
	return append(b, info...)
}

// proves checks an AUTHENTICATE_MESSAGE: the proof of the password, the integrity
// code, and the channel binding.
func (a *ntlmAcceptor) proves(message []byte) bool {
	const fixed, mic = 88, 72
	if len(message) < fixed || !bytes.HasPrefix(message, []byte("NTLMSSP\x00\x03\x00\x00\x00")) {
		return false
	}
	response, domain, user := ntlmField(message, 20), ntlmField(message, 28), ntlmField(message, 36)
	if len(response) < 48 {
		return false
	}
	var hash []byte
	for name, h := range a.domain.Users {
		if strings.EqualFold(name, narrow(domain)+`\`+narrow(user)) {
			hash = h
		}
	}
	key := keyed(hash, wide(strings.ToUpper(narrow(user))), domain)
	proof := keyed(key, []byte(serverChallenge), response[16:])
	if hash == nil || !hmac.Equal(proof, response[:16]) {
		return false
	}
	blank := bytes.Clone(message)
	clear(blank[mic:fixed])
	if !hmac.Equal(keyed(keyed(key, proof), a.negotiate, a.challenge, blank), message[mic:fixed]) {
		return false
	}
	return a.domain.bound(ntlmPairs(response[16+28:])[10])
}

// bound checks a channel binding: the MD5 of a structure with the hash of the
// certificate (RFC 5929 4.1, MS-NLMP 2.2.2.1).
func (n NTLM) bound(sent []byte) bool {
	switch {
	case n.Certificate == nil:
		return true
	case len(sent) == 0 || bytes.Equal(sent, make([]byte, md5.Size)):
		return !n.RequireBinding
	}
	hash := sha256.Sum256(n.Certificate)
	data := append([]byte("tls-server-end-point:"), hash[:]...)
	head := make([]byte, 20)
	head[16] = byte(len(data))
	sum := md5.Sum(append(head, data...))
	return bytes.Equal(sent, sum[:])
}

// ntlmField is what a descriptor at an offset leads to, or nil.
func ntlmField(message []byte, at int) []byte {
	length, offset := int(binary.LittleEndian.Uint16(message[at:])), int64(binary.LittleEndian.Uint32(message[at+4:]))
	if offset+int64(length) > int64(len(message)) {
		return nil
	}
	return message[offset : offset+int64(length)]
}

func ntlmPairs(b []byte) map[uint16][]byte {
	pairs := map[uint16][]byte{}
	for len(b) >= 4 {
		id, size := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if id == 0 || len(b) < 4+size {
			break
		}
		pairs[id] = b[4 : 4+size]
		b = b[4+size:]
	}
	return pairs
}

func keyed(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

func wide(text string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}

func narrow(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}
