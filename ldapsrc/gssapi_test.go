package ldapsrc

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// acceptor is a service whose ticket's key is known: the other end of a negotiation.
type acceptor struct {
	session types.EncryptionKey
	subkey  types.EncryptionKey // what it chooses; none: the client's
	auth    types.Authenticator // what the client said
}

func newNegotiation(binding [16]byte, secure bool) (*negotiation, *acceptor) {
	session := types.EncryptionKey{KeyType: etypeID.AES256_CTS_HMAC_SHA1_96, KeyValue: bytes.Repeat([]byte{3}, 32)}
	tkt := messages.Ticket{TktVNO: 5, Realm: "CONTOSO.COM", SName: types.NewPrincipalName(2, "ldap/dc1.contoso.com"),
		EncPart: types.EncryptedData{EType: etypeID.AES256_CTS_HMAC_SHA1_96, Cipher: make([]byte, 64)}}
	return &negotiation{
		credential: &credential{name: account("alice"), realm: "CONTOSO.COM"},
		service:    ticket{tkt, session}, binding: binding, secure: secure, conn: &layer{heard: 1},
	}, &acceptor{session: session}
}

// reads decrypts what the client said about itself.
func (a *acceptor) reads(t *testing.T, token []byte) {
	t.Helper()
	id, message, err := parseToken(token)
	if err != nil || id != tokenAPReq {
		t.Fatalf("token %x, error %v", id, err)
	}
	var req messages.APReq
	if err := req.Unmarshal(message); err != nil {
		t.Fatal(err)
	}
	if err := req.DecryptAuthenticator(a.session); err != nil {
		t.Fatal(err)
	}
	a.auth = req.Authenticator
}

// proves makes an AP-REP (RFC 4120 5.5.2).
func (a *acceptor) proves(t *testing.T, ctime time.Time, cusec int) []byte {
	t.Helper()
	type key struct {
		Kind  int32  `asn1:"explicit,tag:0"`
		Value []byte `asn1:"explicit,tag:1"`
	}
	var plain []byte
	var err error
	if len(a.subkey.KeyValue) > 0 {
		plain, err = asn1.MarshalWithParams(struct {
			CTime  time.Time `asn1:"generalized,explicit,tag:0"`
			Cusec  int       `asn1:"explicit,tag:1"`
			Subkey key       `asn1:"explicit,tag:2"`
			Seq    int64     `asn1:"explicit,tag:3"`
		}{ctime.UTC().Truncate(time.Second), cusec, key{a.subkey.KeyType, a.subkey.KeyValue}, 77}, "application,explicit,tag:27")
	} else {
		plain, err = asn1.MarshalWithParams(struct {
			CTime time.Time `asn1:"generalized,explicit,tag:0"`
			Cusec int       `asn1:"explicit,tag:1"`
			Seq   int64     `asn1:"explicit,tag:3"`
		}{ctime.UTC().Truncate(time.Second), cusec, 77}, "application,explicit,tag:27")
	}
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := crypto.GetEncryptedData(plain, a.session, keyusage.AP_REP_ENCPART, 0)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := asn1.MarshalWithParams(struct {
		PVNO    int `asn1:"explicit,tag:0"`
		MsgType int `asn1:"explicit,tag:1"`
		EncPart struct {
			EType  int32  `asn1:"explicit,tag:0"`
			Cipher []byte `asn1:"explicit,tag:2"`
		} `asn1:"explicit,tag:2"`
	}{5, 15, struct {
		EType  int32  `asn1:"explicit,tag:0"`
		Cipher []byte `asn1:"explicit,tag:2"`
	}{sealed.EType, sealed.Cipher}}, "application,explicit,tag:15")
	if err != nil {
		t.Fatal(err)
	}
	return gssToken(t, tokenAPRep, rep)
}

