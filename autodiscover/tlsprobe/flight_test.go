package tlsprobe

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// record wraps handshake messages, in one record of the given version.
func record(messages ...[]byte) []byte {
	b := bytes.Join(messages, nil)
	return append([]byte{recordHandshake, 3, 3, byte(len(b) >> 8), byte(len(b))}, b...)
}

func message(kind byte, body ...byte) []byte {
	return append([]byte{kind, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
}

// serverHello is one with extensions, or without where there are none.
func serverHello(version, suite uint16, extensions ...byte) []byte {
	body := append([]byte{byte(version >> 8), byte(version)}, make([]byte, 32)...)
	body = append(body, 0, byte(suite>>8), byte(suite), 0)
	if len(extensions) > 0 {
		body = append(body, byte(len(extensions)>>8), byte(len(extensions)))
		body = append(body, extensions...)
	}
	return message(messageServerHello, body...)
}

func certificateMessage(chain ...string) []byte {
	var list []byte
	for _, der := range chain {
		list = append(list, byte(len(der)>>16), byte(len(der)>>8), byte(len(der)))
		list = append(list, der...)
	}
	return message(messageCertificate, append([]byte{byte(len(list) >> 16), byte(len(list) >> 8), byte(len(list))}, list...)...)
}

func TestFlightIsReadHoweverItIsCut(t *testing.T) {
	hello := serverHello(tls.VersionTLS12, 0xc02f, 0, extStatusRequest, 0, 0, 0, extALPN, 0, 5, 0, 3, 2, 'h', '2')
	chain := []string{strings.Repeat("leaf", 3000), "issuer"} // more than one buffer
	certificate := certificateMessage(chain...)
	want := seen{version: tls.VersionTLS12, suite: 0xc02f, alpn: "h2", stapled: true, chain: [][]byte{[]byte(chain[0]), []byte(chain[1])}}
	whole := append(bytes.Clone(hello), certificate...)
	var pieces []byte
	for i := 0; i < len(whole); i += 1000 {
		pieces = append(pieces, record(whole[i:min(i+1000, len(whole))])...)
	}
	for name, sent := range map[string][]byte{
		"a record for each message":    append(record(hello), record(certificate)...),
		"one record for both":          record(hello, certificate),
		"messages across records":      pieces,
		"a warning first":              append([]byte{recordAlert, 3, 3, 0, 2, 1, 112}, record(hello, certificate)...),
		"more than the certificates":   record(hello, certificate, message(14)),
		"an empty record in the midst": append(append(record(hello), recordHandshake, 3, 3, 0, 0), record(certificate)...),
	} {
		for how, reader := range map[string]io.Reader{"at once": bytes.NewReader(sent), "byte by byte": iotest.OneByteReader(bytes.NewReader(sent)),
			"with the end": iotest.DataErrReader(bytes.NewReader(sent))} {
			got, err := readFlight(reader, tls.VersionTLS12)
			if err != nil {
				t.Errorf("%s, %s: %v", name, how, err)
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(seen{})); diff != "" {
				t.Errorf("%s, %s: %s", name, how, diff)
			}
		}
	}
}

func TestFlightThatIsNoneIsRefused(t *testing.T) {
	hello := serverHello(tls.VersionTLS12, 0xc02f)
	for name, test := range map[string]struct {
		sent []byte
		want string
	}{
		"nothing":                        {nil, "EOF"},
		"half a record":                  {record(hello)[:20], "unexpected EOF"},
		"half a message":                 {record(hello[:20]), "unexpected EOF"},
		"no certificates after all":      {record(hello), "unexpected EOF"},
		"HTTP":                           {[]byte("HTTP/1.1 400 Bad Request\r\n"), "this is no TLS record"},
		"an alert":                       {[]byte{recordAlert, 3, 3, 0, 2, 2, 40}, "handshake failure"},
		"too many warnings":              {bytes.Repeat([]byte{recordAlert, 3, 3, 0, 2, 1, 112}, 17), errFlood.Error()},
		"too many empty records":         {bytes.Repeat([]byte{recordHandshake, 3, 3, 0, 0}, 17), errFlood.Error()},
		"a record that is too long":      {append([]byte{recordHandshake, 3, 3, 0xff, 0xff}, make([]byte, 0xffff)...), "this is no TLS record"},
		"a message that is too long":     {record([]byte{messageServerHello, 0xff, 0xff, 0xff}), errFlood.Error()},
		"certificates before the hello":  {record(certificateMessage("leaf")), "message 11 comes before the ServerHello"},
		"two hellos":                     {record(hello, hello), errNoCertificate.Error()},
		"an anonymous server":            {record(hello, message(12)), errNoCertificate.Error()},
		"an empty chain":                 {record(hello, certificateMessage()), errNoCertificate.Error()},
		"an empty certificate":           {record(hello, certificateMessage("")), errCertificates.Error()},
		"a chain with a tail":            {record(hello, message(messageCertificate, 0, 0, 4, 0, 0, 1, 'x', 0)), errCertificates.Error()},
		"a certificate beyond its chain": {record(hello, message(messageCertificate, 0, 0, 4, 0, 0, 9, 'x')), errCertificates.Error()},
		"a short hello":                  {record(message(messageServerHello, 3, 3)), errHello.Error()},
		"an extension beyond the hello":  {record(serverHello(tls.VersionTLS12, 0xc02f, 0, 16, 0, 9)), errHello.Error()},
		"TLS 1.3 unasked":                {record(serverHello(tls.VersionTLS13, 0x1301)), "it answers with a version that it was not offered, 0x0304"},
	} {
		got, err := readFlight(bytes.NewReader(test.sent), tls.VersionTLS12)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v and error %v, want %q", name, got, err, test.want)
		}
	}
}

func TestChainOfAHundredIsCut(t *testing.T) {
	var chain []string
	for range 100 {
		chain = append(chain, "certificate")
	}
	got, err := readFlight(bytes.NewReader(record(serverHello(tls.VersionTLS12, 0xc02f), certificateMessage(chain...))), tls.VersionTLS12)
	if err != nil || len(got.chain) != maxChain || !got.cut {
		t.Errorf("%d certificates, error %v", len(got.chain), err)
	}
}

// What is seen must not change when its buffer is used again.
func TestFlightKeepsNothingOfItsBuffer(t *testing.T) {
	first, err := readFlight(bytes.NewReader(record(serverHello(tls.VersionTLS12, 0xc02f), certificateMessage("first"))), tls.VersionTLS12)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := readFlight(bytes.NewReader(record(serverHello(tls.VersionTLS12, 0xc02f), certificateMessage("other"))), tls.VersionTLS12); err != nil {
			t.Fatal(err)
		}
	}
	if string(first.chain[0]) != "first" {
		t.Errorf("the chain is now %q", first.chain[0])
	}
}

