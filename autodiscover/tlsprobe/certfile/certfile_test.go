package certfile_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"software.sslmate.com/src/go-pkcs12"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/hosttest"
	"exprobe/autodiscover/tlsprobe/certfile"
)

// world is a chain as a server serves it, and what else lies about.
type world struct {
	leaf, issuing, root []byte // DER
	other               []byte // another leaf
	own                 []byte // self-signed
	request             []byte
	pfx                 []byte // with the password "secret"
}

func newWorld(t testing.TB) (w world) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := hosttest.NewCA("Contoso Root CA")
	check(err)
	issuing, err := root.Intermediate("Contoso Issuing CA")
	check(err)
	served, err := issuing.Issue(hosttest.Spec{CommonNames: []string{"mail.contoso.com"}})
	check(err)
	other, err := issuing.Issue(hosttest.Spec{CommonNames: []string{"owa.contoso.com"}})
	check(err)
	own, err := issuing.Issue(hosttest.Spec{CommonNames: []string{"EX01"}, SelfSigned: true})
	check(err)
	rootBlock, _ := pem.Decode(root.PEM())
	w = world{leaf: served.Certificate[0], issuing: served.Certificate[1], root: rootBlock.Bytes, other: other.Certificate[0], own: own.Certificate[0]}
	w.request, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "mail.contoso.com"}}, served.PrivateKey)
	check(err)
	var parsed []*x509.Certificate
	for _, der := range [][]byte{w.leaf, w.root, w.issuing} {
		c, err := x509.ParseCertificate(der)
		check(err)
		parsed = append(parsed, c)
	}
	w.pfx, err = pkcs12.Modern.Encode(served.PrivateKey, parsed[0], parsed[1:], "secret")
	check(err)
	return w
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// certificates writes a PEM file.
func certificates(list ...[]byte) string {
	var b strings.Builder
	for _, der := range list {
		b.WriteString(block("CERTIFICATE", der))
	}
	return b.String()
}

func tlv(tag byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	switch n := len(body); {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, body...)
	default:
		return append([]byte{tag, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}, body...)
	}
}

// bag is a degenerate PKCS #7 file: certificates and no signature.
func bag(list ...[]byte) []byte {
	version, data := []byte{2, 1, 1}, []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")
	signed := tlv(0x30, version, tlv(0x31), tlv(0x30, tlv(0x06, data)), tlv(0xa0, list...), tlv(0x31))
	out := tlv(0x30, tlv(0x06, []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")), tlv(0xa0, signed))
	return shortest(out)
}

// shortest is the same with lengths as DER wants them, which encoding/asn1 insists on.
func shortest(in []byte) (out []byte) {
	for len(in) > 0 {
		length, header := int(in[1]), 2
		if in[1]&0x80 != 0 {
			length, header = 0, 2+int(in[1]&0x7f)
			for _, b := range in[2:header] {
				length = length<<8 | int(b)
			}
		}
		body := in[header : header+length]
		if in[0]&0x20 != 0 {
			body = shortest(body)
		}
		out = append(out, in[0])
		switch n := len(body); {
		case n < 0x80:
			out = append(out, byte(n))
		case n < 0x100:
			out = append(out, 0x81, byte(n))
		default:
			out = append(out, 0x82, byte(n>>8), byte(n))
		}
		out, in = append(out, body...), in[header+length:]
	}
	return out
}

// clixml is what Get-ExchangeCertificate | Export-Clixml writes.
func clixml(objects ...string) string {
	return `<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">` + strings.Join(objects, "") + `</Objs>`
}

// object is one certificate; sites are those that its serialized form lists.
func object(der []byte, services string, sites ...string) string {
	var inner bytes.Buffer
	inner.WriteString("\x00\x01\x00\x00\x00\xff\xff\xff\xff")
	for _, site := range sites {
		fmt.Fprintf(&inner, "\x06\x0d%c%s\x0a", len(site), site)
	}
	property := ""
	if services != "" {
		property = `<Obj N="Services" RefId="7"><TN RefId="3"><T>Microsoft.Exchange.Management.SystemConfigurationTasks.AllowedServices</T></TN><ToString>` +
			services + `</ToString><I32>24</I32></Obj>`
	}
	return `<Obj RefId="0"><TN RefId="0"><T>System.Security.Cryptography.X509Certificates.X509Certificate2</T></TN><ToString>[Subject]_x000D__x000A_</ToString><Props><BA N="RawData">` +
		base64.StdEncoding.EncodeToString(der) + `</BA>` + property + `</Props><MS><S N="PSComputerName">ex1.contoso.com</S><BA N="SerializationData">` +
		base64.StdEncoding.EncodeToString(inner.Bytes()) + `</BA></MS></Obj>`
}

func utf16LE(text string) string {
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, byte(unit), byte(unit>>8))
	}
	return string(out)
}