func gssToken(t testing.TB, id uint16, message []byte) []byte {
	t.Helper()
	b := append(binary.BigEndian.AppendUint16(bytes.Clone(kerberosOID), id), message...)
	token, err := asn1.Marshal(asn1.RawValue{Class: asn1.ClassApplication, Tag: 0, IsCompound: true, Bytes: b})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestNegotiation(t *testing.T) {
	subkey := types.EncryptionKey{KeyType: etypeID.AES128_CTS_HMAC_SHA1_96, KeyValue: bytes.Repeat([]byte{9}, 16)}
	for name, test := range map[string]struct {
		subkey types.EncryptionKey
		secure bool
		reply  string
	}{
		"the server's key, without TLS": {subkey, false, "\x04\x80\x00\x00"},
		"the client's key, over TLS":    {types.EncryptionKey{}, true, "\x01\x00\x00\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			binding := [16]byte{0xb1, 0xd1}
			n, a := newNegotiation(binding, test.secure)
			a.subkey = test.subkey
			token, more, err := n.InitSecContext("ldap/dc1.contoso.com", nil)
			if err != nil || !more {
				t.Fatalf("more %v, error %v", more, err)
			}
			a.reads(t, token)
			sum := a.auth.Cksum
			if sum.CksumType != chksumtype.GSSAPI || len(sum.Checksum) != 24 || !bytes.Equal(sum.Checksum[4:20], binding[:]) {
				t.Errorf("the checksum is %+v, want the channel binding in it", sum)
			}
			if len(a.auth.SubKey.KeyValue) != 32 {
				t.Error("the client chose no key of its own")
			}
			_, more, err = n.InitSecContext("", a.proves(t, a.auth.CTime, a.auth.Cusec))
			if err != nil || more {
				t.Fatalf("more %v, error %v", more, err)
			}

			key := test.subkey
			if len(key.KeyValue) == 0 {
				key = a.auth.SubKey
			}
			server, err := newWrapper(key, len(test.subkey.KeyValue) > 0, 77, uint64(a.auth.SeqNumber))
			if err != nil {
				t.Fatal(err)
			}
			server.acceptor = true
			offer, err := server.wrap([]byte("\x07\x01\x00\x00"), false)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := n.NegotiateSaslAuth(offer, "")
			if err != nil {
				t.Fatal(err)
			}
			if reply, sealed, err := server.unwrap(answer); err != nil || sealed || string(reply) != test.reply {
				t.Errorf("the client chose %x, sealed %v, error %v", reply, sealed, err)
			}
			if !n.agreed || (n.layer == nil) != test.secure || n.conn.armed != n.layer {
				t.Errorf("agreed %v, layer %+v", n.agreed, n.layer)
			}
			if _, err := n.NegotiateSaslAuth(offer, ""); err == nil {
				t.Error("the server may negotiate twice")
			}
		})
	}
}

func TestNegotiationRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(t *testing.T, a *acceptor) []byte
		want   error
	}{
		"another key": {func(t *testing.T, a *acceptor) []byte {
			a.session.KeyValue = bytes.Repeat([]byte{4}, 32)
			return a.proves(t, a.auth.CTime, a.auth.Cusec)
		}, errImpostor},
		"another time": {func(t *testing.T, a *acceptor) []byte {
			return a.proves(t, a.auth.CTime.Add(time.Second), a.auth.Cusec)
		}, errImpostor},
		"a moment later": {func(t *testing.T, a *acceptor) []byte {
			return a.proves(t, a.auth.CTime, a.auth.Cusec+1)
		}, errImpostor},
		"an RC4 key": {func(t *testing.T, a *acceptor) []byte {
			a.subkey = types.EncryptionKey{KeyType: etypeID.RC4_HMAC, KeyValue: make([]byte, 16)}
			return a.proves(t, a.auth.CTime, a.auth.Cusec)
		}, errNotAES},
		"nothing":       {func(*testing.T, *acceptor) []byte { return nil }, errToken},
		"its own words": {func(t *testing.T, a *acceptor) []byte { return gssToken(t, tokenAPReq, nil) }, errToken},
		"no proof":      {func(t *testing.T, a *acceptor) []byte { return gssToken(t, tokenAPRep, nil) }, errToken},
		"half an ID":    {func(t *testing.T, a *acceptor) []byte { return gssToken(t, tokenAPRep, nil)[:14] }, errToken},
	} {
		t.Run(name, func(t *testing.T) {
			n, a := newNegotiation([16]byte{}, false)
			token, _, err := n.InitSecContext("", nil)
			if err != nil {
				t.Fatal(err)
			}
			a.reads(t, token)
			if _, _, err := n.InitSecContext("", test.answer(t, a)); !errors.Is(err, test.want) || n.err == nil {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if _, err := n.NegotiateSaslAuth(nil, ""); err == nil {
				t.Error("it goes on")
			}
		})
	}
	t.Run("a Kerberos error", func(t *testing.T) {
		n, _ := newNegotiation([16]byte{}, false)
		if _, _, err := n.InitSecContext("", nil); err != nil {
			t.Fatal(err)
		}
		_, _, err := n.InitSecContext("", gssToken(t, tokenError, krbError(t, 41, nil)))
		wantFailure(t, explainKerberos(err, n.credential, "ldap/dc1.contoso.com"),
			"cannot read the ticket for ldap/dc1.contoso.com", "setspn -Q")
	})
}