// FuzzFlight: whatever is read, there is a chain or an error, and never too much.
func FuzzFlight(f *testing.F) {
	hello := serverHello(tls.VersionTLS12, 0xc02f, 0, extALPN, 0, 5, 0, 3, 2, 'h', '2')
	f.Add(record(hello, certificateMessage("leaf", "issuer")))
	f.Add(append(record(hello[:10]), record(hello[10:], certificateMessage("leaf"))...))
	f.Add([]byte{recordAlert, 3, 3, 0, 2, 2, 40})
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		whole, err := readFlight(bytes.NewReader(sent), tls.VersionTLS12)
		if err == nil && (len(whole.chain) == 0 || len(whole.chain) > maxChain || whole.version > tls.VersionTLS12) {
			t.Errorf("%x gives %+v", sent, whole)
		}
		cut, cutErr := readFlight(iotest.OneByteReader(bytes.NewReader(sent)), tls.VersionTLS12)
		if (err == nil) != (cutErr == nil) {
			t.Errorf("%x at once gives %v, byte by byte %v", sent, err, cutErr)
		}
		if diff := cmp.Diff(whole, cut, cmp.AllowUnexported(seen{})); err == nil && diff != "" {
			t.Errorf("byte by byte it differs: %s", diff)
		}
	})
}

// Every hello is one that crypto/tls can read, with the name and the versions that
// it should have.
func TestHelloIsOneThatServersUnderstand(t *testing.T) {
	for _, test := range []struct {
		offer  offer
		name   string
		suites int
	}{
		{anything, "mail.contoso.com", 36},
		{anything, "", 36},
		{offer{version: tls.VersionTLS12, kind: "RSA"}, "mail.contoso.com", 27},
		{offer{version: tls.VersionTLS12, kind: "ECDSA"}, "mail.contoso.com", 10},
		{offer{version: tls.VersionTLS11}, "mail.contoso.com", 36},
		{offer{version: tls.VersionTLS10}, "mail.contoso.com", 36},
		{anything, strings.Repeat("a", 300), 36}, // no name that DNS could hold, so none is sent
	} {
		client, server := net.Pipe()
		go func() {
			client.Write(test.offer.clientHello(test.name))
			client.Close()
		}()
		var got *tls.ClientHelloInfo
		stop := errors.New("enough")
		err := tls.Server(server, &tls.Config{MinVersion: tls.VersionTLS10, GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			got = hello
			return nil, stop
		}}).Handshake()
		if got == nil {
			t.Errorf("%+v: %v", test.offer, err)
			continue
		}
		want := test.name
		if len(want) > 255 {
			want = ""
		}
		if got.ServerName != want || len(got.CipherSuites) != test.suites || got.SupportedVersions[0] != test.offer.version {
			t.Errorf("%+v: name %q, %d suites, versions %x", test.offer, got.ServerName, len(got.CipherSuites), got.SupportedVersions)
		}
		if diff := cmp.Diff(protocols, got.SupportedProtos); diff != "" {
			t.Errorf("%+v: %s", test.offer, diff)
		}
		server.Close()
	}
}

// Old boxes and some firewalls stumble over a hello that does not fit one packet.
func TestHelloFitsOnePacket(t *testing.T) {
	if n := len(anything.clientHello(strings.Repeat("a", 253))); n > 1200 {
		t.Errorf("the longest hello has %d octets", n)
	}
}

func TestNamesOfSuitesAreThoseOfIANA(t *testing.T) {
	seen := map[uint16]bool{}
	for _, s := range append(append([]suite{}, ecdsaSuites...), rsaSuites...) {
		if seen[s.id] {
			t.Errorf("%s is there twice", s.name)
		}
		seen[s.id] = true
		for _, known := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			if known.ID == s.id && known.Name != s.name {
				t.Errorf("%#04x is %s, not %s", s.id, known.Name, s.name)
			}
		}
	}
	for _, known := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if known.SupportedVersions[0] <= tls.VersionTLS12 && !seen[known.ID] {
			t.Errorf("%s is not offered", known.Name)
		}
	}
}

func TestAVersionThatWasNotOfferedIsARefusal(t *testing.T) {
	sent := record(serverHello(tls.VersionTLS12, 0xc02f), certificateMessage("leaf"))
	_, err := readFlight(bytes.NewReader(sent), tls.VersionTLS11)
	if !errors.Is(err, errNotOffered) || !declined(blind{"", err}) {
		t.Errorf("got %v", err)
	}
}
