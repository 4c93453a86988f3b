package ldapsrc

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// pong is what is used of a NETLOGON_SAM_LOGON_RESPONSE_EX, the answer to an LDAP
// ping (MS-ADTS 6.3.1.9).
type pong struct {
	domain string // DnsDomainName
	site   string // ClientSiteName, "" where no site has the client's subnet
}

const (
	// samLogonResponseEx is LOGON_SAM_LOGON_RESPONSE_EX (MS-ADTS 6.3.1.3). The answers of a
	// controller whose Netlogon service is paused have other codes.
	samLogonResponseEx = 23

	// namesOffset is where the names begin: after Opcode, Sbz, Flags and DomainGuid.
	namesOffset = 2 + 2 + 4 + 16

	// maxName is the most bytes of one name with the lengths of its labels (RFC 1035 2.3.4).
	maxName = 255
)

// The names of the answer in their order. Those after them are not read.
const (
	_ = iota // DnsForestName
	dnsDomainName
	_ // DnsHostName
	_ // NetbiosDomainName
	_ // NetbiosComputerName
	_ // UserName
	_ // DcSiteName
	clientSiteName
	nameCount
)

var (
	errPongCutOff = errors.New("it is cut off")
	errPongName   = errors.New("a name is longer than 255 bytes")
	errPongLabel  = errors.New("a label has a length that means nothing")
	errPongLoop   = errors.New("a name does not point back")
)

// parsePong decodes the value of the attribute Netlogon.
func parsePong(value []byte) (*pong, error) {
	if len(value) < namesOffset {
		return nil, fmt.Errorf("reading the answer to an LDAP ping: %w", errPongCutOff)
	}
	if code := binary.LittleEndian.Uint16(value); code != samLogonResponseEx {
		return nil, fmt.Errorf("reading the answer to an LDAP ping: operation code %d instead of %d", code, samLogonResponseEx)
	}
	var names [nameCount]string
	at := namesOffset
	for i := range names {
		var err error
		if names[i], at, err = pongName(value, at); err != nil {
			return nil, fmt.Errorf("reading name %d of the answer to an LDAP ping: %w", i+1, err)
		}
	}
	return &pong{domain: names[dnsDomainName], site: names[clientSiteName]}, nil
}

// pongName reads one name, compressed as in RFC 1035 4.1.4: a label with its length
// before it, and at the end either a zero or two bytes that point to a place in
// value where the name goes on. next is where the following name begins.
//
// Each pointer must lead to a place before the one from which its labels were read,
// and the labels have a total length, so that reading ends whatever value holds.
func pongName(value []byte, at int) (name string, next int, err error) {
	const pointer = 0xc0
	var labels []string
	size, begin := 0, at
	for at < len(value) {
		length := int(value[at])
		switch {
		case length == 0:
			return strings.Join(labels, "."), cmp.Or(next, at+1), nil
		case length >= pointer:
			if at+1 >= len(value) {
				return "", 0, errPongCutOff
			}
			target := (length-pointer)<<8 | int(value[at+1])
			if target >= begin {
				return "", 0, errPongLoop
			}
			next = cmp.Or(next, at+2) // the first pointer ends the name in its own place
			at, begin = target, target
		case length > maxLabel:
			return "", 0, errPongLabel
		default:
			end := at + 1 + length
			if end > len(value) {
				return "", 0, errPongCutOff
			}
			if size += 1 + length; size >= maxName {
				return "", 0, errPongName
			}
			labels = append(labels, string(value[at+1:end]))
			at = end
		}
	}
	return "", 0, errPongCutOff
}