func FuzzToken(f *testing.F) {
	f.Add(gssToken(f, tokenAPRep, []byte("message")))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, _ := newNegotiation([16]byte{}, false)
		if _, _, err := n.InitSecContext("", nil); err != nil {
			t.Fatal(err)
		}
		if _, _, err := n.InitSecContext("", b); err == nil {
			t.Errorf("nobody with the key said %x", b)
		}
	})
}

func TestEndpointHash(t *testing.T) {
	raw := []byte("a certificate")
	short, middle, long := sha256.Sum256(raw), sha512.Sum384(raw), sha512.Sum512(raw)
	for algorithm, want := range map[x509.SignatureAlgorithm][]byte{
		x509.MD5WithRSA:       short[:], // RFC 5929 4.1
		x509.SHA1WithRSA:      short[:],
		x509.SHA256WithRSA:    short[:],
		x509.SHA384WithRSAPSS: middle[:],
		x509.ECDSAWithSHA512:  long[:],
		x509.PureEd25519:      nil,
	} {
		cert := &x509.Certificate{Raw: raw, SignatureAlgorithm: algorithm}
		got, ok := endpointHash(cert)
		if !bytes.Equal(got, want) || ok != (want != nil) {
			t.Errorf("%v: %x, %v", algorithm, got, ok)
		}
		if none := bindingHash(cert) == [16]byte{}; none != (want == nil) {
			t.Errorf("%v: the binding is all zeros: %v", algorithm, none)
		}
	}
	if bindingHash(nil) != [16]byte{} {
		t.Error("there is a binding without a certificate")
	}
}

func TestExplainBind(t *testing.T) {
	for _, test := range []struct {
		code       int
		word       string
		method     BindMethod
		secure     bool
		want, hint string
	}{
		{ldap.LDAPResultInvalidCredentials, "80090346", BindSimple, true, "demands channel binding", "bind with kerberos or ntlm"},
		{ldap.LDAPResultInvalidCredentials, "57", BindKerberos, true, "refuses the channel binding (LDAP result 49, data 57)", "something between ends TLS"},
		{ldap.LDAPResultInvalidCredentials, "80090346", BindNTLM, true, "refuses the channel binding", "not a wrong password"},
		{ldap.LDAPResultStrongAuthRequired, "0", BindSimple, false, "LDAP result 8", "use ldaps:// or --start-tls"},
		{ldap.LDAPResultStrongAuthRequired, "0", BindNTLM, false, "LDAP result 8", "use ldaps:// or --start-tls"},
		{ldap.LDAPResultStrongAuthRequired, "0", BindKerberos, true, "LDAP result 8", "use ldap:// without --start-tls"},
		{ldap.LDAPResultStrongAuthRequired, "0", BindSimple, true, "LDAP result 8", "TLS already"},
	} {
		t.Run(fmt.Sprintf("%d %s %s", test.code, test.word, test.method), func(t *testing.T) {
			s := &session{secure: test.secure}
			err := s.explainBind(&result{code: test.code, word: test.word}, test.method)
			wantFailure(t, err, test.want, test.hint)
			if errors.Is(err, errCredentials) {
				t.Error("the error blames the credentials")
			}
		})
	}
}
