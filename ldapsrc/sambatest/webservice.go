package sambatest

import (
	"bytes"
	"crypto/md5"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/spnego"
	"github.com/jcmturner/gokrb5/v8/types"
)

// maxSkew is how far clocks may differ (RFC 4120 8.2).
const maxSkew = 5 * time.Minute

// WebService is an account of the domain with the service name HTTP/host, and its
// key: what a web server accepts Negotiate with. Every connection may use it.
type WebService struct {
	// Binding is the application data of the channel binding that clients must send;
	// none is nil, and is not looked for.
	Binding []byte

	keytab  *keytab.Keytab
	account types.PrincipalName
}

// WebService makes the account of a web server.
func (c *Controller) WebService(host string) (*WebService, error) {
	conn, err := c.bind()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	account := newAccount("Web")
	request := ldap.NewAddRequest("CN=Web,"+usersDN, nil)
	for name, value := range map[string]string{
		"objectClass": "user", "sAMAccountName": account.Logon, "userPrincipalName": account.User,
		"unicodePwd": unicodePwd(account.Password), "userAccountControl": "512",
		"servicePrincipalName":          "HTTP/" + host,
		"msDS-SupportedEncryptionTypes": "24", // AES of both lengths (MS-KILE 2.2.7)
	} {
		request.Attribute(name, []string{value})
	}
	if err := conn.Add(request); err != nil {
		return nil, fmt.Errorf("adding the account of a web server: %w", err)
	}
	s := &WebService{keytab: keytab.New(), account: types.NewPrincipalName(nametype.KRB_NT_PRINCIPAL, "web")}
	for version := range uint8(4) { // whichever the controller counts
		if err := s.keytab.AddEntry("web", c.Realm, account.Password, time.Now(), version, etypeID.AES256_CTS_HMAC_SHA1_96); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Accept judges a client's token, and answers with the proof of the server (RFC
// 4178 4.2.2, RFC 4120 3.2.4).
func (s *WebService) Accept(token []byte) (reply []byte, done bool, err error) {
	var outer spnego.SPNEGOToken
	if err := outer.Unmarshal(token); err != nil || !outer.Init {
		return nil, false, errors.Join(errors.New("no NegTokenInit"), err)
	}
	var inner spnego.KRB5Token
	if err := inner.Unmarshal(outer.NegTokenInit.MechTokenBytes); err != nil || !inner.IsAPReq() {
		return nil, false, errors.Join(errors.New("no AP-REQ"), err)
	}
	request := inner.APReq
	if ok, err := request.Verify(s.keytab, maxSkew, types.HostAddress{}, &s.account); err != nil || !ok {
		return nil, false, errors.Join(errors.New("a ticket that is not for this service"), err)
	}
	if s.Binding != nil && !s.bound(request.Authenticator.Cksum.Checksum) {
		return nil, false, errors.New("another channel binding")
	}
	proof, err := prove(request.Ticket.DecryptedEncPart.Key, request.Authenticator)
	if err != nil {
		return nil, false, err
	}
	answer := spnego.NegTokenResp{SupportedMech: inner.OID, ResponseToken: proof}
	reply, err = answer.Marshal()
	return reply, err == nil, err
}

// bound checks the checksum of an authenticator (RFC 4121 4.1.1).
func (s *WebService) bound(checksum []byte) bool {
	head := make([]byte, 4*4)
	sum := md5.Sum(append(binary.LittleEndian.AppendUint32(head, uint32(len(s.Binding))), s.Binding...))
	return len(checksum) >= 24 && bytes.Equal(checksum[4:20], sum[:])
}

// prove makes an AP-REP in its framing (RFC 4120 5.5.2, RFC 2743 3.1).
func prove(session types.EncryptionKey, client types.Authenticator) ([]byte, error) {
	plain, err := asn1.MarshalWithParams(struct {
		CTime time.Time `asn1:"generalized,explicit,tag:0"`
		Cusec int       `asn1:"explicit,tag:1"`
	}{client.CTime.UTC(), client.Cusec}, "application,explicit,tag:27")
	if err != nil {
		return nil, err
	}
	sealed, err := crypto.GetEncryptedData(plain, session, keyusage.AP_REP_ENCPART, 0)
	if err != nil {
		return nil, err
	}
	type encrypted struct {
		EType  int32  `asn1:"explicit,tag:0"`
		Cipher []byte `asn1:"explicit,tag:2"`
	}
	const version, apRep = 5, 15
	message, err := asn1.MarshalWithParams(struct {
		Version int       `asn1:"explicit,tag:0"`
		Type    int       `asn1:"explicit,tag:1"`
		Part    encrypted `asn1:"explicit,tag:2"`
	}{version, apRep, encrypted{sealed.EType, sealed.Cipher}}, "application,explicit,tag:15")
	if err != nil {
		return nil, err
	}
	mechanism, err := asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 113554, 1, 2, 2})
	if err != nil {
		return nil, err
	}
	framed := append(append(mechanism, 2, 0), message...)
	return asn1.Marshal(asn1.RawValue{Class: asn1.ClassApplication, IsCompound: true, Bytes: framed})
}
