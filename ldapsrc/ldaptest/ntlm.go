package ldaptest

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"strings"
	"unicode/utf16"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// Tags of Active Directory's own NTLM bind, which is not SASL (MS-ADTS 5.1.1.1.3).
const (
	sicilyNegotiate = 10
	sicilyResponse  = 11
)

// NTLM is how NTLM binds are answered.
type NTLM struct {
	// Users are account names with the domain, e.g. `CONTOSO\alice`, and the MD4 of
	// their passwords (MS-NLMP 3.3.1).
	Users map[string][]byte

	// RequireBinding refuses a client over TLS that sends no channel binding, as a
	// domain controller does whose LdapEnforceChannelBinding is 2. A wrong one is
	// refused always.
	RequireBinding bool
}

const diagnosticBinding = "80090346: LdapErr: DSID-0C090597, comment: AcceptSecurityContext error, data 80090346, v4563"

// serverChallenge is the same for everybody: a replay is not what is tested.
const serverChallenge = "\x01\x23\x45\x67\x89\xab\xcd\xef"

// serverTime is the first of June 2026, in 100 nanoseconds since 1601.
const serverTime = 134_247_456_000_000_000

// sicily answers the two messages of an NTLM bind.
func (c *client) sicily(auth *ber.Packet) result {
	message := auth.Data.Bytes()
	if auth.Tag == sicilyNegotiate {
		c.negotiate = bytes.Clone(message)
		c.challenge = challengeMessage()
		return result{matched: string(c.challenge)}
	}
	if c.challenge == nil {
		return result{code: protocolError, diagnostic: "a response without a challenge"}
	}
	return c.judge(message)
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
	pair(1, wide("DC1"))
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

// judge checks an AUTHENTICATE_MESSAGE (MS-NLMP 3.2.5.1.2): the proof of the
// password, the integrity code, and the channel binding.
func (c *client) judge(message []byte) result {
	refused := result{code: invalidCredentials, diagnostic: diagnosticPassword}
	const fixed, mic = 88, 72
	if len(message) < fixed || !bytes.HasPrefix(message, []byte("NTLMSSP\x00\x03\x00\x00\x00")) {
		return result{code: protocolError, diagnostic: errMalformed.Error()}
	}
	response, ok1 := ntlmField(message, 20)
	domain, ok2 := ntlmField(message, 28)
	user, ok3 := ntlmField(message, 36)
	if !ok1 || !ok2 || !ok3 || len(response) < 48 {
		return refused
	}
	var hash []byte
	for name, h := range c.server.options.NTLM.Users {
		if strings.EqualFold(name, narrow(domain)+`\`+narrow(user)) {
			hash = h
		}
	}
	key := keyed(hash, wide(strings.ToUpper(narrow(user))), domain)
	proof := keyed(key, []byte(serverChallenge), response[16:])
	if hash == nil || subtle.ConstantTimeCompare(proof, response[:16]) != 1 {
		return refused
	}
	blank := bytes.Clone(message)
	clear(blank[mic:fixed])
	if !hmac.Equal(keyed(keyed(key, proof), c.negotiate, c.challenge, blank), message[mic:fixed]) {
		return refused
	}
	pairs := ntlmPairs(response[16+28:])
	if binary.LittleEndian.Uint64(response[16+8:]) != serverTime || len(pairs[6]) != 4 || pairs[6][0]&2 == 0 {
		return refused
	}
	if c.secure {
		sent := pairs[10]
		none := len(sent) == 0 || bytes.Equal(sent, make([]byte, md5.Size))
		if none && c.server.options.NTLM.RequireBinding || !none && !bytes.Equal(sent, c.binding()) {
			return result{code: invalidCredentials, diagnostic: diagnosticBinding}
		}
	}
	c.anonymous = false
	return result{}
}

// binding is the MD5 of the channel binding tls-server-end-point (RFC 5929 4.1) for
// the server's certificate, which must be signed with SHA-256.
func (c *client) binding() []byte {
	hash := sha256.Sum256(c.server.options.TLS.Certificates[0].Certificate[0])
	data := append([]byte("tls-server-end-point:"), hash[:]...)
	head := make([]byte, 20)
	head[16] = byte(len(data))
	sum := md5.Sum(append(head, data...))
	return sum[:]
}

func ntlmField(message []byte, at int) ([]byte, bool) {
	length, offset := int(binary.LittleEndian.Uint16(message[at:])), int64(binary.LittleEndian.Uint32(message[at+4:]))
	if offset+int64(length) > int64(len(message)) {
		return nil, false
	}
	return message[offset : offset+int64(length)], true
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
