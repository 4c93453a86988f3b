package ldapsrc

import (
	"bytes"
	"encoding/asn1"
	"encoding/binary"
	"errors"

	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// Token IDs (RFC 4121 4.1).
const (
	tokenAPReq = 0x0100
	tokenAPRep = 0x0200
	tokenError = 0x0300
)

// kerberosOID is the DER of 1.2.840.113554.1.2.2, the mechanism Kerberos 5 (RFC 4121 1).
var kerberosOID = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02}

// maxToken is the longest token of a server that is decoded. One has about two
// hundred bytes.
const maxToken = 64 << 10

var errToken = errors.New("the domain controller's Kerberos message is malformed")

// negotiation is the client's side of a GSSAPI bind with a ticket: an
// ldap.GSSAPIClient. go-ldap's own offers no security layer and no channel binding,
// and does not look whether the server proves itself.
type negotiation struct {
	credential *credential
	service    ticket
	binding    [16]byte // over TLS
	secure     bool     // TLS is on
	conn       *layer   // without TLS

	auth    types.Authenticator
	wrapper *wrapper
	layer   *protection // what was agreed on; nil over TLS
	agreed  bool
	err     error // what go-ldap is told, too
}

// InitSecContext takes part in ldap.GSSAPIClient.
func (n *negotiation) InitSecContext(target string, token []byte) ([]byte, bool, error) {
	return n.InitSecContextWithOptions(target, token, nil)
}

// InitSecContextWithOptions sends the ticket, and checks that the server could read it.
func (n *negotiation) InitSecContextWithOptions(_ string, token []byte, _ []int) ([]byte, bool, error) {
	if n.auth.AVNO == 0 {
		request, err := n.request()
		n.err = err
		return request, true, err
	}
	n.err = n.accepted(token)
	return nil, false, n.err
}

// request is the first token: the ticket, and an authenticator whose checksum says
// what is wanted (RFC 4121 4.1.1).
func (n *negotiation) request() ([]byte, error) {
	if !aes(n.service.key) {
		return nil, errNotAES
	}
	kind, err := crypto.GetEtype(n.service.key.KeyType)
	if err != nil {
		return nil, err
	}
	n.auth, err = types.NewAuthenticator(n.credential.realm, n.credential.name)
	if err != nil {
		return nil, err
	}
	if err := n.auth.GenerateSeqNumberAndSubKey(n.service.key.KeyType, kind.GetKeyByteSize()); err != nil {
		return nil, err
	}
	n.auth.Cksum = types.Checksum{CksumType: chksumtype.GSSAPI, Checksum: bindingChecksum(n.binding)}
	req, err := messages.NewAPReq(n.service.Ticket, n.service.key, n.auth)
	if err != nil {
		return nil, err
	}
	types.SetFlag(&req.APOptions, flags.APOptionMutualRequired)
	b, err := req.Marshal()
	if err != nil {
		return nil, err
	}
	token := binary.BigEndian.AppendUint16(bytes.Clone(kerberosOID), tokenAPReq)
	return asn1tools.AddASNAppTag(append(token, b...), 0), nil
}

// bindingChecksum is the checksum of an authenticator: the length and the value of
// the channel binding, and flags (RFC 4121 4.1.1.1).
func bindingChecksum(binding [16]byte) []byte {
	const wanted = gssapi.ContextFlagMutual | gssapi.ContextFlagReplay | gssapi.ContextFlagSequence |
		gssapi.ContextFlagConf | gssapi.ContextFlagInteg
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(binding)))
	b = append(b, binding[:]...)
	return binary.LittleEndian.AppendUint32(b, wanted)
}

// accepted reads the server's proof, and makes the keys of the context (RFC 4120
// 3.2.5).
func (n *negotiation) accepted(token []byte) error {
	id, message, err := parseToken(token)
	if err != nil {
		return err
	}
	switch id {
	case tokenError:
		var refusal messages.KRBError
		if err := refusal.Unmarshal(message); err != nil {
			return errToken
		}
		return refusal
	case tokenAPRep:
	default:
		return errToken
	}
	var rep messages.APRep
	if err := rep.Unmarshal(message); err != nil || rep.EncPart.EType != n.service.key.KeyType || len(rep.EncPart.Cipher) < minCipher {
		return errToken
	}
	plain, err := crypto.DecryptEncPart(rep.EncPart, n.service.key, keyusage.AP_REP_ENCPART)
	if err != nil {
		return errImpostor
	}
	var part messages.EncAPRepPart
	if err := part.Unmarshal(plain); err != nil {
		return errToken
	}
	if part.CTime.Unix() != n.auth.CTime.Unix() || part.Cusec != n.auth.Cusec {
		return errImpostor
	}
	key, chosen := n.auth.SubKey, false
	if len(part.Subkey.KeyValue) > 0 {
		key, chosen = part.Subkey, true
	}
	// A sequence number has 32 bits; some write it with a sign.
	n.wrapper, err = newWrapper(key, chosen, uint64(n.auth.SeqNumber), uint64(uint32(part.SequenceNumber)))
	return err
}

// parseToken takes the framing off a token of the context's establishment (RFC 2743
// 3.1): the mechanism and the token's ID.
func parseToken(b []byte) (id int, message []byte, err error) {
	if len(b) > maxToken {
		return 0, nil, errToken
	}
	var raw asn1.RawValue
	rest, err := asn1.Unmarshal(b, &raw)
	if err != nil || len(rest) > 0 || raw.Class != asn1.ClassApplication || raw.Tag != 0 {
		return 0, nil, errToken
	}
	inner, ok := bytes.CutPrefix(raw.Bytes, kerberosOID)
	if !ok || len(inner) < 2 {
		return 0, nil, errToken
	}
	return int(binary.BigEndian.Uint16(inner)), inner[2:], nil
}

// NegotiateSaslAuth answers the server's offer of security layers.
func (n *negotiation) NegotiateSaslAuth(token []byte, authzid string) ([]byte, error) {
	reply, err := n.answer(token, authzid)
	n.err = err
	return reply, err
}

func (n *negotiation) answer(token []byte, authzid string) ([]byte, error) {
	if n.wrapper == nil || n.agreed {
		return nil, errToken
	}
	if len(token) > maxToken {
		return nil, errToken
	}
	offer, _, err := n.wrapper.unwrap(token)
	if err != nil {
		return nil, err
	}
	reply, layer, err := choose(offer, n.secure)
	if err != nil {
		return nil, err
	}
	if layer != nil {
		layer.wrapper = n.wrapper
		if err := n.conn.arm(layer); err != nil {
			return nil, err
		}
	}
	n.layer, n.agreed = layer, true
	return n.wrapper.wrap(append(reply, authzid...), false)
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

// DeleteSecContext takes part in ldap.GSSAPIClient. The context is still needed when
// it is called: its keys protect the connection.
func (n *negotiation) DeleteSecContext() error { return nil }