func names(chain []facts.Certificate) (list []string) {
	for _, c := range chain {
		list = append(list, c.Subject)
	}
	return list
}

func TestReadGivesTheChainThatWouldBeServed(t *testing.T) {
	w := newWorld(t)
	const leaf, issuing, root = "CN=mail.contoso.com", "CN=Contoso Issuing CA", "CN=Contoso Root CA"
	spare, err := hosttest.NewCA("Fabrikam Root CA")
	if err != nil {
		t.Fatal(err)
	}
	stranger, _ := pem.Decode(spare.PEM())
	thumb := facts.ParseCertificate(w.leaf).Thumbprint
	for _, test := range []struct {
		name     string
		file     string
		password string
		want     []string
		whole    bool
		note     string
	}{
		{name: "DER", file: string(w.leaf), want: []string{leaf}},
		{name: "PEM", file: certificates(w.leaf), want: []string{leaf}},
		{name: "PEM with remarks and line ends of Windows", file: "Bag Attributes\r\n" + strings.ReplaceAll(certificates(w.leaf), "\n", "\r\n"), want: []string{leaf}},
		{name: "PEM in UTF-16", file: utf16LE(certificates(w.leaf)), want: []string{leaf}},
		{name: "PEM with its chain", file: certificates(w.leaf, w.issuing), want: []string{leaf, issuing}, whole: true},
		{name: "PEM with a key", file: block("PRIVATE KEY", []byte("key")) + certificates(w.leaf, w.issuing), want: []string{leaf, issuing}, whole: true},
		{name: "PEM in the order of a bad server", file: certificates(w.leaf, w.root, w.issuing), want: []string{leaf, root, issuing}, whole: true},
		{name: "PEM that begins elsewhere", file: certificates(w.root, w.issuing, w.leaf), want: []string{leaf, issuing}, whole: true,
			note: "the file does not begin with the server's certificate, so its chain was put in order"},
		{name: "PKCS #7", file: string(bag(w.root, w.leaf, w.issuing)), want: []string{leaf, issuing}, whole: true},
		{name: "PKCS #7 in PEM", file: block("PKCS7", bag(w.issuing, w.leaf)), want: []string{leaf, issuing}, whole: true},
		{name: "PKCS #7 of one", file: string(bag(w.leaf)), want: []string{leaf}},
		{name: "PKCS #7 with an unused authority", file: string(bag(w.leaf, stranger.Bytes, w.issuing, w.root)), want: []string{leaf, issuing}, whole: true},
		{name: "PKCS #12", file: string(w.pfx), password: "secret", want: []string{leaf, issuing}, whole: true},
		{name: "self-signed", file: string(w.own), want: []string{"CN=EX01"}},
		{name: "an authority alone", file: certificates(w.root), want: []string{root}},
		{name: "CLIXML of one", file: clixml(object(w.leaf, "")), want: []string{leaf}},
		{name: "CLIXML as Windows PowerShell writes it", file: utf16LE(clixml(object(w.leaf, ""))), want: []string{leaf}},
		{name: "CLIXML of several, by their sites", file: clixml(object(w.own, "", "IIS://EX1/W3SVC/2", "IIS://EX1/W3SVC/10"), object(w.leaf, "", "IIS://EX1/W3SVC/1"), object(w.other, "")),
			want: []string{leaf}, note: "of 3 certificates in the file that with the thumbprint " + thumb + " was taken, which is bound to the first web site (W3SVC/1)"},
		{name: "CLIXML of several, by their services", file: clixml(object(w.own, "SMTP"), object(w.leaf, "IMAP, POP, IIS, SMTP")),
			want: []string{leaf}, note: "of 2 certificates in the file that with the thumbprint " + thumb + " was taken, which is enabled for IIS"},
		{name: "CLIXML of several for IIS, of which one is self-signed", file: clixml(object(w.own, "IIS, SMTP"), object(w.leaf, "IIS")),
			want: []string{leaf}, note: "of 2 certificates in the file that with the thumbprint " + thumb + " was taken, which is enabled for IIS and not self-signed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := certfile.Read([]byte(test.file), test.password)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, names(got.Chain)); diff != "" {
				t.Error(diff)
			}
			if got.Whole != test.whole || got.Note != test.note {
				t.Errorf("whole %t, note %q", got.Whole, got.Note)
			}
		})
	}
}

