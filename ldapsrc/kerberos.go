package ldapsrc

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/errorcode"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

const (
	// maxRealms is how many realms are asked on the way to a service. A path through
	// the roots of two forests has four.
	maxRealms = 6

	// minCipher is the length below which nothing that is read here can have been
	// encrypted: a confounder, a checksum, and a few bytes. gokrb5 does not look.
	minCipher = 48
)

// ticket is a ticket for a service, and the key that client and service share.
type ticket struct {
	messages.Ticket
	key types.EncryptionKey
}

// grantingTickets is the service that gives tickets for a realm (RFC 4120 7.3).
func grantingTickets(realm string) types.PrincipalName {
	return types.PrincipalName{NameType: nametype.KRB_NT_SRV_INST, NameString: []string{"krbtgt", realm}}
}

// login gets a ticket-granting ticket with the account's key (RFC 4120 3.1), or
// takes the one from the cache.
func (k kdc) login(ctx context.Context, c *credential) (ticket, error) {
	if c.cache != nil {
		return c.cache.tgt, nil
	}
	request, err := messages.NewASReqForTGT(c.realm, c.config, c.name)
	if err != nil {
		return ticket{}, err
	}
	var key types.EncryptionKey
	reply, err := k.askAS(ctx, c.realm, request)
	var refusal messages.KRBError
	if errors.As(err, &refusal) && refusal.ErrorCode == errorcode.KDC_ERR_PREAUTH_REQUIRED {
		var offered types.PADataSequence
		if err := offered.Unmarshal(refusal.EData); err != nil {
			return ticket{}, errKDCReply
		}
		if key, err = c.key(offered); err != nil {
			return ticket{}, err
		}
		proof, err := timestamp(key)
		if err != nil {
			return ticket{}, err
		}
		request.PAData = append(request.PAData, proof)
		reply, err = k.askAS(ctx, c.realm, request)
		if err != nil {
			return ticket{}, err
		}
	} else if err != nil {
		return ticket{}, err
	}

	var rep messages.ASRep
	if err := rep.Unmarshal(reply); err != nil {
		return ticket{}, errKDCReply
	}
	if len(key.KeyValue) == 0 { // the account needs no proof beforehand
		if key, err = c.key(rep.PAData); err != nil {
			return ticket{}, err
		}
	}
	part, err := open(rep.KDCRepFields, key, keyusage.AS_REP_ENCPART)
	if err != nil {
		return ticket{}, err
	}
	if part.Nonce != request.ReqBody.Nonce || !equalFold(part.SName, request.ReqBody.SName) || !equalFold(rep.CName, c.name) {
		return ticket{}, errKDCReply
	}
	c.name, c.realm = rep.CName, rep.CRealm
	return ticket{rep.Ticket, part.Key}, nil
}

func (k kdc) askAS(ctx context.Context, realm string, request messages.ASReq) ([]byte, error) {
	b, err := request.Marshal()
	if err != nil {
		return nil, err
	}
	return k.ask(ctx, realm, b)
}

// timestamp proves that the client knows its key (RFC 4120 5.2.7.2).
func timestamp(key types.EncryptionKey) (types.PAData, error) {
	now, err := types.GetPAEncTSEncAsnMarshalled()
	if err != nil {
		return types.PAData{}, err
	}
	encrypted, err := crypto.GetEncryptedData(now, key, keyusage.AS_REQ_PA_ENC_TIMESTAMP, 0)
	if err != nil {
		return types.PAData{}, err
	}
	value, err := encrypted.Marshal()
	return types.PAData{PADataType: patype.PA_ENC_TIMESTAMP, PADataValue: value}, err
}

// open decrypts what a KDC's reply holds for the client alone. gokrb5's own check
// of a reply would work as long as the reply says, and panic where it is too short.
func open(f messages.KDCRepFields, key types.EncryptionKey, usage uint32) (messages.EncKDCRepPart, error) {
	var part messages.EncKDCRepPart
	if f.EncPart.EType != key.KeyType || len(f.EncPart.Cipher) < minCipher || len(f.Ticket.SName.NameString) == 0 {
		return part, errKDCReply
	}
	plain, err := crypto.DecryptEncPart(f.EncPart, key, usage)
	if err != nil {
		return part, errKDCReply
	}
	if err := part.Unmarshal(plain); err != nil {
		return part, errKDCReply
	}
	return part, nil
}

// service gets a ticket for a service (RFC 4120 3.3), from the KDC of the account's
// realm or from the one that it points to (RFC 6806 8).
func (k kdc) service(ctx context.Context, c *credential, tgt ticket, spn string) (ticket, error) {
	canonical := *c.config
	canonical.LibDefaults.Canonicalize = true // otherwise nobody is pointed anywhere
	name := types.NewPrincipalName(nametype.KRB_NT_SRV_INST, spn)
	realm := c.realm
	for range maxRealms {
		if !aes(tgt.key) {
			return ticket{}, errNotAES
		}
		request, err := messages.NewTGSReq(c.name, realm, &canonical, tgt.Ticket, tgt.key, name, false)
		if err != nil {
			return ticket{}, err
		}
		if err := introduce(&request, c, tgt); err != nil {
			return ticket{}, err
		}
		b, err := request.Marshal()
		if err != nil {
			return ticket{}, err
		}
		reply, err := k.ask(ctx, realm, b)
		if err != nil {
			return ticket{}, err
		}
		var rep messages.TGSRep
		if err := rep.Unmarshal(reply); err != nil {
			return ticket{}, errKDCReply
		}
		part, err := open(rep.KDCRepFields, tgt.key, keyusage.TGS_REP_ENCPART_SESSION_KEY)
		if err != nil {
			return ticket{}, err
		}
		if part.Nonce != request.ReqBody.Nonce {
			return ticket{}, errKDCReply
		}
		got := ticket{rep.Ticket, part.Key}
		names := part.SName.NameString
		if len(names) != 2 || names[0] != "krbtgt" {
			return got, nil
		}
		tgt, realm = got, names[1]
	}
	return ticket{}, fmt.Errorf("the way to the realm of %s has more than %d steps", printable(spn), maxRealms)
}

// introduce makes the authenticator of a request anew, with the account's own
// realm: gokrb5 puts the ticket's there, which is another one from the second
// referral on.
func introduce(request *messages.TGSReq, c *credential, tgt ticket) error {
	body, err := request.ReqBody.Marshal()
	if err != nil {
		return err
	}
	kind, err := crypto.GetEtype(tgt.key.KeyType)
	if err != nil {
		return err
	}
	sum, err := kind.GetChecksumHash(tgt.key.KeyValue, body, keyusage.TGS_REQ_PA_TGS_REQ_AP_REQ_AUTHENTICATOR_CHKSUM)
	if err != nil {
		return err
	}
	auth, err := types.NewAuthenticator(c.realm, c.name)
	if err != nil {
		return err
	}
	auth.Cksum = types.Checksum{CksumType: kind.GetHashID(), Checksum: sum}
	req, err := messages.NewAPReq(tgt.Ticket, tgt.key, auth)
	if err != nil {
		return err
	}
	b, err := req.Marshal()
	request.PAData = types.PADataSequence{{PADataType: patype.PA_TGS_REQ, PADataValue: b}}
	return err
}

func equalFold(a, b types.PrincipalName) bool {
	return strings.EqualFold(a.PrincipalNameString(), b.PrincipalNameString())
}
