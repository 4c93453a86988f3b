package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"exprobe/autodiscover/hosttest"
	"exprobe/cmd/exprobe/internal/app"
)

// renewal is a host on loopback whose certificate can be changed while it is up.
type renewal struct {
	serving  atomic.Pointer[tls.Certificate]
	old, new tls.Certificate
	flags    []string // to audit it, and to expect the new certificate
}

func newRenewal(t *testing.T) *renewal {
	t.Helper()
	authority, err := hosttest.NewCA("Contoso Root CA")
	if err != nil {
		t.Fatal(err)
	}
	r := &renewal{}
	for year, into := range map[int]*tls.Certificate{2027: &r.old, 2028: &r.new} {
		*into, err = authority.Issue(hosttest.Spec{CommonNames: []string{"mail.contoso.com"}, DNSNames: []string{"mail.contoso.com"},
			NotBefore: time.Date(year-1, 5, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(year, 11, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
	}
	r.serving.Store(&r.old)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return r.serving.Load(), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.(*tls.Conn).Handshake()
			}()
		}
	}()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	expected := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.new.Certificate[0]}))
	r.flags = []string{"--host", "mail.contoso.com", "--resolve", "mail.contoso.com:443:192.0.2.1", "--connect-to", "192.0.2.1:443:127.0.0.1:" + port,
		"--ca-file", write(t, dir, "ca.pem", string(authority.PEM())), "--expect", write(t, dir, "new.pem", expected), "--fail-on", "error"}
	return r
}

// audit audits with a clock that stands still but for the pauses, in which the test
// may change the world.
func (r *renewal) audit(t *testing.T, pause func(n int) error, more ...string) (status int, stdout, stderr string, pauses []time.Duration) {
	t.Helper()
	now := time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	var out, errs bytes.Buffer
	status = app.Main(slices.Concat([]string{"audit"}, r.flags, more), app.Environment{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		Now: func() time.Time { return now },
		Sleep: func(_ context.Context, d time.Duration) error {
			now = now.Add(d)
			pauses = append(pauses, d)
			return pause(len(pauses))
		}})
	return status, out.String(), errs.String(), pauses
}

func TestWaitingEndsWhenTheNewCertificateIsServed(t *testing.T) {
	r := newRenewal(t)
	status, stdout, stderr, pauses := r.audit(t, func(n int) error {
		if n == 4 {
			r.serving.Store(&r.new)
		}
		return nil
	}, "--wait", "20m")
	if want := []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, time.Minute}; !slices.Equal(pauses, want) {
		t.Errorf("pauses are %v, want %v", pauses, want)
	}
	if status != 0 || !strings.Contains(stdout, "the new one: mail.contoso.com at 192.0.2.1:443") || strings.Contains(stdout, "still the old one") {
		t.Errorf("status %d:\n%s", status, stdout)
	}
	if !strings.Contains(stdout, "as of 2027-06-01T00:02:45Z") {
		t.Errorf("the report is not that of the last look:\n%s", stdout)
	}
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	const first = "exprobe: 0 of 1 address serves the new certificate; looking again in 15s, for at most 20m0s more"
	if len(lines) != 4 || lines[0] != first {
		t.Errorf("progress is\n%s", stderr)
	}
}

func TestWaitingEndsWhenTheTimeIsUp(t *testing.T) {
	r := newRenewal(t)
	status, stdout, _, pauses := r.audit(t, func(int) error { return nil }, "--wait", "2m")
	if want := []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 15 * time.Second}; !slices.Equal(pauses, want) {
		t.Errorf("pauses are %v, want %v", pauses, want)
	}
	if status != 1 || strings.Count(stdout, "Expected certificate") != 1 || !strings.Contains(stdout, "still the old one") {
		t.Errorf("status %d:\n%s", status, stdout)
	}
}

// Whoever has seen enough gets the last report.
func TestWaitingThatIsInterruptedReportsWhatWasSeenLast(t *testing.T) {
	r := newRenewal(t)
	status, stdout, stderr, pauses := r.audit(t, func(n int) error {
		if n == 2 {
			return context.Canceled
		}
		return nil
	}, "--wait", "20m", "--quiet")
	if status != 1 || len(pauses) != 2 || stderr != "" || !strings.Contains(stdout, "still the old one") {
		t.Errorf("status %d, %v, %q:\n%s", status, pauses, stderr, stdout)
	}
}

func TestWithoutWaitingOneLookIsEnough(t *testing.T) {
	r := newRenewal(t)
	status, _, stderr, pauses := r.audit(t, func(int) error { return nil })
	if status != 1 || len(pauses) != 0 || stderr != "" {
		t.Errorf("status %d, %v, %q", status, pauses, stderr)
	}
	r.serving.Store(&r.new)
	evidence := filepath.Join(t.TempDir(), "evidence.json")
	flags := slices.DeleteFunc(slices.Clone(r.flags), func(f string) bool { return f == "--fail-on" || f == "error" })
	at := slices.Index(flags, "--expect")
	if status, _, stderr := run(t, slices.Concat([]string{"collect", "-o", evidence}, flags[:at])...); status != 0 {
		t.Fatalf("collect: %d, %s", status, stderr)
	}
	if status, stdout, _ := run(t, "audit", "--from", evidence, "--expect", flags[at+1], "--fail-on", "error"); status != 1 ||
		!strings.Contains(stdout, "note: the certificate is not valid before 2027-05-01") {
		t.Errorf("a certificate before its time: status %d:\n%s", status, stdout)
	}
}