func TestReadSaysWhatToDoNext(t *testing.T) {
	w := newWorld(t)
	list := func(ders ...[]byte) (text string) {
		for i, der := range ders {
			c := facts.ParseCertificate(der)
			if i > 0 {
				text += ","
			}
			text += fmt.Sprintf(" %s (%q)", c.Thumbprint, c.Subject)
		}
		return text + "; export the one that is served by itself"
	}
	for _, test := range []struct {
		name     string
		file     string
		password string
		want     string
	}{
		{name: "nothing", want: "the file is empty; export the certificate again"},
		{name: "something", file: "hello", want: "the file is neither PEM, DER, PKCS #7, PKCS #12 nor CLIXML; export the certificate again, for example with Export-Certificate"},
		{name: "a request", file: block("CERTIFICATE REQUEST", w.request), want: "the file is a request for a certificate and no certificate; name the one that the authority has issued"},
		{name: "a request in DER", file: string(w.request), want: "the file is a request for a certificate and no certificate; name the one that the authority has issued"},
		{name: "a key", file: block("PRIVATE KEY", []byte("secret")), want: "the PEM file holds no certificate; add the block that begins with -----BEGIN CERTIFICATE-----"},
		{name: "garbage in PEM", file: certificates([]byte("garbage")), want: "a certificate in the file cannot be read: x509: malformed certificate; export it again"},
		{name: "garbage in DER", file: "0garbage", want: "the file is no certificate that can be read: x509: malformed certificate; export it again as DER or PEM"},
		{name: "two leaves", file: string(bag(w.leaf, w.other, w.issuing)), want: "the file holds several certificates that issue none of the others:" + list(w.leaf, w.other)},
		{name: "an empty PKCS #7", file: string(bag()), want: "the file holds no certificate; export it again with its certificates"},
		{name: "PKCS #7 in BER", file: "0\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\x00\x00", want: "the PKCS #7 file is malformed, or in an encoding other than DER; convert it with: openssl pkcs7 -print_certs, or export it again"},
		{name: "PKCS #12 without its password", file: string(w.pfx), want: "the PKCS #12 file is protected by a password; give it in a file"},
		{name: "PKCS #12 with another password", file: string(w.pfx), password: "hunter2",
			want: "the password is not that of the PKCS #12 file; look for a blank in its file, or export the certificate without its key, as .cer or .p7b"},
		{name: "other XML", file: "<html><body>no</body></html>", want: "the XML file holds no certificates of Get-ExchangeCertificate; write it with: Get-ExchangeCertificate -Server SERVER | Export-Clixml FILE"},
		{name: "XML that ends early", file: strings.TrimSuffix(clixml(object(w.leaf, "")), "</Objs>"), want: "reading the XML: XML syntax error on line 1: unexpected EOF; write it again with Export-Clixml"},
		{name: "CLIXML that is not in base64", file: clixml(strings.Replace(object(w.leaf, ""), "<BA N=\"RawData\">", "<BA N=\"RawData\">*", 1)),
			want: "the XML file holds a certificate that is not in base64; write it again with Export-Clixml"},
		{name: "CLIXML of several without a hint", file: clixml(object(w.leaf, ""), object(w.other, "")),
			want: "the file holds several certificates, and does not say which of them the web site serves:" + list(w.leaf, w.other)},
		{name: "CLIXML of several for IIS", file: clixml(object(w.own, "SMTP"), object(w.leaf, "IIS"), object(w.other, "IIS")),
			want: "the file holds several certificates, and does not say which of them the web site serves:" + list(w.leaf, w.other)},
		{name: "a file that is too long", file: strings.Repeat(" ", 8<<20) + "0", want: "the file has 8388609 bytes, more than any file of certificates; name one that holds the server's certificate alone"},
		{name: "too many certificates", file: strings.Repeat(certificates(w.leaf), 201), want: "the file holds 201 certificates, more than a chain has; name one that holds the server's alone"},
		{name: "XML without end", file: strings.Repeat("<a>", 100000), want: "the XML file holds no certificates of Get-ExchangeCertificate; write it with: Get-ExchangeCertificate -Server SERVER | Export-Clixml FILE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := certfile.Read([]byte(test.file), test.password)
			if err == nil {
				t.Fatalf("got %+v", got)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Error(diff)
			}
			if test.password != "" && strings.Contains(err.Error(), test.password) {
				t.Error("the error holds the password")
			}
		})
	}
}

