package ldapsrc

import (
	"bytes"
	"context"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"exprobe/ldapsrc/ldaptest"
)

// krbError is what a KDC says that refuses.
func krbError(t *testing.T, code int32, data []byte) []byte {
	t.Helper()
	refusal := messages.NewKRBError(grantingTickets("CONTOSO.COM"), "CONTOSO.COM", code, "")
	refusal.STime, refusal.EData = instant(), data
	b, err := refusal.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// demand asks for a proof with the given kinds of keys.
func demand(t *testing.T, infos ...types.ETypeInfo2Entry) []byte {
	t.Helper()
	type info struct {
		EType  int32 `asn1:"explicit,tag:0"`
		Salt   asn1.RawValue
		Params []byte `asn1:"explicit,optional,tag:2,omitempty"`
	}
	list := []info{}
	for _, i := range infos {
		const generalString = 27 // which package asn1 does not know
		salt, err := asn1.Marshal(asn1.RawValue{Tag: generalString, Bytes: []byte(i.Salt)})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, info{i.EType, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 1, IsCompound: true, Bytes: salt}, i.S2KParams})
	}
	value, err := asn1.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	data, err := asn1.Marshal(types.PADataSequence{{PADataType: patype.PA_ETYPE_INFO2, PADataValue: value}})
	if err != nil {
		t.Fatal(err)
	}
	return krbError(t, 25, data)
}

// framed is a message as a KDC sends it over TCP.
func framed(b []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)
}

// kdcDial leads port 88 to a KDC that gives its answers one after the other, one to
// a connection, and every other port to the directory.
func kdcDial(t *testing.T, answers ...[]byte) func(context.Context, string, string) (net.Conn, error) {
	server := serveFile(t, "testdata/two_servers.ldif", ldaptest.Options{})
	address := listen(t, func(conn net.Conn) {
		var header [4]byte
		if _, err := io.ReadFull(conn, header[:]); err != nil {
			return
		}
		io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(header[:])))
		if len(answers) == 0 {
			io.Copy(io.Discard, conn) // says nothing
			return
		}
		conn.Write(answers[0])
		answers = answers[1:]
	})
	return func(ctx context.Context, network, wanted string) (net.Conn, error) {
		if strings.HasSuffix(wanted, ":88") {
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		return dialTo(server)(ctx, network, wanted)
	}
}

func TestKDCRefuses(t *testing.T) {
	aes256 := types.ETypeInfo2Entry{EType: etypeID.AES256_CTS_HMAC_SHA1_96, Salt: "CONTOSO.COMalice"}
	slow := aes256
	slow.S2KParams = []byte{0, 0, 0, 0} // 2^32 rounds
	weak := aes256
	weak.S2KParams = []byte{0, 0, 0x0f, 0xff}
	salty := aes256
	salty.Salt = strings.Repeat("x", maxSalt+1)
	const account = "alice@CONTOSO.COM"
	for name, test := range map[string]struct {
		answers     [][]byte
		want, hint  string
		credentials bool // nobody else is asked
	}{
		"an unknown account":     {[][]byte{framed(krbError(t, 6, nil))}, "no account " + account + " (Kerberos error 6)", "--bind-realm", true},
		"an unknown service":     {[][]byte{framed(krbError(t, 7, nil))}, "knows no service ldap/dc1.contoso.com (Kerberos error 7)", "setspn", false},
		"no AES":                 {[][]byte{framed(krbError(t, 14, nil))}, "no AES key", "msDS-SupportedEncryptionTypes", false},
		"RC4 alone":              {[][]byte{framed(demand(t, types.ETypeInfo2Entry{EType: etypeID.RC4_HMAC}))}, "only RC4", "msDS-SupportedEncryptionTypes", false},
		"no kind of key":         {[][]byte{framed(demand(t))}, "only RC4", "", false},
		"not at this time":       {[][]byte{framed(krbError(t, 12, nil))}, "policy does not let " + account, "logon hours", true},
		"a revoked account":      {[][]byte{framed(krbError(t, 18, nil))}, "disabled, locked out or expired (Kerberos error 18)", "do not try again at once", true},
		"an expired password":    {[][]byte{framed(krbError(t, 23, nil))}, "has expired or must be changed (Kerberos error 23)", "change the password", true},
		"a wrong password":       {[][]byte{framed(demand(t, aes256)), framed(krbError(t, 24, nil))}, "the password of " + account + " is wrong (Kerberos error 24)", "locked out", true},
		"an expired ticket":      {[][]byte{framed(krbError(t, 32, nil))}, "has expired (Kerberos error 32)", "kinit", true},
		"another clock":          {[][]byte{framed(krbError(t, 37, nil))}, "which showed 2026-06-01 12:00:00 UTC (Kerberos error 37)", "set the clock", false},
		"another realm":          {[][]byte{framed(krbError(t, 68, nil))}, "does not serve the realm CONTOSO.COM (Kerberos error 68)", "--bind-realm", false},
		"an error of its own":    {[][]byte{framed(krbError(t, 60, nil))}, "Kerberos error 60", "another domain controller", false},
		"endless work":           {[][]byte{framed(demand(t, slow))}, "cannot be used", "domain controller", false},
		"one iteration too few":  {[][]byte{framed(demand(t, weak))}, "fewer than 4096 iterations", "keytab", false},
		"a salt too long":        {[][]byte{framed(demand(t, salty))}, "cannot be used", "domain controller", false},
		"a demand without words": {[][]byte{framed(krbError(t, 25, []byte("x")))}, "cannot be used", "domain controller", false},
		"garbage":                {[][]byte{framed([]byte("garbage"))}, "cannot be used", "domain controller", false},
		"a gigabyte":             {[][]byte{[]byte("\x40\x00\x00\x00")}, "a reply of 1073741824 bytes", "port 88", false},
		"half a reply":           {[][]byte{[]byte("\x00\x00\x00\x10half")}, "the server closed the connection", "port 88", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(t.Context(), Options{
				URLs: []string{"ldap://dc1.contoso.com"}, Bind: BindKerberos, User: "alice", Password: "open sesame",
				Dial: kdcDial(t, test.answers...),
			})
			wantFailure(t, err, test.want, test.hint)
			if errors.Is(err, errCredentials) != test.credentials {
				t.Errorf("the error blames the credentials: %v", !test.credentials)
			}
			if strings.Contains(err.Error(), "sesame") {
				t.Errorf("the error holds the password: %v", err)
			}
		})
	}
}

