package ldapsrc

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// ticketOffice is a KDC that gives tickets for the service names that it knows, to who
// has the key of a ticket-granting ticket. It refuses every other one with a code.
type ticketOffice struct {
	key    types.EncryptionKey
	known  []string
	refuse int32
	asked  []string
}

// tgt is the ticket-granting ticket, which nobody here opens.
func (s *ticketOffice) tgt() ticket {
	return ticket{messages.Ticket{TktVNO: 5, Realm: "CONTOSO.COM", SName: grantingTickets("CONTOSO.COM"),
		EncPart: types.EncryptedData{EType: s.key.KeyType, Cipher: make([]byte, 64)}}, s.key}
}

func (s *ticketOffice) answer(t *testing.T, request []byte) []byte {
	var req messages.TGSReq
	if err := req.Unmarshal(request); err != nil {
		t.Errorf("the request: %v", err)
		return nil
	}
	name := req.ReqBody.SName
	s.asked = append(s.asked, name.PrincipalNameString())
	if !slices.Contains(s.known, name.PrincipalNameString()) {
		return krbError(t, s.refuse, nil)
	}
	part := messages.EncKDCRepPart{Key: s.key, LastReqs: []messages.LastReq{{LRValue: instant()}}, Nonce: req.ReqBody.Nonce,
		AuthTime: instant(), EndTime: instant().Add(time.Hour), SRealm: "CONTOSO.COM", SName: name}
	part.Flags.Bytes, part.Flags.BitLength = make([]byte, 4), 32
	plain, err := part.Marshal()
	if err != nil {
		t.Error(err)
		return nil
	}
	rep := messages.TGSRep{KDCRepFields: messages.KDCRepFields{PVNO: 5, MsgType: 13, CRealm: "CONTOSO.COM", CName: account("alice"), Ticket: s.tgt().Ticket}}
	rep.Ticket.SName = name
	if rep.EncPart, err = crypto.GetEncryptedData(plain, s.key, keyusage.TGS_REP_ENCPART_SESSION_KEY, 0); err != nil {
		t.Error(err)
		return nil
	}
	b, err := rep.Marshal()
	if err != nil {
		t.Error(err)
	}
	return b
}

// serve answers one request on each connection.
func (s *ticketOffice) serve(t *testing.T) string {
	return listen(t, func(conn net.Conn) {
		var header [4]byte
		if _, err := io.ReadFull(conn, header[:]); err != nil {
			return
		}
		request := make([]byte, binary.BigEndian.Uint32(header[:]))
		if _, err := io.ReadFull(conn, request); err != nil {
			return
		}
		conn.Write(framed(s.answer(t, request)))
	})
}

func TestTheNameOfADomainControllerIsAskedForFirst(t *testing.T) {
	const (
		controller = "ldap/dc1.contoso.com/contoso.com"
		computer   = "ldap/dc1.contoso.com"
	)
	for name, test := range map[string]struct {
		domain string
		known  []string
		refuse int32
		asked  []string
		got    string // "" where it fails
	}{
		"both are known":              {"contoso.com", []string{controller, computer}, 7, []string{controller}, controller},
		"it alone is known":           {"contoso.com", []string{controller}, 7, []string{controller}, controller},
		"it is not known":             {"contoso.com", []string{computer}, 7, []string{controller, computer}, computer},
		"neither is known":            {"contoso.com", nil, 7, []string{controller, computer}, ""},
		"another refusal is the last": {"contoso.com", []string{computer}, 12, []string{controller}, ""},
		"the domain is not known":     {"", []string{controller, computer}, 7, []string{computer}, computer},
	} {
		t.Run(name, func(t *testing.T) {
			kdcs := &ticketOffice{known: test.known, refuse: test.refuse,
				key: types.EncryptionKey{KeyType: etypeID.AES256_CTS_HMAC_SHA1_96, KeyValue: bytes.Repeat([]byte{5}, 32)}}
			address := kdcs.serve(t)
			c, err := loadCredential(Options{User: "alice@contoso.com", Password: "open sesame"})
			if err != nil {
				t.Fatal(err)
			}
			k := kdc{config: c.config, realm: c.realm, server: endpoint{host: "dc1.contoso.com"}}
			k.options.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, address)
			}
			got, spn, err := k.ticketFor(t.Context(), &c, kdcs.tgt(), service{"dc1.contoso.com", test.domain})
			if diff := cmp.Diff(test.asked, kdcs.asked); diff != "" {
				t.Errorf("asked for (-want +got)\n%s", diff)
			}
			if test.got == "" {
				if err == nil {
					t.Errorf("got a ticket for %s", spn)
				}
				return
			}
			if err != nil || spn != test.got || got.SName.PrincipalNameString() != test.got || got.SName.NameType != nametype.KRB_NT_SRV_INST {
				t.Errorf("a ticket for %s, which is for %s, error %v", spn, got.SName.PrincipalNameString(), err)
			}
		})
	}
}
