package tlsprobe_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/tlsprobe"
)

// OpenSSL's own server as a peer: it is another implementation than ours, and does
// what crypto/tls will not. Where openssl is not installed these tests say so, and
// fail if EXPROBE_REQUIRE_PEERS=1.

// pki is a folder with a root, an authority below it, and leaves of both kinds.
type pki struct{ openssl, dir string }

func newPKI(t *testing.T) pki {
	t.Helper()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("EXPROBE_REQUIRE_PEERS") == "1" {
			t.Fatal(err)
		}
		t.Skip("SKIPPED: openssl is not installed, so nothing was probed that it serves")
	}
	p := pki{openssl, t.TempDir()}
	authority := filepath.Join(p.dir, "authority.cnf")
	if err := os.WriteFile(authority, []byte("basicConstraints=critical,CA:TRUE\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run(t, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=Peer Root CA", "-days", "3650")
	issue := func(name, subject, issuer string, key ...string) {
		p.run(t, append(append([]string{"req", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", subject}, "-newkey"), key...)...)
		args := []string{"x509", "-req", "-in", name + ".csr", "-CA", issuer + ".pem", "-CAkey", issuer + ".key", "-CAcreateserial", "-days", "3650", "-out", name + ".pem"}
		if name == "issuing" {
			args = append(args, "-extfile", authority)
		}
		p.run(t, args...)
	}
	issue("issuing", "/CN=Peer Issuing CA", "root", "rsa:2048")
	issue("rsa", "/CN=rsa.contoso.com", "issuing", "rsa:2048")
	issue("short", "/CN=short.contoso.com", "issuing", "rsa:512")
	issue("ecdsa", "/CN=ecdsa.contoso.com", "issuing", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
	for name, parts := range map[string][]string{"chain": {"issuing"}, "misordered": {"root", "issuing"}} {
		var all []byte
		for _, part := range parts {
			octets, err := os.ReadFile(filepath.Join(p.dir, part+".pem"))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, octets...)
		}
		if err := os.WriteFile(filepath.Join(p.dir, name+".pem"), all, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p pki) run(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command(p.openssl, args...)
	cmd.Dir = p.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("openssl %q: %v\n%s", args, err, out)
	}
}

// ready is closed with the first text in which the server says that it accepts.
type ready struct {
	mu   sync.Mutex
	text bytes.Buffer
	seen chan struct{}
}

func (r *ready) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := strings.Contains(r.text.String(), "ACCEPT")
	r.text.Write(b)
	if !before && strings.Contains(r.text.String(), "ACCEPT") {
		close(r.seen)
	}
	return len(b), nil
}

// serve starts openssl s_server on a port of loopback, which it chooses itself.
func (p pki) serve(t *testing.T, args ...string) (address string) {
	t.Helper()
	cmd := exec.Command(p.openssl, append([]string{"s_server", "-accept", "127.0.0.1:0", "-www"}, args...)...)
	cmd.Dir = p.dir
	out := &ready{seen: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = out, out
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		stdin.Close()
		cmd.Process.Kill()
		<-ended
	})
	select {
	case <-out.seen:
	case err := <-ended:
		ended <- err
		t.Fatalf("openssl s_server %q ended: %v\n%s", args, err, out.text.String())
	}
	out.mu.Lock()
	defer out.mu.Unlock()
	for line := range strings.Lines(out.text.String()) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "ACCEPT" {
			if _, _, err := net.SplitHostPort(fields[1]); err == nil {
				return fields[1]
			}
		}
	}
	t.Fatalf("openssl s_server does not say where it listens: %s", out.text.String())
	return ""
}

func TestServersOfOpenSSLAreSeen(t *testing.T) {
	p := newPKI(t)
	root, err := os.ReadFile(filepath.Join(p.dir, "root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := newPool(root)
	rsa := []string{"-cert", "rsa.pem", "-key", "rsa.key"}
	with := func(args []string, more ...string) []string { return slices.Concat(args, more) }
	chained := with(rsa, "-cert_chain", "chain.pem")
	both := with(chained, "-dcert", "ecdsa.pem", "-dkey", "ecdsa.key", "-dcert_chain", "chain.pem")
	const trusted, missing = "trusted", "missing CN=Peer Issuing CA"
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"everything that is new", chained, "TLS 1.3 TLS_AES_128_GCM_SHA256 [rsa.contoso.com 2] " + trusted + " proven old=[] others=[]"},
		{"a client certificate wanted", with(chained, "-Verify", "1"), "TLS 1.3 TLS_AES_128_GCM_SHA256 [rsa.contoso.com 2] " + trusted + " proven asks old=[] others=[]"},
		{"no intermediate", rsa, "TLS 1.3 TLS_AES_128_GCM_SHA256 [rsa.contoso.com 1] " + missing + " proven old=[] others=[]"},
		{"a chain in the wrong order", with(rsa, "-cert_chain", "misordered.pem"), "TLS 1.3 TLS_AES_128_GCM_SHA256 [rsa.contoso.com 3] " + trusted + " proven old=[] others=[]"},
		{"two certificates", both, "TLS 1.3 TLS_AES_128_GCM_SHA256 [rsa.contoso.com 2] " + trusted + " proven old=[] others=[ECDSA ecdsa.contoso.com]"},
		{"TLS 1.2 alone", with(chained, "-tls1_2"), "TLS 1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 [rsa.contoso.com 2] " + trusted + " proven old=[] others=[]"},
		{"old versions beside new ones", with(both, "-cipher", "ALL:@SECLEVEL=0"),
			"TLS 1.3 TLS_AES_128_GCM_SHA256 [rsa.contoso.com 2] " + trusted + " proven old=[TLS 1.1 TLS 1.0] others=[ECDSA ecdsa.contoso.com]"},
		{"TLS 1.1 alone", with(chained, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), "TLS 1.1 TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA [rsa.contoso.com 2] " + trusted + " proven old=[TLS 1.1] others=[]"},
		{"TLS 1.0 alone", with(chained, "-tls1", "-cipher", "ALL:@SECLEVEL=0"), "TLS 1.0 TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA [rsa.contoso.com 2] " + trusted + " proven old=[TLS 1.0] others=[]"},
		{"RSA key exchange", with(chained, "-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"), "TLS 1.2 TLS_RSA_WITH_AES_128_CBC_SHA [rsa.contoso.com 2] " + trusted + " proven old=[] others=[]"},
		{"suites that crypto/tls does not have", with(chained, "-tls1_2", "-cipher", "DHE-RSA-AES256-SHA:@SECLEVEL=0"),
			"TLS 1.2 TLS_DHE_RSA_WITH_AES_256_CBC_SHA [rsa.contoso.com 2] " + trusted + " unproven old=[] others=[]"},
		{"a key that crypto/tls refuses", []string{"-cert", "short.pem", "-key", "short.key", "-cert_chain", "chain.pem", "-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"},
			"TLS 1.2 TLS_RSA_WITH_AES_128_CBC_SHA [short.contoso.com 2] " + trusted + " unproven old=[] others=[]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			address := p.serve(t, test.args...)
			e := only(t, tlsprobe.Probe(t.Context(), targets("mail.contoso.com"), tlsprobe.Options{Resolve: zone{"mail.contoso.com": {address}}.resolve,
				Roots: roots, At: time.Now(), Timeout: time.Minute}))
			if diff := cmp.Diff(test.want, outline(e.Served)); diff != "" {
				t.Errorf("%s\n%s", diff, e.Served.Value.Unproven)
			}
		})
	}
}

// outline is what was seen, in a line.
func outline(o facts.Observed[facts.Served]) string {
	if !o.Known {
		return o.Why
	}
	s := o.Value
	trust := s.Trust.Value.Reason
	switch {
	case s.Trust.Value.Trusted:
		trust = "trusted"
	case s.Trust.Value.Missing != "":
		trust = "missing " + s.Trust.Value.Missing
	}
	proven := "proven"
	if !s.Proven {
		proven = "silent"
		if s.Unproven != "" {
			proven = "unproven"
		}
	}
	if s.AsksForOwn {
		proven += " asks"
	}
	others := []string{}
	for _, other := range s.Others.Value {
		others = append(others, other.Offered+" "+other.Chain[0].CommonNames[0])
	}
	if why := s.Others.Why + s.OldVersions.Why; why != "" {
		others = append(others, why)
	}
	return fmt.Sprintf("%s %s [%s %d] %s %s old=%v others=%v", s.Version, s.Cipher, s.Leaf().CommonNames[0], len(s.Chain), trust, proven, s.OldVersions.Value, others)
}