func TestTheSaltIsTheOneOfTheKDC(t *testing.T) {
	for name, test := range map[string]struct{ said, want string }{
		"of an account that was renamed": {"CONTOSO.COMmiller", "CONTOSO.COMmiller"},
		"none":                           {"", "CONTOSO.COMalice"},
		"the longest":                    {strings.Repeat("x", maxSalt), strings.Repeat("x", maxSalt)},
	} {
		t.Run(name, func(t *testing.T) {
			info := types.ETypeInfo2Entry{EType: etypeID.AES256_CTS_HMAC_SHA1_96, Salt: test.said}
			var refusal messages.KRBError
			var offered types.PADataSequence
			if err := refusal.Unmarshal(demand(t, info)); err != nil {
				t.Fatal(err)
			}
			if err := offered.Unmarshal(refusal.EData); err != nil {
				t.Fatal(err)
			}
			c := credential{name: account("alice"), realm: "CONTOSO.COM", password: "open sesame"}
			got, err := c.key(offered)
			if err != nil {
				t.Fatal(err)
			}
			want, err := passwordKey("open sesame", test.want, info)
			if err != nil || !bytes.Equal(got.KeyValue, want.KeyValue) {
				t.Errorf("another key than of the salt %.20q, error %v", test.want, err)
			}
		})
	}
}

func TestKDCSilent(t *testing.T) {
	o := Options{URLs: []string{"ldap://dc1.contoso.com"}, Bind: BindKerberos, User: "alice", Password: "open sesame",
		Timeout: 50 * time.Millisecond, Dial: kdcDial(t)}
	_, err := Read(t.Context(), o)
	wantFailure(t, err, "no answer in time", "")
}

func TestKDCAddresses(t *testing.T) {
	c, err := loadCredential(Options{User: "alice", Password: "x"})
	if err != nil {
		t.Fatal(err)
	}
	k := kdc{server: endpoint{host: "dc1.contoso.com"}, config: c.config, realm: "CONTOSO.COM"}
	for _, test := range []struct{ kdc, realm, want string }{
		{"", "CONTOSO.COM", "dc1.contoso.com:88"},
		{"", "FABRIKAM.COM", "fabrikam.com:88"},
		{"dc2.contoso.com", "contoso.com", "dc2.contoso.com:88"},
		{"dc2.contoso.com:1088", "CONTOSO.COM", "dc2.contoso.com:1088"},
		{"::1", "CONTOSO.COM", "[::1]:88"},
		{"dc2.contoso.com", "FABRIKAM.COM", "fabrikam.com:88"},
	} {
		k.options.KDC = test.kdc
		if got := k.addresses(test.realm); len(got) != 1 || got[0] != test.want {
			t.Errorf("KDC %q, realm %s: %v, want %s", test.kdc, test.realm, got, test.want)
		}
	}
}

func TestNameWithoutProof(t *testing.T) {
	for _, test := range []struct {
		asked, said string
		want        bool
	}{
		{"dc1.contoso.com", "dc1.contoso.com", true},
		{"DC1.contoso.com.", "dc1.contoso.com", true},
		{"contoso.com", "dc1.contoso.com", true},
		{"dc1", "dc1.contoso.com", true},
		{"192.0.2.1", "dc1.contoso.com", true},
		{"dc1.contoso.com", "web.contoso.com", false},
		{"ldap.contoso.com", "dc1.contoso.com", false},
		{"dc", "dc1.contoso.com", false},
		{"toso.com", "dc1.contoso.com", false},
	} {
		if got := (endpoint{host: test.asked}).mayBe(test.said); got != test.want {
			t.Errorf("%s says that it is %s: %v", test.asked, test.said, got)
		}
	}
	_, err := Read(t.Context(), Options{URLs: []string{"ldap://dc2.contoso.com"}, Bind: BindKerberos,
		User: "alice", Password: "open sesame", Dial: kdcDial(t)})
	wantFailure(t, err, "nothing proves that dc2.contoso.com is dc1.contoso.com", "name the domain controller itself")

	ca := newAuthority(t)
	server := serveFile(t, "testdata/two_servers.ldif", ldaptest.Options{TLS: ca.server(t, "dc2.contoso.com", instant().AddDate(1, 0, 0))})
	o := Options{URLs: []string{"ldaps://dc2.contoso.com"}, Bind: BindKerberos, User: "alice", Password: "open sesame",
		Roots: ca.pool(), Now: instant, Dial: dialTo(server)}
	_, err = Read(t.Context(), o)
	if err == nil || strings.Contains(err.Error(), "nothing proves") {
		t.Errorf("over verified TLS: error %v", err)
	}
	o.Insecure = true
	_, err = Read(t.Context(), o)
	wantFailure(t, err, "nothing proves that dc2.contoso.com is dc1.contoso.com", "without --ldap-insecure")
}
