package configs

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseHost(t *testing.T) {
	for text, want := range map[string]Host{
		"mail.contoso.com":      {"mail.contoso.com", 443},
		"mail.contoso.com.":     {"mail.contoso.com", 443},
		"mail.contoso.com:8443": {"mail.contoso.com", 8443},
		"xn--bcher-kva.example": {"xn--bcher-kva.example", 443},
		"ex_1":                  {"ex_1", 443},
		"192.0.2.10:444":        {"192.0.2.10", 444},
		"[2001:db8::1]":         {"2001:db8::1", 443},
		"[2001:db8::1]:8443":    {"2001:db8::1", 8443},
	} {
		if got, err := ParseHost(text); err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", ":", ":443", "mail.contoso.com:", "a.test:0", "a.test:65536", "a.test:+1", "a.test:1:2", "a b", "-a.test", "a..test",
		"*.contoso.com", "a.test/owa", "2001:db8::1", "[192.0.2.1]", "[2001:db8::1", "[fe80::1%eth0]", "a.test\n", "\u202ea.test",
	} {
		if got, err := ParseHost(text); err == nil {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

func TestParseResolve(t *testing.T) {
	ip := netip.MustParseAddr
	for text, want := range map[string]Resolve{
		"mail.contoso.com:443:192.0.2.10":               {"mail.contoso.com", 443, []netip.Addr{ip("192.0.2.10")}},
		"mail.contoso.com:443:192.0.2.10,[2001:db8::1]": {"mail.contoso.com", 443, []netip.Addr{ip("192.0.2.10"), ip("2001:db8::1")}},
		"mail.contoso.com:443:2001:db8::1":              {"mail.contoso.com", 443, []netip.Addr{ip("2001:db8::1")}},
		"[2001:db8::1]:443:[2001:db8::2]":               {"2001:db8::1", 443, []netip.Addr{ip("2001:db8::2")}},
		"*:443:127.0.0.1":                               {AnyHost, 443, []netip.Addr{ip("127.0.0.1")}},
	} {
		got, err := ParseResolve(text)
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", text, err, diff)
		}
	}
	for _, text := range []string{
		"", "a.test", "a.test:443", "a.test:443:", "a.test:443:192.0.2.1,", "a.test::192.0.2.1", ":443:192.0.2.1",
		"a.test:443:[192.0.2.1]", "a.test:443:[2001:db8::1", "a.test:443:b.test", "-a.test:443", "+a.test:443:192.0.2.1",
	} {
		if got, err := ParseResolve(text); err == nil {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

func TestParseConnectTo(t *testing.T) {
	for text, want := range map[string]ConnectTo{
		"mail.contoso.com:443:lb1.contoso.com:8443": {"mail.contoso.com", 443, "lb1.contoso.com", 8443},
		"::lb1.contoso.com:8443":                    {"", 0, "lb1.contoso.com", 8443},
		"mail.contoso.com:443::8443":                {"mail.contoso.com", 443, "", 8443},
		"mail.contoso.com:443:192.0.2.10:":          {"mail.contoso.com", 443, "192.0.2.10", 0},
		"[2001:db8::1]:443:[2001:db8::2]:443":       {"2001:db8::1", 443, "2001:db8::2", 443},
		":::":                                       {},
	} {
		if got, err := ParseConnectTo(text); err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", ":", "::", "::::", "a.test:443:b.test", "a.test:x:b.test:1", "2001:db8::1:443:b.test:1", "::b.test:0"} {
		if got, err := ParseConnectTo(text); err == nil {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

func TestRoutesCoverAsCurlDoes(t *testing.T) {
	resolve, err := ParseResolve("Mail.contoso.com:443:192.0.2.10")
	if err != nil {
		t.Fatal(err)
	}
	if !resolve.Covers("mail.CONTOSO.com", 443) || resolve.Covers("mail.contoso.com", 444) || resolve.Covers("owa.contoso.com", 443) {
		t.Error("a resolve entry covers its own host, whatever its case, and its own port alone")
	}
	if any := (Resolve{Host: AnyHost, Port: 443}); !any.Covers("owa.contoso.com", 443) || any.Covers("owa.contoso.com", 444) {
		t.Error("* covers every host at its port alone")
	}
	for _, test := range []struct {
		entry string
		host  string
		port  int
		want  Host // the zero value where it is not covered
	}{
		{"mail.contoso.com:443:lb1.contoso.com:8443", "MAIL.contoso.com", 443, Host{"lb1.contoso.com", 8443}},
		{"mail.contoso.com:443:lb1.contoso.com:8443", "mail.contoso.com", 444, Host{}},
		{"mail.contoso.com:443:lb1.contoso.com:8443", "owa.contoso.com", 443, Host{}},
		{"::lb1.contoso.com:", "owa.contoso.com", 444, Host{"lb1.contoso.com", 444}},
		{":443::8443", "owa.contoso.com", 443, Host{"owa.contoso.com", 8443}},
	} {
		entry, err := ParseConnectTo(test.entry)
		if err != nil {
			t.Fatal(err)
		}
		var got Host
		if entry.Covers(test.host, test.port) {
			got.Name, got.Port = entry.Target(test.host, test.port)
		}
		if got != test.want {
			t.Errorf("%s sends %s:%d to %+v, want %+v", test.entry, test.host, test.port, got, test.want)
		}
	}
}

func TestParseAt(t *testing.T) {
	for text, want := range map[string]time.Time{
		"":                          {},
		"2026-11-22":                time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
		"2026-11-22T09:00:00Z":      time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
		"2026-11-22T09:00:00+09:00": time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
	} {
		if got, err := parseAt(text); err != nil || got != want {
			t.Errorf("%q: got %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"now", "2026-11-31", "22.11.2026", "2026-11-22T09:00:00", " 2026-11-22"} {
		if got, err := parseAt(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

func TestTimeoutBounds(t *testing.T) {
	for text, ok := range map[string]bool{
		"1ns": true, "10s": true, "10m": true, "1m30s": true, "0": false, "0s": false, "-1s": false, "10m1ns": false, "ten": false, "10": false,
	} {
		if _, err := parseTimeout(text); (err == nil) != ok {
			t.Errorf("%q: %v, want accepted %v", text, err, ok)
		}
	}
}

func TestParseReport(t *testing.T) {
	got, err := ParseReport("powershell=C:\\fix=1.ps1")
	if want := (Report{"powershell", "C:\\fix=1.ps1"}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

// What a parser accepts it accepts again as it writes it, with the same meaning.
func FuzzParseHost(f *testing.F) {
	for _, seed := range []string{"mail.contoso.com", "mail.contoso.com:8443", "[2001:db8::1]:443", "a.", "[::ffff:192.0.2.1]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := ParseHost(text)
		if err != nil {
			return
		}
		if second, err := ParseHost(first.String()); err != nil || second != first {
			t.Errorf("%q: %+v was written as %q and read as %+v, %v", text, first, first, second, err)
		}
	})
}

func FuzzParseResolve(f *testing.F) {
	for _, seed := range []string{"mail.contoso.com:443:192.0.2.10,[2001:db8::1]", "*:443:::1", "[::1]:1:fe80::1%eth0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := ParseResolve(text)
		if err != nil {
			return
		}
		second, err := ParseResolve(first.String())
		if err != nil || second.String() != first.String() {
			t.Errorf("%q was written as %q and read as %q, %v", text, first, second, err)
		}
	})
}

func FuzzParseConnectTo(f *testing.F) {
	for _, seed := range []string{"a.test:443:b.test:8443", "::b.test:", ":::", "[::1]:1:[::2]:2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := ParseConnectTo(text)
		if err != nil {
			return
		}
		if second, err := ParseConnectTo(first.String()); err != nil || second != first {
			t.Errorf("%q: %+v was written as %q and read as %+v, %v", text, first, first, second, err)
		}
	})
}

// No file makes the reader panic, and no error repeats a password, whatever
// stands before and behind it.
func FuzzParseFile(f *testing.F) {
	f.Add("bind-password: ", "\n")
	f.Add("auth-password: *", "\n")
	f.Add("bind-password:", ": yes\n")
	f.Add("host: [mail.contoso.com]\nbind-password: [", "\n")
	f.Add("bind-password: !!int ", "")
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "correct-horse-battery"
		_, err := parseFile("exprobe.yaml", []byte(before+secret+after))
		holdsPassword := strings.HasPrefix(before, "bind-password:") || strings.HasPrefix(before, "auth-password:")
		if holdsPassword && err != nil && strings.Contains(describe(err), secret) {
			t.Errorf("the error repeats the password: %v", err)
		}
	})
}
