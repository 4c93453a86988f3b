package ldapsrc

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"exprobe/ldapsrc/ldaptest"
)

func fromHex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// passwordHash is the MD4 of "Password" (MS-NLMP 4.2.2.1.1).
const passwordHash = "a4f49c406510bdcab6824ee7c30fd852"

// TestNTLMv2Vectors checks the numbers of MS-NLMP 4.2.4.
func TestNTLMv2Vectors(t *testing.T) {
	key := ntowfv2(fromHex(t, passwordHash), "User", "Domain")
	if want := fromHex(t, "0c868a403bfd7a93a3001ef22ef02e3f"); !bytes.Equal(key, want) {
		t.Errorf("NTOWFv2 is %x, want %x", key, want)
	}
	info := fromHex(t, "02000c00 44006f006d00610069006e00 01000c00 530065007200760065007200 00000000")
	response, session := ntlmv2(key, [8]byte(fromHex(t, "0123456789abcdef")), [8]byte(bytes.Repeat([]byte{0xaa}, 8)),
		make([]byte, 8), info)
	if want := fromHex(t, "68cd0ab851e51c96aabc927bebef6a1c"); !bytes.Equal(response[:16], want) {
		t.Errorf("NTProofStr is %x, want %x", response[:16], want)
	}
	if want := fromHex(t, "8de40ccadbc14a82f15cb0ad0de95ca3"); !bytes.Equal(session, want) {
		t.Errorf("SessionBaseKey is %x, want %x", session, want)
	}
	if !bytes.HasSuffix(response, append(info, 0, 0, 0, 0)) {
		t.Errorf("the response does not end with the target information: %x", response)
	}
}

// signed is a server with a certificate that is signed with ECDSA and SHA-256, and
// who trusts it.
func signed(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "dc1.contoso.com"}, DNSNames: []string{"dc1.contoso.com"},
		NotBefore: instant().AddDate(0, -1, 0), NotAfter: instant().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}

func TestNTLMBind(t *testing.T) {
	config, roots := signed(t)
	unbound := newAuthority(t) // whose certificates have no channel binding
	users := map[string][]byte{`CONTOSO\alice`: fromHex(t, passwordHash)}
	for name, test := range map[string]struct {
		serve      ldaptest.Options
		user       string
		password   string
		want, hint string // of the error; empty: there is none
	}{
		"over LDAPS, with channel binding": {
			serve: ldaptest.Options{TLS: config, NTLM: &ldaptest.NTLM{Users: users, RequireBinding: true}},
			user:  `contoso\ALICE`, password: "Password"},
		"over StartTLS, with channel binding": {
			serve: ldaptest.Options{TLS: config, StartTLS: true, NTLM: &ldaptest.NTLM{Users: users, RequireBinding: true}},
			user:  `CONTOSO\alice`, password: "Password"},
		"over plain LDAP": {
			serve: ldaptest.Options{NTLM: &ldaptest.NTLM{Users: users}},
			user:  `CONTOSO\alice`, password: "Password"},
		"a wrong password": {
			serve: ldaptest.Options{TLS: config, NTLM: &ldaptest.NTLM{Users: users}},
			user:  `CONTOSO\alice`, password: "open sesame",
			want: "the user name or the password is wrong", hint: "check both"},
		"a certificate without a channel binding": {
			serve: ldaptest.Options{TLS: unbound.server(t, "dc1.contoso.com", instant().AddDate(1, 0, 0)),
				NTLM: &ldaptest.NTLM{Users: users, RequireBinding: true}},
			user: `CONTOSO\alice`, password: "Password",
			want: "refuses the channel binding (LDAP result 49, data 80090346)", hint: "something between ends TLS"},
		"a server that knows no NTLM": {
			serve: ldaptest.Options{TLS: config}, user: `CONTOSO\alice`, password: "Password",
			want: "LDAP result 7", hint: "not allowed here"},
	} {
		t.Run(name, func(t *testing.T) {
			test.serve.Users = map[string]string{} // nobody reads without a bind
			server := serveFile(t, "testdata/two_servers.ldif", test.serve)
			o := Options{URLs: []string{"ldap://dc1.contoso.com"}, Bind: BindNTLM, User: test.user, Password: test.password,
				Roots: roots, StartTLS: test.serve.StartTLS, Insecure: true, Now: instant, Dial: dialTo(server)}
			if test.serve.TLS != nil && !test.serve.StartTLS {
				o.URLs = []string{"ldaps://dc1.contoso.com"}
			}
			org, err := Read(t.Context(), o)
			if test.want != "" {
				wantFailure(t, err, test.want, test.hint)
				if strings.Contains(err.Error(), test.password) {
					t.Errorf("the password is in the error: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if org.Provider("EXPR") == nil {
				t.Errorf("EXPR was not read: %+v", org.Providers)
			}
		})
	}
}

func TestBrokenChallenges(t *testing.T) {
	good := ntlmTestChallenge(t)
	cut := func(n int) []byte { return good[:n] }
	poke := func(at int, b ...byte) []byte {
		c := bytes.Clone(good)
		copy(c[at:], b)
		return c
	}
	for name, raw := range map[string][]byte{
		"nothing":                   nil,
		"half":                      cut(40),
		"no end of the information": cut(len(good) - 4),
		"another message":           poke(8, 3),
		"an offset beyond":          poke(44, 0xff, 0xff, 0xff, 0xff),
		"a pair that is too long":   poke(48+2, 0xff, 0xff),
		"no Unicode":                poke(20, 0),
		"too long":                  append(bytes.Clone(good), make([]byte, maxChallenge)...),
	} {
		n := newNTLM("CONTOSO", [16]byte{}, nil)
		n.Negotiate("", "")
		if _, err := n.ChallengeResponse(raw, "alice", passwordHash); err == nil || n.answered {
			t.Errorf("%s: error %v, answered %v", name, err, n.answered)
		}
	}
}

// ntlmTestChallenge is a domain controller's challenge, with its name and its time.
func ntlmTestChallenge(t testing.TB) []byte {
	return append([]byte("NTLMSSP\x00"), fromHex(t, "02000000"+"0000000030000000"+"058288a0"+"0123456789abcdef"+
		"0000000000000000"+"1a001a0030000000"+"02000600440043003100"+"070008000000000000000000"+"00000000")...)
}

func FuzzChallenge(f *testing.F) {
	f.Add(ntlmTestChallenge(f))
	f.Fuzz(func(t *testing.T, raw []byte) {
		n := newNTLM("CONTOSO", [16]byte{1}, instant)
		n.Negotiate("", "")
		message, err := n.ChallengeResponse(raw, "alice", passwordHash)
		if err != nil {
			return
		}
		// Whatever the server says, the binding is sent, once, and the message is whole.
		if len(message) < ntlmAuthenticateSize || bytes.Count(message, append([]byte{10, 0, 16, 0, 1}, make([]byte, 15)...)) < 1 {
			t.Errorf("the response to %x is %x", raw, message)
		}
	})
}
