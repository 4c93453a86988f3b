package ldapsrc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

const (
	// pingPort is where a domain controller answers LDAP pings, whatever port its SRV
	// record has for LDAP over TCP (MS-ADTS 6.3.3).
	pingPort = "389"

	// maxPings is how many domain controllers are pinged side by side. One answer is
	// enough; the others are for those that are down.
	maxPings = 4

	// maxPingBytes is the longest answer that is read. Its eight names of at most 255
	// bytes each and all else that it holds fit twice.
	maxPingBytes = 4096

	// pingID is the message ID of the one request on its socket. It is no secret: who
	// forges an answer can change the order of the domain's own controllers, no more.
	pingID = 1
)

// site is the Active Directory site of this machine, as the first domain controller
// to answer has it; "" where none answers or its subnet belongs to no site. Every
// controller of a forest decides by the same subnets.
func (o DiscoverOptions) site(ctx context.Context, controllers []controller) string {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	controllers = controllers[:min(len(controllers), maxPings)]
	answers := make(chan *pong, len(controllers))
	for _, c := range controllers {
		go func() {
			answer, err := o.ping(ctx, c.host)
			if err != nil {
				answer = nil // costs the order alone
			}
			answers <- answer
		}()
	}
	var first *pong
	for range controllers {
		if answer := <-answers; answer != nil && first == nil {
			first = answer
			cancel()
		}
	}
	if first == nil || !isLabel(first.site) {
		return ""
	}
	return strings.ToLower(first.site)
}

// ping sends an LDAP ping (MS-ADTS 6.3.3) and waits for its answer.
func (o DiscoverOptions) ping(ctx context.Context, host string) (*pong, error) {
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	request, err := pingRequest(o.Domain)
	if err != nil {
		return nil, err
	}
	conn, err := dial(ctx, "udp", net.JoinHostPort(host, pingPort))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	datagram := make([]byte, maxPingBytes)
	n, err := conn.Read(datagram)
	if err != nil {
		return nil, err
	}
	value, err := netlogonOf(datagram[:n])
	if err != nil {
		return nil, err
	}
	answer, err := parsePong(value)
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(answer.domain, o.Domain) {
		return nil, fmt.Errorf("the answer is for the domain %q", printable(answer.domain))
	}
	return answer, nil
}

// pingRequest is a search of the RootDSE for its attribute Netlogon. NtVer 6 is
// NETLOGON_NT_VERSION_5 and NETLOGON_NT_VERSION_5EX, which ask for the answer that
// names sites (MS-ADTS 6.3.1.1).
func pingRequest(domain string) ([]byte, error) {
	filter, err := ldap.CompileFilter(`(&(DnsDomain=` + ldap.EscapeFilter(domain) + `)(NtVer=\06\00\00\00))`)
	if err != nil {
		return nil, err
	}
	search := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchRequest, nil, "")
	search.AppendChild(octetString("")) // the RootDSE
	search.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, ldap.ScopeBaseObject, ""))
	search.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, ldap.NeverDerefAliases, ""))
	search.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 0, "")) // size limit
	search.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 0, "")) // time limit
	search.AppendChild(ber.NewBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, false, ""))
	search.AppendChild(filter)
	attributes := ber.NewSequence("")
	attributes.AppendChild(octetString("Netlogon"))
	search.AppendChild(attributes)

	message := ber.NewSequence("")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, pingID, ""))
	message.AppendChild(search)
	return message.Bytes(), nil
}

func octetString(text string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, text, "")
}

var errNoPong = errors.New("the datagram holds no attribute Netlogon")

// netlogonOf takes the value of Netlogon out of a datagram. A domain controller that
// does not know the domain ends the search without an entry (MS-ADTS 6.3.3.3). The
// end of the search may follow in the same datagram and is not looked at.
func netlogonOf(datagram []byte) ([]byte, error) {
	message, err := ber.DecodePacketErr(datagram)
	if err != nil {
		return nil, fmt.Errorf("decoding the datagram: %w", err)
	}
	if len(message.Children) < 2 {
		return nil, errNoPong
	}
	id, entry := message.Children[0], message.Children[1]
	if id.Value != int64(pingID) || entry.ClassType != ber.ClassApplication ||
		entry.Tag != ldap.ApplicationSearchResultEntry || len(entry.Children) < 2 {
		return nil, errNoPong
	}
	for _, attribute := range entry.Children[1].Children {
		if len(attribute.Children) == 2 && len(attribute.Children[1].Children) > 0 &&
			strings.EqualFold(string(attribute.Children[0].ByteValue), "Netlogon") {
			return attribute.Children[1].Children[0].ByteValue, nil
		}
	}
	return nil, errNoPong
}
