package ldapsrc

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// testCache is a credential cache as kinit writes one: with a clock offset, a
// configuration entry, and tickets that end at the given times.
func testCache(t testing.TB, ends ...time.Time) []byte {
	t.Helper()
	var b []byte
	number := func(size, n int) {
		for i := size - 1; i >= 0; i-- {
			b = append(b, byte(n>>(8*i)))
		}
	}
	data := func(d []byte) { number(4, len(d)); b = append(b, d...) }
	principal := func(realm string, names ...string) {
		number(4, 1)
		number(4, len(names))
		data([]byte(realm))
		for _, name := range names {
			data([]byte(name))
		}
	}
	entry := func(realm string, names []string, ends time.Time, ticket []byte) {
		principal("CONTOSO.COM", "alice")
		principal(realm, names...)
		number(2, int(etypeID.AES256_CTS_HMAC_SHA1_96))
		data(bytes.Repeat([]byte{1}, 32))
		number(4, 0)
		number(4, 0)
		number(4, int(ends.Unix()))
		number(4, 0)
		number(1, 0)
		number(4, 0)
		number(4, 1) // an address
		number(2, 2)
		data([]byte{10, 0, 0, 1})
		number(4, 0)
		data(ticket)
		data(nil)
	}
	number(2, 0x0504)
	number(2, 12)
	number(2, 1)
	number(2, 8)
	number(4, 0)
	number(4, 0)
	principal("CONTOSO.COM", "alice")
	entry("X-CACHECONF:", []string{"krb5_ccache_conf_data", "fast_avail"}, time.Unix(0, 0), []byte("yes"))
	tkt := messages.Ticket{TktVNO: 5, Realm: "CONTOSO.COM", SName: grantingTickets("CONTOSO.COM"),
		EncPart: types.EncryptedData{EType: etypeID.AES256_CTS_HMAC_SHA1_96, Cipher: make([]byte, 64)}}
	raw, err := tkt.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range ends {
		entry("CONTOSO.COM", []string{"krbtgt", "CONTOSO.COM"}, end, raw)
	}
	return b
}

func TestParseCache(t *testing.T) {
	later := instant().Add(time.Hour)
	got, err := parseCache(testCache(t, instant(), later))
	if err != nil {
		t.Fatal(err)
	}
	if !got.ends.Equal(later) || got.realm != "CONTOSO.COM" || got.name.PrincipalNameString() != "alice" || len(got.tgt.key.KeyValue) != 32 {
		t.Errorf("got %+v", got)
	}
	whole := testCache(t, later)
	for n := range len(whole) { // cut short anywhere
		if _, err := parseCache(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes are a cache", n, len(whole))
		}
	}
	if _, err := parseCache(testCache(t)); err == nil || !strings.Contains(err.Error(), "no ticket-granting ticket") {
		t.Errorf("without tickets: error %v", err)
	}
}

func FuzzParseCache(f *testing.F) {
	f.Add(testCache(f, instant()))
	f.Add([]byte("\x05\x03\x00\x00\x00\x01\x7f\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parseCache(b)
		if err == nil && (len(got.name.NameString) == 0 || len(got.tgt.SName.NameString) == 0) {
			t.Errorf("got %+v", got)
		}
	})
}

func TestCheckKerberos(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cache := write("cache", string(testCache(t, instant())))
	for name, test := range map[string]struct {
		options    Options
		want, hint string // of the error; empty: there is none
	}{
		"a password, without TLS":       {Options{User: "alice", Password: "open sesame"}, "", ""},
		"no user":                       {Options{Password: "open sesame"}, "a Kerberos bind needs a user", "--bind-ccache"},
		"no password":                   {Options{User: "alice"}, "a Kerberos bind needs a user", "--bind-keytab"},
		"no such keytab":                {Options{User: "alice", Keytab: filepath.Join(dir, "none")}, "the keytab", "export it anew"},
		"a keytab that is none":         {Options{User: "alice", Keytab: write("a", "\x05\x02\x00\x00\x00\x20sesame")}, "it is not a keytab", "export it anew"},
		"a keytab without the user":     {Options{User: "alice@contoso.com", Keytab: write("b", "\x05\x02\x00\x00\x00\x00")}, "no AES key of alice@CONTOSO.COM", "export it anew"},
		"a cache":                       {Options{CredentialCache: cache, Now: func() time.Time { return instant().Add(-time.Hour) }}, "", ""},
		"an expired ticket":             {Options{CredentialCache: cache, Now: func() time.Time { return instant().Add(time.Hour) }}, "expired at 2026-06-01 12:00:00 UTC", "kinit"},
		"a cache of the user":           {Options{CredentialCache: cache, User: "Alice@contoso.com"}, "", ""},
		"a cache of the user, NetBIOS":  {Options{CredentialCache: cache, User: `CONTOSO\alice`}, "", ""},
		"a cache of another user":       {Options{CredentialCache: cache, User: "bob@contoso.com"}, "is that of alice@CONTOSO.COM, and not of bob", "--bind-user"},
		"a cache of another realm":      {Options{CredentialCache: cache, User: "alice@fabrikam.com"}, "is that of alice@CONTOSO.COM", "--bind-user"},
		"a cache that is none":          {Options{CredentialCache: write("c", "sesame")}, "not a credential cache", "kinit"},
		"a cache that is a folder":      {Options{CredentialCache: dir}, "is not a file", "kinit"},
		"a configuration":               {Options{User: "alice", Password: "x", Krb5Config: write("d", "[libdefaults]\n default_realm = CONTOSO.COM\n")}, "", ""},
		"a configuration that is none":  {Options{User: "alice", Password: "x", Krb5Config: write("e", "[libdefaults]\n sesame\n")}, "the Kerberos configuration", "leave it out"},
		"a configuration that is lost":  {Options{User: "alice", Password: "x", Krb5Config: filepath.Join(dir, "none")}, "the Kerberos configuration", "leave it out"},
		"NTLM, without TLS":             {Options{Bind: BindNTLM, User: "alice", Password: "x"}, "an NTLM bind is not signed", "kerberos"},
		"NTLM, without a password":      {Options{Bind: BindNTLM, User: "alice"}, "an NTLM bind needs a user and a password", "give both"},
		"NTLM, without TLS but allowed": {Options{Bind: BindNTLM, User: "alice", Password: "x", Insecure: true}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := test.options
			o.URLs = []string{"ldap://dc1.contoso.com"}
			if o.Bind == "" {
				o.Bind = BindKerberos
			}
			err := o.Check()
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantFailure(t, err, test.want, test.hint)
			if strings.Contains(err.Error(), "sesame") {
				t.Errorf("the error holds what is secret: %v", err)
			}
		})
	}
}