// A file may ask for so many iterations that reading it never ends.
func TestPKCS12ThatWouldTakeForEverIsRefused(t *testing.T) {
	w := newWorld(t)
	at := bytes.LastIndex(w.pfx, []byte{2, 2, 0x08, 0x00}) // 2,048, of the check over the whole
	if at < 0 {
		t.Fatal("the iterations are not where they should be")
	}
	slow := append(bytes.Clone(w.pfx[:at]), 2, 4, 0x7f, 0xff, 0xff, 0xff)
	slow = append(slow, w.pfx[at+4:]...)
	grow := func(length int) { // the lengths around it
		n := int(slow[length])<<8 | int(slow[length+1])
		slow[length], slow[length+1] = byte((n+2)>>8), byte(n+2)
	}
	grow(2)
	for i := at; i > 0; i-- { // MacData, a short sequence right before
		if slow[i] == 0x30 && i+2+int(slow[i+1]) == at+4 {
			slow[i+1] += 2
			break
		}
	}
	_, err := certfile.Read(slow, "secret")
	if err == nil || !strings.Contains(err.Error(), "more than 2000000 iterations") {
		t.Errorf("the error is %v", err)
	}
}

// What OpenSSL writes, old forms among it.
func TestFilesOfOpenSSLAreRead(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("EXPROBE_REQUIRE_PEERS") == "1" {
			t.Fatal(err)
		}
		t.Skip("SKIPPED: openssl is not installed, so its files were not read")
	}
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command(openssl, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("openssl %q: %v\n%s", args, err, out)
		}
	}
	run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Contoso Root CA", "-days", "3650")
	run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=mail.contoso.com")
	run("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "100", "-out", "leaf.pem")
	export := []string{"pkcs12", "-export", "-inkey", "leaf.key", "-in", "leaf.pem", "-certfile", "ca.pem", "-passout", "pass:secret", "-name", "mail"}
	run(append(export, "-out", "new.pfx")...)
	run(append(export, "-out", "old.pfx", "-legacy")...)
	run(append(export, "-out", "des.pfx", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1")...) // as Windows Server 2012 writes it
	run("crl2pkcs7", "-nocrl", "-certfile", "ca.pem", "-certfile", "leaf.pem", "-outform", "DER", "-out", "chain.p7b")
	run("crl2pkcs7", "-nocrl", "-certfile", "ca.pem", "-certfile", "leaf.pem", "-out", "chain.p7b.pem")
	run("x509", "-in", "leaf.pem", "-trustout", "-addtrust", "serverAuth", "-out", "trusted.pem")
	for _, name := range []string{"leaf.pem", "new.pfx", "old.pfx", "des.pfx", "chain.p7b", "chain.p7b.pem", "trusted.pem"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := certfile.Read(data, "secret")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff([]string{"CN=mail.contoso.com"}, names(got.Chain)); diff != "" || got.Chain[0].Lenient != "" {
			t.Errorf("%s: %s%s", name, diff, got.Chain[0].Lenient)
		}
	}
}

// FuzzRead: whatever a file holds, there is a chain or an error that can be printed.
func FuzzRead(f *testing.F) {
	w := newWorld(f)
	f.Add(w.leaf)
	f.Add([]byte(certificates(w.leaf, w.issuing)))
	f.Add(bag(w.leaf, w.issuing))
	f.Add([]byte(clixml(object(w.leaf, "IIS", "IIS://EX1/W3SVC/1"), object(w.other, ""))))
	f.Add([]byte(utf16LE(clixml(object(w.leaf, "")))))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := certfile.Read(data, "secret")
		switch {
		case err != nil && (len(err.Error()) > 2000 || strings.Contains(err.Error(), "secret")):
			t.Errorf("the error is %q", err)
		case err == nil && len(got.Chain) == 0:
			t.Error("there is neither a chain nor an error")
		}
	})
}
